#include "daemon/rehearsal.h"

#include <stdlib.h>

#include "base/idmap.h"

#define SLOTS 65536

static_assert(SLOTS / 4 * 3 >= REHEARSED_MAX, "the map never refuses");

struct rehearsed {
    bool has_digest;
    bool has_head;
    struct tcn_id digest;
    struct tcn_id head;
    uint32_t revision;
    uint8_t kind; /* enum tcn_kind */
};

/* Large, and touched only as far as it is used. */
struct rehearsal {
    struct tcn_idmap map;
    uint32_t count;
    struct rehearsed rows[REHEARSED_MAX];
    struct tcn_idmap_slot slots[SLOTS];
};

struct rehearsal *rehearsal_new(void)
{
    struct rehearsal *rehearsal = calloc(1, sizeof *rehearsal);
    if (rehearsal != NULL) {
        uint64_t seed;
        tcn_random(&seed, sizeof seed);
        tcn_idmap_init(&rehearsal->map, rehearsal->slots, SLOTS, seed);
    }
    return rehearsal;
}

void rehearsal_free(struct rehearsal *rehearsal)
{
    free(rehearsal);
}

static struct tcn_id key_of(const struct tcn_thread *thread)
{
    struct tcn_id key = {{0}};
    memcpy(key.bytes, thread->bytes, sizeof thread->bytes);
    return key;
}

static const struct rehearsed *find(const struct tcn_node *node,
                                    const struct tcn_thread *thread)
{
    if (node->rehearsal == NULL) {
        return NULL;
    }
    struct tcn_id key = key_of(thread);
    uint32_t at = tcn_idmap_get(&node->rehearsal->map, &key);
    return at == TCN_IDMAP_NONE ? NULL : &node->rehearsal->rows[at];
}

/* The row of a thread, a new one when it has none; NULL = there are too many.
 */
static struct rehearsed *row_for(struct rehearsal *rehearsal,
                                 const struct tcn_thread *thread)
{
    struct tcn_id key = key_of(thread);
    uint32_t at = tcn_idmap_get(&rehearsal->map, &key);
    if (at == TCN_IDMAP_NONE) {
        if (rehearsal->count == REHEARSED_MAX) {
            return NULL;
        }
        at = rehearsal->count++;
        bool put = tcn_idmap_put(&rehearsal->map, &key, at);
        tcn_assert(put);
    }
    return &rehearsal->rows[at];
}

enum tcn_err rehearsal_import(struct tcn_node *node,
                              const struct tcn_thread *thread,
                              struct tcn_id *digest)
{
    const struct rehearsed *row = find(node, thread);
    if (row == NULL || !row->has_digest) {
        return tcn_store_import(node->store, thread, digest);
    }
    *digest = row->digest;
    return TCN_ERR_OK;
}

enum tcn_err rehearsal_put_import(struct tcn_node *node,
                                  const struct tcn_thread *thread,
                                  const struct tcn_id *digest)
{
    if (node->rehearsal == NULL) {
        return tcn_store_put_import(node->store, thread, digest);
    }
    struct rehearsed *row = row_for(node->rehearsal, thread);
    if (row != NULL) {
        row->has_digest = true;
        row->digest = *digest;
    }
    return TCN_ERR_OK;
}

void rehearsal_put_head(struct tcn_node *node, const struct tcn_alert *alert)
{
    struct rehearsed *row = row_for(node->rehearsal, &alert->header.thread);
    if (row != NULL) {
        row->has_head = true;
        row->head = alert->id;
        row->revision = alert->header.revision;
        row->kind = (uint8_t)alert->header.kind;
    }
}

bool rehearsal_head(const struct tcn_node *node,
                    const struct tcn_thread *thread, struct tcn_stored *head)
{
    const struct rehearsed *row = find(node, thread);
    if (row == NULL || !row->has_head) {
        return false;
    }
    *head = (struct tcn_stored){.id = row->head,
                                .thread = *thread,
                                .revision = row->revision,
                                .kind = row->kind};
    return true;
}
