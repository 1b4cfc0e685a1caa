/* Numbers for ids, in the order of coming. Private to node/store. */
#pragma once

#include "base/err.h"
#include "base/id.h"

struct tcn_store;

/* An id and its number; 0: none. Nothing is written of an `unnamed` one yet: it
 * becomes an alert within this transaction, or a row of `unheld`. */
struct key {
    struct tcn_id id;
    uint64_t k;
    bool unnamed;
};

/* Inside a transaction: the number under which rows about this id are kept; a
 * new one for an id that nothing was said of. */
enum tcn_err key_of(struct tcn_store *store, const struct tcn_id *id,
                    uint64_t *key);
/* The same, for the row of `alerts` that is about to be written. */
enum tcn_err key_take(struct tcn_store *store, const struct tcn_id *id,
                      uint64_t *key);
/* Before rows are read by id, and before a commit. */
enum tcn_err key_settle(struct tcn_store *store);
/* After a rollback, or when its rows were deleted. */
void key_forget(struct tcn_store *store);
