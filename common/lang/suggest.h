/* What was probably meant by a word that is not known. */
#pragma once

#include "base/view.h"

/* The known word with the fewest changes, at most two (one for short words),
 * or NULL. */
const char *tcn_suggest(struct tcn_view word, const char *const *known,
                        size_t known_count);
