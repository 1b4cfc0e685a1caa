/* agreement "NAME" version N { parties { .. }; from T; until T; max tlp W;
 *   onward W; ack SEVERITY within D; retain CLASS D; }
 * The text as a whole is what nations agree on: it is bound by the hash of its
 * canonical form. */
#include "alert/label.h"
#include "base/text.h"
#include "policy/compiler.h"

/* Items that may stand only once. */
struct items {
    struct agreement *agreement;
    unsigned seen;
};

static void take_parties(struct compiler *compiler, struct agreement *agreement)
{
    struct tcn_cursor *c = &compiler->c;
    tcn_expect(c, TCN_TOKEN_OPEN, "`{`");
    while (!c->failed) {
        const struct tcn_token *token =
            tcn_expect(c, TCN_TOKEN_WORD, "a member code");
        if (agreement->party_count == TCN_PEERS_MAX) {
            tcn_fail(c, token, TCN_ERR_CAPACITY, "more than %d parties",
                     TCN_PEERS_MAX);
            return;
        }
        tcn_copy_text(c, token, agreement->parties[agreement->party_count],
                      TCN_MEMBER_MAX + 1);
        if (!c->failed && !tcn_text_is_member(token->text)) {
            tcn_fail(c, token, TCN_ERR_SYNTAX, "expected a member code");
        }
        agreement->party_count += !c->failed;
        if (tcn_accept(c, TCN_TOKEN_CLOSE)) {
            return;
        }
        tcn_expect(c, TCN_TOKEN_COMMA, "`,` or `}`");
    }
}

static uint8_t take_word(struct compiler *compiler, enum fact fact)
{
    struct value value;
    return compile_value(compiler, fact, &value) ? (uint8_t)value.number : 0;
}

/* ack SEVERITY within DURATION */
static void take_ack(struct compiler *compiler, struct agreement *agreement)
{
    struct tcn_cursor *c = &compiler->c;
    const struct tcn_token *token = c->at;
    uint8_t severity = take_word(compiler, FACT_SEVERITY);
    tcn_expect_word(c, "within");
    if (agreement->ack_ms[severity] != 0) {
        tcn_fail(c, token, TCN_ERR_EXISTS, "a second `ack %s`",
                 tcn_severity_word(severity));
    }
    agreement->ack_ms[severity] = tcn_take_duration(c);
}

static bool take_once(struct compiler *compiler, struct items *items,
                      const struct tcn_token *item)
{
    static const char *const once[] = {"parties", "from", "until", "max",
                                       "onward"};
    for (unsigned i = 0; i < sizeof once / sizeof once[0]; i++) {
        if (tcn_view_is(item->text, once[i])) {
            if ((items->seen >> i & 1) != 0) {
                tcn_fail(&compiler->c, item, TCN_ERR_EXISTS, "a second `%s`",
                         once[i]);
            }
            items->seen |= 1u << i;
            return true;
        }
    }
    return false;
}

static void take_item(struct compiler *compiler, struct items *items)
{
    static const char *const known[] = {"parties", "from", "until", "max",
                                        "onward",  "ack",  "retain"};
    struct tcn_cursor *c = &compiler->c;
    struct agreement *agreement = items->agreement;
    const struct tcn_token *item = tcn_expect(c, TCN_TOKEN_WORD, "an item");
    bool once = take_once(compiler, items, item);
    if (once && tcn_view_is(item->text, "parties")) {
        take_parties(compiler, agreement);
    } else if (once && tcn_view_is(item->text, "from")) {
        agreement->from_ms = tcn_take_time(c);
    } else if (once && tcn_view_is(item->text, "until")) {
        agreement->until_ms = tcn_take_time(c);
    } else if (once && tcn_view_is(item->text, "max")) {
        tcn_expect_word(c, "tlp");
        agreement->max_tlp = take_word(compiler, FACT_TLP);
    } else if (once) {
        agreement->onward = take_word(compiler, FACT_ONWARD);
    } else if (tcn_view_is(item->text, "ack")) {
        take_ack(compiler, agreement);
    } else if (tcn_view_is(item->text, "retain")) {
        compile_retention(compiler, &agreement->retention);
    } else {
        tcn_fail_item(c, item, "item of an agreement", known,
                      sizeof known / sizeof known[0]);
    }
    tcn_expect_semi(c);
    tcn_cursor_next_item(c);
}

