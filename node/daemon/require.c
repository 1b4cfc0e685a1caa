/* What the nation requires of its own alerts (`require originate`), asked of
 * the very bytes that would go out. */
#include "daemon/holds.h"
#include "daemon/policies.h"

enum tcn_err require_check(struct tcn_node *node, struct tcn_view envelope,
                           const char **rule)
{
    struct held_copy *copy = node->loaded;
    *rule = NULL;
    if (envelope.len > sizeof copy->bytes) {
        return TCN_ERR_SIZE;
    }
    memcpy(copy->bytes, envelope.data, envelope.len);
    enum tcn_err err =
        tcn_alert_decode(&copy->alert, tcn_view(copy->bytes, envelope.len));
    err = err == TCN_ERR_OK ? tcn_alert_check_fields(&copy->alert) : err;
    if (err != TCN_ERR_OK) {
        return err;
    }
    const struct tcn_policy *policy = node->setup->policy;
    struct tcn_facts facts = held_facts(node, &copy->alert, NULL);
    struct tcn_verdict verdict = tcn_policy_originate(policy, &facts);
    hits_note(node, TCN_HOOK_ORIGINATE, &verdict);
    if (verdict.outcome == TCN_ALLOW) {
        return TCN_ERR_OK;
    }
    *rule = tcn_policy_rule_name(policy, verdict.rule);
    return TCN_ERR_DENIED;
}
