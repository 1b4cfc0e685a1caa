/* STIX 2.1: a bundle of what alerts say. Ids are deterministic: who has the
 * same alert writes the same ids. Source of the format: OASIS STIX 2.1. */
#pragma once

#include "formats/told.h"

/* The id of the extension under which the report carries what STIX has no word
 * for, and of the identity that defines it. */
#define TCN_STIX_EXTENSION                                                     \
    "extension-definition--a180a0c5-50c7-41a9-b1a3-0373b24f6c24"
#define TCN_STIX_AUTHOR "identity--1f09ed76-3e33-4e82-b3de-c96a40c2807c"

/* An empty bundle; free with json_decref(). */
json_t *tcn_stix_bundle(void);
/* Of nothing: a bundle has an id also when it has no objects. */
bool tcn_stix_bundle_end(json_t *bundle);

/* Adds one alert; objects that are there already are not added again. False
 * when there is no memory. */
bool tcn_stix_write(json_t *bundle, const struct tcn_told *told);

/* ---- between the files of the writer ---- */

struct tcn_stix_out {
    json_t *objects; /* of the bundle */
    const struct tcn_told *told;
    json_t *refs;      /* ids that the report names */
    char identity[64]; /* of the origin */
    char report[64];
    bool failed;
};

/* "type--<uuid of origin, thread and key>" */
void tcn_stix_id(const struct tcn_stix_out *out, const char *type,
                 struct tcn_view key, char *id);

/* A new object with id, dates, author and marking; borrowed, it is in the
 * bundle and among the refs. NULL when an object of that id was there. */
json_t *tcn_stix_add(struct tcn_stix_out *out, const char *type,
                     struct tcn_view key);

/* Sets a text; a NULL view sets nothing. */
void tcn_stix_set(struct tcn_stix_out *out, json_t *object, const char *key,
                  struct tcn_view text);
void tcn_stix_set_time(struct tcn_stix_out *out, json_t *object,
                       const char *key, uint64_t ms);

/* What has an object of its own: indicators, observables, vulnerabilities,
 * techniques, actors, recommendations. False when the field has none. */
bool tcn_stix_write_field(struct tcn_stix_out *out,
                          const struct tcn_draft_field *field);

/* The marking-definition of a TLP 2.0 level, as OASIS published it; borrowed
 * text. */
const char *tcn_stix_marking(unsigned tlp);
bool tcn_stix_add_marking(json_t *objects, unsigned tlp);

/* Row `index` of what an indicator's type is in a pattern and as an observable;
 * false behind the last. */
bool tcn_stix_write_row(size_t index, const char **type, const char **path,
                        const char **observable);
