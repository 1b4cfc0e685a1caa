/* One line of the audit chain, inside the transaction of what it tells of. */
#include "daemon/node.h"

enum tcn_err audit_note(struct tcn_node *node, const char *actor,
                        const char *action, const char *subject,
                        const char *detail)
{
    struct tcn_audit_row row = {
        .at_ms = tcn_now_ms(),
        .actor = actor,
        .action = action,
        .subject = subject,
        .detail = detail,
    };
    enum tcn_err err = shell_begin(node);
    return err == TCN_ERR_OK ? tcn_store_audit(node->store, &row) : err;
}
