#include "policy/text_fact.h"

#include "base/text.h"

/* [a-z][a-z-]{0,31}, or as far as it goes */
static bool is_part(struct tcn_view text, bool prefix)
{
    return tcn_text_is_word(text, prefix ? 0 : 1, 32, false) &&
           (text.len == 0 || text.data[0] != '-');
}

static bool is_category(struct tcn_view text, bool prefix)
{
    const uint8_t *slash =
        text.len == 0 ? NULL : memchr(text.data, '/', text.len);
    if (slash == NULL) {
        return prefix && is_part(text, true);
    }
    size_t first = (size_t)(slash - text.data);
    return is_part(tcn_view(text.data, first), false) &&
           is_part(tcn_view(slash + 1, text.len - first - 1), prefix);
}

bool text_is_possible(enum fact fact, struct tcn_view text, bool prefix)
{
    switch (fact) {
    case FACT_CATEGORY: return is_category(text, prefix);
    case FACT_SECTOR: return tcn_text_is_word(text, prefix ? 0 : 2, 32, false);
    case FACT_REGION: return tcn_text_is_word(text, prefix ? 0 : 2, 8, true);
    case FACT_AGREEMENT:
    case FACT_EXERCISE: return tcn_text_is_word(text, 0, TCN_NAME_MAX, true);
    default: return tcn_text_check(text) == TCN_ERR_OK;
    }
}

const char *text_alphabet(enum fact fact)
{
    bool digits = fact != FACT_CATEGORY && fact != FACT_SECTOR;
    return digits ? "xyzabcdefghijklmnopqrstuvw-0123456789"
                  : "xyzabcdefghijklmnopqrstuvw-";
}
