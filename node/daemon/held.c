/* Alerts as the store has them, ready to be decided on. */
#include "daemon/holds.h"
#include "io/log.h"
#include "mesh/info.h"

unsigned peer_number(const struct tcn_node *node, const char *member)
{
    const struct tcn_conf *conf = &node->setup->conf;
    for (unsigned i = 0; i < conf->peer_count; i++) {
        if (strcmp(conf->parties[i].name, member) == 0) {
            return i;
        }
    }
    return TCN_PEERS_MAX;
}

enum tcn_err held_keep(struct held_copy *copy, struct tcn_view envelope)
{
    if (envelope.len > sizeof copy->bytes) {
        return TCN_ERR_SIZE;
    }
    memcpy(copy->bytes, envelope.data, envelope.len);
    return tcn_alert_decode(&copy->alert, tcn_view(copy->bytes, envelope.len));
}

static enum tcn_err look_into(struct held_copy *copy, const struct tcn_buf *out)
{
    enum tcn_err err = tcn_alert_decode(&copy->alert, tcn_buf_view(out));
    return err == TCN_ERR_OK ? tcn_alert_check_fields(&copy->alert) : err;
}

enum tcn_err held_cut(struct held_copy *copy, const struct tcn_alert *alert,
                      uint8_t form)
{
    struct tcn_buf out = tcn_buf(copy->bytes, sizeof copy->bytes);
    enum tcn_err err = tcn_alert_redact(alert, form, &out);
    return err == TCN_ERR_OK ? look_into(copy, &out) : err;
}

enum tcn_err held_merge(struct held_copy *copy, const struct tcn_alert *held,
                        const struct tcn_alert *more)
{
    struct tcn_buf out = tcn_buf(copy->bytes, sizeof copy->bytes);
    enum tcn_err err = tcn_alert_merge(held, more, &out);
    return err == TCN_ERR_OK ? look_into(copy, &out) : err;
}

bool held_is_absent(enum tcn_err err)
{
    return err == TCN_ERR_NOT_FOUND || err == TCN_ERR_CORRUPT;
}

static void log_damaged(const struct tcn_id *id)
{
    struct tcn_log_line line = tcn_log(TCN_LOG_ERROR, "alert-damaged");
    tcn_log_id(&line, "id", tcn_id_view(id));
    tcn_log_str(&line, "message",
                "its contents are not what was stored: restore a backup");
    tcn_log_end(&line);
}

enum tcn_err held_load(struct tcn_node *node, const struct tcn_id *id,
                       struct held_copy *copy, struct tcn_stored *row)
{
    struct tcn_buf bytes = tcn_buf(copy->bytes, sizeof copy->bytes);
    struct tcn_stored unused;
    enum tcn_err err =
        tcn_store_get(node->store, id, row == NULL ? &unused : row, &bytes);
    if (err == TCN_ERR_OK && bytes.len == 0) {
        err = TCN_ERR_NOT_FOUND;
    }
    err = err == TCN_ERR_OK ? look_into(copy, &bytes) : err;
    /* It was sound when it was stored. */
    bool damaged = err != TCN_ERR_OK && err != TCN_ERR_NOT_FOUND &&
                   tcn_err_class(err) != TCN_CLASS_SYSTEM;
    if (damaged) {
        log_damaged(id);
    }
    return damaged ? TCN_ERR_CORRUPT : err;
}

enum tcn_err held_other(struct tcn_node *node, const struct tcn_header *header,
                        const struct tcn_alert **other)
{
    struct tcn_id id;
    *other = NULL;
    if (header->kind == TCN_KIND_REVOKE ||
        !tcn_mesh_other(node->mesh, header, &id)) {
        return TCN_ERR_OK;
    }
    enum tcn_err err = held_load(node, &id, node->other, NULL);
    if (err == TCN_ERR_OK) {
        *other = &node->other->alert;
    }
    return err == TCN_ERR_NOT_FOUND ? TCN_ERR_OK : err;
}

const char *kind_of(struct tcn_node *node, const struct tcn_stored *row,
                    char text[TCN_KIND_TEXT])
{
    const struct tcn_view *word = &node->scratch->alert.header.kind_text;
    if (row->kind != TCN_KIND_UNKNOWN) {
        return tcn_kind_word((enum tcn_kind)row->kind);
    }
    if (held_load(node, &row->id, node->scratch, NULL) != TCN_ERR_OK ||
        word->len >= TCN_KIND_TEXT) {
        return "unknown";
    }
    memcpy(text, word->data, word->len);
    text[word->len] = '\0';
    return text;
}

struct mask {
    const struct tcn_node *node;
    uint64_t bits;
};

static enum tcn_err add_source(void *ctx, const struct tcn_id *id,
                               const char *peer)
{
    (void)id;
    struct mask *mask = ctx;
    unsigned number = peer_number(mask->node, peer);
    if (number < TCN_PEERS_MAX) {
        mask->bits |= 1ull << number;
    }
    return TCN_ERR_OK;
}

/* As the core asks it: does the peer hold another text under that name? */
static uint64_t who_disagrees(const struct tcn_node *node,
                              struct tcn_view agreement)
{
    uint64_t bits = 0;
    if (agreement.len == 0 || node->mesh == NULL) {
        return 0;
    }
    for (unsigned i = 0; i < node->setup->conf.peer_count; i++) {
        bits |= tcn_mesh_disagrees(node->mesh, i, agreement) ? 1ull << i : 0;
    }
    return bits;
}

/* Of an alert that nobody gave us and nobody has decided about. */
static struct tcn_facts facts_now(struct tcn_node *node,
                                  const struct tcn_alert *alert)
{
    const struct known_cert *known =
        keyring_find(&node->keyring, &alert->header.cert);
    uint64_t now = tcn_now_ms();
    return (struct tcn_facts){
        .alert = alert,
        .is_own = tcn_view_is(alert->header.origin, node->setup->conf.member),
        .key_valid = known != NULL && known->suspect_since_ms == 0,
        .disagree = who_disagrees(node, alert->header.agreement),
        .now_ms = now,
        .received_ms = now,
    };
}

struct tcn_facts held_facts_shown(struct tcn_node *node,
                                  const struct tcn_alert *alert,
                                  const struct tcn_stored *fresh)
{
    struct mask mask = {.node = node};
    struct tcn_facts facts = facts_now(node, alert);
    const struct tcn_name_taker taker = {add_source, &mask};
    enum tcn_err err = fresh != NULL
                           ? add_source(&mask, &fresh->id, fresh->received_from)
                           : tcn_store_sources(node->store, &alert->id, taker);
    facts.key_valid &= err == TCN_ERR_OK;
    facts.sources = mask.bits;
    return facts;
}

struct tcn_facts held_facts(struct tcn_node *node,
                            const struct tcn_alert *alert,
                            const struct tcn_stored *row)
{
    if (row == NULL) {
        return facts_now(node, alert);
    }
    struct tcn_facts facts = held_facts_shown(node, alert, NULL);
    const struct tcn_receipt *told = NULL;
    if (holds_told(node, row, &told) != TCN_ERR_OK) {
        facts.key_valid = false;
    }
    facts.received_ms = told->received_ms;
    facts.requested = told->requested;
    facts.release_count = told->release_count;
    facts.releases = told->releases;
    return facts;
}
