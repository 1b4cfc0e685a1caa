#include "daemon/requests.h"

#include <stdlib.h>

#include "io/log.h"

static struct {
    bool known; /* whether `any` is */
    bool any;   /* rows in the table: else nobody has to look there */
    uint64_t dropped;
} state;

void requests_restart(void)
{
    state.known = false;
}

uint64_t requests_dropped(void)
{
    return state.dropped;
}

enum tcn_err requests_put(struct tcn_node *node,
                          const struct tcn_request *request)
{
    state.known = state.any = true;
    return tcn_store_request_put(node->store, request);
}

enum tcn_err requests_note(struct tcn_node *node, const char *actor,
                           const char *action,
                           const struct tcn_request *request)
{
    char hex[17], other[17], detail[120];
    struct tcn_buf id = tcn_buf(hex, sizeof hex);
    struct tcn_buf by = tcn_buf(other, sizeof other);
    tcn_text_hex(&id, tcn_view(request->id.bytes, 8));
    tcn_text_hex(&by, tcn_view(request->request.bytes, 8));
    (void)snprintf(detail, sizeof detail, "to %s classes %u asked by %s in %s",
                   request->peer, request->classes, request->asker,
                   tcn_buf_text(&by));
    return audit_note(node, actor, action, tcn_buf_text(&id), detail);
}

/* ---- those of one alert ---- */

static enum tcn_err gather(void *ctx, const struct tcn_request *request)
{
    struct requests_found *found = ctx;
    bool other = found->peer != NULL && strcmp(found->peer, request->peer) != 0;
    if (other || (found->states >> request->state & 1) == 0) {
        return TCN_ERR_OK;
    }
    if (found->count == found->cap) {
        size_t cap = found->cap == 0 ? 8 : 2 * found->cap;
        struct tcn_request *list = reallocarray(found->list, cap, sizeof *list);
        if (list == NULL) {
            return TCN_ERR_NO_MEMORY;
        }
        found->list = list;
        found->cap = cap;
    }
    found->list[found->count++] = *request;
    return TCN_ERR_OK;
}

/* One that was withdrawn or has expired asks for nothing any more. */
static bool is_live(struct tcn_node *node, const struct tcn_request *request)
{
    struct tcn_stored row;
    return tcn_store_get(node->store, &request->request, &row, NULL) ==
               TCN_ERR_OK &&
           row.status == TCN_STATUS_LIVE;
}

enum tcn_err requests_find(struct tcn_node *node, const struct hold_word *word,
                           unsigned states, struct requests_found *found)
{
    *found = (struct requests_found){.peer = word->peer, .states = states};
    enum tcn_err err = tcn_store_requests(
        node->store, word->id, (struct tcn_request_taker){gather, found});
    size_t kept = 0;
    for (size_t i = 0; i < found->count; i++) {
        bool answered = found->list[i].state != TCN_REQUEST_OPEN;
        if (answered || is_live(node, &found->list[i])) {
            found->list[kept++] = found->list[i];
        }
    }
    found->count = kept;
    return err;
}

/* ---- what the core is told ---- */

struct mask {
    const struct tcn_node *node;
    uint64_t bits;
};

static enum tcn_err add_peer(void *ctx, const struct tcn_request *request)
{
    struct mask *mask = ctx;
    unsigned number = peer_number(mask->node, request->peer);
    bool agreed = request->granted || request->state == TCN_REQUEST_AGREED;
    if (agreed && number < TCN_PEERS_MAX) {
        mask->bits |= 1ull << number;
    }
    return TCN_ERR_OK;
}

static enum tcn_err look_for_any(void *ctx, const struct tcn_request *request)
{
    (void)request;
    *(bool *)ctx = true;
    return TCN_ERR_CAPACITY; /* enough */
}

/* Asked of every alert that is decided on, so seldom of the store. */
enum tcn_err requests_any(struct tcn_node *node, bool *any)
{
    enum tcn_err err = TCN_ERR_OK;
    if (!state.known) {
        state.any = false;
        err = tcn_store_requests_each(
            node->store, (struct tcn_request_taker){look_for_any, &state.any});
        err = err == TCN_ERR_CAPACITY ? TCN_ERR_OK : err;
        state.known = err == TCN_ERR_OK;
    }
    *any = state.any;
    return err;
}

