/* What tells one version of a source from the next: a hash of its canonical
 * content, which neither the order of keys nor that of members changes. */
#pragma once

#include "alert/hash.h"
#include "formats/json.h"

/* The hash of one JSON value with sorted keys. */
struct tcn_id tcn_source_digest(struct tcn_import *im, const json_t *json);

/* The hash of a set of values, from theirs; sorts them. */
struct tcn_id tcn_source_digest_set(struct tcn_id *ids, size_t count);

/* Whether the text is a UUID; `out` (37 bytes) gets it in lower case. */
bool tcn_source_uuid(struct tcn_view text, char *out);
