/* The encoding profile: msgpack cut down to nil, bool, uint, str, bin and
 * array, shortest forms only. Everything that is signed, hashed or sent is in
 * it. Rules: common/alert/FORMAT.md, "Encoding profile".
 *
 * Two steps, so that hostile bytes cost nothing: tcn_wire_check() walks the
 * structure without allocating, then a reader takes the elements. */
#pragma once

#include "base/buf.h"
#include "base/err.h"

/* Walks one complete element: types, shortest forms, UTF-8 and forbidden
 * characters, depth, every declared element really there, nothing after it.
 * TRUNCATED, TRAILING, TYPE, DEPTH, UTF8, TEXT or ENCODING otherwise; where
 * several apply, the order of FORMAT.md decides. */
TCN_MUST_USE enum tcn_err tcn_wire_check(struct tcn_view bytes);

enum tcn_wire_type {
    TCN_WIRE_NIL,
    TCN_WIRE_BOOL,
    TCN_WIRE_UINT,
    TCN_WIRE_STR,
    TCN_WIRE_BIN,
    TCN_WIRE_ARRAY,
    TCN_WIRE_END, /* nothing left, or an earlier error */
};

/* Reads elements one after the other and latches the first error: take what
 * you expect, then look at `err` once. After an error every take gives zero or
 * an empty view. Views point into the bytes. Safe on unchecked bytes too. */
struct tcn_reader {
    const uint8_t *at;
    const uint8_t *end;
    enum tcn_err err;
};

struct tcn_reader tcn_reader(struct tcn_view bytes);

/* The type of the next element, which is not taken. */
enum tcn_wire_type tcn_read_peek(const struct tcn_reader *r);

/* Each takes the next element; TYPE when it is of another type. */
uint64_t tcn_read_uint(struct tcn_reader *r);
bool tcn_read_bool(struct tcn_reader *r);
struct tcn_view tcn_read_str(struct tcn_reader *r);
struct tcn_view tcn_read_bin(struct tcn_reader *r);
void tcn_read_nil(struct tcn_reader *r);
size_t tcn_read_array(struct tcn_reader *r); /* its element count */

/* A bin of exactly `len` bytes, copied to `out`. */
void tcn_read_fixed(struct tcn_reader *r, void *out, size_t len);

/* Takes a whole element of any type, arrays with all they hold; returns its
 * bytes. */
struct tcn_view tcn_read_any(struct tcn_reader *r);

/* The latched error, or TRAILING when bytes are left. */
TCN_MUST_USE enum tcn_err tcn_read_end(const struct tcn_reader *r);

/* Writers append one element in its shortest form; overflow latches in the
 * buffer. An array header is followed by `count` elements. */
void tcn_put_nil(struct tcn_buf *out);
void tcn_put_bool(struct tcn_buf *out, bool value);
void tcn_put_uint(struct tcn_buf *out, uint64_t value);
void tcn_put_str(struct tcn_buf *out, struct tcn_view text);
void tcn_put_bin(struct tcn_buf *out, struct tcn_view bytes);
void tcn_put_array(struct tcn_buf *out, size_t count);

/* Bytes of a bin of that length, with its head. */
size_t tcn_bin_bytes(size_t len);
