#include "formats/source.h"

#include <stdlib.h>

static struct tcn_id content_hash(struct tcn_view content)
{
    struct tcn_id id = {{0}};
    tcn_hash_parts(TCN_PERSONAL_THREAD, tcn_view_str("import content"),
                   &content, 1, id.bytes, sizeof id.bytes);
    return id;
}

struct tcn_id tcn_source_digest(struct tcn_import *im, const json_t *json)
{
    char *text =
        json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    if (text == NULL) {
        tcn_import_fail(im, TCN_ERR_NO_MEMORY, "out of memory");
        return (struct tcn_id){{0}};
    }
    struct tcn_id id = content_hash(tcn_view_str(text));
    free(text);
    return id;
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct tcn_id));
}

struct tcn_id tcn_source_digest_set(struct tcn_id *ids, size_t count)
{
    qsort(ids, count, sizeof *ids, by_bytes);
    return content_hash(tcn_view(ids, count * sizeof *ids));
}

bool tcn_source_uuid(struct tcn_view text, char *out)
{
    if (text.len != 36) {
        return false;
    }
    for (size_t i = 0; i < 36; i++) {
        uint8_t c = text.data[i];
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        uint8_t low = c >= 'A' && c <= 'F' ? (uint8_t)(c | 0x20) : c;
        bool hex = (low >= '0' && low <= '9') || (low >= 'a' && low <= 'f');
        if (dash ? c != '-' : !hex) {
            return false;
        }
        out[i] = (char)low;
    }
    out[36] = '\0';
    return true;
}
