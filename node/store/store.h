/* The node's memory: node.db (alerts, export ledgers, receive cursors,
 * refusals, decisions, audit, certificates, imports) and the writing side of
 * feed.db. SQLite in WAL mode with synchronous=FULL: what is committed to
 * node.db survives a crash. Schema: node/store/SCHEMA.md.
 *
 * Every call between begin and commit belongs to one transaction. After an
 * error the caller rolls back and rebuilds what it has in memory. Errors: IO,
 * DISK_FULL, CORRUPT, DOWNGRADE, BUSY, PERMISSION, NO_MEMORY; the words of
 * tcn_store_message() say what to do. Peers are named by member code. */
#pragma once

#include "alert/alert.h"
#include "alert/identity.h"
#include "alert/status.h"

struct tcn_store;

/* Opens or creates DIR/node.db (0600) and DIR/feed.db (0640), migrates, checks
 * them quickly and refuses a newer version, a file that others may get at and
 * one that is not ours. One process at a time: BUSY. On an error *out may
 * still be given, only for tcn_store_message(); after OK the message is empty
 * or says which table was too large to be checked. */
TCN_MUST_USE enum tcn_err tcn_store_open(struct tcn_store **out,
                                         const char *dir);
void tcn_store_close(struct tcn_store *store);
const char *tcn_store_message(const struct tcn_store *store);

TCN_MUST_USE enum tcn_err tcn_store_begin(struct tcn_store *store);
TCN_MUST_USE enum tcn_err tcn_store_commit(struct tcn_store *store);
void tcn_store_rollback(struct tcn_store *store);

/* A named value of the node: secrets, policy hash, counters. */
TCN_MUST_USE enum tcn_err
tcn_store_set(struct tcn_store *store, const char *name, struct tcn_view value);
/* NOT_FOUND leaves `value` empty. */
TCN_MUST_USE enum tcn_err tcn_store_value(struct tcn_store *store,
                                          const char *name,
                                          struct tcn_buf *value);

/* ---- alerts ---- */

struct tcn_stored {
    struct tcn_id id;
    struct tcn_id cert;
    struct tcn_thread thread;
    struct tcn_id ref;
    bool has_ref;
    char origin[TCN_MEMBER_MAX + 1];
    char received_from[TCN_MEMBER_MAX + 1]; /* "" = made here */
    uint64_t seq;
    uint64_t created_ms;
    uint64_t expires_ms;
    uint64_t received_ms;
    uint32_t revision;
    uint8_t kind; /* enum tcn_kind */
    uint8_t severity;
    uint8_t tlp;
    uint8_t form;
    uint8_t present;
    uint8_t status;
    uint32_t size_bytes; /* of the envelope; filled in when read */
    bool has_contents;
    char title[128]; /* raw, cut at a character; not escaped */
};

/* A new alert; `from` = the peer that gave it, "" = made here (then it is also
 * no source). */
TCN_MUST_USE enum tcn_err tcn_store_put(struct tcn_store *store,
                                        const struct tcn_alert *alert,
                                        const struct tcn_stored *row);
/* The same id with more classes open: new envelope, form and seq. */
TCN_MUST_USE enum tcn_err tcn_store_merge(struct tcn_store *store,
                                          const struct tcn_alert *merged,
                                          uint64_t seq);
/* The same id with values wiped; form and seq stay, so that they are not asked
 * for again. */
TCN_MUST_USE enum tcn_err tcn_store_wipe(struct tcn_store *store,
                                         const struct tcn_id *id,
                                         struct tcn_view envelope);
TCN_MUST_USE enum tcn_err tcn_store_source(struct tcn_store *store,
                                           const struct tcn_id *id,
                                           const char *peer);
TCN_MUST_USE enum tcn_err tcn_store_status(struct tcn_store *store,
                                           const struct tcn_id *id,
                                           enum tcn_status status);
/* Contents go; the whole row too when `whole`. */
TCN_MUST_USE enum tcn_err tcn_store_purge(struct tcn_store *store,
                                          const struct tcn_id *id, bool whole);

/* `row` and `envelope` may each be NULL. NOT_FOUND: no such id; an envelope
 * whose contents are gone is left empty. */
TCN_MUST_USE enum tcn_err tcn_store_get(struct tcn_store *store,
                                        const struct tcn_id *id,
                                        struct tcn_stored *row,
                                        struct tcn_buf *envelope);
/* The one id that begins with these hex digits (at least 4): NOT_FOUND,
 * AMBIGUOUS, SYNTAX. */
TCN_MUST_USE enum tcn_err tcn_store_find(struct tcn_store *store,
                                         struct tcn_view hex_prefix,
                                         struct tcn_id *id);

/* Rows are given to `take` one by one; it returns OK to go on. It may use the
 * store, but not the function that gives it the row. */
struct tcn_row_taker {
    enum tcn_err (*take)(void *ctx, const struct tcn_stored *row);
    void *ctx;
};
/* In ascending seq, those with seq > after; all of them, for a start. */
TCN_MUST_USE enum tcn_err tcn_store_each(struct tcn_store *store,
                                         uint64_t after,
                                         struct tcn_row_taker taker);
/* In descending seq, those with seq < `seq`, at most `limit`. */
TCN_MUST_USE enum tcn_err tcn_store_before(struct tcn_store *store,
                                           uint64_t seq, uint64_t limit,
                                           struct tcn_row_taker taker);
/* Newest first by receipt, received at or after since_ms, at most `limit`. */
TCN_MUST_USE enum tcn_err tcn_store_recent(struct tcn_store *store,
                                           uint64_t since_ms, uint64_t limit,
                                           struct tcn_row_taker taker);
/* All revisions of a thread, ascending. */
TCN_MUST_USE enum tcn_err tcn_store_thread(struct tcn_store *store,
                                           const char *origin,
                                           const struct tcn_thread *thread,
                                           struct tcn_row_taker taker);
/* The peers that gave us the id: member codes, one call each. */
struct tcn_name_taker {
    enum tcn_err (*take)(void *ctx, const struct tcn_id *id, const char *peer);
    void *ctx;
};
/* `id` NULL: the sources of all alerts. */
TCN_MUST_USE enum tcn_err tcn_store_sources(struct tcn_store *store,
                                            const struct tcn_id *id,
                                            struct tcn_name_taker taker);

/* An import's thread: NOT_FOUND, or the digest of the version last taken. */
TCN_MUST_USE enum tcn_err tcn_store_import(struct tcn_store *store,
                                           const struct tcn_thread *thread,
                                           struct tcn_id *digest);
TCN_MUST_USE enum tcn_err tcn_store_put_import(struct tcn_store *store,
                                               const struct tcn_thread *thread,
                                               const struct tcn_id *digest);
