#include <sodium.h>
#include <stdio.h>

#include "alert/identity.h"

#define ARMOUR_MAX 4096 /* bytes of plain contents */
#define LINE       64   /* base64 characters per line */

static void put_border(struct tcn_buf *out, const char *word, const char *title)
{
    tcn_buf_printf(out, "-----%s TOCSIN %s-----\n", word, title);
}

void tcn_armour_put(struct tcn_buf *out, const char *title,
                    struct tcn_view bytes)
{
    char text[sodium_base64_ENCODED_LEN(ARMOUR_MAX,
                                        sodium_base64_VARIANT_ORIGINAL)];
    if (bytes.len > ARMOUR_MAX) {
        out->full = true;
        return;
    }
    sodium_bin2base64(text, sizeof text, bytes.data, bytes.len,
                      sodium_base64_VARIANT_ORIGINAL);
    put_border(out, "BEGIN", title);
    for (size_t at = 0; at < strlen(text); at += LINE) {
        tcn_buf_printf(out, "%.*s\n", LINE, text + at);
    }
    put_border(out, "END", title);
    sodium_memzero(text, sizeof text);
}

/* Where `needle` begins in the text, or NULL. */
static const uint8_t *find(struct tcn_view text, const char *needle)
{
    return text.len == 0 ? NULL
                         : memmem(text.data, text.len, needle, strlen(needle));
}

enum tcn_err tcn_armour_take(struct tcn_view text, const char *title,
                             struct tcn_buf *out)
{
    char begin[64];
    char end[64];
    (void)snprintf(begin, sizeof begin, "-----BEGIN TOCSIN %s-----", title);
    (void)snprintf(end, sizeof end, "-----END TOCSIN %s-----", title);
    const uint8_t *from = find(text, begin);
    if (from == NULL) {
        return TCN_ERR_ARMOUR;
    }
    from += strlen(begin);
    struct tcn_view rest =
        tcn_view(from, (size_t)(text.data + text.len - from));
    const uint8_t *to = find(rest, end);
    size_t len = 0;
    if (to == NULL ||
        sodium_base642bin(out->data + out->len, out->cap - out->len,
                          (const char *)from, (size_t)(to - from), " \t\r\n",
                          &len, NULL, sodium_base64_VARIANT_ORIGINAL) != 0) {
        return TCN_ERR_ARMOUR;
    }
    out->len += len;
    return TCN_ERR_OK;
}
