/* A walk over the bytes of a JSON file before anything is built from them: what
 * would cost too much memory or recursion is refused here, with its place. */
#pragma once

#include "formats/context.h"

/* Latches SIZE, DEPTH, UTF8 or SYNTAX (a NUL byte) with line and column. Says
 * nothing about the grammar: the parser that follows does. */
void tcn_json_scan(struct tcn_import *im, struct tcn_view bytes);

/* Line and column (in characters, from 1) of an offset. */
void tcn_json_place(struct tcn_import_report *report, struct tcn_view bytes,
                    size_t offset);

/* The offset of the first byte that is not well-formed UTF-8, or the length. */
size_t tcn_json_bad_utf8(struct tcn_view bytes);
