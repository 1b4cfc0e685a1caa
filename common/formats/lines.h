/* Importing JSON line by line: Suricata's EVE, IDEA events, and any other
 * format of which each line is a whole document. */
#pragma once

#include "formats/import.h"

struct tcn_lines;

/* Begins; fills in *report as it goes (call fini after close). What is passed
 * in is borrowed until then. NULL when there is no memory. */
struct tcn_lines *tcn_lines_open(const struct tcn_import_options *options,
                                 const struct tcn_import_sink *sink,
                                 struct tcn_import_report *report);
void tcn_lines_close(struct tcn_lines *lines);

/* One line, with or without its end. A line that cannot be read is left out
 * with a notice, and the place of the first one stays in the report; an error
 * that every line would meet ends the import (LABEL, USAGE, NO_MEMORY, what
 * `take` returned). */
TCN_MUST_USE enum tcn_err tcn_lines_take(struct tcn_lines *lines,
                                         struct tcn_view line);

/* Hands over what is gathered from many lines. `end`: nothing follows; then the
 * first line's error when no line could be read. Without it, for a file that
 * still grows: what has grown much since it was handed over last. */
TCN_MUST_USE enum tcn_err tcn_lines_tell(struct tcn_lines *lines, bool end);
