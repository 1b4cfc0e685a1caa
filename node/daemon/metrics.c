/* RUN/metrics.prom in the Prometheus text format, replaced whole. */
#include "daemon/acks.h"
#include "daemon/exercises.h"
#include "daemon/health.h"
#include "daemon/policies.h"
#include "daemon/requests.h"

#include <stdlib.h>
#include <unistd.h>

void metrics_put(struct tcn_buf *out, const char *name, const char *type,
                 const char *help, uint64_t value)
{
    tcn_buf_printf(out, "# HELP tocsin_%s %s\n# TYPE tocsin_%s %s\n", name,
                   help, name, type);
    tcn_buf_printf(out, "tocsin_%s %llu\n", name, (unsigned long long)value);
}

static void put_seconds(struct tcn_buf *out, uint64_t us)
{
    tcn_buf_printf(out, "%llu.%06llu\n", (unsigned long long)(us / 1000000),
                   (unsigned long long)(us % 1000000));
}

static void put_reasons(struct tcn_buf *out, const char *name, const char *help,
                        const uint64_t *counts)
{
    tcn_buf_printf(out, "# HELP tocsin_%s %s\n# TYPE tocsin_%s counter\n", name,
                   help, name);
    for (int i = 1; i < TCN_ERR_COUNT; i++) {
        if (counts[i] > 0) {
            tcn_buf_printf(out, "tocsin_%s{reason=\"%s\"} %llu\n", name,
                           tcn_err_word((enum tcn_err)i),
                           (unsigned long long)counts[i]);
        }
    }
}

enum peer_metric {
    PEER_UP,
    PEER_BEHIND,
    PEER_UNSETTLED_FAST,
    PEER_UNSETTLED_BULK,
    PEER_LAG,
    PEER_ROUND_TRIP,
    PEER_QUEUE,
    PEER_STANDING,
    PEER_CERT,
    PEER_METRICS,
};

static uint64_t unsettled(const struct tcn_mesh_peer_info *info,
                          enum tcn_lane lane)
{
    return info->lane_top[lane] - info->lane_acked[lane];
}

static void put_peers(struct tcn_node *node, struct tcn_buf *out,
                      enum peer_metric which)
{
    static const struct {
        const char *name;
        const char *help;
    } metrics[] = {
        [PEER_UP] = {"peer_up", "1 when both HELLOs have passed"},
        [PEER_BEHIND] = {"peer_behind", "Alerts not yet decided for it"},
        [PEER_UNSETTLED_FAST] = {"peer_unsettled_fast",
                                 "Handed over on the fast lane, not settled"},
        [PEER_UNSETTLED_BULK] = {"peer_unsettled_bulk",
                                 "Handed over on the bulk lane, not settled"},
        [PEER_LAG] = {"peer_lag_seconds",
                      "Age of the oldest alert it has not got"},
        [PEER_ROUND_TRIP] = {"peer_round_trip_seconds",
                             "On its connection; 0 = unknown"},
        [PEER_QUEUE] = {"peer_queue_bytes",
                        "Waiting in tocsin-link, for it and from it"},
        [PEER_STANDING] = {"peer_standing", "0 ok, 1 in quarantine, 2 blocked"},
        [PEER_CERT] = {"peer_certificate_end_seconds",
                       "When its last certificate ends, since 1970"},
    };
    tcn_buf_printf(out, "# HELP tocsin_%s %s\n# TYPE tocsin_%s gauge\n",
                   metrics[which].name, metrics[which].help,
                   metrics[which].name);
    for (unsigned i = 0; i < node->setup->conf.peer_count; i++) {
        struct tcn_mesh_peer_info info;
        tcn_mesh_peer(node->mesh, i, &info);
        const struct tcn_cert *cert = keyring_last_cert(node, i);
        const uint64_t values[PEER_METRICS] = {
            info.session,
            info.behind,
            unsettled(&info, TCN_LANE_FAST),
            unsettled(&info, TCN_LANE_BULK),
            which == PEER_LAG ? peer_lag(node, i, &info).seconds : 0,
            node->peers[i].round_trip_us,
            node->peers[i].queue_bytes,
            info.standing,
            cert == NULL ? 0 : cert->not_after_ms / 1000,
        };
        tcn_buf_printf(out, "tocsin_%s{peer=\"%s\"} ", metrics[which].name,
                       node->setup->conf.parties[i].name);
        if (which == PEER_ROUND_TRIP) {
            put_seconds(out, values[which]);
        } else {
            tcn_buf_printf(out, "%llu\n", (unsigned long long)values[which]);
        }
    }
}

