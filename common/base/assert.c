#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>

void tcn_assert_failed(const char *cond, const char *file, int line)
{
    fprintf(stderr, "tocsin: internal error: %s is false (%s:%d)\n", cond, file,
            line);
    abort();
}
