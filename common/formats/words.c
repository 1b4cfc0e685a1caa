#include "formats/words.h"

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

bool tcn_word_begins(struct tcn_view text, const char *prefix)
{
    size_t len = strlen(prefix);
    if (text.len < len) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (lower(text.data[i]) != lower((uint8_t)prefix[i])) {
            return false;
        }
    }
    return true;
}

bool tcn_word_is(struct tcn_view text, const char *word)
{
    return text.len == strlen(word) && tcn_word_begins(text, word);
}
