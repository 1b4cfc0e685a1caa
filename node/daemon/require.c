/* What the nation requires of its own alerts (`require originate`), asked of
 * the very bytes that would go out. */
#include "daemon/holds.h"
#include "daemon/policies.h"

enum tcn_err require_check(struct tcn_node *node, const struct tcn_alert *alert,
                           const char **rule)
{
    const struct tcn_policy *policy = node->setup->policy;
    struct tcn_facts facts = held_facts(node, alert, NULL);
    struct tcn_verdict verdict = tcn_policy_originate(policy, &facts);
    hits_note(node, TCN_HOOK_ORIGINATE, &verdict);
    if (verdict.outcome == TCN_ALLOW) {
        return TCN_ERR_OK;
    }
    *rule = tcn_policy_rule_name(policy, verdict.rule);
    return TCN_ERR_DENIED;
}
