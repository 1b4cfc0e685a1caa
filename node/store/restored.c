/* An old copy must not go on as if nothing had been said since: what it would
 * number next, peers and observers may have seen already. */
#include "store/audit.h"
#include "store/backup.h"
#include "store/internal.h"
#include "store/ledger.h"

#include "alert/wire.h"

#define PEERS_MOST 1024 /* more than were ever linked */

struct names {
    char of[PEERS_MOST][TCN_MEMBER_MAX + 1];
    size_t count;
};

static enum tcn_err read_names(struct tcn_store *store, struct names *names)
{
    struct query *query = use(store, S_PEERS_WITH_LEDGER);
    enum tcn_err err;
    while ((err = next_row(store, query)) == TCN_ERR_OK) {
        if (names->count == PEERS_MOST) {
            done(query);
            return TCN_ERR_CAPACITY;
        }
        take_text(query, 0, names->of[names->count++], sizeof names->of[0]);
    }
    return all_rows(err);
}

static enum tcn_err new_epochs(struct tcn_store *store,
                               void (*fill)(void *out, size_t len))
{
    static struct names names;
    names.count = 0;
    enum tcn_err err = read_names(store, &names);
    for (size_t i = 0; i < names.count && err == TCN_ERR_OK; i++) {
        uint8_t epoch[8];
        uint8_t key[32];
        fill(epoch, sizeof epoch);
        fill(key, sizeof key);
        err = tcn_store_epoch(store, names.of[i], epoch, key);
    }
    return err;
}

static enum tcn_err note(struct tcn_store *store, const char *actor,
                         uint64_t now_ms)
{
    uint8_t bytes[16];
    struct tcn_buf value = tcn_buf(bytes, sizeof bytes);
    tcn_put_uint(&value, now_ms);
    const struct tcn_audit_row row = {
        .at_ms = now_ms,
        .actor = actor,
        .action = "restore",
        .subject = "",
        .detail = "",
    };
    enum tcn_err err = tcn_store_set(store, "restored", tcn_buf_view(&value));
    return err == TCN_ERR_OK ? tcn_store_audit(store, &row) : err;
}

enum tcn_err tcn_store_restored(struct tcn_store *store, const char *actor,
                                uint64_t now_ms,
                                void (*fill)(void *out, size_t len))
{
    enum tcn_err err = tcn_store_begin(store);
    if (err != TCN_ERR_OK) {
        return err;
    }
    err = new_epochs(store, fill);
    err = err == TCN_ERR_OK ? note(store, actor, now_ms) : err;
    err = err == TCN_ERR_OK ? tcn_store_commit(store) : err;
    if (err != TCN_ERR_OK) {
        tcn_store_rollback(store);
        return err;
    }
    return run(store, use(store, S_FEED_EPOCH));
}
