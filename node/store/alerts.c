#include <stdio.h>

#include "base/text.h"
#include "store/internal.h"

/* Cut where a character begins, however long the whole is. */
static void title_of(const struct tcn_alert *alert, char *out, size_t cap)
{
    const struct tcn_field *title = tcn_alert_find(alert, "title");
    if (title == NULL) {
        title = tcn_alert_find(alert, "reason");
    }
    static uint8_t text[TCN_ENVELOPE_MAX];
    struct tcn_buf buf = tcn_buf(text, sizeof text);
    if (title != NULL) {
        tcn_field_put_text(&buf, title);
    }
    size_t len = buf.len < cap - 1 ? buf.len : cap - 1;
    while (len > 0 && !tcn_text_is_utf8(tcn_view(text, len))) {
        len--;
    }
    memcpy(out, text, len);
    out[len] = '\0';
}

static void copy_view(char *out, size_t cap, struct tcn_view text)
{
    size_t len = text.len < cap - 1 ? text.len : cap - 1;
    if (len > 0) {
        memcpy(out, text.data, len);
    }
    out[len] = '\0';
}

enum tcn_err tcn_store_put(struct tcn_store *store,
                           const struct tcn_alert *alert,
                           const struct tcn_stored *row)
{
    char title[sizeof row->title];
    title_of(alert, title, sizeof title);
    uint64_t key;
    enum tcn_err err = key_take(store, &row->id, &key);
    if (err != TCN_ERR_OK) {
        return err;
    }
    struct query *query = use(store, S_ALERT_PUT);
    bind_id(query, 1, &row->id);
    bind_uint(query, 2, row->seq);
    bind_text(query, 3, row->origin);
    bind_view(query, 4, tcn_view(row->thread.bytes, 16));
    bind_uint(query, 5, row->revision);
    bind_uint(query, 6, row->kind);
    bind_uint(query, 7, row->created_ms);
    bind_uint(query, 8, row->expires_ms);
    bind_uint(query, 9, row->received_ms);
    bind_text(query, 10, row->received_from);
    bind_uint(query, 11, row->severity);
    bind_uint(query, 12, row->tlp);
    bind_uint(query, 13, row->form);
    bind_uint(query, 14, row->present);
    bind_uint(query, 15, row->status);
    bind_id(query, 16, &row->cert);
    if (row->has_ref) {
        bind_id(query, 17, &row->ref);
    }
    bind_text(query, 18, title);
    bind_view(query, 19, alert->envelope);
    char exercise[sizeof row->exercise];
    copy_view(exercise, sizeof exercise, alert->header.exercise);
    bind_text(query, 20, exercise);
    bind_uint(query, 21, key);
    err = run(store, query);
    return err == TCN_ERR_OK && row->received_from[0] != '\0'
               ? tcn_store_source(store, &row->id, row->received_from)
               : err;
}

enum tcn_err tcn_store_merge(struct tcn_store *store,
                             const struct tcn_alert *merged, uint64_t seq)
{
    char title[sizeof((struct tcn_stored *)0)->title];
    title_of(merged, title, sizeof title);
    struct query *query = use(store, S_ALERT_MERGE);
    bind_id(query, 1, &merged->id);
    bind_view(query, 2, merged->envelope);
    bind_uint(query, 3, merged->form);
    bind_uint(query, 4, seq);
    bind_text(query, 5, title);
    return run(store, query);
}

enum tcn_err tcn_store_wipe(struct tcn_store *store, const struct tcn_id *id,
                            struct tcn_view envelope)
{
    struct query *query = use(store, S_ALERT_WIPE);
    bind_id(query, 1, id);
    bind_view(query, 2, envelope);
    return run(store, query);
}

enum tcn_err tcn_store_status(struct tcn_store *store, const struct tcn_id *id,
                              enum tcn_status status)
{
    struct query *query = use(store, S_ALERT_STATUS);
    bind_id(query, 1, id);
    bind_uint(query, 2, status);
    return run(store, query);
}

/* All that is known of an id: what was exported stays known only as long as
 * there can be a withdrawal of it. The last row of a ledger stays, because a
 * peer that resumes is compared with it. Its key goes last. */
static const enum statement drops[] = {
    S_SOURCES_DROP, S_DECISIONS_DROP,  S_EXPORTS_DROP, S_LEDGER_DROP,
    S_HOLDS_GONE,   S_APPROVALS_GONE,  S_DELAYS_GONE,  S_REQUESTS_GONE,
    S_ACKS_GONE,    S_QUARANTINE_DROP, S_ALERT_DROP,   S_UNHELD_DROP};

static enum tcn_err run_with_id(struct tcn_store *store, enum statement which,
                                const struct tcn_id *id)
{
    struct query *query = use(store, which);
    bind_id(query, 1, id);
    return run(store, query);
}

enum tcn_err tcn_store_purge(struct tcn_store *store, const struct tcn_id *id,
                             bool whole)
{
    if (!whole) {
        return run_with_id(store, S_ALERT_EMPTY, id);
    }
    enum tcn_err err = key_settle(store);
    for (size_t i = 0; i < sizeof drops / sizeof drops[0]; i++) {
        err = err == TCN_ERR_OK ? run_with_id(store, drops[i], id) : err;
    }
    key_forget(store);
    return err;
}

void read_row(const struct query *query, struct tcn_stored *row)
{
    *row = (struct tcn_stored){0};
    take_bytes(query, 0, row->id.bytes, sizeof row->id.bytes);
    row->seq = take_uint(query, 1);
    take_text(query, 2, row->origin, sizeof row->origin);
    take_bytes(query, 3, row->thread.bytes, sizeof row->thread.bytes);
    row->revision = (uint32_t)take_uint(query, 4);
    row->kind = (uint8_t)take_uint(query, 5);
    row->created_ms = take_uint(query, 6);
    row->expires_ms = take_uint(query, 7);
    row->received_ms = take_uint(query, 8);
    take_text(query, 9, row->received_from, sizeof row->received_from);
    row->severity = (uint8_t)take_uint(query, 10);
    row->tlp = (uint8_t)take_uint(query, 11);
    row->form = (uint8_t)take_uint(query, 12);
    row->present = (uint8_t)take_uint(query, 13);
    row->status = (uint8_t)take_uint(query, 14);
    take_bytes(query, 15, row->cert.bytes, sizeof row->cert.bytes);
    row->has_ref = !is_null(query, 16);
    take_bytes(query, 16, row->ref.bytes, sizeof row->ref.bytes);
    take_text(query, 17, row->title, sizeof row->title);
    take_text(query, 18, row->exercise, sizeof row->exercise);
    row->size_bytes = (uint32_t)take_uint(query, 19);
    row->has_contents = row->size_bytes != 0;
}

enum tcn_err tcn_store_get(struct tcn_store *store, const struct tcn_id *id,
                           struct tcn_stored *row, struct tcn_buf *envelope)
{
    struct query *query =
        use(store, envelope != NULL ? S_ALERT_GET : S_ALERT_ROW);
    bind_id(query, 1, id);
    enum tcn_err err = next_row(store, query);
    if (err != TCN_ERR_OK) {
        return err;
    }
    if (row != NULL) {
        read_row(query, row);
    }
    if (envelope != NULL) {
        struct tcn_view bytes = take_view(query, 20);
        tcn_buf_put(envelope, bytes.data, bytes.len);
    }
    done(query);
    return TCN_ERR_OK;
}
