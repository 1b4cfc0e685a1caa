/* IDEA0, the Intrusion Detection Extensible Alert of CESNET: one alert per
 * event. Source of the format: idea.cesnet.cz. */
#pragma once

#include "formats/collect.h"
#include "formats/json.h"

/* One event, or an array of them. */
void tcn_idea_import(struct tcn_import *im, const struct tcn_node *root);

/* The category for a word such as "Recon.Scanning" (the longest prefix that is
 * in the table), or NULL. Row `index` of the table for people; false behind the
 * last. */
const char *tcn_idea_category(struct tcn_view word, unsigned *rank);
bool tcn_idea_category_row(size_t index, const char **word,
                           const char **category);

/* The lists Source and Target: attackers as indicators, the attacked as
 * victims. */
void tcn_idea_parties(struct tcn_collect *c, const struct tcn_node *event);

/* Whether a text for people names one of the attacked. */
bool tcn_idea_names_target(struct tcn_import *im, const struct tcn_node *event,
                           struct tcn_view text);
