/* An alert as an exporter sees it: what is open of it, plainly, whether it
 * comes from an envelope or from the JSON of the feed. Borrows both. */
#pragma once

#include <jansson.h>

#include "alert/build.h"
#include "formats/alert_json.h"
#include "formats/text_out.h"

struct tcn_told {
    char id[65];              /* hex */
    struct tcn_header header; /* without certificate, classes and leaves */
    enum tcn_status status;
    uint64_t first_ms;   /* when its thread began; created when not known */
    uint64_t changed_ms; /* when its status or content changed last */
    struct tcn_thread subject;      /* of a sighting or ack; with its origin */
    struct tcn_view subject_origin; /* "" = not known */
    unsigned withheld;              /* fields that are not open */
    uint16_t field_count;
    struct tcn_draft_field fields[TCN_FIELDS_MAX];
};

/* From a checked alert. */
void tcn_told_from_alert(struct tcn_told *told, const struct tcn_alert *alert,
                         const struct tcn_alert_facts *facts);

/* From the JSON of an alert, which must stay; false when it is none. */
bool tcn_told_from_json(struct tcn_told *told, const json_t *json);

/* The first field of that name, or NULL. */
const struct tcn_draft_field *tcn_told_find(const struct tcn_told *told,
                                            const char *name);

/* Value `index` of a field as text; a number is written into `room` (24 bytes).
 * Empty when there is no such value. */
struct tcn_view tcn_told_value(const struct tcn_draft_field *field,
                               unsigned index, char *room);

/* The value of the first `tool` of that name; data is NULL when there is none.
 */
struct tcn_view tcn_told_tool(const struct tcn_told *told, const char *name);

/* Whether it is withdrawn: revoked, or a revocation itself. */
bool tcn_told_is_withdrawn(const struct tcn_told *told);

/* The source gives this indicator for detection: true unless the label says
 * no-automation and the lists of "not-for-detection" name it or there are
 * none. */
bool tcn_told_detects(const struct tcn_told *told, struct tcn_view value);

/* "3 fields are withheld ..." for people; false when nothing is. */
bool tcn_told_put_withheld(struct tcn_text *out, const struct tcn_told *told);
