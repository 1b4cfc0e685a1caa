/* Alerts as this node holds them: list, show, thread. */
#include "daemon/control.h"

#define LIST_MAX 10000

static void put_stored(struct verb_call *call, const struct tcn_stored *row)
{
    struct client *client = call->client;
    reply_begin(client);
    reply_bin(client, "id", tcn_id_view(&row->id));
    reply_str(client, "origin", row->origin);
    reply_bin(client, "thread",
              tcn_view(row->thread.bytes, sizeof row->thread.bytes));
    reply_uint(client, "revision", row->revision);
    char kind[TCN_KIND_TEXT];
    reply_str(client, "kind", kind_of(call->node, row, kind));
    reply_uint(client, "created", row->created_ms);
    reply_uint(client, "expires", row->expires_ms);
    reply_str(client, "severity", tcn_severity_word(row->severity));
    reply_str(client, "tlp", tcn_tlp_word(row->tlp));
    reply_str(client, "status", tcn_status_word(row->status));
    reply_str(client, "received_from", row->received_from);
    reply_uint(client, "received_at", row->received_ms);
    reply_str(client, "title", row->title);
    if (row->exercise[0] != '\0') {
        reply_str(client, "exercise", row->exercise);
    }
    if (row->has_ref) {
        reply_bin(client, "ref", tcn_id_view(&row->ref));
    }
    reply_uint(client, "form", row->form);
    reply_uint(client, "present", row->present);
    enum key_mark mark = suspects_mark(call->node, row);
    reply_bool(client, "suspect", mark != KEY_GOOD);
    reply_str(client, "key", suspects_word(mark));
}

static enum tcn_err take_row(void *ctx, const struct tcn_stored *row)
{
    struct verb_call *call = ctx;
    put_stored(call, row);
    reply_row(call->client);
    return call->client->overflow ? TCN_ERR_SIZE : TCN_ERR_OK;
}

struct listing {
    struct verb_call *call;
    bool all; /* exercises and live ones */
    struct tcn_view exercise;
    uint64_t left;
};

/* What is exercised does not stand among what is so. */
static enum tcn_err take_listed(void *ctx, const struct tcn_stored *row)
{
    struct listing *listing = ctx;
    if (!listing->all && !tcn_view_is(listing->exercise, row->exercise)) {
        return TCN_ERR_OK;
    }
    if (listing->left-- == 0) {
        return TCN_ERR_CAPACITY;
    }
    return take_row(listing->call, row);
}

enum tcn_err verb_list(struct verb_call *call)
{
    uint64_t limit = tcn_pairs_uint(call->pairs, "limit");
    struct listing listing = {
        .call = call,
        .all = tcn_pairs_bool(call->pairs, "exercises"),
        .exercise = tcn_pairs_str(call->pairs, "exercise"),
        .left = limit == 0 || limit > LIST_MAX ? LIST_MAX : limit};
    enum tcn_err err = tcn_store_recent(
        call->node->store, tcn_pairs_uint(call->pairs, "since"), UINT64_MAX,
        (struct tcn_row_taker){take_listed, &listing});
    return err == TCN_ERR_CAPACITY ? TCN_ERR_OK : err;
}

enum tcn_err verb_show(struct verb_call *call)
{
    struct tcn_node *node = call->node;
    struct tcn_id id;
    struct tcn_stored row;
    enum tcn_err err = verb_id(call, &id);
    struct tcn_buf envelope =
        tcn_buf(node->loaded->bytes, sizeof node->loaded->bytes);
    if (err == TCN_ERR_OK) {
        err = tcn_store_get(node->store, &id, &row, &envelope);
    }
    if (err != TCN_ERR_OK) {
        return err;
    }
    put_stored(call, &row);
    if (envelope.len > 0) {
        reply_bin(call->client, "envelope", tcn_buf_view(&envelope));
    }
    reply_row(call->client);
    return TCN_ERR_OK;
}

enum tcn_err verb_thread(struct verb_call *call)
{
    struct tcn_node *node = call->node;
    struct tcn_id id;
    struct tcn_stored row;
    enum tcn_err err = verb_id(call, &id);
    if (err == TCN_ERR_OK) {
        err = tcn_store_get(node->store, &id, &row, NULL);
    }
    if (err != TCN_ERR_OK) {
        return err;
    }
    return tcn_store_thread(node->store, row.origin, &row.thread,
                            (struct tcn_row_taker){take_row, call});
}
