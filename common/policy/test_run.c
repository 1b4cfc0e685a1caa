#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "policy/internal.h"

/* In a test an agreement is named, and the newest text is meant; in a header it
 * is bound by its hash. */
static void bind_agreement(const struct tcn_policy *policy,
                           struct tcn_header *header)
{
    const struct agreement *newest = NULL;
    for (size_t i = 0; i < policy->agreement_count; i++) {
        const struct agreement *agreement = &policy->agreements[i];
        if (tcn_view_is(header->agreement, agreement->name) &&
            (newest == NULL || newest->version < agreement->version)) {
            newest = agreement;
        }
    }
    if (newest != NULL) {
        header->agreement = tcn_view_str(newest->ref);
    }
}

struct tcn_alert *test_alert(const struct tcn_policy *policy,
                             const struct policy_test *test,
                             struct tcn_facts *facts)
{
    struct tcn_alert *alert = malloc(sizeof *alert);
    if (alert == NULL) {
        return NULL;
    }
    *alert = *test->alert;
    bind_agreement(policy, &alert->header);
    *facts = (struct tcn_facts){.alert = alert,
                                .is_own = test->is_own,
                                .key_valid = true,
                                .sources = test->sources,
                                .requested = test->requested ? UINT64_MAX : 0,
                                .now_ms = test->now_ms,
                                .received_ms = test->received_ms};
    return alert;
}

struct tcn_verdict test_verdict(const struct tcn_policy *policy,
                                const struct expectation *expectation,
                                const struct tcn_facts *facts)
{
    switch (expectation->hook) {
    case TCN_HOOK_EXPORT:
        return tcn_policy_export(policy, facts, expectation->number);
    case TCN_HOOK_IMPORT:
        return tcn_policy_import(policy, facts, expectation->number);
    case TCN_HOOK_ORIGINATE: return tcn_policy_originate(policy, facts);
    default: return tcn_policy_show(policy, facts, expectation->number);
    }
}

static bool is_rule(const struct tcn_policy *policy,
                    const struct tcn_verdict *verdict, const char *rule)
{
    char name[TCN_NAME_MAX + 16];
    if (verdict->floor != TCN_FLOOR_NONE) {
        (void)snprintf(name, sizeof name, "floor:%s",
                       tcn_floor_word((enum tcn_floor)verdict->floor));
    } else {
        (void)snprintf(name, sizeof name, "%s",
                       tcn_policy_rule_name(policy, verdict->rule));
    }
    return rule[0] == '\0' || strcmp(name, rule) == 0;
}

static bool is_met(const struct tcn_policy *policy,
                   const struct expectation *expectation,
                   const struct tcn_verdict *verdict)
{
    if (verdict->outcome != expectation->outcome ||
        !is_rule(policy, verdict, expectation->rule)) {
        return false;
    }
    return !expectation->has_classes || verdict->form == expectation->classes;
}

static const char *target_name(const struct tcn_policy *policy,
                               const struct expectation *expectation)
{
    switch (expectation->hook) {
    case TCN_HOOK_SHOW: return policy->observers[expectation->number].name;
    case TCN_HOOK_ORIGINATE: return "originate";
    default: return policy->parties[expectation->number].name;
    }
}

static void put_place(struct tcn_buf *out, const struct policy_test *test,
                      const struct expectation *e)
{
    tcn_text_escape(out, test->file);
    tcn_buf_printf(out, ":%u: test \"", e->line);
    tcn_text_escape(out, test->name);
}

static void put_expected(struct tcn_buf *out, const struct expectation *e)
{
    struct tcn_verdict verdict = {.hook = e->hook, .outcome = e->outcome};
    tcn_buf_printf(out, "; expected %s", tcn_verdict_word(&verdict));
    if (e->has_classes) {
        tcn_buf_put_str(out, " ");
        classes_put(out, e->classes);
    }
    if (e->rule[0] != '\0') {
        tcn_buf_printf(out, " by %s", e->rule);
    }
    tcn_buf_put_str(out, "\n");
}

size_t tcn_policy_run_tests(const struct tcn_policy *policy, size_t *run,
                            struct tcn_buf *out)
{
    size_t failed = 0;
    *run = 0;
    for (const struct policy_test *test = policy->tests; test != NULL;
         test = test->next) {
        struct tcn_facts facts;
        struct tcn_alert *alert = test_alert(policy, test, &facts);
        if (alert == NULL) {
            tcn_buf_put_str(out, "out of memory\n");
            return failed + 1;
        }
        for (const struct expectation *e = test->expectations; e != NULL;
             e = e->next) {
            struct tcn_verdict verdict = test_verdict(policy, e, &facts);
            *run += 1;
            if (is_met(policy, e, &verdict)) {
                continue;
            }
            failed++;
            put_place(out, test, e);
            tcn_buf_printf(out, "\", %s: the policy says ",
                           target_name(policy, e));
            tcn_verdict_put(out, policy, &verdict);
            put_expected(out, e);
        }
        free(alert);
    }
    return failed;
}
