/* The audit chain, reload and stop. */
#include <stdlib.h>

#include "daemon/control.h"

#define AUDIT_ROWS_MAX 5000

struct listing {
    struct client *client;
    uint64_t left;
};

static enum tcn_err take_row(void *ctx, const struct tcn_audit_row *row)
{
    struct listing *listing = ctx;
    if (listing->left-- == 0) {
        return TCN_ERR_CAPACITY; /* the client asks on, after the last n */
    }
    reply_begin(listing->client);
    reply_uint(listing->client, "n", row->n);
    reply_uint(listing->client, "at", row->at_ms);
    reply_str(listing->client, "actor", row->actor);
    reply_str(listing->client, "action", row->action);
    reply_str(listing->client, "subject", row->subject);
    reply_str(listing->client, "detail", row->detail);
    reply_bin(listing->client, "hash", tcn_id_view(&row->hash));
    reply_row(listing->client);
    return TCN_ERR_OK;
}

enum tcn_err verb_audit(struct verb_call *call)
{
    struct listing listing = {call->client, AUDIT_ROWS_MAX};
    enum tcn_err err = tcn_store_audit_each(
        call->node->store, tcn_pairs_uint(call->pairs, "after"),
        (struct tcn_audit_taker){take_row, &listing});
    return err == TCN_ERR_CAPACITY ? TCN_ERR_OK : err;
}

enum tcn_err verb_audit_verify(struct verb_call *call)
{
    uint64_t n = 0;
    enum tcn_err err = tcn_store_audit_verify(call->node->store, &n);
    if (err == TCN_ERR_OK) {
        reply_begin(call->client);
        reply_uint(call->client, "rows", n);
        reply_row(call->client);
    } else if (err == TCN_ERR_CORRUPT) {
        tcn_buf_printf(call->said,
                       "the audit chain is broken at row %llu: somebody "
                       "changed it",
                       (unsigned long long)n);
    }
    return err;
}

/* The files are read by whoever asks; that it was done is not a secret. */
enum tcn_err verb_backup(struct verb_call *call)
{
    bool keys = tcn_pairs_bool(call->pairs, "keys");
    enum tcn_err err = audit_note(call->node, call->client->peer.user, "backup",
                                  "", keys ? "with keys" : "");
    return err == TCN_ERR_OK ? shell_commit(call->node) : err;
}

enum tcn_err verb_reload(struct verb_call *call)
{
    uint8_t *text = malloc(TCN_SETUP_MESSAGE);
    if (text == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    struct tcn_buf out = tcn_buf(text, TCN_SETUP_MESSAGE);
    enum tcn_err err = node_reload(call->node, call->client->peer.user, &out);
    reply_lines(call->client, tcn_buf_view(&out));
    free(text);
    if (err != TCN_ERR_OK) {
        tcn_buf_put_str(call->said, "nothing has changed");
    }
    return err;
}

enum tcn_err verb_stop(struct verb_call *call)
{
    call->node->stopping = true;
    return TCN_ERR_OK;
}
