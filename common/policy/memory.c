#include <stdlib.h>

#include "policy/internal.h"

/* A list of blocks that are freed together. */
struct chunk {
    struct chunk *next;
    size_t used, cap;
    _Alignas(16) uint8_t bytes[];
};

#define CHUNK_BYTES (16 * TCN_KIB)

static struct chunk *add_chunk(struct tcn_policy *policy, size_t size)
{
    size_t cap = size > CHUNK_BYTES ? size : CHUNK_BYTES;
    struct chunk *chunk = calloc(1, sizeof *chunk + cap);
    if (chunk != NULL) {
        chunk->cap = cap;
        chunk->next = policy->memory;
        policy->memory = chunk;
    }
    return chunk;
}

void *policy_alloc(struct tcn_policy *policy, size_t size)
{
    size = (size + 15) / 16 * 16;
    struct chunk *chunk = policy->memory;
    if (chunk == NULL || chunk->cap - chunk->used < size) {
        chunk = add_chunk(policy, size);
    }
    if (chunk == NULL) {
        policy->out_of_memory = true;
        return NULL;
    }
    void *at = chunk->bytes + chunk->used;
    chunk->used += size;
    return at;
}

struct tcn_view policy_text(struct tcn_policy *policy, struct tcn_view text)
{
    uint8_t *copy = policy_alloc(policy, text.len + 1);
    if (copy == NULL) {
        return tcn_view(NULL, 0);
    }
    if (text.len > 0) {
        memcpy(copy, text.data, text.len);
    }
    return tcn_view(copy, text.len);
}

void tcn_policy_free(struct tcn_policy *policy)
{
    if (policy == NULL) {
        return;
    }
    tcn_policy_widen(policy);
    while (policy->memory != NULL) {
        struct chunk *next = policy->memory->next;
        free(policy->memory);
        policy->memory = next;
    }
    free(policy->parties);
    free(policy->rules);
    free(policy->nodes);
    free(policy->values);
    free(policy->groups);
    free(policy->roles);
    free(policy);
}
