/* A view borrows bytes that somebody else owns; it is never freed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct tcn_view {
    const uint8_t *data; /* NULL = nothing there (withheld, absent) */
    size_t len;
};

static inline struct tcn_view tcn_view(const void *data, size_t len)
{
    return (struct tcn_view){.data = data, .len = len};
}

/* The characters of a NUL-terminated string, without the NUL. */
static inline struct tcn_view tcn_view_str(const char *text)
{
    return tcn_view(text, strlen(text));
}

/* Byte-wise order, shorter first on a tie: -1, 0 or 1. */
int tcn_view_compare(struct tcn_view a, struct tcn_view b);

static inline bool tcn_view_equal(struct tcn_view a, struct tcn_view b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool tcn_view_is(struct tcn_view a, const char *text)
{
    return tcn_view_equal(a, tcn_view_str(text));
}
