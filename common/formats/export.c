#include "formats/export.h"

#include <stdlib.h>

#include "formats/cap_write.h"
#include "formats/csv_write.h"
#include "formats/misp_write.h"
#include "formats/stix_write.h"

static const char *const words[TCN_EXPORT_COUNT] = {
    [TCN_EXPORT_JSON] = "json", [TCN_EXPORT_STIX] = "stix",
    [TCN_EXPORT_MISP] = "misp", [TCN_EXPORT_CAP] = "cap",
    [TCN_EXPORT_CSV] = "csv",
};

const char *tcn_export_word(unsigned format)
{
    return format < TCN_EXPORT_COUNT ? words[format] : NULL;
}

int tcn_export_find(struct tcn_view word)
{
    for (int i = 0; i < TCN_EXPORT_COUNT; i++) {
        if (tcn_view_is(word, words[i])) {
            return i;
        }
    }
    return -1;
}

static void put_json(struct tcn_text *out, const json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);
    if (text == NULL) {
        out->failed = true;
        return;
    }
    tcn_text_put_str(out, text);
    tcn_text_put_str(out, "\n");
    free(text);
}

void tcn_export_begin(struct tcn_export *export, enum tcn_export_format format)
{
    *export = (struct tcn_export){.format = format};
    if (format == TCN_EXPORT_STIX) {
        export->root = tcn_stix_bundle();
    } else if (format == TCN_EXPORT_MISP) {
        export->root = json_array();
    } else if (format == TCN_EXPORT_CSV) {
        tcn_csv_put_header(&export->text);
    }
}

bool tcn_export_add(struct tcn_export *export, const struct tcn_told *told)
{
    export->alerts++;
    switch (export->format) {
    case TCN_EXPORT_STIX:
        export->failed |= !tcn_stix_write(export->root, told);
        return true;
    case TCN_EXPORT_MISP:
        export->failed |=
            json_array_append_new(export->root, tcn_misp_write(told)) != 0;
        return true;
    case TCN_EXPORT_CAP:
        if (export->alerts == 1) {
            tcn_cap_write(&export->text, told);
        }
        return export->alerts == 1;
    case TCN_EXPORT_CSV:
        export->lines += tcn_csv_write(&export->text, told);
        return true;
    default: return false;
    }
}

struct tcn_view tcn_export_end(struct tcn_export *export)
{
    if (export->format == TCN_EXPORT_STIX) {
        export->failed |= !tcn_stix_bundle_end(export->root);
        put_json(&export->text, export->root);
    } else if (export->format == TCN_EXPORT_MISP && export->alerts == 1) {
        put_json(&export->text, json_array_get(export->root, 0));
    } else if (export->format == TCN_EXPORT_MISP) {
        json_t *response = json_pack("{s:O}", "response", export->root);
        put_json(&export->text, response);
        json_decref(response);
    }
    return export->failed || export->text.failed ? tcn_view(NULL, 0)
                                                 : tcn_text_view(&export->text);
}

void tcn_export_fini(struct tcn_export *export)
{
    json_decref(export->root);
    free(export->text.data);
}

bool tcn_export_one(struct tcn_text *out, enum tcn_export_format format,
                    const struct tcn_told *told)
{
    if (format == TCN_EXPORT_CSV) {
        tcn_csv_write(out, told);
        return !out->failed;
    }
    struct tcn_export export;
    tcn_export_begin(&export, format);
    tcn_export_add(&export, told);
    struct tcn_view text = tcn_export_end(&export);
    tcn_text_put(out, text);
    out->failed |= text.data == NULL;
    tcn_export_fini(&export);
    return !out->failed;
}
