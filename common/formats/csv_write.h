/* Indicators as CSV (RFC 4180) for firewalls and filters: one line each. What
 * is withdrawn, superseded or expired is left out: nobody should block it. */
#pragma once

#include "formats/told.h"

void tcn_csv_put_header(struct tcn_text *out);

/* Returns how many lines were written. */
unsigned tcn_csv_write(struct tcn_text *out, const struct tcn_told *told);
