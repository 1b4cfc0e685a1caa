/* From a group to an alert. */
#include "formats/eve_group.h"

#include "base/time.h"

/* Addresses that mean something only inside a network: whoever has one is
 * ours, not the attacker. */
static bool is_inside(const char *address)
{
    static const char *const prefixes[] = {
        "10.",     "127.",    "169.254.", "192.168.", "172.16.",
        "172.17.", "172.18.", "172.19.",  "172.20.",  "172.21.",
        "172.22.", "172.23.", "172.24.",  "172.25.",  "172.26.",
        "172.27.", "172.28.", "172.29.",  "172.30.",  "172.31.",
        "0.0.0.0", "::1",     "fe80:",    "fc",       "fd"};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        if (strncmp(address, prefixes[i], strlen(prefixes[i])) == 0) {
            return true;
        }
    }
    return false;
}

static uint8_t severity_of(uint64_t severity)
{
    static const uint8_t rows[] = {TCN_SEVERITY_HIGH, TCN_SEVERITY_MEDIUM,
                                   TCN_SEVERITY_LOW};
    return severity >= 1 && severity <= 3 ? rows[severity - 1]
                                          : TCN_SEVERITY_INFO;
}

static void place_address(struct tcn_collect *c, const char *address,
                          bool attacks)
{
    if (attacks && !is_inside(address)) {
        tcn_collect_indicator(c, TCN_CLASS_COUNT, "ip", tcn_view_str(address),
                              true);
    } else {
        tcn_collect_text(c, "victim", TCN_CLASS_COUNT, tcn_view_str(address));
    }
}

/* The source attacks, unless it is ours and talks to somebody who is not. */
static void place_addresses(struct tcn_collect *c,
                            const struct eve_group *group)
{
    bool from_inside = is_inside(group->source);
    struct tcn_import *im = c->im;
    struct tcn_view ports = tcn_view("", 0);
    place_address(c, group->source, !from_inside);
    for (uint32_t i = 0; i < group->target_count; i++) {
        const struct eve_target *target = &group->targets[i];
        place_address(c, target->address, from_inside);
        ports =
            tcn_import_join(im, ports,
                            tcn_import_text(im, "%s %s port %u\n", group->proto,
                                            target->address, target->port));
    }
    tcn_collect_tool(c, TCN_CLASS_VICTIM, tcn_view_str("eve:targets"), ports);
}

static void place_counts(struct tcn_collect *c, const struct eve_group *group)
{
    char first[TCN_TIME_TEXT];
    char last[TCN_TIME_TEXT];
    struct tcn_import *im = c->im;
    tcn_collect_text(
        c, "description", TCN_CLASS_COUNT,
        tcn_import_text(
            im,
            "%llu records of this signature from this source, first %s, last "
            "%s; %u targets named, %llu records for others; %llu not allowed "
            "through",
            (unsigned long long)group->count,
            tcn_time_format(group->first_ms, first),
            tcn_time_format(group->last_ms, last), group->target_count,
            (unsigned long long)group->unnamed,
            (unsigned long long)group->blocked));
}

void eve_group_emit(struct tcn_import *im, const struct eve_group *group)
{
    struct tcn_collect c;
    struct tcn_view category = tcn_view_str(group->category);
    tcn_collect_init(
        &c, im, "eve signature and source",
        tcn_import_text(im, "eve:%llu:%llu:%s", (unsigned long long)group->gid,
                        (unsigned long long)group->sid, group->source));
    c.is_small = true;
    c.changed_ms = group->last_ms;
    struct tcn_view content =
        tcn_import_text(im, "%llu %llu", (unsigned long long)group->count,
                        (unsigned long long)group->first_ms);
    tcn_hash_parts(TCN_PERSONAL_THREAD, tcn_view_str("eve group"), &content, 1,
                   c.digest.bytes, sizeof c.digest.bytes);
    c.severity = severity_of(group->severity);
    c.category = tcn_view_str(tcn_eve_category(category));
    tcn_collect_title(&c, tcn_view_str(group->signature));
    tcn_collect_text(&c, "reference", TCN_CLASS_COUNT,
                     tcn_import_text(im, "suricata rule %llu:%llu rev %llu",
                                     (unsigned long long)group->gid,
                                     (unsigned long long)group->sid,
                                     (unsigned long long)group->rev));
    tcn_collect_text(&c, "source", TCN_CLASS_COUNT,
                     tcn_view_str("Suricata at this node"));
    tcn_collect_tool(&c, TCN_CLASS_TECH, tcn_view_str("eve:category"),
                     category);
    place_addresses(&c, group);
    place_counts(&c, group);
    tcn_collect_tool(&c, TCN_CLASS_VICTIM, tcn_view_str("eve:first-record"),
                     tcn_view_str(group->first_record));
    tcn_collect_emit(&c);
    tcn_collect_fini(&c);
}
