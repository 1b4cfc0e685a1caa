/* Text: hex and base32, UTF-8, and making foreign text safe to show. */
#pragma once

#include "base/buf.h"
#include "base/err.h"

/* Whether the bytes are well-formed UTF-8 (no surrogates, no overlong forms,
 * nothing above U+10FFFF). */
bool tcn_text_is_utf8(struct tcn_view text);

/* OK, UTF8, or TEXT when there is a C0 or C1 control other than newline and
 * tab, DEL, or a bidirectional override or isolate (U+202A-202E,
 * U+2066-2069). Source: common/alert/FORMAT.md, encoding profile. */
TCN_MUST_USE enum tcn_err tcn_text_check(struct tcn_view text);

/* Appends foreign text so that it can do nothing to a terminal or a log: every
 * control (also newline and tab), direction mark, zero-width character, invalid
 * byte and backslash becomes an escape of the form \n, \t, \\, \xNN or
 * \u{NNNN}. */
void tcn_text_escape(struct tcn_buf *out, struct tcn_view text);

/* The same for what stands between the quotes of a JSON string: a program reads
 * the text as it was. Invalid bytes become U+FFFD. */
void tcn_text_escape_json(struct tcn_buf *out, struct tcn_view text);

/* Appends lower-case hex, all of it or, without room, nothing. */
void tcn_text_hex(struct tcn_buf *out, struct tcn_view bytes);

/* Decodes exactly `len` bytes of hex (either case) into `out`; false when the
 * text is anything else. */
bool tcn_text_unhex(struct tcn_view text, uint8_t *out, size_t len);

/* Appends Crockford base32 in groups of four, separated by '-'. */
void tcn_text_base32(struct tcn_buf *out, struct tcn_view bytes);

/* Copies a short text, ended by a NUL; false when it does not fit in `cap`
 * bytes or holds a NUL itself. */
TCN_MUST_USE bool tcn_text_copy(char *out, size_t cap, struct tcn_view text);

/* An unsigned decimal number without sign, blanks or leading zeros. */
bool tcn_text_uint(struct tcn_view text, uint64_t *out);

/* [a-z0-9][a-z0-9.-]{0,30}[a-z0-9]: a member code such as "ee". */
bool tcn_text_is_member(struct tcn_view text);

/* `len` lower-case letters and '-' between min and max, and digits when asked.
 */
bool tcn_text_is_word(struct tcn_view text, size_t min, size_t max,
                      bool digits);
