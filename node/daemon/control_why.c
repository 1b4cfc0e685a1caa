/* Why something was sent or not: the same evaluation, told; and what was
 * decided at the time. */
#include <stdlib.h>

#include "daemon/control.h"
#include "daemon/holds.h"

#define EXPLANATION_MAX (64 * TCN_KIB)

enum tcn_err verb_peer(struct verb_call *call, const char *key,
                       unsigned *number)
{
    struct tcn_view view = tcn_pairs_str(call->pairs, key);
    char name[TCN_MEMBER_MAX + 1] = "";
    if (view.len > 0 && view.len < sizeof name) {
        memcpy(name, view.data, view.len);
    }
    *number = peer_number(call->node, name);
    if (*number < TCN_PEERS_MAX) {
        return TCN_ERR_OK;
    }
    tcn_buf_put_str(call->said, "`");
    tcn_text_escape(call->said, tcn_view_str(name));
    tcn_buf_put_str(call->said, "` is not a peer of this node: see `tocsin "
                                "peer list`");
    return TCN_ERR_NOT_FOUND;
}

static enum tcn_err explain(struct verb_call *call, enum tcn_hook hook,
                            unsigned number)
{
    struct tcn_node *node = call->node;
    struct tcn_id id;
    struct tcn_stored row;
    enum tcn_err err = verb_id(call, &id);
    if (err == TCN_ERR_OK) {
        err = held_load(node, &id, node->loaded, &row);
    }
    uint8_t *text = malloc(EXPLANATION_MAX);
    if (err != TCN_ERR_OK || text == NULL) {
        free(text);
        return err != TCN_ERR_OK ? err : TCN_ERR_NO_MEMORY;
    }
    struct tcn_buf out = tcn_buf(text, EXPLANATION_MAX);
    struct tcn_facts facts = held_facts(node, &node->loaded->alert, &row);
    const struct tcn_policy *policy = node->setup->policy;
    struct tcn_verdict verdict =
        tcn_policy_explain(policy, hook, &facts, number, &out);
    bool quarantined = hook == TCN_HOOK_EXPORT && holds_quarantined(node, &id);
    if (quarantined) {
        tcn_buf_put_str(&out, "but it is in quarantine: nothing goes before "
                              "`tocsin hold release ID` without --to\n");
    }
    reply_lines(call->client, tcn_buf_view(&out));
    free(text);
    reply_begin(call->client);
    reply_bool(call->client, "quarantined", quarantined);
    reply_str(call->client, "outcome", tcn_verdict_word(&verdict));
    reply_uint(call->client, "form", verdict.form);
    reply_str(call->client, "rule", tcn_policy_rule_name(policy, verdict.rule));
    reply_str(call->client, "floor",
              tcn_floor_word((enum tcn_floor)verdict.floor));
    reply_row(call->client);
    return TCN_ERR_OK;
}

enum tcn_err verb_why(struct verb_call *call)
{
    unsigned number;
    enum tcn_err err = verb_peer(call, "to", &number);
    return err == TCN_ERR_OK ? explain(call, TCN_HOOK_EXPORT, number) : err;
}

enum tcn_err verb_explain_import(struct verb_call *call)
{
    unsigned number;
    enum tcn_err err = verb_peer(call, "from", &number);
    return err == TCN_ERR_OK ? explain(call, TCN_HOOK_IMPORT, number) : err;
}
