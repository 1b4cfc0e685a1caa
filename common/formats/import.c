#include "formats/import.h"

#include <stdlib.h>

#include "formats/detect.h"
#include "formats/json.h"
#include "formats/misp.h"
#include "formats/stix.h"

static void check_options(struct tcn_import *im)
{
    const struct tcn_import_options *o = im->options;
    if (o->life_ms > TCN_LIFE_MAX_MS) {
        tcn_import_fail(im, TCN_ERR_USAGE, "a life of more than %llu days",
                        (unsigned long long)(TCN_LIFE_MAX_MS / TCN_DAY_MS));
    }
    bool fine = o->tlp >= -1 && o->tlp < TCN_TLP_COUNT && o->pap >= -1 &&
                o->pap < TCN_PAP_COUNT && o->onward < TCN_ONWARD_COUNT &&
                o->format < TCN_FORMAT_COUNT;
    if (!fine) {
        tcn_import_fail(im, TCN_ERR_USAGE, "a label or format out of range");
    }
}

static bool is_importable(enum tcn_format format)
{
    return format == TCN_FORMAT_STIX || format == TCN_FORMAT_MISP;
}

static void refuse_format(struct tcn_import *im, enum tcn_format format)
{
    tcn_import_fail(im, TCN_ERR_NOT_YET,
                    "this is %s, which this version does not import yet; it "
                    "imports stix and misp",
                    tcn_format_word(format));
}

/* The format to read the file as; latches an error where there is none. */
static enum tcn_format settle(struct tcn_import *im, const json_t *root)
{
    enum tcn_format asked = im->options->format;
    enum tcn_format found = tcn_detect_json(root);
    enum tcn_format format = asked == TCN_FORMAT_AUTO ? found : asked;
    im->report->format = format;
    if (format == TCN_FORMAT_AUTO) {
        tcn_import_fail(im, TCN_ERR_FORMAT,
                        "JSON, but neither a STIX bundle nor a MISP event");
    } else if (!is_importable(format)) {
        refuse_format(im, format);
    } else if (found != format) {
        tcn_import_fail(im, TCN_ERR_FORMAT, "this is not %s%s%s",
                        tcn_format_word(format),
                        found == TCN_FORMAT_AUTO ? "" : " but ",
                        found == TCN_FORMAT_AUTO ? "" : tcn_format_word(found));
    }
    return format;
}

/* A file that is not JSON may still be of a format with a name. */
static bool refuse_other_format(struct tcn_import *im, struct tcn_view bytes)
{
    enum tcn_format format = im->options->format;
    if (format == TCN_FORMAT_AUTO) {
        format = tcn_detect_text(bytes);
    }
    if (format == TCN_FORMAT_AUTO || is_importable(format)) {
        return false;
    }
    im->report->format = format;
    refuse_format(im, format);
    return true;
}

static void import_bytes(struct tcn_import *im, struct tcn_view bytes)
{
    if (refuse_other_format(im, bytes)) {
        return;
    }
    json_t *root = tcn_json_load(im, bytes);
    if (root == NULL) {
        return;
    }
    enum tcn_format format = settle(im, root);
    struct tcn_node node = {.json = root};
    if (im->err == TCN_ERR_OK && format == TCN_FORMAT_STIX) {
        tcn_stix_import(im, &node);
    } else if (im->err == TCN_ERR_OK) {
        tcn_misp_import(im, &node);
    }
    json_decref(root);
}

enum tcn_err tcn_import(struct tcn_view bytes,
                        const struct tcn_import_options *options,
                        const struct tcn_import_sink *sink,
                        struct tcn_import_report *report)
{
    *report = (struct tcn_import_report){.format = TCN_FORMAT_AUTO};
    struct tcn_import im = {.options = options, .sink = sink, .report = report};
    check_options(&im);
    if (im.err == TCN_ERR_OK) {
        import_bytes(&im, bytes);
    }
    tcn_arena_fini(&im.arena);
    return im.err;
}

void tcn_import_report_fini(struct tcn_import_report *report)
{
    free(report->notices);
    *report = (struct tcn_import_report){.format = TCN_FORMAT_AUTO};
}
