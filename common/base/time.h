/* Time is milliseconds since 1970-01-01T00:00:00Z in a uint64_t. Nothing here
 * reads a clock: whoever needs the time is given it. */
#pragma once

#include "base/buf.h"

/* Room for an RFC 3339 time with milliseconds and a NUL. */
#define TCN_TIME_TEXT 40

/* Writes "2026-07-01T08:00:00.000Z" into out[TCN_TIME_TEXT] and returns it. */
const char *tcn_time_format(uint64_t ms, char *out);

/* Reads RFC 3339: a date alone ("2026-07-01", midnight UTC), or date and time
 * with optional fraction and "Z" or an offset "+02:00". False when it is
 * anything else or before 1970. */
bool tcn_time_parse(struct tcn_view text, uint64_t *ms);

/* Reads a duration of one number and one unit: ms, s, m, h or d. */
bool tcn_time_parse_duration(struct tcn_view text, uint64_t *ms);

/* Writes the shortest exact duration of one unit ("90d", "15m"). */
void tcn_time_put_duration(struct tcn_buf *out, uint64_t ms);
