/* The alert that measurements send: a title, six indicators and a text of the
 * class KEEP, which every copy has, to bring it to the size wanted. Its
 * envelope has about 900 bytes more than the text, 1,100 more in a batch of 64.
 */
#pragma once

#include "alert/build.h"

#define LOAD_INDICATORS 6
#define LOAD_TEXT_BYTES 1150 /* for an envelope of 2 KiB, signed alone */

struct load_draft {
    struct tcn_draft draft;
    char texts[1 + LOAD_INDICATORS][64]; /* the draft views them */
};

/* Alert `n`, TLP:GREEN, onward any; borrows `text`. */
void load_draft_init(struct load_draft *load, unsigned long n, uint8_t severity,
                     struct tcn_view text);
/* Fills `text` with words that are no words. */
void load_text(char *text, size_t len);
