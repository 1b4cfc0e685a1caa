#include "store/requests.h"

#include "store/internal.h"

enum tcn_err tcn_store_request_put(struct tcn_store *store,
                                   const struct tcn_request *request)
{
    struct query *query = use(store, S_REQUEST_PUT);
    bind_id(query, 1, &request->id);
    bind_text(query, 2, request->peer);
    bind_text(query, 3, request->asker);
    bind_id(query, 4, &request->request);
    bind_uint(query, 5, request->classes);
    bind_uint(query, 6, request->state);
    bind_uint(query, 7, request->granted);
    bind_uint(query, 8, request->at_ms);
    if (request->has_before) {
        bind_uint(query, 9, request->before_state);
        bind_uint(query, 10, request->before_asked);
        bind_uint(query, 11, request->before_form);
        bind_text(query, 12, request->before_rules);
    }
    return run(store, query);
}

static void read_request(const struct query *query, struct tcn_request *request)
{
    *request = (struct tcn_request){
        .classes = (uint8_t)take_uint(query, 4),
        .state = (uint8_t)take_uint(query, 5),
        .granted = take_uint(query, 6) != 0,
        .at_ms = take_uint(query, 7),
        .has_before = !is_null(query, 8),
        .before_state = (uint8_t)take_uint(query, 8),
        .before_asked = (uint8_t)take_uint(query, 9),
        .before_form = (uint8_t)take_uint(query, 10),
    };
    take_bytes(query, 0, request->id.bytes, sizeof request->id.bytes);
    take_text(query, 1, request->peer, sizeof request->peer);
    take_text(query, 2, request->asker, sizeof request->asker);
    take_bytes(query, 3, request->request.bytes, sizeof request->request.bytes);
    take_text(query, 11, request->before_rules, sizeof request->before_rules);
}

static enum tcn_err give(struct tcn_store *store, struct query *query,
                         struct tcn_request_taker taker)
{
    enum tcn_err err;
    while ((err = next_row(store, query)) == TCN_ERR_OK) {
        struct tcn_request request;
        read_request(query, &request);
        err = taker.take(taker.ctx, &request);
        if (err != TCN_ERR_OK) {
            done(query);
            return err;
        }
    }
    return all_rows(err);
}

enum tcn_err tcn_store_requests(struct tcn_store *store,
                                const struct tcn_id *id,
                                struct tcn_request_taker taker)
{
    struct query *query =
        use(store, id != NULL ? S_REQUESTS_OF : S_REQUESTS_OPEN);
    if (id != NULL) {
        bind_id(query, 1, id);
    }
    return give(store, query, taker);
}

enum tcn_err tcn_store_requests_each(struct tcn_store *store,
                                     struct tcn_request_taker taker)
{
    return give(store, use(store, S_REQUESTS_EACH), taker);
}

enum tcn_err tcn_store_requests_forget(struct tcn_store *store,
                                       const char *asker)
{
    struct query *query = use(store, S_REQUESTS_DEAD);
    bind_text(query, 1, asker);
    return run(store, query);
}

enum tcn_err tcn_store_requests_of(struct tcn_store *store, const char *asker,
                                   uint64_t *count)
{
    struct query *query = use(store, S_REQUESTS_COUNT);
    bind_text(query, 1, asker);
    enum tcn_err err = next_row(store, query);
    if (err == TCN_ERR_OK) {
        *count = take_uint(query, 0);
        done(query);
    }
    return err;
}
