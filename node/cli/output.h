/* What people and programs read: everything foreign is escaped, columns are
 * aligned, colour is for terminals only. */
#pragma once

#include <stdio.h>

#include "alert/status.h"
#include "base/time.h"
#include "io/control.h"

/* Where sentences for people go: --json leaves standard output to programs. */
FILE *cli_people(bool json);
void cli_print_view(struct tcn_view text); /* escaped */
void cli_put_view(FILE *out, struct tcn_view text);
/* What the node warns of in a row, on the standard error output. */
void cli_print_warnings(const struct tcn_pairs *pairs);
/* Escaped and padded to `width`, with a blank behind it. */
void cli_print_cell(struct tcn_view text, int width);
/* Everything of an alert on one line before its title; the same everywhere. */
struct cli_line {
    struct tcn_view id; /* hex */
    struct tcn_view time;
    struct tcn_view origin, kind, severity, tlp, status;
};
void cli_print_line(const struct cli_line *line);
/* "[locked-2027] " before the title of what is no reality. */
void cli_print_exercise(struct tcn_view name);
/* Between quotes. */
void cli_print_json_text(struct tcn_view text);
void cli_print_row_json(const struct tcn_pairs *pairs);
void cli_print_hex(struct tcn_view bytes, size_t digits);
void cli_print_time(uint64_t ms);
void cli_time_text(uint64_t ms, char out[TCN_TIME_TEXT]);
/* The status of a word that the node said; live when unknown. */
enum tcn_status cli_status_find(struct tcn_view word);
const char *cli_colour(const char *code); /* "" when not on a terminal */
