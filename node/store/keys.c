/* Numbers for ids. Rows about an alert are kept under a number that is given in
 * the order of coming, because rows by ids, which are hashes, would each be on
 * a page of their own. An alert's number is that of its row. An id without one,
 * refused or known only from what a peer says, has a row of `unheld` until its
 * alert comes; as an import is decided just before the alert is stored, that
 * row is put off until it is clear that none comes. */
#include "store/internal.h"

static enum tcn_err next_key(struct tcn_store *store, uint64_t *key)
{
    if (store->last_key == 0) {
        struct query *query = use(store, S_KEY_LAST);
        enum tcn_err err = next_row(store, query);
        if (err != TCN_ERR_OK) {
            return err;
        }
        store->last_key = take_uint(query, 0);
        done(query);
    }
    *key = ++store->last_key;
    return TCN_ERR_OK;
}

/* NOT_FOUND: nothing was said of it. */
static enum tcn_err look_up(struct tcn_store *store, const struct tcn_id *id,
                            struct key *key, bool *unheld)
{
    struct query *query = use(store, S_KEY_OF);
    bind_id(query, 1, id);
    enum tcn_err err = next_row(store, query);
    if (err == TCN_ERR_OK) {
        *key = (struct key){.id = *id, .k = take_uint(query, 0)};
        *unheld = take_uint(query, 1) != 0;
        done(query);
    }
    return err;
}

static bool is_at_hand(const struct tcn_store *store, const struct tcn_id *id)
{
    return store->key.k != 0 && tcn_id_equal(&store->key.id, id);
}

enum tcn_err key_settle(struct tcn_store *store)
{
    if (!store->key.unnamed) {
        return TCN_ERR_OK;
    }
    struct query *query = use(store, S_UNHELD_PUT);
    bind_uint(query, 1, store->key.k);
    bind_id(query, 2, &store->key.id);
    store->key.unnamed = false;
    return run(store, query);
}

void key_forget(struct tcn_store *store)
{
    store->key = (struct key){0};
}

enum tcn_err key_of(struct tcn_store *store, const struct tcn_id *id,
                    uint64_t *key)
{
    bool unheld;
    enum tcn_err err = TCN_ERR_OK;
    if (!is_at_hand(store, id)) {
        err = key_settle(store);
        err =
            err == TCN_ERR_OK ? look_up(store, id, &store->key, &unheld) : err;
    }
    if (err == TCN_ERR_NOT_FOUND) {
        store->key = (struct key){.id = *id, .unnamed = true};
        err = next_key(store, &store->key.k);
    }
    *key = store->key.k;
    return err;
}

static enum tcn_err no_longer_unheld(struct tcn_store *store,
                                     const struct tcn_id *id)
{
    struct query *query = use(store, S_UNHELD_DROP);
    bind_id(query, 1, id);
    return run(store, query);
}

enum tcn_err key_take(struct tcn_store *store, const struct tcn_id *id,
                      uint64_t *key)
{
    enum tcn_err err = key_of(store, id, key);
    if (err == TCN_ERR_OK && !store->key.unnamed) {
        err = no_longer_unheld(store, id);
    }
    store->key.unnamed = false;
    return err;
}
