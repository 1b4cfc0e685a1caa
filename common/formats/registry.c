#include "formats/registry.h"

#include "formats/csaf.h"
#include "formats/detect.h"
#include "formats/eve.h"
#include "formats/idea.h"
#include "formats/kev.h"
#include "formats/misp.h"
#include "formats/stix.h"

static void (*const importers[TCN_FORMAT_COUNT])(
    struct tcn_import *im, const struct tcn_node *root) = {
    [TCN_FORMAT_STIX] = tcn_stix_import, [TCN_FORMAT_MISP] = tcn_misp_import,
    [TCN_FORMAT_EVE] = tcn_eve_import,   [TCN_FORMAT_IDEA] = tcn_idea_import,
    [TCN_FORMAT_KEV] = tcn_kev_import,   [TCN_FORMAT_CSAF] = tcn_csaf_import,
};

enum tcn_format tcn_registry_settle(struct tcn_import *im, const json_t *root)
{
    enum tcn_format asked = im->options->format;
    enum tcn_format found = tcn_detect_json(root);
    enum tcn_format format = asked == TCN_FORMAT_AUTO ? found : asked;
    im->report->format = format;
    if (format == TCN_FORMAT_AUTO) {
        tcn_import_fail(im, TCN_ERR_FORMAT,
                        "JSON, but of no format that is known here: see "
                        "tocsin formats");
    } else if (found != format) {
        tcn_import_fail(im, TCN_ERR_FORMAT, "this is not %s%s%s",
                        tcn_format_word(format),
                        found == TCN_FORMAT_AUTO ? "" : " but ",
                        found == TCN_FORMAT_AUTO ? "" : tcn_format_word(found));
    }
    return format;
}

void tcn_registry_import(struct tcn_import *im, enum tcn_format format,
                         const struct tcn_node *root)
{
    importers[format](im, root);
}
