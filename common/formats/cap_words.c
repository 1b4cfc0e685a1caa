#include "formats/cap.h"

static const struct {
    enum tcn_cap_list list;
    const char *word;
    int value;
} rows[] = {
    {TCN_CAP_SEVERITY, "Extreme", TCN_SEVERITY_CRITICAL},
    {TCN_CAP_SEVERITY, "Severe", TCN_SEVERITY_HIGH},
    {TCN_CAP_SEVERITY, "Moderate", TCN_SEVERITY_MEDIUM},
    {TCN_CAP_SEVERITY, "Minor", TCN_SEVERITY_LOW},
    {TCN_CAP_SEVERITY, "Unknown", TCN_SEVERITY_MEDIUM},
    {TCN_CAP_CERTAINTY, "Observed", 95},
    {TCN_CAP_CERTAINTY, "Likely", 75},
    {TCN_CAP_CERTAINTY, "Possible", 50},
    {TCN_CAP_CERTAINTY, "Unlikely", 20},
    {TCN_CAP_CERTAINTY, "Unknown", 50},
};

int tcn_cap_word(enum tcn_cap_list list, struct tcn_view word)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].list == list && tcn_view_is(word, rows[i].word)) {
            return rows[i].value;
        }
    }
    return -1;
}

bool tcn_cap_word_row(enum tcn_cap_list list, size_t index, const char **word,
                      int *value)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].list == list && index-- == 0) {
            *word = rows[i].word;
            *value = rows[i].value;
            return true;
        }
    }
    return false;
}
