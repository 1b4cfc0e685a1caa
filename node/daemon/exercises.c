#include "daemon/exercises.h"
#include "daemon/health.h"

static const struct tcn_exercise *find(const struct tcn_node *node,
                                       const char *name)
{
    const struct tcn_conf *conf = &node->setup->conf;
    for (size_t i = 0; i < conf->exercise_count; i++) {
        if (strcmp(conf->exercises[i].name, name) == 0) {
            return &conf->exercises[i];
        }
    }
    return NULL;
}

/* The names are others' words: no more are listed than there is room for. */
static enum tcn_err take(void *ctx, const struct tcn_exercise_count *count)
{
    struct exercise_counts *counts = ctx;
    counts->alerts += count->alerts;
    for (size_t i = 0; i < counts->count; i++) {
        if (strcmp(counts->list[i].name, count->name) == 0) {
            counts->list[i] = *count;
            return TCN_ERR_OK;
        }
    }
    if (counts->count < 2 * TCN_EXERCISES_MAX) {
        counts->list[counts->count++] = *count;
    }
    return TCN_ERR_OK;
}

enum tcn_err exercises_count(struct tcn_node *node,
                             struct exercise_counts *counts)
{
    const struct tcn_conf *conf = &node->setup->conf;
    *counts = (struct exercise_counts){.count = conf->exercise_count};
    for (size_t i = 0; i < conf->exercise_count; i++) {
        (void)snprintf(counts->list[i].name, sizeof counts->list[i].name, "%s",
                       conf->exercises[i].name);
    }
    return tcn_store_exercises(node->store,
                               (struct tcn_exercise_taker){take, counts});
}

static const char *state_of(const struct tcn_node *node, const char *name)
{
    const struct tcn_exercise *exercise = find(node, name);
    uint64_t now = tcn_now_ms();
    if (exercise == NULL) {
        return "not configured here";
    }
    return now < exercise->from_ms     ? "not yet open"
           : now >= exercise->until_ms ? "over"
                                       : "open";
}

enum tcn_err reply_exercises(struct tcn_node *node, struct client *client)
{
    struct exercise_counts counts;
    char lines[2 * TCN_EXERCISES_MAX][TCN_NAME_MAX + 120];
    struct tcn_view views[2 * TCN_EXERCISES_MAX];
    uint64_t held = tcn_mesh_stats(node->mesh)->alerts;
    enum tcn_err err = exercises_count(node, &counts);
    for (size_t i = 0; i < counts.count; i++) {
        const struct tcn_exercise_count *count = &counts.list[i];
        (void)snprintf(lines[i], sizeof lines[i],
                       "%s: %llu held, %llu handed over, %llu withheld, %s",
                       count->name, (unsigned long long)count->alerts,
                       (unsigned long long)count->exported,
                       (unsigned long long)count->denied,
                       state_of(node, count->name));
        views[i] = tcn_view_str(lines[i]);
    }
    reply_uint(client, "alerts",
               held > counts.alerts ? held - counts.alerts : 0);
    reply_uint(client, "exercise_alerts", counts.alerts);
    if (counts.count > 0) {
        reply_list(client, "exercises", views, counts.count);
    }
    return err;
}

static void put_each(struct tcn_buf *out, const struct exercise_counts *counts)
{
    tcn_buf_put_str(out, "# HELP tocsin_exercise_alerts Alerts held of an "
                         "exercise\n# TYPE tocsin_exercise_alerts gauge\n");
    for (size_t i = 0; i < counts->count; i++) {
        tcn_buf_printf(out, "tocsin_exercise_alerts{exercise=\"%s\"} %llu\n",
                       counts->list[i].name,
                       (unsigned long long)counts->list[i].alerts);
    }
}

void exercises_metrics(struct tcn_node *node, struct tcn_buf *out)
{
    const struct tcn_mesh_stats *stats = tcn_mesh_stats(node->mesh);
    struct exercise_counts counts;
    if (exercises_count(node, &counts) != TCN_ERR_OK) {
        return;
    }
    metrics_put(out, "alerts", "gauge", "Live alerts held",
                stats->alerts > counts.alerts ? stats->alerts - counts.alerts
                                              : 0);
    if (counts.count > 0) {
        put_each(out, &counts);
    }
    metrics_put(out, "exercise_stored_total", "counter",
                "Alerts of exercises stored", stats->exercises.stored);
    metrics_put(out, "exercise_exported_total", "counter",
                "Alerts of exercises handed over", stats->exercises.exported);
    metrics_put(out, "exercise_denied_total", "counter",
                "Exports of exercises denied", stats->exercises.denied);
}
