#include "policy/waits.h"

#include <string.h>

enum tcn_wait tcn_wait_of(enum tcn_hook hook, const struct tcn_verdict *verdict)
{
    bool held = verdict->outcome == TCN_HOLD;
    if (hook != TCN_HOOK_EXPORT) {
        return held ? TCN_WAIT_LOOK : TCN_WAIT_SAME;
    }
    if (held) { /* by no rule: it is in quarantine */
        return verdict->holds != 0 ? TCN_WAIT_PEOPLE : TCN_WAIT_SAME;
    }
    return verdict->outcome == TCN_DELAY ? TCN_WAIT_TIME : TCN_WAIT_OVER;
}

/* ---- names and numbers of hold rules ---- */

void tcn_hold_names(const struct tcn_policy *policy, uint64_t holds,
                    struct tcn_buf *names, uint64_t *within_ms)
{
    *within_ms = UINT64_MAX;
    for (size_t i = 0; i < tcn_policy_hold_count(policy); i++) {
        if ((holds >> i & 1) == 0) {
            continue;
        }
        struct tcn_hold_rule rule = tcn_policy_hold(policy, i);
        tcn_buf_printf(names, "%s%s", names->len > 0 ? " " : "", rule.name);
        *within_ms = rule.within_ms < *within_ms ? rule.within_ms : *within_ms;
    }
    (void)tcn_buf_text(names);
}

bool tcn_hold_has(const char *names, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = names; (at = strstr(at, name)) != NULL; at += len) {
        bool begins = at == names || at[-1] == ' ';
        if (begins && (at[len] == ' ' || at[len] == '\0')) {
            return true;
        }
    }
    return false;
}

uint64_t tcn_hold_bits(const struct tcn_policy *policy, const char *names)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < tcn_policy_hold_count(policy); i++) {
        if (tcn_hold_has(names, tcn_policy_hold(policy, i).name)) {
            bits |= 1ull << i;
        }
    }
    return bits;
}

/* ---- questions ---- */

enum tcn_hold_again tcn_hold_again(const struct tcn_question *held,
                                   const struct tcn_question *now)
{
    bool same = held->asked == now->asked && held->holds == now->holds;
    bool covered =
        (now->holds & ~held->holds) == 0 && (now->asked & ~held->asked) == 0;
    switch (held->state) {
    case TCN_HOLD_WAITING: return same ? TCN_HOLD_STANDS : TCN_HOLD_ASKS_ANEW;
    case TCN_HOLD_RELEASED: return covered ? TCN_HOLD_GOES : TCN_HOLD_ASKS_ANEW;
    default: return TCN_HOLD_STANDS;
    }
}

bool tcn_hold_told(const struct tcn_question *held, unsigned peer,
                   struct tcn_release *release)
{
    bool released = held->state == TCN_HOLD_RELEASED;
    *release = (struct tcn_release){.peer = (uint8_t)peer,
                                    .asked = held->asked,
                                    .form = held->form,
                                    .refused = !released,
                                    .holds = released ? held->holds : 0};
    return held->state != TCN_HOLD_WAITING;
}

/* ---- time ---- */

struct tcn_overdue tcn_delays_over(uint64_t asked_ms, uint64_t now_ms)
{
    uint64_t until_ms = now_ms - 1;
    bool set_back = until_ms < asked_ms; /* the clock: all are asked about */
    return (struct tcn_overdue){set_back ? 0 : asked_ms, until_ms};
}
