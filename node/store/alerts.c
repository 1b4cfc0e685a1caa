#include <stdio.h>

#include "base/text.h"
#include "store/internal.h"
#include "store/rows.h"

/* Cut where a character begins. */
static void title_of(const struct tcn_alert *alert, char *out, size_t cap)
{
    const struct tcn_field *title = tcn_alert_find(alert, "title");
    if (title == NULL) {
        title = tcn_alert_find(alert, "reason");
    }
    uint8_t text[1024];
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

enum tcn_err tcn_store_put(struct tcn_store *store,
                           const struct tcn_alert *alert,
                           const struct tcn_stored *row)
{
    char title[sizeof row->title];
    title_of(alert, title, sizeof title);
    sqlite3_stmt *stmt = use(store, S_ALERT_PUT);
    bind_id(stmt, 1, &row->id);
    bind_uint(stmt, 2, row->seq);
    bind_text(stmt, 3, row->origin);
    bind_view(stmt, 4, tcn_view(row->thread.bytes, 16));
    bind_uint(stmt, 5, row->revision);
    bind_uint(stmt, 6, row->kind);
    bind_uint(stmt, 7, row->created_ms);
    bind_uint(stmt, 8, row->expires_ms);
    bind_uint(stmt, 9, row->received_ms);
    bind_text(stmt, 10, row->received_from);
    bind_uint(stmt, 11, row->severity);
    bind_uint(stmt, 12, row->tlp);
    bind_uint(stmt, 13, row->form);
    bind_uint(stmt, 14, row->present);
    bind_uint(stmt, 15, row->status);
    bind_id(stmt, 16, &row->cert);
    if (row->has_ref) {
        bind_id(stmt, 17, &row->ref);
    }
    bind_text(stmt, 18, title);
    bind_view(stmt, 19, alert->envelope);
    enum tcn_err err = run(store, stmt);
    if (err == TCN_ERR_OK && row->received_from[0] != '\0') {
        err = tcn_store_source(store, &row->id, row->received_from);
    }
    return err;
}

enum tcn_err tcn_store_merge(struct tcn_store *store,
                             const struct tcn_alert *merged, uint64_t seq)
{
    sqlite3_stmt *stmt = use(store, S_ALERT_MERGE);
    bind_id(stmt, 1, &merged->id);
    bind_view(stmt, 2, merged->envelope);
    bind_uint(stmt, 3, merged->form);
    bind_uint(stmt, 4, seq);
    return run(store, stmt);
}

enum tcn_err tcn_store_source(struct tcn_store *store, const struct tcn_id *id,
                              const char *peer)
{
    sqlite3_stmt *stmt = use(store, S_SOURCE_PUT);
    bind_id(stmt, 1, id);
    bind_text(stmt, 2, peer);
    return run(store, stmt);
}

enum tcn_err tcn_store_status(struct tcn_store *store, const struct tcn_id *id,
                              enum tcn_status status)
{
    sqlite3_stmt *stmt = use(store, S_ALERT_STATUS);
    bind_id(stmt, 1, id);
    bind_uint(stmt, 2, status);
    return run(store, stmt);
}

enum tcn_err tcn_store_purge(struct tcn_store *store, const struct tcn_id *id,
                             bool whole)
{
    static const enum statement all[] = {S_SOURCES_DROP, S_DECISIONS_DROP,
                                         S_ALERT_DROP};
    enum tcn_err err = TCN_ERR_OK;
    if (!whole) {
        sqlite3_stmt *stmt = use(store, S_ALERT_EMPTY);
        bind_id(stmt, 1, id);
        return run(store, stmt);
    }
    for (size_t i = 0; i < 3 && err == TCN_ERR_OK; i++) {
        sqlite3_stmt *stmt = use(store, all[i]);
        bind_id(stmt, 1, id);
        err = run(store, stmt);
    }
    return err;
}

void read_row(sqlite3_stmt *stmt, struct tcn_stored *row)
{
    *row = (struct tcn_stored){0};
    take_bytes(stmt, 0, row->id.bytes, sizeof row->id.bytes);
    row->seq = take_uint(stmt, 1);
    take_text(stmt, 2, row->origin, sizeof row->origin);
    take_bytes(stmt, 3, row->thread.bytes, sizeof row->thread.bytes);
    row->revision = (uint32_t)take_uint(stmt, 4);
    row->kind = (uint8_t)take_uint(stmt, 5);
    row->created_ms = take_uint(stmt, 6);
    row->expires_ms = take_uint(stmt, 7);
    row->received_ms = take_uint(stmt, 8);
    take_text(stmt, 9, row->received_from, sizeof row->received_from);
    row->severity = (uint8_t)take_uint(stmt, 10);
    row->tlp = (uint8_t)take_uint(stmt, 11);
    row->form = (uint8_t)take_uint(stmt, 12);
    row->present = (uint8_t)take_uint(stmt, 13);
    row->status = (uint8_t)take_uint(stmt, 14);
    take_bytes(stmt, 15, row->cert.bytes, sizeof row->cert.bytes);
    row->has_ref = sqlite3_column_type(stmt, 16) != SQLITE_NULL;
    take_bytes(stmt, 16, row->ref.bytes, sizeof row->ref.bytes);
    take_text(stmt, 17, row->title, sizeof row->title);
    row->has_contents = take_uint(stmt, 18) != 0;
}

enum tcn_err tcn_store_get(struct tcn_store *store, const struct tcn_id *id,
                           struct tcn_stored *row, struct tcn_buf *envelope)
{
    sqlite3_stmt *stmt =
        use(store, envelope != NULL ? S_ALERT_GET : S_ALERT_ROW);
    bind_id(stmt, 1, id);
    enum tcn_err err = next_row(store, stmt);
    if (err != TCN_ERR_OK) {
        return err;
    }
    if (row != NULL) {
        read_row(stmt, row);
    }
    if (envelope != NULL) {
        struct tcn_view bytes = take_view(stmt, 19);
        tcn_buf_put(envelope, bytes.data, bytes.len);
    }
    (void)sqlite3_reset(stmt);
    return TCN_ERR_OK;
}
