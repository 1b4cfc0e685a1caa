/* Where an alert is: who was handed it, who was not and by which rule, what
 * others said about it, and who owes an ack. */
#include <stdlib.h>

#include "daemon/acks.h"

struct where {
    struct verb_call *call;
    const struct tcn_id *id;
    uint64_t sources;
    uint64_t acked;                  /* peers that did, one bit each */
    const struct tcn_header *header; /* of our own alert, or NULL */
    struct {
        bool exported, denied;
        uint8_t form;
        uint64_t n, at_ms, first_ms;
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
        if (!where->peers[number].exported ||
            row->at_ms < where->peers[number].first_ms) {
            where->peers[number].first_ms = row->at_ms;
        }
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

/* What an agreement asks of it, from when it was handed the alert on. */
static void reply_ack(struct where *where, unsigned peer)
{
    const struct tcn_node *node = where->call->node;
    struct client *client = where->call->client;
    uint64_t within = 0;
    if (where->header != NULL && where->peers[peer].exported) {
        within = acks_within_ms(node, where->header,
                                node->setup->conf.parties[peer].name);
    }
    if (within == 0) {
        return;
    }
    uint64_t due = where->peers[peer].first_ms + within;
    bool acked = (where->acked >> peer & 1) != 0;
    reply_str(client, "ack",
              acked                ? "acked"
              : tcn_now_ms() > due ? "late"
                                   : "due");
    reply_uint(client, "ack_due", due);
}

static enum tcn_err take_ack(void *ctx, const struct tcn_stored *row)
{
    struct where *where = ctx;
    unsigned number = peer_number(where->call->node, row->origin);
    if (row->kind == TCN_KIND_ACK && row->has_ref && number < TCN_PEERS_MAX &&
        tcn_id_equal(&row->ref, where->id)) {
        where->acked |= 1ull << number;
    }
    return TCN_ERR_OK;
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
    reply_ack(where, peer);
    reply_row(client);
}

/* Sightings, acks, requests for release and answers to them. */
static enum tcn_err take_remark(void *ctx, const struct tcn_stored *row)
{
    struct where *where = ctx;
    bool remark = row->kind == TCN_KIND_SIGHTING || row->kind == TCN_KIND_ACK ||
                  row->kind == TCN_KIND_UNKNOWN;
    if (remark && row->has_ref && tcn_id_equal(&row->ref, where->id)) {
        struct client *client = where->call->client;
        char kind[TCN_KIND_TEXT];
        reply_begin(client);
        reply_str(client, "from", row->origin);
        reply_str(client, "kind", kind_of(where->call->node, row, kind));
        reply_str(client, "title", row->title);
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
        where->sources =
            held_facts_shown(node, &node->loaded->alert, NULL).sources;
        where->header = strcmp(row.origin, node->setup->conf.member) == 0
                            ? &node->loaded->alert.header
                            : NULL;
        err = tcn_store_exports(node->store, &id,
                                (struct tcn_ledger_taker){take_export, where});
    }
    if (err == TCN_ERR_OK) {
        err = tcn_store_decisions(
            node->store, &id, NULL, 0,
            (struct tcn_decision_taker){take_denial, where});
    }
    if (err == TCN_ERR_OK) {
        err = tcn_store_each(node->store, row.seq,
                             (struct tcn_row_taker){take_ack, where});
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
