#include "daemon/acks.h"
#include "daemon/health.h"
#include "daemon/holds.h"

#include <stdlib.h>

#include "base/time.h"
#include "io/log.h"

#define TICK_MS  1000
#define TOLD_MAX 8 /* lines of a status */

static uint64_t due_ms; /* steady clock */

/* ---- who owes one ---- */

uint64_t acks_within_ms(const struct tcn_node *node,
                        const struct tcn_header *header, const char *party)
{
    const struct tcn_policy *policy = node->setup->policy;
    bool content =
        header->kind == TCN_KIND_ALERT || header->kind == TCN_KIND_UPDATE;
    bool bound = content && tcn_policy_binds(policy, header->agreement, party,
                                             tcn_now_ms());
    return bound
               ? tcn_policy_ack_ms(policy, header->agreement, header->severity)
               : 0;
}

enum tcn_err acks_came(struct tcn_node *node, const struct tcn_alert *alert)
{
    const struct tcn_header *header = &alert->header;
    const char *self = node->setup->conf.member;
    if (tcn_view_is(header->origin, self)) {
        return header->kind == TCN_KIND_ACK && header->has_ref
                   ? tcn_store_ack_done(node->store, &header->ref)
                   : TCN_ERR_OK;
    }
    uint64_t within = acks_within_ms(node, header, self);
    return within == 0 ? TCN_ERR_OK
                       : tcn_store_ack_due(node->store, &alert->id,
                                           tcn_now_ms() + within);
}

/* ---- late ones ---- */

struct late {
    struct tcn_node *node;
    struct id_list untold;
};

static enum tcn_err gather(void *ctx, const struct tcn_ack_due *due)
{
    struct late *late = ctx;
    return due->told ? TCN_ERR_OK : id_list_add(&late->untold, &due->id);
}

static enum tcn_err tell(struct tcn_node *node, const struct tcn_id *id)
{
    struct tcn_stored row;
    char hex[17];
    struct tcn_buf text = tcn_buf(hex, sizeof hex);
    enum tcn_err err = tcn_store_get(node->store, id, &row, NULL);
    err = err == TCN_ERR_OK ? shell_begin(node) : err;
    err = err == TCN_ERR_OK ? tcn_store_ack_told(node->store, id) : err;
    if (err != TCN_ERR_OK) {
        return err;
    }
    tcn_text_hex(&text, tcn_view(id->bytes, 8));
    struct tcn_log_line line = tcn_log(TCN_LOG_WARNING, "ack-late");
    tcn_log_str(&line, "id", tcn_buf_text(&text));
    tcn_log_str(&line, "origin", row.origin);
    tcn_log_str(&line, "exercise", row.exercise);
    tcn_log_end(&line);
    return audit_note(node, "node", "ack-late", tcn_buf_text(&text),
                      row.origin);
}

void acks_tick(struct tcn_node *node)
{
    struct late late = {.node = node};
    uint64_t steady = tcn_steady_ms();
    if (node->store_failed || steady < due_ms) {
        return;
    }
    due_ms = steady + TICK_MS;
    enum tcn_err err = tcn_store_acks(node->store, tcn_now_ms(),
                                      (struct tcn_ack_taker){gather, &late});
    for (size_t i = 0; err == TCN_ERR_OK && i < late.untold.count; i++) {
        err = tell(node, &late.untold.list[i]);
    }
    if (err != TCN_ERR_OK) {
        shell_fail(node, err);
    }
    free(late.untold.list);
}

/* ---- how many ---- */

struct counted {
    struct tcn_node *node;
    uint64_t now_ms, due, late;
    size_t lines;
    char texts[TOLD_MAX][TCN_MEMBER_MAX + 300];
};

static void put_line(struct counted *counted, const struct tcn_ack_due *due)
{
    struct tcn_stored row;
    char time[TCN_TIME_TEXT];
    if (counted->lines == TOLD_MAX ||
        tcn_store_get(counted->node->store, &due->id, &row, NULL) !=
            TCN_ERR_OK) {
        return;
    }
    struct tcn_buf line =
        tcn_buf(counted->texts[counted->lines++], sizeof counted->texts[0]);
    tcn_text_hex(&line, tcn_view(due->id.bytes, 6));
    tcn_buf_printf(&line, " of %s, due %s%s%s: ", row.origin,
                   tcn_time_format(due->due_ms, time),
                   row.exercise[0] != '\0' ? ", exercise " : "", row.exercise);
    tcn_text_escape(&line, tcn_view_str(row.title));
    (void)tcn_buf_text(&line);
}

static enum tcn_err count(void *ctx, const struct tcn_ack_due *due)
{
    struct counted *counted = ctx;
    if (due->due_ms > counted->now_ms) {
        counted->due++;
        return TCN_ERR_OK;
    }
    counted->late++;
    put_line(counted, due);
    return TCN_ERR_OK;
}

static enum tcn_err count_all(struct tcn_node *node, struct counted *counted)
{
    *counted = (struct counted){.node = node, .now_ms = tcn_now_ms()};
    return tcn_store_acks(node->store, UINT64_MAX,
                          (struct tcn_ack_taker){count, counted});
}

enum tcn_err reply_acks(struct tcn_node *node, struct client *client)
{
    struct counted counted;
    struct tcn_view views[TOLD_MAX];
    enum tcn_err err = count_all(node, &counted);
    for (size_t i = 0; i < counted.lines; i++) {
        views[i] = tcn_view_str(counted.texts[i]);
    }
    reply_uint(client, "acks_due", counted.due);
    reply_uint(client, "acks_late", counted.late);
    if (counted.lines > 0) {
        reply_list(client, "late_acks", views, counted.lines);
    }
    return err;
}

void acks_metrics(struct tcn_node *node, struct tcn_buf *out)
{
    struct counted counted;
    if (count_all(node, &counted) == TCN_ERR_OK) {
        metrics_put(out, "acks_due", "gauge",
                    "Acks that agreements ask of us, still in time",
                    counted.due);
        metrics_put(out, "acks_late", "gauge", "The same, and late",
                    counted.late);
    }
}
