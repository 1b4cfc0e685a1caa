/* The core is built from the store: at the start, when peers change, and when
 * the store failed. There is no other way for it to come to be. */
#include <stdlib.h>

#include "daemon/audit_log.h"
#include "daemon/holds.h"

/* Sources of one alert as a mask of peer numbers, gathered before the alerts
 * are given to the core. */
struct sources {
    struct tcn_node *node;
    struct tcn_idmap map;
    struct tcn_idmap_slot *slots;
    uint64_t *masks;
    uint32_t count, cap;
    struct tcn_id id;
};

static enum tcn_err count_row(void *ctx, const struct tcn_stored *row)
{
    (void)row;
    (*(uint32_t *)ctx)++;
    return TCN_ERR_OK;
}

static enum tcn_err note_alert(void *ctx, const struct tcn_stored *row)
{
    struct sources *sources = ctx;
    tcn_assert(sources->count < sources->cap);
    return tcn_idmap_put(&sources->map, &row->id, sources->count++)
               ? TCN_ERR_OK
               : TCN_ERR_CAPACITY;
}

static enum tcn_err note_source(void *ctx, const struct tcn_id *id,
                                const char *peer)
{
    struct sources *sources = ctx;
    uint32_t at = tcn_idmap_get(&sources->map, id);
    unsigned number = peer_number(sources->node, peer);
    if (at != TCN_IDMAP_NONE && number < TCN_PEERS_MAX) {
        sources->masks[at] |= 1ull << number;
    }
    return TCN_ERR_OK;
}

static enum tcn_err restore_alert(void *ctx, const struct tcn_stored *row)
{
    struct sources *sources = ctx;
    struct tcn_node *node = sources->node;
    uint32_t at = tcn_idmap_get(&sources->map, &row->id);
    struct tcn_held_alert held = {
        .id = row->id,
        .cert = row->cert,
        .thread = row->thread,
        .ref = row->ref,
        .has_ref = row->has_ref,
        .origin = row->origin,
        .seq = row->seq,
        .created_ms = row->created_ms,
        .expires_ms = row->expires_ms,
        .sources = sources->masks[at],
        .revision = row->revision,
        .kind = row->kind,
        .severity = row->severity,
        .size_bytes = row->size_bytes,
        .form = row->form,
        .present = row->present,
        .status = row->status,
        .is_own = strcmp(row->origin, node->setup->conf.member) == 0,
        .is_exercise = row->exercise[0] != '\0',
        .has_contents = row->has_contents,
    };
    return tcn_mesh_restore_alert(node->mesh, &held);
}

static enum tcn_err restore_export(void *ctx, const char *peer,
                                   const struct tcn_ledger_row *row)
{
    struct tcn_node *node = ctx;
    unsigned number = peer_number(node, peer);
    if (number >= TCN_PEERS_MAX) {
        return TCN_ERR_OK; /* no longer a peer */
    }
    return tcn_mesh_restore_export(node->mesh, number, &row->id, row->form);
}

static struct tcn_place place_of(uint64_t n, const uint8_t mark[8])
{
    struct tcn_place place = {.n = n};
    memcpy(place.mark.bytes, mark, sizeof place.mark.bytes);
    return place;
}

static void restore_krevs(struct tcn_node *node)
{
    for (size_t i = 0; i < node->keyring.count; i++) {
        const struct known_cert *known = &node->keyring.certs[i];
        if (known->suspect_since_ms != 0) {
            tcn_mesh_restore_krev(node->mesh, &known->cert.id,
                                  known->cert.member);
        }
    }
}

static enum tcn_err restore_peers(struct tcn_node *node)
{
    for (unsigned i = 0; i < node->setup->conf.peer_count; i++) {
        struct tcn_peer_row row;
        enum tcn_err err = tcn_store_peer(
            node->store, node->setup->conf.parties[i].name, &row);
        if (err != TCN_ERR_OK) {
            return err;
        }
        struct tcn_held_peer held = {
            .has_ledger = row.has_ledger,
            .held_done = row.held_done,
            .has_settled = row.has_settled,
            .scanned_seq = row.scanned_seq,
        };
        memcpy(held.epoch.bytes, row.epoch, sizeof row.epoch);
        memcpy(held.key, row.key, sizeof row.key);
        memcpy(held.settled.epoch.bytes, row.settled_epoch,
               sizeof row.settled_epoch);
        for (size_t lane = 0; lane < TCN_LANES; lane++) {
            const struct tcn_lane_row *of = &row.lanes[lane];
            held.top[lane] = place_of(of->top, of->top_mark);
            held.settled.lane[lane] = place_of(of->settled_n, of->settled_mark);
        }
        tcn_mesh_restore_peer(node->mesh, i, &held);
    }
    return TCN_ERR_OK;
}

static enum tcn_err restore_all(struct tcn_node *node, struct sources *sources)
{
    struct tcn_store *store = node->store;
    enum tcn_err err = tcn_store_each(
        store, 0, (struct tcn_row_taker){count_row, &sources->cap});
    if (err != TCN_ERR_OK) {
        return err;
    }
    uint32_t slot_count = tcn_idmap_slots(sources->cap + 1);
    sources->slots = calloc(slot_count, sizeof *sources->slots);
    sources->masks = calloc(sources->cap + 1, sizeof *sources->masks);
    if (sources->slots == NULL || sources->masks == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    tcn_idmap_init(&sources->map, sources->slots, slot_count, 1);
    err = tcn_store_each(store, 0, (struct tcn_row_taker){note_alert, sources});
    if (err == TCN_ERR_OK) {
        err = tcn_store_sources(store, NULL,
                                (struct tcn_name_taker){note_source, sources});
    }
    if (err == TCN_ERR_OK) {
        err = tcn_store_each(store, 0,
                             (struct tcn_row_taker){restore_alert, sources});
    }
    if (err == TCN_ERR_OK) {
        err = tcn_store_exports(
            store, NULL, (struct tcn_ledger_taker){restore_export, node});
    }
    return err == TCN_ERR_OK ? restore_peers(node) : err;
}

static enum tcn_err lay_out(struct tcn_node *node)
{
    const struct tcn_conf *conf = &node->setup->conf;
    const char *members[TCN_PEERS_MAX];
    uint64_t since[TCN_PEERS_MAX];
    for (size_t i = 0; i < conf->peer_count; i++) {
        members[i] = conf->parties[i].name;
        since[i] = conf->peers[i].since_ms;
    }
    struct tcn_mesh_config config = {
        .self = conf->member,
        .peer_count = conf->peer_count,
        .peer_members = members,
        .peer_since_ms = since,
        .alert_capacity = conf->capacity,
        .policy = node->setup->policy,
    };
    tcn_random(&config.seed, sizeof config.seed);
    void *memory = calloc(1, tcn_mesh_size(&config));
    if (memory == NULL) {
        return TCN_ERR_NO_MEMORY; /* the old one is still asked how it is */
    }
    free(node->mesh_memory);
    node->mesh_memory = memory;
    node->mesh = tcn_mesh_init(memory, &config);
    return TCN_ERR_OK;
}

enum tcn_err shell_build(struct tcn_node *node)
{
    struct sources sources = {.node = node};
    verify_forget(node);
    holds_restart();
    enum tcn_err err = lay_out(node);
    if (err == TCN_ERR_OK) {
        restore_krevs(node);
        keylife_restore(node);
        err = restore_all(node, &sources);
    }
    err = err == TCN_ERR_OK ? audit_head_restart(node) : err;
    free(sources.slots);
    free(sources.masks);
    return err;
}
