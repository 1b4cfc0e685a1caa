#include "store/feed_told.h"

#include <stdlib.h>
#include <string.h>

/* Beyond it rows are rendered again: a transaction that tells of so much is a
 * rare one. */
#define TOLD_MAX (8u * 1024 * 1024)

struct lengths {
    uint64_t seq, at_ms;
    uint32_t observers, topic; /* with their NUL */
    uint32_t body, misp;
};

static uint8_t *room_for(struct told *told, size_t size)
{
    if (size > TOLD_MAX - told->len) {
        return NULL;
    }
    if (size > told->cap - told->len) {
        size_t cap = told->cap == 0 ? 64 * 1024 : told->cap;
        while (cap - told->len < size) {
            cap *= 2;
        }
        uint8_t *bytes = realloc(told->bytes, cap);
        if (bytes == NULL) {
            return NULL;
        }
        told->bytes = bytes;
        told->cap = cap;
    }
    uint8_t *at = told->bytes + told->len;
    told->len += size;
    return at;
}

static uint8_t *append(uint8_t *at, const void *bytes, size_t len)
{
    if (len > 0) {
        memcpy(at, bytes, len);
    }
    return at + len;
}

void told_add(struct told *told, const struct tcn_feed_row *row)
{
    const struct lengths lengths = {
        .seq = row->seq,
        .at_ms = row->at_ms,
        .observers = (uint32_t)strlen(row->observers) + 1,
        .topic = (uint32_t)strlen(row->topic) + 1,
        .body = (uint32_t)row->body.len,
        .misp = (uint32_t)row->misp.len,
    };
    size_t size = sizeof lengths + lengths.observers + lengths.topic +
                  row->body.len + row->misp.len;
    uint8_t *at = told->incomplete ? NULL : room_for(told, size);
    if (at == NULL) {
        told->incomplete = true;
        return;
    }
    at = append(at, &lengths, sizeof lengths);
    at = append(at, row->observers, lengths.observers);
    at = append(at, row->topic, lengths.topic);
    at = append(at, row->body.data, row->body.len);
    (void)append(at, row->misp.data, row->misp.len);
}

enum tcn_err told_each(const struct told *told,
                       enum tcn_err (*take)(void *ctx,
                                            const struct tcn_feed_row *row),
                       void *ctx)
{
    enum tcn_err err = TCN_ERR_OK;
    const uint8_t *at = told->bytes;
    const uint8_t *end = at + told->len;
    while (err == TCN_ERR_OK && at != end) {
        struct lengths lengths;
        memcpy(&lengths, at, sizeof lengths);
        at += sizeof lengths;
        struct tcn_feed_row row = {.seq = lengths.seq, .at_ms = lengths.at_ms};
        row.observers = (const char *)at;
        at += lengths.observers;
        row.topic = (const char *)at;
        at += lengths.topic;
        row.body = tcn_view(at, lengths.body);
        at += lengths.body;
        row.misp = tcn_view(at, lengths.misp);
        at += lengths.misp;
        err = take(ctx, &row);
    }
    return err;
}

void told_clear(struct told *told, bool incomplete)
{
    told->len = 0;
    told->incomplete = incomplete;
}

void told_undo(struct told *told)
{
    told->len = 0;
}

void told_free(struct told *told)
{
    free(told->bytes);
    *told = (struct told){0};
}
