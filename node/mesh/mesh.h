/* The mesh protocol as a pure state machine: events in, effects out. One block
 * of memory given at the start, no clock, no I/O, no random source. The rules
 * are in node/mesh/PROTOCOL.md; the same core runs in tocsind and under the
 * simulator.
 *
 * Life: tcn_mesh_init(), the restore calls with what the store holds, then
 * steps. A node that changes its peers starts a new core from its store. */
#pragma once

#include "mesh/effect.h"
#include "mesh/info.h"

struct tcn_mesh_config {
    const char *self;                /* our member code */
    size_t peer_count;               /* <= TCN_PEERS_MAX */
    const char *const *peer_members; /* member code of each peer */
    const uint64_t *peer_since_ms;   /* older alerts are not offered unasked */
    uint32_t alert_capacity;         /* ids held at most */
    uint32_t bulk_rows;              /* unsettled ones that we keep of a peer,
                                        a power of two; 0 = TCN_BULK_ROWS */
    uint64_t seed;                   /* of timers' jitter and hash tables */
    const struct tcn_policy *policy; /* borrowed until TCN_EVENT_POLICY */
};

struct tcn_mesh;

/* Bytes of memory a core of that configuration needs. */
size_t tcn_mesh_size(const struct tcn_mesh_config *config);

/* Lays a core out in `memory` (zeroed, aligned as malloc does, of
 * tcn_mesh_size() bytes, which the caller owns). Copies the configuration. */
struct tcn_mesh *tcn_mesh_init(void *memory,
                               const struct tcn_mesh_config *config);

/* What the store holds of one alert. Restored in ascending seq. */
struct tcn_held_alert {
    struct tcn_id id;
    struct tcn_id cert;
    struct tcn_thread thread;
    struct tcn_id ref;
    bool has_ref;
    const char *origin;
    uint64_t seq; /* local, grows with every change of the form */
    uint64_t created_ms;
    uint64_t expires_ms;
    uint64_t sources; /* mask of the peers that gave it to us */
    uint32_t revision;
    uint32_t size_bytes; /* of the envelope */
    uint8_t kind;
    uint8_t severity;
    uint8_t form;
    uint8_t present;
    uint8_t status;
    bool is_own;
    bool is_exercise;
    bool has_contents;
};

TCN_MUST_USE enum tcn_err
tcn_mesh_restore_alert(struct tcn_mesh *mesh,
                       const struct tcn_held_alert *alert);
/* `form` is what the peer has of it; under any epoch. */
TCN_MUST_USE enum tcn_err tcn_mesh_restore_export(struct tcn_mesh *mesh,
                                                  unsigned peer,
                                                  const struct tcn_id *id,
                                                  uint8_t form);

/* What a peer in `sources` gave us of it, where the store knows; else it is
 * taken to have all we hold. After the alerts, before the exports. */
void tcn_mesh_restore_source(struct tcn_mesh *mesh, unsigned peer,
                             const struct tcn_id *id, uint8_t form);

/* A certificate that is known to be revoked. */
void tcn_mesh_restore_krev(struct tcn_mesh *mesh, const struct tcn_id *cert,
                           const char *member);

/* A certificate of ours that takes over later: every peer is told of it. At
 * most TCN_ANNOUNCED_MAX; the oldest makes room. */
void tcn_mesh_restore_announced(struct tcn_mesh *mesh,
                                const struct tcn_id *cert);

struct tcn_held_peer {
    bool has_ledger;
    struct tcn_epoch epoch; /* of our ledger for it */
    uint8_t key[32];
    bool held_done;
    struct tcn_place top[TCN_LANES]; /* our highest number, with its mark;
                                        zeros when there is none */
    bool has_settled;
    struct tcn_cursor settled; /* of its ledger, at us */
    uint64_t scanned_seq;      /* 0 when the policy has changed since */
};
void tcn_mesh_restore_peer(struct tcn_mesh *mesh, unsigned peer,
                           const struct tcn_held_peer *held);

/* One step. Clears `effects` first. */
void tcn_mesh_step(struct tcn_mesh *mesh, const struct tcn_event *event,
                   struct tcn_effects *effects);

/* When a TICK is due at the latest; UINT64_MAX = never. One too many does no
 * harm; one is due, too, when the clock was set back. */
uint64_t tcn_mesh_next_deadline(const struct tcn_mesh *mesh);

/* Which held alert SUBMIT or VERIFIED needs beside this one, now: the head of
 * its thread (update, revoke) or its subject (sighting, ack). False: none. */
bool tcn_mesh_other(const struct tcn_mesh *mesh,
                    const struct tcn_header *header, struct tcn_id *other);
