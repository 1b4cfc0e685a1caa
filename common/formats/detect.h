/* What a file looks like, by its content alone. */
#pragma once

#include <jansson.h>

#include "formats/import.h"

/* By the shape of parsed JSON; AUTO = nothing known. */
enum tcn_format tcn_detect_json(const json_t *root);

/* By bytes that are not one JSON text: CAP, or AUTO. */
enum tcn_format tcn_detect_text(struct tcn_view bytes);
