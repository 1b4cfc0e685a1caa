/* The header by itself, and the checks that builders share with decoders;
 * private to common/alert. */
#pragma once

#include "alert/alert.h"

/* The 20 items, each with its own reject reason. Views point into `bytes`. */
TCN_MUST_USE enum tcn_err tcn_header_decode(struct tcn_header *header,
                                            struct tcn_view bytes);

/* Appends the label as [tlp, pap, onward, audience, caveats]. */
void tcn_label_encode(const struct tcn_label *label, struct tcn_buf *out);

/* LABEL, or an error of the reader that has latched. */
struct tcn_reader;
TCN_MUST_USE enum tcn_err tcn_label_decode(struct tcn_label *label,
                                           struct tcn_reader *r);

/* A sorted set of strings that pass `item`, at most `max`; false otherwise. */
bool tcn_read_set(struct tcn_reader *r, struct tcn_view *out, size_t max,
                  bool (*item)(struct tcn_view), size_t *count);
