/* Every limit of Tocsin in one place, related by static assertions.
 *
 * Sizes are in bytes, times in milliseconds unless the name says otherwise. */
#pragma once

#include <assert.h>

#define TCN_KIB       1024u
#define TCN_SECOND_MS 1000ull
#define TCN_MINUTE_MS (60 * TCN_SECOND_MS)
#define TCN_HOUR_MS   (60 * TCN_MINUTE_MS)
#define TCN_DAY_MS    (24 * TCN_HOUR_MS)

/* The alert (common/alert/FORMAT.md). */
#define TCN_ENVELOPE_MAX     (192 * TCN_KIB)
#define TCN_DEPTH_MAX        4
#define TCN_FIELDS_MAX       512
#define TCN_VALUES_MAX       16 /* elements of one field's value */
#define TCN_REPLACES_MAX     16 /* earlier messages that an import names */
#define TCN_BATCH_LEVELS_MAX 12
#define TCN_BATCH_MAX        (1u << TCN_BATCH_LEVELS_MAX)
#define TCN_AUDIENCE_MAX     256
#define TCN_CAVEATS_MAX      16
#define TCN_TAGS_MAX         16 /* sectors, regions */
#define TCN_MEMBER_MAX       32
#define TCN_NAME_MAX         32
#define TCN_LIFE_MAX_MS      (400 * TCN_DAY_MS)
#define TCN_CERT_LIFE_MAX_MS (90 * TCN_DAY_MS)
#define TCN_CERT_MAX         512 /* bytes of an encoded certificate */
#define TCN_KREV_MAX         160 /* bytes of an encoded key revocation */
#define TCN_HEADER_MAX       (64 * TCN_KIB)

/* The mesh (node/mesh/PROTOCOL.md). */
#define TCN_PEERS_MAX          64 /* one bit each in a uint64_t */
#define TCN_MEMBERS_MAX        256
#define TCN_STREAMS            64 /* trees of one origin; 6 bits of a hash */
#define TCN_FRAME_MAX          (TCN_ENVELOPE_MAX + 256)
#define TCN_MAXMSGSIZE         (256 * TCN_KIB) /* what libzmq lets through */
#define TCN_LANE_COUNT         2               /* connections to a peer */
#define TCN_FAST_ROWS          256   /* numbered, not yet settled: fast lane */
#define TCN_BULK_ROWS          32768 /* ... bulk lane, most of them offers */
#define TCN_LANE_FRAMES        512   /* frames of a lane not yet settled */
#define TCN_REFUSED_ROWS       65536 /* ... how far back one is asked for again */
#define TCN_FAST_BYTES         (1024 * TCN_KIB) /* pushed, not yet settled */
#define TCN_BULK_BYTES         (1024 * TCN_KIB)
#define TCN_EAGER_BYTES        (16 * TCN_KIB) /* larger ones are offered */
#define TCN_OFFER_MAX          64             /* rows of one OFFER */
#define TCN_WANT_MAX           64             /* numbers in one WANT */
#define TCN_WANTS_MAX          512 /* wanted and not yet come, per lane */
#define TCN_HELD_MAX           256
#define TCN_AGREEMENTS_MAX     32
#define TCN_EARLY_MS           (5 * TCN_MINUTE_MS)
#define TCN_CLOCK_ALARM_MS     (5 * TCN_MINUTE_MS)
#define TCN_ORPHAN_REVOKES_MAX 1000 /* per origin, without their alert */
#define TCN_CONTENT_GRACE_MS   TCN_DAY_MS

/* People and files. */
#define TCN_CONTROL_MAX   (TCN_ENVELOPE_MAX + 4 * TCN_KIB)
#define TCN_OBSERVERS_MAX 16
#define TCN_EXERCISES_MAX 16
#define TCN_RULES_MAX     512
#define TCN_SUBMIT_MAX    4096   /* drafts of one submission */
#define TCN_REPLAY_MAX    100000 /* alerts that a policy is tried on */

static_assert(TCN_BATCH_MAX >= TCN_SUBMIT_MAX, "a submission is one batch");
static_assert(TCN_FRAME_MAX > TCN_ENVELOPE_MAX, "a PUSH carries an envelope");
static_assert(TCN_MAXMSGSIZE > TCN_FRAME_MAX, "libzmq passes every frame");
static_assert(TCN_FAST_BYTES >= 4 * TCN_FRAME_MAX, "a window holds frames");
static_assert(TCN_BULK_BYTES >= 4 * TCN_FRAME_MAX, "a window holds frames");
static_assert(TCN_FAST_ROWS <= TCN_LANE_FRAMES, "fast rows are pushed singly");
static_assert(TCN_BULK_ROWS >= TCN_LANE_FRAMES * TCN_OFFER_MAX,
              "as many rows as full offers can name");
static_assert(TCN_REFUSED_ROWS >= 2 * TCN_BULK_ROWS,
              "what is not settled yet is no old refusal");
static_assert(TCN_WANTS_MAX >= 4 * TCN_WANT_MAX, "WANTs overlap");
static_assert(TCN_EAGER_BYTES < TCN_ENVELOPE_MAX, "the largest are offered");
static_assert(TCN_HEADER_MAX < TCN_ENVELOPE_MAX, "fields follow the header");
