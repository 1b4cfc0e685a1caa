/* Timers and portions of the mesh core; the reason of each is in PROTOCOL.md,
 * "Timers". What others have to know is in base/limits.h. Private to node/mesh.
 */
#pragma once

#include "base/limits.h"

#define HELLO_FIRST_MS  1000
#define HELLO_LAST_MS   30000
#define STALE_MS        (60 * TCN_SECOND_MS)
#define ACK_DELAY_MS    10
#define ACK_FRAMES      16
#define OFFER_DELAY_MS  10
#define HISTORY_WAIT_MS 500
#define OFFER_WAIT_MS   20 /* at least; up to twice that, by peer */
#define EARLIER_MS      30 /* what an offer gains, were it a push */
#define WANT_AGAIN_MS   2000
#define WANT_BYTES      (2 * (uint64_t)TCN_BULK_BYTES)
#define UNSERVED_MS     (60 * TCN_SECOND_MS)
#define IDLE_STREAM_MS  (10 * TCN_MINUTE_MS)
#define RENEW_MS        (60 * TCN_SECOND_MS)
#define RETRY_SOON_MS   (2 * TCN_SECOND_MS)
#define CLOCK_ASK_MS    (60 * TCN_SECOND_MS)
#define SWEEP_MS        (60 * TCN_SECOND_MS)
#define SWEEP_ENTRIES   4096
#define SWEEP_CHANGES   32
#define SCANNED_STEP    64
#define REVISIONS_MAX   4096 /* held of one thread */
#define SHOWN_MAX       64   /* of them neither superseded nor over */
#define CERT_SLOTS      1024
#define KREV_SLOTS      256
#define CHASES          4096 /* a power of two */
