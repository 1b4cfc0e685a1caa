#include "formats/arena.h"

#include <stdalign.h>
#include <stdlib.h>

#define CHUNK_BYTES ((size_t)64 * 1024)

struct tcn_arena_chunk {
    struct tcn_arena_chunk *next;
    size_t used;
    size_t cap;
    alignas(max_align_t) uint8_t bytes[];
};

static struct tcn_arena_chunk *add_chunk(struct tcn_arena *arena, size_t len)
{
    size_t cap = len > CHUNK_BYTES ? len : CHUNK_BYTES;
    struct tcn_arena_chunk *chunk = calloc(1, sizeof *chunk + cap);
    if (chunk == NULL) {
        return NULL;
    }
    chunk->cap = cap;
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    return chunk;
}

void *tcn_arena_take(struct tcn_arena *arena, size_t len)
{
    if (len > SIZE_MAX / 2) {
        return NULL;
    }
    size_t step = alignof(max_align_t);
    size_t rounded = (len + step - 1) / step * step;
    struct tcn_arena_chunk *chunk = arena->chunks;
    if (chunk == NULL || chunk->cap - chunk->used < rounded) {
        chunk = add_chunk(arena, rounded);
        if (chunk == NULL) {
            return NULL;
        }
    }
    void *taken = chunk->bytes + chunk->used;
    chunk->used += rounded;
    return taken;
}

void tcn_arena_fini(struct tcn_arena *arena)
{
    while (arena->chunks != NULL) {
        struct tcn_arena_chunk *next = arena->chunks->next;
        free(arena->chunks);
        arena->chunks = next;
    }
}
