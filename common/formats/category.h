/* From the words of other vocabularies to the Reference Security Incident
 * Taxonomy (RSIT), "class/type". Table: MAPPING.md. */
#pragma once

#include "base/view.h"

/* The category for a word in any case ("ransomware", "command-and-control"),
 * or NULL. *rank tells how telling the word is: the highest wins. */
const char *tcn_category_of(struct tcn_view word, unsigned *rank);

/* The category for a value of an RSIT tag, e.g. class "malicious-code" and type
 * "infected-system", or NULL when RSIT has no such pair. */
const char *tcn_category_rsit(struct tcn_view cls, struct tcn_view type);

/* What RSIT itself calls a category of ours, as "class/type". */
struct tcn_view tcn_category_name(struct tcn_view category);

/* Row `index` of the table of words; false behind the last. */
bool tcn_category_row(size_t index, const char **word, const char **category);
