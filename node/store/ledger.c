#include "store/ledger.h"

#include <stdio.h>

#include "store/internal.h"

static enum tcn_err read_lanes(struct tcn_store *store, const char *peer,
                               struct tcn_peer_row *row)
{
    struct query *query = use(store, S_LANES_GET);
    bind_text(query, 1, peer);
    enum tcn_err err;
    while ((err = next_row(store, query)) == TCN_ERR_OK) {
        uint64_t lane = take_uint(query, 0);
        if (lane >= TCN_LANE_COUNT) {
            done(query);
            return TCN_ERR_CORRUPT;
        }
        struct tcn_lane_row *of = &row->lanes[lane];
        of->top = take_uint(query, 1);
        take_bytes(query, 2, of->top_mark, sizeof of->top_mark);
        of->settled_n = take_uint(query, 3);
        take_bytes(query, 4, of->settled_mark, sizeof of->settled_mark);
    }
    return all_rows(err);
}

enum tcn_err tcn_store_peer(struct tcn_store *store, const char *peer,
                            struct tcn_peer_row *row)
{
    *row = (struct tcn_peer_row){0};
    struct query *query = use(store, S_PEER_GET);
    bind_text(query, 1, peer);
    enum tcn_err err = next_row(store, query);
    if (err != TCN_ERR_OK) {
        return all_rows(err);
    }
    row->has_ledger = !is_null(query, 0);
    take_bytes(query, 0, row->epoch, sizeof row->epoch);
    take_bytes(query, 1, row->key, sizeof row->key);
    row->held_done = take_uint(query, 2) != 0;
    row->has_settled = !is_null(query, 3);
    take_bytes(query, 3, row->settled_epoch, sizeof row->settled_epoch);
    row->scanned_seq = take_uint(query, 4);
    done(query);
    return read_lanes(store, peer, row);
}

static enum tcn_err ensure_peer(struct tcn_store *store, const char *peer)
{
    struct query *query = use(store, S_PEER_NEW);
    bind_text(query, 1, peer);
    return run(store, query);
}

enum tcn_err tcn_store_epoch(struct tcn_store *store, const char *peer,
                             const uint8_t epoch[8], const uint8_t key[32])
{
    enum tcn_err err = ensure_peer(store, peer);
    if (err != TCN_ERR_OK) {
        return err;
    }
    struct query *query = use(store, S_PEER_EPOCH);
    bind_text(query, 1, peer);
    bind_view(query, 2, tcn_view(epoch, 8));
    bind_view(query, 3, tcn_view(key, 32));
    err = run(store, query);
    static const enum statement steps[] = {S_LANES_BEGIN, S_EXPORTS_OPEN};
    for (size_t i = 0; i < 2 && err == TCN_ERR_OK; i++) {
        query = use(store, steps[i]);
        bind_text(query, 1, peer);
        err = run(store, query);
    }
    return err;
}

enum tcn_err tcn_store_held_done(struct tcn_store *store, const char *peer)
{
    struct query *query = use(store, S_PEER_HELD_DONE);
    bind_text(query, 1, peer);
    return run(store, query);
}

static enum tcn_err put_numbered(struct tcn_store *store, const char *peer,
                                 const struct tcn_ledger_row *row, uint64_t key)
{
    struct query *query = use(store, S_LEDGER_PUT);
    bind_text(query, 1, peer);
    bind_view(query, 2, tcn_view(row->epoch, sizeof row->epoch));
    bind_uint(query, 3, row->lane);
    bind_uint(query, 4, row->n);
    bind_id(query, 5, &row->id);
    bind_uint(query, 6, row->form);
    bind_view(query, 7, tcn_view(row->mark, sizeof row->mark));
    bind_id(query, 8, &row->policy);
    bind_uint(query, 9, row->at_ms);
    bind_uint(query, 10, key);
    enum tcn_err err = run(store, query);
    if (err != TCN_ERR_OK) {
        return err;
    }
    query = use(store, S_LANE_TOP);
    bind_text(query, 1, peer);
    bind_uint(query, 2, row->lane);
    bind_uint(query, 3, row->n);
    bind_view(query, 4, tcn_view(row->mark, sizeof row->mark));
    return run(store, query);
}

