/* MISP core format: an alert as an event. Ids are deterministic. The creating
 * organisation is the nation that signed the alert, never one that a field
 * claims: only the signature proves who says it. */
#pragma once

#include "formats/digest.h"
#include "formats/told.h"

/* {"Event": {...}}; NULL when there is no memory. */
json_t *tcn_misp_write(const struct tcn_told *told);

/* {"Sighting": {...}} of a sighting, as MISP's ZeroMQ stream has it. */
json_t *tcn_misp_write_sighting(const struct tcn_told *told);

/* The row of a feed's manifest.json for an event of tcn_misp_write(). */
json_t *tcn_misp_manifest_row(const json_t *event);
/* Appends the lines of a feed's hashes.csv: "md5(value),uuid". */
void tcn_misp_put_hashes(struct tcn_text *out, const json_t *event);

/* ---- between the files of the writer ---- */

/* The UUID of what belongs to the thread of the alert under a key. */
void tcn_misp_uuid(const struct tcn_told *told, struct tcn_view key,
                   char uuid[TCN_UUID_TEXT]);

/* The attributes of all open fields but the title. */
json_t *tcn_misp_write_attributes(const struct tcn_told *told);

/* What an indicator's type is in MISP, and its category; false for none. */
bool tcn_misp_type_of(struct tcn_view type, const char **misp,
                      const char **category);
bool tcn_misp_type_row(size_t index, const char **type, const char **misp,
                       const char **category);