/* Only what has happened: at most a series for each rule and outcome. */
static void put_hits(void *ctx, const struct hits_row *row)
{
    static const char *const outcomes[] = {[TCN_DENY] = "deny",
                                           [TCN_HOLD] = "hold",
                                           [TCN_ALLOW] = "allow",
                                           [TCN_DELAY] = "delay"};
    for (unsigned i = 0; i < 4; i++) {
        if (row->counts[i] > 0) {
            tcn_buf_printf(ctx,
                           "tocsin_rule_decisions_total{hook=\"%s\",rule=\"%s"
                           "\",outcome=\"%s\"} %llu\n",
                           row->hook, row->rule, outcomes[i],
                           (unsigned long long)row->counts[i]);
        }
    }
}

static void put_held(struct tcn_node *node, struct tcn_buf *out)
{
    const struct tcn_policy *policy = node->setup->policy;
    uint64_t waiting[HOLD_RULES_MAX];
    tcn_buf_put_str(out, "# HELP tocsin_held Alerts that wait for people, by "
                         "rule and once for each peer\n"
                         "# TYPE tocsin_held gauge\n");
    if (holds_waiting(node, waiting) != TCN_ERR_OK) {
        return;
    }
    for (size_t i = 0; i < tcn_policy_hold_count(policy); i++) {
        tcn_buf_printf(out, "tocsin_held{rule=\"%s\"} %llu\n",
                       tcn_policy_hold(policy, i).name,
                       (unsigned long long)waiting[i]);
    }
}

static void put_policy(struct tcn_node *node, struct tcn_buf *out)
{
    metrics_put(out, "policy_valid", "gauge", "0 when this node only receives",
                node->setup->policy_valid);
    metrics_put(out, "policy_pending_until_seconds", "gauge",
                "When a policy that waits to be confirmed is dropped; 0 = none",
                node->pending == NULL ? 0 : node->pending->until_ms / 1000);
    tcn_buf_put_str(out, "# HELP tocsin_rule_decisions_total Decisions, by the "
                         "rule that decided\n"
                         "# TYPE tocsin_rule_decisions_total counter\n");
    hits_each(node, (struct hits_taker){put_hits, out});
    put_held(node, out);
}

static void put_keys(const struct tcn_node *node, struct tcn_buf *out)
{
    char unused[512];
    struct tcn_buf said = tcn_buf(unused, sizeof unused);
    uint64_t turn_ms = 0;
    const struct tcn_cert *next = keylife_next(node, &turn_ms);
    metrics_put(out, "certificate_end_seconds", "gauge",
                "When our certificate in force ends, since 1970",
                node->keys->card.cert.not_after_ms / 1000);
    metrics_put(out, "next_certificate_end_seconds", "gauge",
                "The same of the one that follows; 0 = none",
                next == NULL ? 0 : next->not_after_ms / 1000);
    metrics_put(out, "key_usable", "gauge",
                "0 when our certificate is over or revoked",
                keylife_ready(node, &said) == TCN_ERR_OK);
}

static void put_requests(struct tcn_node *node, struct tcn_buf *out)
{
    uint64_t count;
    if (requests_count(node, &count) == TCN_ERR_OK) {
        metrics_put(out, "requests_open", "gauge",
                    "Requests for release that nobody has answered", count);
    }
    metrics_put(out, "requests_dropped_total", "counter",
                "Requests for release that were not kept", requests_dropped());
}

/* Of a process that we may not look at (another uid, under ProtectProc) there
 * is nothing to say. */