enum tcn_err tcn_store_export(struct tcn_store *store, const char *peer,
                              const struct tcn_ledger_row *row)
{
    uint64_t key;
    enum tcn_err err = key_of(store, &row->id, &key);
    if (err == TCN_ERR_OK && row->n > 0) {
        err = put_numbered(store, peer, row, key);
    }
    if (err != TCN_ERR_OK) {
        return err;
    }
    struct query *query = use(store, S_EXPORT_PUT);
    bind_uint(query, 1, key);
    bind_text(query, 2, peer);
    bind_uint(query, 3, row->form);
    return run(store, query);
}

enum tcn_err tcn_store_lacks(struct tcn_store *store, const char *peer,
                             const struct tcn_id *id, uint8_t form)
{
    uint64_t key;
    enum tcn_err err = key_of(store, id, &key);
    struct query *query = use(store, S_EXPORT_LESS);
    bind_uint(query, 1, key);
    bind_text(query, 2, peer);
    bind_uint(query, 3, form);
    return err == TCN_ERR_OK ? run(store, query) : err;
}

enum tcn_err tcn_store_scanned(struct tcn_store *store, const char *peer,
                               uint64_t seq)
{
    enum tcn_err err = ensure_peer(store, peer);
    struct query *query = use(store, S_PEER_SCANNED);
    bind_text(query, 1, peer);
    bind_uint(query, 2, seq);
    return err == TCN_ERR_OK ? run(store, query) : err;
}

enum tcn_err tcn_store_rescan(struct tcn_store *store)
{
    return run(store, use(store, S_PEERS_RESCAN));
}

/* Columns from `at`: epoch, lane, n, id, form, mark, policy, at. */
static void read_ledger(struct query *query, int at, struct tcn_ledger_row *row)
{
    *row = (struct tcn_ledger_row){0};
    take_bytes(query, at, row->epoch, sizeof row->epoch);
    row->lane = (uint8_t)take_uint(query, at + 1);
    row->n = take_uint(query, at + 2);
    take_bytes(query, at + 3, row->id.bytes, sizeof row->id.bytes);
    row->form = (uint8_t)take_uint(query, at + 4);
    take_bytes(query, at + 5, row->mark, sizeof row->mark);
    take_bytes(query, at + 6, row->policy.bytes, sizeof row->policy.bytes);
    row->at_ms = take_uint(query, at + 7);
}

enum tcn_err tcn_store_ledger_row(struct tcn_store *store, const char *peer,
                                  struct tcn_row_number at,
                                  struct tcn_ledger_row *row)
{
    struct query *query = use(store, S_LEDGER_GET);
    bind_text(query, 1, peer);
    bind_uint(query, 2, at.lane);
    bind_uint(query, 3, at.n);
    enum tcn_err err = next_row(store, query);
    if (err == TCN_ERR_OK) {
        read_ledger(query, 0, row);
        done(query);
    }
    return err;
}

enum tcn_err tcn_store_exports(struct tcn_store *store, const struct tcn_id *id,
                               struct tcn_ledger_taker taker)
{
    enum tcn_err err = key_settle(store);
    if (err != TCN_ERR_OK) {
        return err;
    }
    struct query *query = use(store, id != NULL ? S_LEDGER_OF : S_EXPORTS_ALL);
    if (id != NULL) {
        bind_id(query, 1, id);
    }
    while ((err = next_row(store, query)) == TCN_ERR_OK) {
        struct tcn_ledger_row row;
        char peer[TCN_MEMBER_MAX + 1];
        take_text(query, 0, peer, sizeof peer);
        read_ledger(query, 1, &row);
        err = taker.take(taker.ctx, peer, &row);
        if (err != TCN_ERR_OK) {
            done(query);
            return err;
        }
    }
    return all_rows(err);
}
