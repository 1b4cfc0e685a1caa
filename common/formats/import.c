#include "formats/import.h"

#include <stdlib.h>

#include "base/text.h"
#include "formats/cap.h"
#include "formats/detect.h"
#include "formats/lines.h"
#include "formats/registry.h"

bool tcn_import_is_source(struct tcn_view text)
{
    return tcn_text_is_word(text, 1, TCN_NAME_MAX, true);
}

static void check_options(struct tcn_import *im)
{
    const struct tcn_import_options *o = im->options;
    if (o->life_ms > TCN_LIFE_MAX_MS) {
        tcn_import_fail(im, TCN_ERR_USAGE, "a life of more than %llu days",
                        (unsigned long long)(TCN_LIFE_MAX_MS / TCN_DAY_MS));
    }
    bool fine = o->tlp >= -1 && o->tlp < TCN_TLP_COUNT && o->pap >= -1 &&
                o->pap < TCN_PAP_COUNT && o->onward < TCN_ONWARD_COUNT &&
                o->format < TCN_FORMAT_COUNT &&
                o->audience_count <= TCN_AUDIENCE_MAX &&
                (o->source.len == 0 || tcn_import_is_source(o->source));
    if (!fine) {
        tcn_import_fail(im, TCN_ERR_USAGE,
                        "a label, format or source out of range");
    }
}

/* The same reader as for a file that is too long to be held. */
static void import_lines(struct tcn_import *im, struct tcn_view bytes)
{
    struct tcn_lines *lines = tcn_lines_open(im->options, im->sink, im->report);
    if (lines == NULL) {
        tcn_import_fail(im, TCN_ERR_NO_MEMORY, "out of memory");
        return;
    }
    while (bytes.len > 0 && im->err == TCN_ERR_OK) {
        const uint8_t *end = memchr(bytes.data, '\n', bytes.len);
        size_t len = end != NULL ? (size_t)(end - bytes.data) : bytes.len;
        im->err = tcn_lines_take(lines, tcn_view(bytes.data, len));
        len += end != NULL;
        bytes = tcn_view(bytes.data + len, bytes.len - len);
    }
    if (im->err == TCN_ERR_OK) {
        im->err = tcn_lines_tell(lines, true);
    }
    tcn_lines_close(lines);
}

static void import_bytes(struct tcn_import *im, struct tcn_view bytes)
{
    enum tcn_format asked = im->options->format;
    enum tcn_format found = tcn_detect_text(bytes);
    if (found == TCN_FORMAT_CAP || asked == TCN_FORMAT_CAP) {
        im->report->format = TCN_FORMAT_CAP;
        if (asked != TCN_FORMAT_AUTO && asked != TCN_FORMAT_CAP) {
            tcn_import_fail(im, TCN_ERR_FORMAT, "this is not %s but cap",
                            tcn_format_word(asked));
            return;
        }
        tcn_cap_import(im, bytes);
        return;
    }
    if (tcn_format_is_lines(bytes)) {
        import_lines(im, bytes);
        return;
    }
    json_t *root = tcn_json_load(im, bytes);
    if (root == NULL) {
        return;
    }
    struct tcn_node node = {.json = root};
    enum tcn_format format = tcn_registry_settle(im, root);
    if (im->err == TCN_ERR_OK) {
        tcn_registry_import(im, format, &node);
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
