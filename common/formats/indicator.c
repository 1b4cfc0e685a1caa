#include "formats/indicator.h"

#include "base/text.h"

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(uint8_t c)
{
    return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

static bool is_hash(struct tcn_view value, size_t digits)
{
    for (size_t i = 0; i < value.len; i++) {
        if (!is_hex(value.data[i])) {
            return false;
        }
    }
    return value.len == digits;
}

/* Cuts "/24" off; false when it is there and more than `max`. */
static bool cut_prefix(struct tcn_view *value, uint64_t max)
{
    const uint8_t *slash =
        value->len > 0 ? memchr(value->data, '/', value->len) : NULL;
    if (slash == NULL) {
        return true;
    }
    size_t len = (size_t)(slash - value->data);
    uint64_t bits = 0;
    bool fine = tcn_text_uint(tcn_view(slash + 1, value->len - len - 1), &bits);
    value->len = len;
    return fine && bits <= max;
}

static bool is_ipv4(struct tcn_view value)
{
    if (!cut_prefix(&value, 32)) {
        return false;
    }
    unsigned parts = 0;
    size_t start = 0;
    for (size_t i = 0; i <= value.len; i++) {
        if (i < value.len && value.data[i] != '.') {
            continue;
        }
        uint64_t part = 0;
        if (!tcn_text_uint(tcn_view(value.data + start, i - start), &part) ||
            part > 255) {
            return false;
        }
        parts++;
        start = i + 1;
    }
    return parts == 4;
}

/* What stands between two colons, or between a colon and an end. */
struct group {
    struct tcn_view text;
    bool first;
    bool last;
};

/* How many of the eight groups it fills; 0 = an empty one, 9 = no group. */
static unsigned group_size(const struct group *group)
{
    if (group->last && group->text.len > 4 && is_ipv4(group->text)) {
        return 2;
    }
    bool fine = group->text.len <= 4 && is_hash(group->text, group->text.len);
    return fine ? group->text.len > 0 : 9;
}

/* Groups of hex digits between colons, "::" once, perhaps IPv4 at the end. An
 * empty group is half of a "::": inside it is the gap itself, at an end it must
 * stand beside one. */
static bool is_ipv6(struct tcn_view value)
{
    if (!cut_prefix(&value, 128) || value.len < 2) {
        return false;
    }
    const uint8_t *s = value.data;
    bool open_start = s[0] == ':' && s[1] != ':';
    bool open_end = s[value.len - 1] == ':' && s[value.len - 2] != ':';
    unsigned groups = 0;
    unsigned gaps = 0;
    size_t start = 0;
    for (size_t i = 0; i <= value.len; i++) {
        if (i < value.len && s[i] != ':') {
            continue;
        }
        struct group group = {.text = tcn_view(s + start, i - start),
                              .first = start == 0,
                              .last = i == value.len};
        groups += group_size(&group);
        gaps += group.text.len == 0 && !group.first && !group.last;
        start = i + 1;
    }
    return !open_start && !open_end && gaps <= 1 &&
           (gaps == 1 ? groups < 8 : groups == 8);
}

/* A name of the DNS, also internationalised, with an optional "*." before and
 * "." after it. Two labels at least, or it is a mere word. */
static bool is_domain(struct tcn_view value)
{
    size_t label = 0;
    size_t dots = 0;
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = value.data[i];
        bool fine = is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
                    c == '-' || c == '_' || c >= 0x80 || (c == '*' && i == 0);
        if (c == '.' && label > 0) {
            dots += i + 1 < value.len;
            label = 0;
        } else if (fine && label < 252) {
            label++;
        } else {
            return false;
        }
    }
    return dots > 0 && value.len <= 1024 && !is_ipv4(value);
}

static bool has_blank(struct tcn_view value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] <= ' ') {
            return true;
        }
    }
    return false;
}

static bool is_url(struct tcn_view value)
{
    size_t i = 0;
    while (i < value.len && value.data[i] != ':') {
        uint8_t c = value.data[i] | 0x20;
        bool fine = (c >= 'a' && c <= 'z') ||
                    (i > 0 && (is_digit(value.data[i]) || c == '+' ||
                               c == '-' || c == '.'));
        if (!fine) {
            return false;
        }
        i++;
    }
    return i > 1 && i + 3 < value.len &&
           memcmp(value.data + i, "://", 3) == 0 && !has_blank(value);
}

static bool is_email(struct tcn_view value)
{
    const uint8_t *at = value.len > 2 && !has_blank(value)
                            ? memchr(value.data + 1, '@', value.len - 2)
                            : NULL;
    return at != NULL;
}

static bool is_cve(struct tcn_view value)
{
    if (value.len < 13 || value.len > 28 ||
        memcmp(value.data, "CVE-", 4) != 0 || value.data[8] != '-') {
        return false;
    }
    for (size_t i = 4; i < value.len; i++) {
        if (i != 8 && !is_digit(value.data[i])) {
            return false;
        }
    }
    return true;
}

static bool is_asn(struct tcn_view *value)
{
    struct tcn_view digits = *value;
    if (digits.len > 2 && memcmp(digits.data, "AS", 2) == 0) {
        digits = tcn_view(digits.data + 2, digits.len - 2);
    }
    uint64_t number;
    if (!tcn_text_uint(digits, &number) || number > UINT32_MAX) {
        return false;
    }
    *value = digits;
    return true;
}

static struct tcn_view trim(struct tcn_view value)
{
    while (value.len > 0 && value.data[0] <= ' ') {
        value = tcn_view(value.data + 1, value.len - 1);
    }
    while (value.len > 0 && value.data[value.len - 1] <= ' ') {
        value.len--;
    }
    return value;
}

/* The types whose values are free text: anything not empty will do. */
static const char *free_type(const char *type)
{
    static const char *const types[] = {"file-name", "mutex", "yara", "sigma",
                                        "snort"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(type, types[i]) == 0) {
            return types[i];
        }
    }
    return NULL;
}

const char *tcn_indicator_type(const char *type, struct tcn_view *value)
{
    static const struct {
        const char *type;
        bool (*fits)(struct tcn_view value);
    } rows[] = {
        {"domain-name", is_domain},
        {"url", is_url},
        {"email-addr", is_email},
        {"cve", is_cve},
    };
    static const struct {
        const char *type;
        size_t digits;
    } hashes[] = {{"sha256", 64}, {"sha1", 40}, {"md5", 32}};

    *value = trim(*value);
    if (value->len == 0) {
        return NULL;
    }
    if (strncmp(type, "ip", 2) == 0) {
        return is_ipv4(*value)   ? "ipv4-addr"
               : is_ipv6(*value) ? "ipv6-addr"
                                 : NULL;
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(type, rows[i].type) == 0) {
            return rows[i].fits(*value) ? rows[i].type : NULL;
        }
    }
    for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++) {
        if (strcmp(type, hashes[i].type) == 0) {
            return is_hash(*value, hashes[i].digits) ? hashes[i].type : NULL;
        }
    }
    if (strcmp(type, "asn") == 0) {
        return is_asn(value) ? "asn" : NULL;
    }
    return free_type(type);
}
