/* The two old hashes that foreign formats demand: SHA-1 for name-based UUIDs
 * (RFC 4122, version 5) and MD5 for the index of a MISP feed. Nothing of ours
 * rests on them. */
#pragma once

#include "base/view.h"

#define TCN_UUID_TEXT 37 /* with its NUL */

/* The UUID of `name` in the namespace, in lower case. */
void tcn_uuid5(const uint8_t space[16], struct tcn_view name,
               char out[TCN_UUID_TEXT]);

/* The UUID of a thing that the thread of an alert gives rise to, under a key.
 */
void tcn_uuid_of(struct tcn_view origin, const uint8_t thread[16],
                 struct tcn_view key, char out[TCN_UUID_TEXT]);

/* Our own namespace for things that an alert gives rise to; STIX's for
 * cyber-observable objects. */
extern const uint8_t tcn_uuid_space[16];
extern const uint8_t tcn_uuid_stix[16];

void tcn_sha1(struct tcn_view data, uint8_t out[20]);
void tcn_md5(struct tcn_view data, uint8_t out[16]);
