/* The formats that can be imported, in one table. */
#pragma once

#include "formats/json.h"

/* The format to read a JSON document as, from what was asked and what it looks
 * like; latches FORMAT where there is none. Notes it in the report. */
enum tcn_format tcn_registry_settle(struct tcn_import *im, const json_t *root);

/* Imports a JSON document of that format. */
void tcn_registry_import(struct tcn_import *im, enum tcn_format format,
                         const struct tcn_node *root);
