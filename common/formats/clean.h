/* The alert's encoding forbids control and direction-override characters; an
 * imported text gets a visible form of them, never nothing. */
#pragma once

#include "formats/context.h"

/* The text as the alert may carry it: CR LF becomes LF, every other forbidden
 * character the text \u{NNNN}. *changed tells whether the latter happened.
 * The text must be valid UTF-8. Arena memory where something changed. */
struct tcn_view tcn_import_clean(struct tcn_import *im, struct tcn_view text,
                                 bool *changed);

/* The longest prefix of at most `max` bytes that ends between characters. */
struct tcn_view tcn_import_prefix(struct tcn_view text, size_t max);
