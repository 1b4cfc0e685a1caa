/* Why something was sent or not: the same evaluation, told; and what was
 * decided at the time. */
#include <stdlib.h>

#include "daemon/control.h"
#include "daemon/holds.h"

#define EXPLANATION_MAX (64 * TCN_KIB)

static enum tcn_err take_peer(struct verb_call *call, const char *key,
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
    enum tcn_err err = take_peer(call, "to", &number);
    return err == TCN_ERR_OK ? explain(call, TCN_HOOK_EXPORT, number) : err;
}

enum tcn_err verb_explain_import(struct verb_call *call)
{
    unsigned number;
    enum tcn_err err = take_peer(call, "from", &number);
    return err == TCN_ERR_OK ? explain(call, TCN_HOOK_IMPORT, number) : err;
}

/* ---- what was not sent, by deciding rule ---- */

#define GROUPS_MAX 256

struct denied {
    size_t count;
    struct {
        char rule[TCN_NAME_MAX + 16];
        uint64_t count;
        struct tcn_id example;
    } groups[GROUPS_MAX];
};

static enum tcn_err count_denial(void *ctx, const struct tcn_decision *decision)
{
    struct denied *denied = ctx;
    for (size_t i = 0; i < denied->count; i++) {
        if (strcmp(denied->groups[i].rule, decision->rule) == 0) {
            denied->groups[i].count++;
            return TCN_ERR_OK;
        }
    }
    if (denied->count < GROUPS_MAX) {
        size_t at = denied->count++;
        (void)snprintf(denied->groups[at].rule, sizeof denied->groups[at].rule,
                       "%s", decision->rule);
        denied->groups[at].count = 1;
        denied->groups[at].example = decision->id;
    }
    return TCN_ERR_OK;
}

enum tcn_err verb_why_not_sent(struct verb_call *call)
{
    struct tcn_node *node = call->node;
    unsigned number;
    enum tcn_err err = take_peer(call, "to", &number);
    if (err != TCN_ERR_OK) {
        return err;
    }
    struct denied denied = {0};
    err = tcn_store_decisions(
        node->store, NULL, node->setup->conf.parties[number].name,
        tcn_pairs_uint(call->pairs, "since"),
        (struct tcn_decision_taker){count_denial, &denied});
    for (size_t i = 0; i < denied.count; i++) {
        reply_begin(call->client);
        reply_str(call->client, "rule", denied.groups[i].rule);
        reply_uint(call->client, "count", denied.groups[i].count);
        reply_bin(call->client, "example",
                  tcn_id_view(&denied.groups[i].example));
        reply_row(call->client);
    }
    return err;
}

/* ---- where an alert is ---- */

struct where {
    struct verb_call *call;
    const struct tcn_id *id;
    uint64_t sources;
    struct {
        bool exported, denied;
        uint8_t form;
        uint64_t n, at_ms;
        uint8_t lane;
        uint8_t epoch[8];
        char rule[TCN_NAME_MAX + 16];
    } peers[TCN_PEERS_MAX];
};

static enum tcn_err take_export(void *ctx, const char *peer,
                                const struct tcn_ledger_row *row)
{
    struct where *where = ctx;
    unsigned number = peer_number(where->call->node, peer);
    if (number < TCN_PEERS_MAX) {
        where->peers[number].exported = true;
        where->peers[number].form = row->form & TCN_CLASS_ALL;
        where->peers[number].n = row->n;
        where->peers[number].lane = row->lane;
        where->peers[number].at_ms = row->at_ms;
        memcpy(where->peers[number].epoch, row->epoch, sizeof row->epoch);
    }
    return TCN_ERR_OK;
}

static enum tcn_err take_denial(void *ctx, const struct tcn_decision *decision)
{
    struct where *where = ctx;
    unsigned number = peer_number(where->call->node, decision->peer);
    if (number < TCN_PEERS_MAX && decision->hook == TCN_HOOK_EXPORT) {
        where->peers[number].denied = decision->outcome == TCN_DENY;
        (void)snprintf(where->peers[number].rule,
                       sizeof where->peers[number].rule, "%s", decision->rule);
    }
    return TCN_ERR_OK;
}

static const char *outcome_of(struct where *where, unsigned peer)
{
    struct tcn_mesh_peer_info info;
    tcn_mesh_peer(where->call->node->mesh, peer, &info);
    if (where->peers[peer].exported) {
        bool settled =
            where->peers[peer].n <= info.lane_acked[where->peers[peer].lane];
        return settled ? "delivered" : "sent";
    }
    if ((where->sources >> peer & 1) != 0) {
        return "came from it";
    }
    return where->peers[peer].denied ? "denied" : "waiting";
}

static void reply_where(struct where *where, unsigned peer)
{
    struct client *client = where->call->client;
    reply_begin(client);
    reply_str(client, "peer",
              where->call->node->setup->conf.parties[peer].name);
    reply_str(client, "outcome", outcome_of(where, peer));
    reply_uint(client, "form", where->peers[peer].form);
    reply_uint(client, "at", where->peers[peer].at_ms);
    reply_str(client, "rule", where->peers[peer].rule);
    reply_row(client);
}

static enum tcn_err take_remark(void *ctx, const struct tcn_stored *row)
{
    struct where *where = ctx;
    bool remark = row->kind == TCN_KIND_SIGHTING || row->kind == TCN_KIND_ACK;
    if (remark && row->has_ref && tcn_id_equal(&row->ref, where->id)) {
        struct client *client = where->call->client;
        reply_begin(client);
        reply_str(client, "from", row->origin);
        reply_str(client, "kind", tcn_kind_word((enum tcn_kind)row->kind));
        reply_uint(client, "at", row->created_ms);
        reply_row(client);
    }
    return TCN_ERR_OK;
}

enum tcn_err verb_status_of(struct verb_call *call)
{
    struct tcn_node *node = call->node;
    struct tcn_id id;
    struct where *where = calloc(1, sizeof *where);
    enum tcn_err err = where == NULL ? TCN_ERR_NO_MEMORY : verb_id(call, &id);
    struct tcn_stored row;
    if (err == TCN_ERR_OK) {
        *where = (struct where){.call = call, .id = &id};
        err = held_load(node, &id, node->loaded, &row);
    }
    if (err == TCN_ERR_OK) {
        where->sources = held_facts(node, &node->loaded->alert, &row).sources;
        err = tcn_store_exports(node->store, &id,
                                (struct tcn_ledger_taker){take_export, where});
    }
    if (err == TCN_ERR_OK) {
        err = tcn_store_decisions(
            node->store, &id, NULL, 0,
            (struct tcn_decision_taker){take_denial, where});
    }
    for (unsigned i = 0; err == TCN_ERR_OK && i < node->setup->conf.peer_count;
         i++) {
        reply_where(where, i);
    }
    if (err == TCN_ERR_OK) {
        err = tcn_store_each(node->store, row.seq,
                             (struct tcn_row_taker){take_remark, where});
    }
    free(where);
    return err;
}
