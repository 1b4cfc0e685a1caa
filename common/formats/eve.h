/* Suricata's EVE records, event_type "alert": all records of one signature and
 * one source become one alert with counts. Other records are counted and left
 * out. Source of the format: docs.suricata.io, EVE JSON output. */
#pragma once

#include "formats/collect.h"
#include "formats/json.h"

#define TCN_EVE_GROUPS_MAX  20000u /* gathered at once; then they are told */
#define TCN_EVE_TARGETS_MAX 32u    /* named in one alert; the rest counted */

struct tcn_eve;

/* NULL when there is no memory. */
struct tcn_eve *tcn_eve_open(void);
void tcn_eve_close(struct tcn_eve *eve);

/* Takes one record; what it keeps is copied. Latches FORMAT on a record that is
 * none. */
void tcn_eve_take(struct tcn_eve *eve, struct tcn_import *im,
                  const struct tcn_node *record);

/* Whether there is no room for one more group. */
bool tcn_eve_is_full(const struct tcn_eve *eve);

/* Makes an alert of every group that has grown since it was told, and forgets
 * the groups with `end`; without it (a file that is still written) groups stay
 * and are told again when they have doubled. A notice says what was left out.
 */
void tcn_eve_tell(struct tcn_eve *eve, struct tcn_import *im, bool end);

/* An array of records, or one. */
void tcn_eve_import(struct tcn_import *im, const struct tcn_node *root);

/* The category for the class of a Suricata rule as it stands in the record. */
const char *tcn_eve_category(struct tcn_view words);
bool tcn_eve_category_row(size_t index, const char **words,
                          const char **category);
