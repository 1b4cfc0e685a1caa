/* Reading rows of the table alerts; private to node/store. */
#pragma once

#include "store/internal.h"

/* The columns of ROW_COLUMNS. */
void read_row(sqlite3_stmt *stmt, struct tcn_stored *row);
