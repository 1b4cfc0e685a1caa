#include <sodium.h>
#include <time.h>

#include "base/assert.h"
#include "io/file.h"

static uint64_t read_clock(clockid_t id)
{
    struct timespec now;
    tcn_assert(clock_gettime(id, &now) == 0);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t tcn_now_ms(void)
{
    return read_clock(CLOCK_REALTIME);
}

uint64_t tcn_steady_ms(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

void tcn_random(void *out, size_t len)
{
    randombytes_buf(out, len);
}