enum tcn_err requests_told(struct tcn_node *node, const struct tcn_stored *row,
                           uint64_t *requested)
{
    struct mask mask = {.node = node};
    bool any = false;
    enum tcn_err err = TCN_ERR_OK;
    if (strcmp(row->origin, node->setup->conf.member) == 0) {
        err = requests_any(node, &any);
    }
    if (err == TCN_ERR_OK && any) {
        err = tcn_store_requests(node->store, &row->id,
                                 (struct tcn_request_taker){add_peer, &mask});
    }
    *requested = mask.bits;
    return err;
}

static enum tcn_err count_one(void *ctx, const struct tcn_request *request)
{
    *(uint64_t *)ctx += request->state == TCN_REQUEST_OPEN;
    return TCN_ERR_OK;
}

enum tcn_err requests_count(struct tcn_node *node, uint64_t *count)
{
    *count = 0;
    return tcn_store_requests(node->store, NULL,
                              (struct tcn_request_taker){count_one, count});
}

/* ---- one comes ---- */

static void drop(const struct tcn_request *request, const char *why)
{
    state.dropped++;
    struct tcn_log_line line = tcn_log(TCN_LOG_WARNING, "request-dropped");
    tcn_log_str(&line, "from", request->asker);
    tcn_log_str(&line, "why", why);
    tcn_log_end(&line);
}

/* It is to us, about an alert of ours that is current, and no looser than it.
 * Loads the alert into node->scratch. */
static bool is_sound(struct tcn_node *node, const struct tcn_alert *alert,
                     struct tcn_request *request)
{
    const struct tcn_header *header = &alert->header;
    const char *self = node->setup->conf.member;
    struct request_terms terms;
    struct tcn_stored row;
    if (!header->has_ref || header->revision != 0 ||
        !request_read(alert, &terms) || strcmp(terms.peer, self) == 0 ||
        held_load(node, &header->ref, node->scratch, &row) != TCN_ERR_OK) {
        return false;
    }
    const struct tcn_header *subject = &node->scratch->alert.header;
    bool content = row.kind == TCN_KIND_ALERT || row.kind == TCN_KIND_UPDATE;
    request->id = row.id;
    request->classes = terms.classes != 0
                           ? terms.classes
                           : row.present & (uint8_t)~TCN_CLASS_BIT(0);
    memcpy(request->peer, terms.peer, sizeof terms.peer);
    return content && row.status == TCN_STATUS_LIVE &&
           strcmp(row.origin, self) == 0 && header->label.audience_count == 1 &&
           tcn_view_is(header->label.audience[0], self) &&
           tcn_alert_remarks(subject, header) == TCN_ERR_OK;
}

static enum tcn_err keep_granted(void *ctx, const struct tcn_request *held)
{
    struct tcn_request *request = ctx;
    if (strcmp(held->peer, request->peer) == 0 &&
        strcmp(held->asker, request->asker) == 0) {
        request->granted = held->granted;
        if (held->state == TCN_REQUEST_AGREED) {
            struct tcn_request again = *held;
            again.request = request->request;
            again.classes |= request->classes;
            *request = again;
        }
    }
    return TCN_ERR_OK;
}

enum tcn_err requests_came(struct tcn_node *node, const struct tcn_alert *alert)
{
    struct tcn_request request = {.request = alert->id, .at_ms = tcn_now_ms()};
    const struct tcn_view origin = alert->header.origin;
    uint64_t count = 0;
    if (!tcn_view_is(alert->header.kind_text, REQUEST_KIND) ||
        tcn_view_is(origin, node->setup->conf.member) ||
        holds_quarantined(node, &alert->id)) {
        return TCN_ERR_OK;
    }
    memcpy(request.asker, origin.data, origin.len);
    if (!is_sound(node, alert, &request)) {
        drop(&request, "it is not about a current alert of ours, not to us "
                       "alone, or looser than its subject");
        return TCN_ERR_OK;
    }
    enum tcn_err err = tcn_store_requests_forget(node->store, request.asker);
    err = err == TCN_ERR_OK
              ? tcn_store_requests_of(node->store, request.asker, &count)
              : err;
    if (err == TCN_ERR_OK && count >= REQUESTS_PER_MEMBER) {
        drop(&request, "it has as many open ones as it may have");
        return TCN_ERR_OK;
    }
    err = err == TCN_ERR_OK ? tcn_store_requests(node->store, &request.id,
                                                 (struct tcn_request_taker){
                                                     keep_granted, &request})
                            : err;
    err = err == TCN_ERR_OK ? requests_put(node, &request) : err;
    return err == TCN_ERR_OK
               ? requests_note(node, request.asker, "request", &request)
               : err;
}
