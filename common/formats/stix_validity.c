#include "formats/stix_validity.h"

/* The value of a pattern of ours, with its quotes: "'198.51.100.3'". */
static struct tcn_view value_of(struct tcn_view pattern)
{
    const char *sign = " = ";
    const uint8_t *at =
        pattern.len > 0 ? memmem(pattern.data, pattern.len, sign, strlen(sign))
                        : NULL;
    if (at == NULL || pattern.data[pattern.len - 1] != ']') {
        return pattern;
    }
    at += strlen(sign);
    return tcn_view(at, (size_t)(pattern.data + pattern.len - 1 - at));
}

struct tcn_view tcn_stix_validity_of(const struct tcn_told *told,
                                     struct tcn_view pattern)
{
    struct tcn_view all = tcn_view("", 0);
    struct tcn_view value = value_of(pattern);
    for (size_t i = 0; i < told->field_count; i++) {
        const struct tcn_draft_field *field = &told->fields[i];
        if (field->value_count != 2 ||
            !tcn_view_is(field->values[0].text, "stix:validity")) {
            continue;
        }
        struct tcn_view text = field->values[1].text;
        const uint8_t *blank =
            text.len > 0 ? memchr(text.data, ' ', text.len) : NULL;
        if (blank == NULL) {
            continue;
        }
        size_t len = (size_t)(blank - text.data);
        struct tcn_view of = tcn_view(blank + 1, text.len - len - 1);
        if (tcn_view_is(of, "*")) {
            all = tcn_view(text.data, len);
        } else if (value.len > 0 && of.len > 0 &&
                   memmem(of.data, of.len, value.data, value.len) != NULL) {
            return tcn_view(text.data, len);
        }
    }
    return all;
}
