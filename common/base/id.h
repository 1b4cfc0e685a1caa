/* The 32-byte name of an alert, a certificate or any other hashed thing. */
#pragma once

#include "base/view.h"

struct tcn_id {
    uint8_t bytes[32];
};

static inline bool tcn_id_equal(const struct tcn_id *a, const struct tcn_id *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

static inline struct tcn_view tcn_id_view(const struct tcn_id *id)
{
    return tcn_view(id->bytes, sizeof id->bytes);
}
