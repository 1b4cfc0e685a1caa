/* Requests for release: who asked us to release which alert of ours to whom,
 * and what was said to it. */
#pragma once

#include "store/holds.h"

enum tcn_request_state {
    TCN_REQUEST_OPEN,     /* nobody has answered */
    TCN_REQUEST_AGREED,   /* one of us has agreed; rules hold it for others */
    TCN_REQUEST_RELEASED, /* and it was released */
    TCN_REQUEST_REFUSED,
    TCN_REQUEST_STATES,
};

/* One per alert, peer and asker; a further request takes its place. */
struct tcn_request {
    struct tcn_id id; /* what is asked for: an alert of ours */
    char peer[TCN_MEMBER_MAX + 1];
    char asker[TCN_MEMBER_MAX + 1];
    struct tcn_id request; /* the alert that asks */
    uint8_t classes;       /* that are asked for */
    uint8_t state;         /* enum tcn_request_state */
    bool granted;          /* it was released once: that is not taken back */
    uint64_t at_ms;
    bool has_before; /* what was held of it before somebody agreed */
    uint8_t before_state, before_asked, before_form; /* TCN_HOLD_STATES: none */
    char before_rules[TCN_HOLD_RULES_TEXT];
};

TCN_MUST_USE enum tcn_err
tcn_store_request_put(struct tcn_store *store,
                      const struct tcn_request *request);
struct tcn_request_taker {
    enum tcn_err (*take)(void *ctx, const struct tcn_request *request);
    void *ctx;
};
/* Those about one alert; with `id` NULL all that are open or agreed to, and
 * whose own alert is neither withdrawn nor expired; oldest first. `take` may
 * put the request it is given. */
TCN_MUST_USE enum tcn_err tcn_store_requests(struct tcn_store *store,
                                             const struct tcn_id *id,
                                             struct tcn_request_taker taker);
/* All there are, answered ones too. */
TCN_MUST_USE enum tcn_err
tcn_store_requests_each(struct tcn_store *store,
                        struct tcn_request_taker taker);
/* Forgets those of a member that ask for nothing any more and led to nothing:
 * he could have any number of them. */
TCN_MUST_USE enum tcn_err tcn_store_requests_forget(struct tcn_store *store,
                                                    const char *asker);
/* How many open or agreed to, as above, a member has. */
TCN_MUST_USE enum tcn_err tcn_store_requests_of(struct tcn_store *store,
                                                const char *asker,
                                                uint64_t *count);
