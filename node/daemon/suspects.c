/* Alerts whose key is revoked: kept, marked, never handed on. Observers learn
 * of each once; how far that is stands in the store beside what they are told,
 * so that a node that is stopped on the way goes on where it was. */
#include "daemon/node.h"

#define ROWS_AT_ONCE 256

enum key_mark suspects_mark(const struct tcn_node *node,
                            const struct tcn_stored *row)
{
    const struct known_cert *known = keyring_find(&node->keyring, &row->cert);
    if (known == NULL) {
        return KEY_UNPINNED;
    }
    if (known->suspect_since_ms == 0) {
        return KEY_GOOD;
    }
    return row->received_ms < known->suspect_since_ms ? KEY_REVOKED
                                                      : KEY_SUSPECT;
}

const char *suspects_word(enum key_mark mark)
{
    static const char *const words[] = {"", "unpinned", "revoked", "suspect"};
    return words[mark];
}

/* ---- how far observers were told, by certificate ---- */

#define DONE UINT64_MAX

struct place {
    char name[64];
    uint64_t seq; /* all up to here were told; DONE */
};

static enum tcn_err read_place(struct tcn_node *node, const struct tcn_id *cert,
                               struct place *place)
{
    uint8_t bytes[sizeof place->seq];
    struct tcn_buf value = tcn_buf(bytes, sizeof bytes);
    struct tcn_buf name = tcn_buf(place->name, sizeof place->name);
    tcn_buf_put_str(&name, "told-of-key-");
    tcn_text_hex(&name, tcn_view(cert->bytes, 16));
    (void)tcn_buf_text(&name);
    place->seq = 0;
    enum tcn_err err = tcn_store_value(node->store, place->name, &value);
    if (err == TCN_ERR_OK && value.len == sizeof bytes) {
        memcpy(&place->seq, bytes, sizeof bytes);
    }
    return err == TCN_ERR_NOT_FOUND ? TCN_ERR_OK : err;
}

struct scan {
    struct tcn_node *node;
    const struct tcn_id *cert;
    struct place place;
    unsigned rows;
};

static bool is_shown(const struct tcn_stored *row)
{
    return row->has_contents && (row->status == TCN_STATUS_LIVE ||
                                 row->status == TCN_STATUS_EQUIVOCAL);
}

static enum tcn_err tell(void *ctx, const struct tcn_stored *row)
{
    struct scan *scan = ctx;
    if (scan->rows++ == ROWS_AT_ONCE) {
        return TCN_ERR_CAPACITY; /* the rest in the next round */
    }
    scan->place.seq = row->seq;
    return tcn_id_equal(&row->cert, scan->cert) && is_shown(row)
               ? observers_tell(scan->node, &row->id)
               : TCN_ERR_OK;
}

static enum tcn_err work_on(struct tcn_node *node, const struct tcn_id *cert,
                            bool *more)
{
    struct scan scan = {.node = node, .cert = cert};
    enum tcn_err err = read_place(node, cert, &scan.place);
    if (err != TCN_ERR_OK || scan.place.seq == DONE) {
        return err;
    }
    err = shell_begin(node);
    if (err == TCN_ERR_OK) {
        err = tcn_store_each(node->store, scan.place.seq,
                             (struct tcn_row_taker){tell, &scan});
    }
    *more = err == TCN_ERR_CAPACITY;
    if (err == TCN_ERR_OK) {
        scan.place.seq = DONE;
    }
    return err == TCN_ERR_OK || *more
               ? tcn_store_set(node->store, scan.place.name,
                               tcn_view(&scan.place.seq, sizeof scan.place.seq))
               : err;
}

void suspects_work(struct tcn_node *node)
{
    bool more = false;
    if (!node->keyring.untold || node->store_failed) {
        return;
    }
    for (size_t i = 0; i < node->keyring.count && !more; i++) {
        const struct known_cert *known = &node->keyring.certs[i];
        enum tcn_err err = known->suspect_since_ms == 0
                               ? TCN_ERR_OK
                               : work_on(node, &known->cert.id, &more);
        if (err != TCN_ERR_OK && !more) {
            shell_fail(node, err);
            return;
        }
    }
    node->keyring.untold = more;
}
