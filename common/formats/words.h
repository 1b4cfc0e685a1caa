/* Comparing words of other vocabularies, in any case of ASCII letters. */
#pragma once

#include "base/view.h"

bool tcn_word_is(struct tcn_view text, const char *word);
bool tcn_word_begins(struct tcn_view text, const char *prefix);
