/* Memory of one import: taken piece by piece, given back at once. */
#pragma once

#include "base/view.h"

struct tcn_arena_chunk;

struct tcn_arena {
    struct tcn_arena_chunk *chunks;
};

/* Memory for `len` bytes, zeroed and aligned for any type; NULL when there is
 * none. Valid until tcn_arena_fini(). */
void *tcn_arena_take(struct tcn_arena *arena, size_t len);

void tcn_arena_fini(struct tcn_arena *arena);
