/* The sightings of an attribute: how often and when its value was seen, who
 * called it a false positive, when it expires. They are counted into one line:
 * a sighting of ours is an alert about an alert, and these are about values. */
#include "base/time.h"
#include "formats/misp.h"

enum kind { SEEN, FALSE_POSITIVE, EXPIRES, KINDS };

struct tally {
    uint64_t count[KINDS];
    uint64_t first[KINDS]; /* seconds since 1970, UINT64_MAX = none */
    uint64_t last[KINDS];
};

static void count_one(struct tally *tally, unsigned kind, uint64_t when)
{
    tally->count[kind]++;
    if (when > 0) {
        tally->first[kind] =
            when < tally->first[kind] ? when : tally->first[kind];
        tally->last[kind] = when > tally->last[kind] ? when : tally->last[kind];
    }
}

static struct tally count_all(struct tcn_import *im,
                              const struct tcn_node *attribute)
{
    struct tally tally = {.first = {UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    struct tcn_node list = tcn_json_array(im, attribute, "Sighting");
    for (size_t i = 0; i < tcn_json_count(&list) && !im->err; i++) {
        struct tcn_node item = tcn_json_item(&list, i);
        uint64_t kind = tcn_json_number(im, &item, "type", SEEN);
        uint64_t when = tcn_json_number(im, &item, "date_sighting", 0);
        if (kind >= KINDS) {
            tcn_json_fail(im, &item, "type", TCN_ERR_FORMAT,
                          "this must be 0, 1 or 2");
            break;
        }
        count_one(&tally, (unsigned)kind, when <= UINT32_MAX ? when : 0);
    }
    return tally;
}

static struct tcn_view span_of(struct tcn_import *im, const struct tally *tally,
                               enum kind kind)
{
    char first[TCN_TIME_TEXT];
    char last[TCN_TIME_TEXT];
    if (tally->last[kind] == 0) {
        return tcn_view("", 0);
    }
    return tcn_import_text(im, ", first %s, last %s",
                           tcn_time_format(tally->first[kind] * 1000, first),
                           tcn_time_format(tally->last[kind] * 1000, last));
}

/* Who saw it is told as a victim's name would be. */
static void place_observers(struct tcn_collect *c,
                            const struct tcn_node *attribute,
                            struct tcn_view value)
{
    struct tcn_import *im = c->im;
    struct tcn_node list = tcn_json_array(im, attribute, "Sighting");
    for (size_t i = 0; i < tcn_json_count(&list) && !im->err; i++) {
        struct tcn_node item = tcn_json_item(&list, i);
        struct tcn_node by = tcn_json_object(im, &item, "Organisation");
        struct tcn_view words[] = {tcn_json_text(im, &by, "name"),
                                   tcn_json_text(im, &item, "source")};
        struct tcn_view line = tcn_import_join(im, value, tcn_view_str(":"));
        size_t bare = line.len;
        for (size_t k = 0; k < 2; k++) {
            const char *blank = words[k].len > 0 ? " " : "";
            line = tcn_import_join(im, line, tcn_view_str(blank));
            line = tcn_import_join(im, line, words[k]);
        }
        if (line.len > bare) {
            tcn_collect_tool(c, TCN_CLASS_VICTIM,
                             tcn_view_str("misp:sighted-by"), line);
        }
    }
}

void tcn_misp_sightings(struct tcn_collect *c, const struct tcn_node *attribute,
                        struct tcn_view value, unsigned cls)
{
    static const char *const words[KINDS] = {"seen", "a false positive",
                                             "expires"};
    struct tcn_import *im = c->im;
    struct tally tally = count_all(im, attribute);
    struct tcn_view line = tcn_import_join(im, value, tcn_view_str(":"));
    size_t bare = line.len;
    for (unsigned kind = 0; kind < KINDS; kind++) {
        if (tally.count[kind] > 0) {
            struct tcn_view part = tcn_import_text(
                im, "%s %s %llu time%s", line.len > bare ? ";" : "",
                words[kind], (unsigned long long)tally.count[kind],
                tally.count[kind] == 1 ? "" : "s");
            line = tcn_import_join(im, line, part);
            line =
                tcn_import_join(im, line, span_of(im, &tally, (enum kind)kind));
        }
    }
    if (line.len > bare) {
        tcn_collect_tool(c, cls, tcn_view_str("misp:sighting"), line);
        place_observers(c, attribute, value);
    }
}

bool tcn_misp_expired(struct tcn_import *im, const struct tcn_node *attribute)
{
    struct tally tally = count_all(im, attribute);
    return tally.count[EXPIRES] > 0 &&
           tally.last[EXPIRES] * 1000 <= im->options->now_ms;
}
