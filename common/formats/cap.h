/* CAP 1.1 and 1.2, the Common Alerting Protocol: one alert per message. Source
 * of the format: OASIS CAP 1.2. */
#pragma once

#include "formats/cap_xml.h"
#include "formats/collect.h"

void tcn_cap_import(struct tcn_import *im, struct tcn_view bytes);

/* One info block with its parameters, resources and areas. */
void tcn_cap_info(struct tcn_collect *c, const xmlNode *info);

/* Elements below the node that CAP does not have there, signatures and other
 * vocabularies: left out, each with a notice. */
void tcn_cap_strangers(struct tcn_import *im, const xmlNode *node);

/* A parameter of ours: TLP, PAP, category, an indicator or another field; false
 * when it is somebody else's. What the export writes, in cap_write.c. */
bool tcn_cap_own_parameter(struct tcn_collect *c, struct tcn_view name,
                           struct tcn_view value);

/* The words of CAP and what they are here; -1 when unknown. Row `index` for
 * people; false behind the last. */
enum tcn_cap_list { TCN_CAP_SEVERITY, TCN_CAP_CERTAINTY };
int tcn_cap_word(enum tcn_cap_list list, struct tcn_view word);
bool tcn_cap_word_row(enum tcn_cap_list list, size_t index, const char **word,
                      int *value);
