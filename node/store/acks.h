/* Acks that agreements ask of us: until when, and whether it was said that one
 * is late. */
#pragma once

#include "store/store.h"

/* An ack that an agreement asks of us for a live alert. */
struct tcn_ack_due {
    struct tcn_id id;
    uint64_t due_ms;
    bool told; /* that it is late */
};
/* A second time of the same alert changes nothing. */
TCN_MUST_USE enum tcn_err tcn_store_ack_due(struct tcn_store *store,
                                            const struct tcn_id *id,
                                            uint64_t due_ms);
TCN_MUST_USE enum tcn_err tcn_store_ack_done(struct tcn_store *store,
                                             const struct tcn_id *id);
TCN_MUST_USE enum tcn_err tcn_store_ack_told(struct tcn_store *store,
                                             const struct tcn_id *id);
struct tcn_ack_taker {
    enum tcn_err (*take)(void *ctx, const struct tcn_ack_due *due);
    void *ctx;
};
/* Those that are due by then, the first due first. */
TCN_MUST_USE enum tcn_err tcn_store_acks(struct tcn_store *store,
                                         uint64_t until_ms,
                                         struct tcn_ack_taker taker);
