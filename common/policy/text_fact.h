/* What texts an alert can carry in its header: common/alert/FORMAT.md. */
#pragma once

#include "policy/condition.h"

/* Whether some alert can have that value of a fact of VALUE_TEXT; `prefix`: a
 * value that begins so. */
bool text_is_possible(enum fact fact, struct tcn_view text, bool prefix);

/* The characters that such a text may go on with. */
const char *text_alphabet(enum fact fact);
