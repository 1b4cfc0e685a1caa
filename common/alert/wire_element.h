/* One element's head, as the encoding profile allows it. Shared by the walk
 * over unchecked bytes and by the reader; private to common/alert. */
#pragma once

#include "alert/wire.h"

struct tcn_element {
    enum tcn_wire_type type;
    size_t head_len; /* bytes before the contents */
    uint64_t value;  /* of a uint or bool; length of str or bin; count */
};

/* Reads the head at the start of `bytes`. TRUNCATED, TYPE or ENCODING. The
 * contents of a str or bin are there completely when OK is returned, and an
 * array has at least one byte per element left. */
TCN_MUST_USE enum tcn_err tcn_element_read(struct tcn_view bytes,
                                           struct tcn_element *element);
