/* Frames through a bare DEALER and ROUTER with CURVE over loopback, both ends
 * in this process: what libzmq costs before anything of ours. */
#pragma once

#include <stddef.h>
#include <time.h>

#define FRAME_BYTES 2048

struct bare_result {
    double seconds;
    double cpu_seconds;    /* of the transport alone */
    double driver_seconds; /* of this process */
};

struct bare_result bare_link(size_t count);
/* Seconds of a clock. */
double clock_of(clockid_t id);
