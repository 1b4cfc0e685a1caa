#include "lang/suggest.h"

#define WORD_MAX 32

/* Levenshtein distance over bytes, one row at a time. */
static size_t distance(struct tcn_view a, const char *b)
{
    size_t len = strlen(b);
    size_t row[WORD_MAX + 1];
    if (a.len > WORD_MAX || len > WORD_MAX) {
        return WORD_MAX;
    }
    for (size_t j = 0; j <= len; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= len; j++) {
            size_t best = diagonal + (a.data[i - 1] != (uint8_t)b[j - 1]);
            best = row[j] + 1 < best ? row[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[len];
}

const char *tcn_suggest(struct tcn_view word, const char *const *known,
                        size_t known_count)
{
    size_t best = word.len <= 3 ? 2 : 3; /* fewer than that */
    const char *meant = NULL;
    for (size_t i = 0; i < known_count; i++) {
        size_t d = distance(word, known[i]);
        if (d < best) {
            best = d;
            meant = known[i];
        }
    }
    return meant;
}
