/* CAP 1.2: an alert as a message, an update or a cancellation. */
#pragma once

#include "formats/told.h"

void tcn_cap_write(struct tcn_text *out, const struct tcn_told *told);
