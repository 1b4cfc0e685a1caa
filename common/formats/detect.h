/* What a file looks like, by its content alone. */
#pragma once

#include <jansson.h>

#include "formats/import.h"

/* By the shape of parsed JSON; AUTO = nothing known. */
enum tcn_format tcn_detect_json(const json_t *root);

/* By bytes that are not one JSON text: CAP, or AUTO. */
enum tcn_format tcn_detect_text(struct tcn_view bytes);

/* Whether it is one JSON document a line: the first line is a whole one of a
 * known format, and another line follows. `bytes` may be the beginning of a
 * longer file. */
bool tcn_detect_lines(struct tcn_view bytes);
