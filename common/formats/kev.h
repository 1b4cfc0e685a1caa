/* CISA's catalogue of known exploited vulnerabilities: one alert per entry.
 * Source of the format: its JSON schema, cisa.gov/known-exploited. */
#pragma once

#include "formats/json.h"

void tcn_kev_import(struct tcn_import *im, const struct tcn_node *root);
