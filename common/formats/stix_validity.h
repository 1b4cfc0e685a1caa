/* How long a source's indicators are valid, kept as `tool` "stix:validity":
 * "FROM/UNTIL PATTERN" of one, or "FROM/UNTIL *" when all have the same. */
#pragma once

#include "formats/told.h"

/* "FROM/UNTIL" for an indicator of that pattern, or an empty view. */
struct tcn_view tcn_stix_validity_of(const struct tcn_told *told,
                                     struct tcn_view pattern);
