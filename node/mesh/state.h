/* All that a core holds: alerts, their threads and origins, and the peers. One
 * block of memory, laid out at the start (restore.c). Private to node/mesh. */
#pragma once

#include "base/assert.h"
#include "base/idmap.h"
#include "mesh/chase.h"
#include "mesh/peer.h"

#define ORIGINS_MAX   (TCN_MEMBERS_MAX + 1)
#define NO_STREAM     TCN_STREAMS
#define SHARED_ORIGIN (ORIGINS_MAX - 1) /* the place of all that is over */

/* What waits for a peer, in flows by origin. */
enum flow_class {
    FLOW_URGENT, /* critical: pushed at once while the quota lasts */
    FLOW_HIGH,
    FLOW_NORMAL,
    FLOW_NONE, /* revocations have a list of their own */
};
#define TURN_PAST FLOW_URGENT /* whose place in a turn history takes */

/* An id we know. Without contents it still answers "already held". */
struct entry {
    struct tcn_id id;
    struct tcn_id cert;
    struct tcn_id ref;
    uint64_t seq;
    uint64_t created_ms;
    uint64_t expires_ms;
    uint64_t sources;
    uint32_t thread;
    uint32_t next_in_thread;
    uint32_t before, after; /* in its flow, by seq; `after` of a free one */
    uint32_t next_revoke;   /* revocations, in the order they came */
    uint32_t revision;
    uint32_t size_bytes;
    uint32_t came_ms; /* low half of when */
    uint16_t origin; /* its place; the last one is shared by all that is over */
    uint8_t made_by; /* the peer that is its origin; OF_US = none is */
    uint8_t flow;    /* enum flow_class; FLOW_NONE = in none */
    uint8_t kind;
    uint8_t severity;
    uint8_t stream; /* of its origin; NO_STREAM = it is history */
    uint8_t form;
    uint8_t present;
    uint8_t status;
    bool has_ref;
    bool is_own;
    bool is_exercise;
    bool has_contents;
    bool ghost;       /* only named by a peer that says it has it from us */
    bool own_ghost;   /* ... and that it is ours */
    uint8_t ghost_of; /* the peer that named it first */
};

/* All revisions of one alert: origin and thread. */
struct thread {
    struct tcn_id key;
    uint32_t first;   /* entry; of a free one the next free one */
    uint32_t current; /* highest revision of a kind that we know, or NOBODY */
    uint32_t count;
    uint32_t shown; /* live or equivocal ones that are no revoke */
    uint16_t origin;
    bool revoked;
    bool orphan; /* nothing but revocations */
};

struct flow {
    uint32_t oldest, newest;
};

/* Alerts of one origin, TLP and set of sectors: one tree. A bit for each peer.
 */
struct stream {
    uint64_t lazy;   /* it asked us to offer, not to push */
    uint64_t pruned; /* we asked it */
    uint64_t kept;   /* it was first with something: it is not asked */
    uint64_t used_ms;
};

struct origin {
    char name[TCN_MEMBER_MAX + 1];
    uint16_t next_by_name; /* of the last one: the first */
    uint32_t orphan_revokes;
    struct flow flows[FLOW_CLASSES];
    struct stream streams[TCN_STREAMS];
};

struct cert_slot {
    struct tcn_id id;
    uint64_t sent[TCN_LANES]; /* in this session, one bit per peer */
};

struct krev_slot {
    struct tcn_id cert;
    char member[TCN_MEMBER_MAX + 1];
    bool is_ours;
    uint64_t told; /* in this session, one bit per peer */
};

struct tcn_mesh {
    char self[TCN_MEMBER_MAX + 1];
    const struct tcn_policy *policy;
    struct tcn_id agreements; /* of it: hash of what HELLO says */
    size_t peer_count;
    uint32_t capacity;
    uint64_t bulk_rows, seed, now_ms;
    uint64_t seq, ticket, sweep_ms;
    uint64_t clock_ask_ms; /* UINT64_MAX = our clock is not in doubt */
    uint32_t sweep_at;
    uint32_t ghosts, own_ghosts;
    bool unfinished;   /* no room for more effects: go on at once */
    bool quarantining; /* what comes in this step waits for a person */
    const struct tcn_receipt *told; /* of the alert that this step is about */
    struct tcn_effects *effects;

    struct entry *entries; /* [capacity + 1] */
    uint32_t entry_count;  /* used ones */
    uint32_t entry_free;   /* list through `after` */
    uint32_t entry_fresh;  /* never used from here */
    uint32_t first_revoke, last_revoke;
    uint8_t *known; /* [capacity + 1][peer_count]: what a peer has of it */
    struct thread *threads;
    uint32_t thread_fresh;
    uint32_t thread_free;
    struct tcn_idmap by_id;
    struct tcn_idmap by_thread;
    struct origin *origins; /* [ORIGINS_MAX] */
    size_t origin_count;
    uint16_t first_by_name;
    struct cert_slot *certs; /* [CERT_SLOTS] */
    size_t cert_count;
    struct krev_slot *krevs; /* [KREV_SLOTS] */
    size_t krev_count;
    struct tcn_id announced[TCN_ANNOUNCED_MAX]; /* ours that come next */
    size_t announced_count;
    struct chase *chases; /* [CHASES] */
    struct peer *peers;   /* [peer_count] */
    struct tcn_mesh_stats stats;
};
