/* What our exports write where a foreign format has no word of its own, as
 * pairs of a key and a text, and how an import reads it back:
 *   tlp, pap, severity, confidence, category,
 *   onward, caveat, exercise                    of the alert
 *   indicator:<type>  observable:<type>         an indicator; the second is not
 *                                               for detection
 *   tool:<name>  actor:<confidence>:<method>    fields of several values
 *   <field name>                                any other field
 * A field in a class that is not its own has "@CLASS" behind its key. */
#pragma once

#include "formats/told.h"

#include "formats/collect.h"

/* Takes one pair; false when the key is none of ours or the value does not fit
 * it. `key` is without the prefix that a format puts before it. */
bool tcn_own_take(struct tcn_collect *c, struct tcn_view key,
                  struct tcn_view value);

/* Appends the key of a field ("tool:field:<name>" for one that an import would
 * not take back as it is) and its value: all its values but those in the key,
 * joined by blanks. */
void tcn_own_put(struct tcn_text *key, struct tcn_text *value,
                 const struct tcn_told *told,
                 const struct tcn_draft_field *field);