static void take_head(struct compiler *compiler, struct agreement *agreement)
{
    struct tcn_cursor *c = &compiler->c;
    const struct tcn_token *name =
        tcn_expect(c, TCN_TOKEN_STRING, "the agreement's quoted name");
    tcn_copy_text(c, name, agreement->name, sizeof agreement->name);
    if (!c->failed && !tcn_text_is_word(name->text, 1, TCN_NAME_MAX, true)) {
        tcn_fail(c, name, TCN_ERR_SYNTAX,
                 "an agreement's name is lower-case letters, digits and `-`");
    }
    tcn_expect_word(c, "version");
    agreement->version = tcn_take_number(c, UINT32_MAX);
}

/* NAME# and the first 16 hex digits of the hash of the canonical text. */
static void bind_text(struct compiler *compiler, struct agreement *agreement,
                      const struct tcn_token *from)
{
    struct tcn_id hash;
    if (!hash_tokens(from, compiler->c.at, &hash)) {
        compiler->policy->out_of_memory = true;
        return;
    }
    struct tcn_buf ref = tcn_buf(agreement->ref, sizeof agreement->ref);
    tcn_buf_put_str(&ref, agreement->name);
    tcn_buf_put_str(&ref, "#");
    tcn_text_hex(&ref, tcn_view(hash.bytes, 8));
    (void)tcn_buf_text(&ref);
}

/* Two texts of one name may stand side by side, a new one before the old one
 * ends; the same text or the same version twice is a mistake. */
static void keep_agreement(struct compiler *compiler,
                           const struct tcn_token *keyword)
{
    struct tcn_policy *policy = compiler->policy;
    const struct agreement *agreement =
        &policy->agreements[policy->agreement_count];
    for (size_t i = 0; i < policy->agreement_count; i++) {
        if (strcmp(policy->agreements[i].name, agreement->name) == 0 &&
            policy->agreements[i].version == agreement->version) {
            tcn_fail(&compiler->c, keyword, TCN_ERR_EXISTS,
                     "a second agreement %s version %llu", agreement->name,
                     (unsigned long long)agreement->version);
        }
    }
    policy->agreement_count += !compiler->c.failed;
}

static void check_whole(struct compiler *compiler,
                        const struct agreement *agreement,
                        const struct tcn_token *keyword)
{
    struct tcn_cursor *c = &compiler->c;
    if (agreement->party_count < 2) {
        tcn_fail(c, keyword, TCN_ERR_SYNTAX,
                 "an agreement needs at least two parties");
    }
    if (agreement->from_ms == 0 || agreement->from_ms >= agreement->until_ms) {
        tcn_fail(c, keyword, TCN_ERR_SYNTAX,
                 "an agreement needs `from` and a later `until`");
    }
}

void compile_agreement(struct compiler *compiler,
                       const struct tcn_token *keyword)
{
    struct tcn_policy *policy = compiler->policy;
    struct tcn_cursor *c = &compiler->c;
    if (policy->agreement_count == TCN_AGREEMENTS_MAX) {
        tcn_fail(c, keyword, TCN_ERR_CAPACITY, "more than %d agreements",
                 TCN_AGREEMENTS_MAX);
        return;
    }
    struct agreement *agreement = &policy->agreements[policy->agreement_count];
    *agreement = (struct agreement){0};
    struct items items = {.agreement = agreement};
    size_t problems = c->problems->count;
    take_head(compiler, agreement);
    tcn_expect(c, TCN_TOKEN_OPEN, "`{`");
    while (!c->failed && !tcn_accept(c, TCN_TOKEN_CLOSE)) {
        take_item(compiler, &items);
    }
    if (!c->failed && c->problems->count == problems) {
        check_whole(compiler, agreement, keyword);
        finish_retention(&agreement->retention);
        agreement->source_text = statement_text(compiler, keyword);
        bind_text(compiler, agreement, keyword);
        keep_agreement(compiler, keyword);
    }
}