static void put_rss(struct tcn_buf *out, const char *program, int pid)
{
    char path[64] = "/proc/self/statm";
    char said[256];
    struct tcn_buf message = tcn_buf(said, sizeof said);
    uint8_t *text = NULL;
    size_t len = 0;
    unsigned long long size = 0;
    unsigned long long resident = 0;
    if (pid != 0) {
        (void)snprintf(path, sizeof path, "/proc/%d/statm", pid);
    }
    if (tcn_file_read(path, 4096, &text, &len, &message) == TCN_ERR_OK &&
        sscanf((const char *)text, "%llu %llu", &size, &resident) == 2) {
        tcn_buf_printf(out, "tocsin_resident_bytes{program=\"%s\"} %llu\n",
                       program,
                       resident * (unsigned long long)sysconf(_SC_PAGESIZE));
    }
    free(text);
}

static void put_machine(const struct tcn_node *node, struct tcn_buf *out)
{
    uint64_t count = 0;
    uint64_t ns = 0;
    verify_spent(node, &count, &ns);
    metrics_put(out, "verified_total", "counter", "Signatures checked", count);
    tcn_buf_put_str(out, "# HELP tocsin_verify_seconds_total Time spent on "
                         "it, on all threads\n"
                         "# TYPE tocsin_verify_seconds_total counter\n"
                         "tocsin_verify_seconds_total ");
    put_seconds(out, ns / 1000);
    metrics_put(out, "link_queue_bytes", "gauge", "Waiting for tocsin-link",
                node->link.has_pipe ? tcn_pipe_queued(&node->link.pipe) : 0);
    tcn_buf_put_str(out, "# HELP tocsin_resident_bytes Memory in use\n"
                         "# TYPE tocsin_resident_bytes gauge\n");
    put_rss(out, "tocsind", 0);
    const struct child *children[] = {&node->link, &node->feed};
    for (size_t i = 0; i < 2; i++) {
        if (children[i]->pid > 0) {
            put_rss(out, children[i]->program, children[i]->pid);
        }
    }
}

void metrics_write(struct tcn_node *node)
{
    static uint8_t bytes[512 * 1024];
    char path[TCN_PATH_MAX + 32];
    char said[256];
    struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
    struct tcn_buf message = tcn_buf(said, sizeof said);
    const struct tcn_mesh_stats *stats = tcn_mesh_stats(node->mesh);
    exercises_metrics(node, &out);
    metrics_put(&out, "stored_total", "counter", "Live alerts stored",
                stats->live.stored);
    metrics_put(&out, "exported_total", "counter", "Live alerts handed over",
                stats->live.exported);
    metrics_put(&out, "denied_total", "counter",
                "Exports of live alerts denied", stats->live.denied);
    metrics_put(&out, "duplicates_total", "counter", "Alerts received again",
                stats->duplicates);
    metrics_put(&out, "frames_dropped_total", "counter",
                "Frames of another session or malformed",
                stats->frames_dropped);
    put_reasons(&out, "refused_total", "Alerts of peers refused",
                stats->refused);
    put_reasons(&out, "malformed_total", "Frames that could not be decoded",
                stats->malformed);
    metrics_put(&out, "clock_alarm", "gauge", "1 when our clock is off",
                stats->clock_alarm);
    metrics_put(&out, "taking_back", "gauge",
                "Own alerts that a restored backup forgot", stats->ghosts);
    acks_metrics(node, &out);
    put_requests(node, &out);
    put_keys(node, &out);
    put_policy(node, &out);
    metrics_put(&out, "store_failed", "gauge", "1 while nothing can be stored",
                node->store_failed);
    metrics_put(&out, "link_restarts_total", "counter",
                "Restarts of tocsin-link", node->link.restarts);
    put_machine(node, &out);
    metrics_put(&out, "feed_restarts_total", "counter",
                "Restarts of tocsin-feed", node->feed.restarts);
    for (int i = 0; i < PEER_METRICS; i++) {
        put_peers(node, &out, (enum peer_metric)i);
    }
    (void)snprintf(path, sizeof path, "%s/metrics.prom", node->setup->conf.run);
    if (!out.full) {
        enum tcn_err err =
            tcn_file_write(path, 0644, false, tcn_buf_view(&out), &message);
        (void)err; /* a full disk is said where it matters */
    }
}
