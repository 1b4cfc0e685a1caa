/* What was handed over to whom and what was settled of theirs: the durable side
 * of node/mesh/PROTOCOL.md, section "The export ledger". */
#pragma once

#include "store/store.h"

/* A row of one lane of a ledger. */
struct tcn_row_number {
    uint8_t lane; /* below TCN_LANE_COUNT */
    uint64_t n;
};

struct tcn_ledger_row {
    uint8_t epoch[8];
    uint8_t lane;
    uint64_t n; /* 0: held by the peer from an older epoch */
    struct tcn_id id;
    uint8_t form;
    uint8_t mark[8];
    struct tcn_id policy; /* hash of the policy that allowed it */
    uint64_t at_ms;
};

struct tcn_lane_row {
    uint64_t top; /* highest n of the epoch, 0 = none */
    uint8_t top_mark[8];
    uint64_t settled_n; /* our cursor in its ledger */
    uint8_t settled_mark[8];
};

struct tcn_peer_row {
    bool has_ledger;
    uint8_t epoch[8];
    uint8_t key[32];
    bool held_done;
    bool has_settled; /* its ledger is known */
    uint8_t settled_epoch[8];
    struct tcn_lane_row lanes[TCN_LANE_COUNT];
    uint64_t scanned_seq;
};

/* All zero when nothing is known of the peer. */
TCN_MUST_USE enum tcn_err tcn_store_peer(struct tcn_store *store,
                                         const char *peer,
                                         struct tcn_peer_row *row);
/* Our ledger begins anew. That something was exported stays known; which
 * classes of it the peer has is open again. */
TCN_MUST_USE enum tcn_err tcn_store_epoch(struct tcn_store *store,
                                          const char *peer,
                                          const uint8_t epoch[8],
                                          const uint8_t key[32]);
TCN_MUST_USE enum tcn_err tcn_store_held_done(struct tcn_store *store,
                                              const char *peer);
/* A ledger row. n = 0 records what the peer held before this epoch. */
TCN_MUST_USE enum tcn_err tcn_store_export(struct tcn_store *store,
                                           const char *peer,
                                           const struct tcn_ledger_row *row);
/* These classes of an export never got there after all. */
TCN_MUST_USE enum tcn_err tcn_store_lacks(struct tcn_store *store,
                                          const char *peer,
                                          const struct tcn_id *id,
                                          uint8_t form);
TCN_MUST_USE enum tcn_err tcn_store_scanned(struct tcn_store *store,
                                            const char *peer, uint64_t seq);
/* Every peer's scan position to 0: the policy has changed. */
TCN_MUST_USE enum tcn_err tcn_store_rescan(struct tcn_store *store);

/* Row n of the current epoch: NOT_FOUND. */
TCN_MUST_USE enum tcn_err tcn_store_ledger_row(struct tcn_store *store,
                                               const char *peer,
                                               struct tcn_row_number at,
                                               struct tcn_ledger_row *row);
struct tcn_ledger_taker {
    enum tcn_err (*take)(void *ctx, const char *peer,
                         const struct tcn_ledger_row *row);
    void *ctx;
};
/* For each (peer, id) all forms handed over, OR-ed: what peers have of us.
 * `id` NULL: of all alerts. */
TCN_MUST_USE enum tcn_err tcn_store_exports(struct tcn_store *store,
                                            const struct tcn_id *id,
                                            struct tcn_ledger_taker taker);

/* The peer's ledger, at us: all up to a row is settled; a row was refused; a
 * row that was refused has come after all. */
TCN_MUST_USE enum tcn_err tcn_store_cursor(struct tcn_store *store,
                                           const char *peer,
                                           struct tcn_row_number at,
                                           const uint8_t mark[8]);
struct tcn_refusal_row {
    struct tcn_row_number at;
    struct tcn_id id; /* zeros when it could not be decoded */
    enum tcn_err err;
    uint64_t retry_at_ms;
    uint64_t at_ms;
};
/* Of a peer and lane the last TCN_REFUSED_ROWS rows count; what was refused
 * before them is forgotten. */
TCN_MUST_USE enum tcn_err tcn_store_refuse(struct tcn_store *store,
                                           const char *peer,
                                           const struct tcn_refusal_row *row);
TCN_MUST_USE enum tcn_err tcn_store_took(struct tcn_store *store,
                                         const char *peer,
                                         struct tcn_row_number at);
/* The peer began a new epoch: settled 0, its refusals are void. */
TCN_MUST_USE enum tcn_err tcn_store_adopt(struct tcn_store *store,
                                          const char *peer,
                                          const uint8_t epoch[8]);
struct tcn_refusal_taker {
    enum tcn_err (*take)(void *ctx, const char *peer,
                         const struct tcn_refusal_row *row);
    void *ctx;
};
/* Refusals of the peer's current epoch behind `after`, ascending, at most
 * `limit`; `peer` NULL: of all peers, newest first. */
TCN_MUST_USE enum tcn_err tcn_store_refusals(struct tcn_store *store,
                                             const char *peer,
                                             struct tcn_row_number after,
                                             size_t limit,
                                             struct tcn_refusal_taker taker);
/* In a form: the peer that gave it to us is its origin. */
#define TCN_HELD_IS_ORIGIN 0x80u
/* What the peer gave us, in any epoch: (id, form), 33 bytes each appended to
 * `rows` while they fit whole, in the order of coming behind the id *after
 * (zeros: from the start), which is moved on; *last = there is no more. */
TCN_MUST_USE enum tcn_err tcn_store_held(struct tcn_store *store,
                                         const char *peer, struct tcn_id *after,
                                         struct tcn_buf *rows, bool *last);

/* Certificates (also those that only arrived), each with its root's signature;
 * and key revocations, kept for ever. */
TCN_MUST_USE enum tcn_err tcn_store_put_cert(struct tcn_store *store,
                                             const struct tcn_cert *cert,
                                             struct tcn_view bytes,
                                             struct tcn_view signature);
TCN_MUST_USE enum tcn_err tcn_store_put_krev(struct tcn_store *store,
                                             const struct tcn_krev *krev,
                                             struct tcn_view bytes,
                                             struct tcn_view signature);
struct tcn_proof_taker {
    enum tcn_err (*take)(void *ctx, struct tcn_view bytes,
                         struct tcn_view signature);
    void *ctx;
};
TCN_MUST_USE enum tcn_err tcn_store_certs(struct tcn_store *store,
                                          struct tcn_proof_taker taker);
TCN_MUST_USE enum tcn_err tcn_store_krevs(struct tcn_store *store,
                                          struct tcn_proof_taker taker);
