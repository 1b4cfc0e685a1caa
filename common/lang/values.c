#include "base/text.h"
#include "base/time.h"
#include "lang/token.h"

uint64_t tcn_take_number(struct tcn_cursor *c, uint64_t max)
{
    const struct tcn_token *token = tcn_expect(c, TCN_TOKEN_WORD, "a number");
    uint64_t value = 0;
    if (!c->failed && (!tcn_text_uint(token->text, &value) || value > max)) {
        tcn_fail(c, token, TCN_ERR_SYNTAX, "expected a number from 0 to %llu",
                 (unsigned long long)max);
    }
    return value;
}

uint64_t tcn_take_duration(struct tcn_cursor *c)
{
    const struct tcn_token *token = tcn_expect(c, TCN_TOKEN_WORD, "a duration");
    uint64_t value = 0;
    if (!c->failed && !tcn_time_parse_duration(token->text, &value)) {
        tcn_fail(c, token, TCN_ERR_SYNTAX,
                 "expected a duration such as 15m, 4h or 90d");
    }
    return value;
}

uint64_t tcn_take_size(struct tcn_cursor *c)
{
    static const struct {
        const char *unit;
        uint64_t bytes;
    } units[] = {{"KiB", 1024}, {"MiB", 1024 * 1024}, {"B", 1}};
    const struct tcn_token *token = tcn_expect(c, TCN_TOKEN_WORD, "a size");
    struct tcn_view text = token->text;
    uint64_t factor = 1;
    uint64_t value = 0;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        size_t len = strlen(units[i].unit);
        if (text.len > len &&
            memcmp(text.data + text.len - len, units[i].unit, len) == 0) {
            factor = units[i].bytes;
            text.len -= len;
            break;
        }
    }
    if (!c->failed && (!tcn_text_uint(text, &value) || value > 1u << 30)) {
        tcn_fail(c, token, TCN_ERR_SYNTAX,
                 "expected a size such as 512, 64KiB or 1MiB");
    }
    return value * factor;
}

uint64_t tcn_take_time(struct tcn_cursor *c)
{
    const struct tcn_token *token = tcn_expect(c, TCN_TOKEN_WORD, "a time");
    uint64_t value = 0;
    if (!c->failed && !tcn_time_parse(token->text, &value)) {
        tcn_fail(c, token, TCN_ERR_SYNTAX,
                 "expected a time such as 2026-07-01 or "
                 "2026-07-01T08:00:00Z");
    }
    return value;
}

bool tcn_take_yes_no(struct tcn_cursor *c)
{
    const struct tcn_token *token = tcn_expect(c, TCN_TOKEN_WORD, "yes or no");
    bool yes = tcn_view_is(token->text, "yes");
    if (!c->failed && !yes && !tcn_view_is(token->text, "no")) {
        tcn_fail(c, token, TCN_ERR_SYNTAX, "expected yes or no");
    }
    return yes;
}
