/* The mapping tables, row by row, from the data that the code itself uses: what
 * `tocsin formats` prints and the tests go through. */
#pragma once

#include "formats/import.h"

struct tcn_table_row {
    const char *what; /* "type", "category", "marking" ... */
    const char *way;  /* "->" import, "<-" export */
    char theirs[112];
    char ours[96];
};

/* Row `index` of the table of a format; false behind the last. */
bool tcn_table_row(enum tcn_format format, size_t index,
                   struct tcn_table_row *row);
