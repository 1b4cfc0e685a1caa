/* Copies of a store: taken while a node writes, and made ready to go on from
 * after one was put back. */
#pragma once

#include "store/store.h"

/* Takes the lock of DIR, as a node does, and opens nothing; tcn_store_close()
 * gives it back. BUSY: a node is using it. DIR is made when it is not there. */
TCN_MUST_USE enum tcn_err tcn_store_claim(struct tcn_store **out,
                                          const char *dir);

enum tcn_store_file { TCN_STORE_NODE, TCN_STORE_FEED, TCN_STORE_FILES };
extern const char *const tcn_store_file_names[TCN_STORE_FILES];

/* Opens both files of DIR for reading, as they are at this moment; what a node
 * writes from here on is not seen. Takes no lock. NOT_FOUND: there is no store.
 * As after tcn_store_open() *out may be given on an error, for its message. */
TCN_MUST_USE enum tcn_err tcn_store_snapshot(struct tcn_store **out,
                                             const char *dir);
/* How many bytes a file of the snapshot has. */
TCN_MUST_USE enum tcn_err tcn_store_snapshot_size(struct tcn_store *store,
                                                  enum tcn_store_file file,
                                                  uint64_t *bytes);
struct tcn_store_progress {
    void (*tell)(void *ctx, uint64_t done, uint64_t total); /* bytes */
    void *ctx;
};
/* Copies a file of the snapshot into the empty file `to`, and checks the copy
 * for damage. `to` is complete and closed afterwards, but not synced. */
TCN_MUST_USE enum tcn_err
tcn_store_snapshot_copy(struct tcn_store *store, enum tcn_store_file file,
                        const char *to, struct tcn_store_progress progress);

/* In a store that is an old copy, once, before a node goes on from it: every
 * ledger begins a new epoch, so that peers tell what they hold; the observers'
 * stream begins a new one too; the audit chain and the value "restored" (a
 * uint, ms) say when. */
TCN_MUST_USE enum tcn_err
tcn_store_restored(struct tcn_store *store, const char *actor, uint64_t now_ms,
                   void (*fill)(void *out, size_t len));
