/* `retain`: when the time of a class is over, the values of its fields go and
 * their hashes stay, so that the alert still verifies. What is to go in a sweep
 * came in within a window that begins where the last sweep's ended; under a
 * policy that was not swept before, everything is looked at. */
#include "daemon/holds.h"

#include <stdlib.h>

#include "io/log.h"

#define MARK       "wiped-until"
#define MARK_BYTES (8 + 32)

/* The policy's times, and those of each agreement. */
struct times {
    uint64_t retain_ms[TCN_AGREEMENTS_MAX + 1][TCN_CLASS_COUNT]; /* 0 = none */
    size_t kinds;
};

struct sweep {
    struct tcn_node *node;
    uint64_t from_ms, now_ms; /* of the last sweep and of this one */
    struct id_list ids;
    struct times times;
};

/* ---- how far the last sweep came ---- */

static uint64_t read_mark(struct tcn_node *node)
{
    uint8_t bytes[MARK_BYTES];
    struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
    uint64_t from = 0;
    if (tcn_store_value(node->store, MARK, &out) != TCN_ERR_OK ||
        out.len != sizeof bytes ||
        memcmp(bytes + 8, tcn_policy_hash(node->setup->policy), 32) != 0) {
        return 0;
    }
    for (size_t i = 0; i < 8; i++) {
        from = from << 8 | bytes[i];
    }
    return from;
}

static enum tcn_err write_mark(struct tcn_node *node, uint64_t now)
{
    uint8_t bytes[MARK_BYTES];
    for (size_t i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)(now >> (56 - 8 * i));
    }
    memcpy(bytes + 8, tcn_policy_hash(node->setup->policy), 32);
    return tcn_store_set(node->store, MARK, tcn_view(bytes, sizeof bytes));
}

/* ---- what may be due ---- */

static void note_times(struct times *times, const struct tcn_policy *policy)
{
    times->kinds = 0;
    size_t agreements = tcn_policy_agreement_count(policy);
    for (size_t i = 0; i <= agreements && i <= TCN_AGREEMENTS_MAX; i++) {
        struct tcn_view ref = tcn_view_str(
            i == agreements ? "" : tcn_policy_agreement_ref(policy, i));
        for (unsigned c = 0; c < TCN_CLASS_COUNT; c++) {
            times->retain_ms[i][c] = tcn_policy_retain_ms(policy, c, ref);
        }
        times->kinds++;
    }
}

/* Whether some class of it may have come to its end since the last sweep. */
static bool may_be_due(const struct sweep *sweep, const struct tcn_stored *row)
{
    for (size_t i = 0; i < sweep->times.kinds; i++) {
        for (unsigned c = 0; c < TCN_CLASS_COUNT; c++) {
            uint64_t keep = sweep->times.retain_ms[i][c];
            uint64_t end = row->received_ms + keep;
            if (keep != 0 && (row->form & TCN_CLASS_BIT(c)) != 0 &&
                end > sweep->from_ms && end <= sweep->now_ms) {
                return true;
            }
        }
    }
    return false;
}

static enum tcn_err gather(void *ctx, const struct tcn_stored *row)
{
    struct sweep *sweep = ctx;
    if (!row->has_contents || !may_be_due(sweep, row)) {
        return TCN_ERR_OK;
    }
    return id_list_add(&sweep->ids, &row->id);
}

/* ---- wiping ---- */

static uint8_t classes_over(const struct sweep *sweep,
                            const struct tcn_stored *row,
                            struct tcn_view agreement)
{
    const struct tcn_policy *policy = sweep->node->setup->policy;
    uint8_t over = 0;
    for (unsigned c = 0; c < TCN_CLASS_COUNT; c++) {
        uint64_t keep = tcn_policy_retain_ms(policy, c, agreement);
        if (keep != 0 && row->received_ms + keep <= sweep->now_ms) {
            over |= TCN_CLASS_BIT(c);
        }
    }
    return over;
}

static enum tcn_err wipe(struct sweep *sweep, const struct tcn_id *id)
{
    struct tcn_node *node = sweep->node;
    struct tcn_stored row;
    enum tcn_err err = held_load(node, id, node->other, &row);
    if (err != TCN_ERR_OK) {
        return held_is_absent(err) ? TCN_ERR_OK : err;
    }
    const struct tcn_alert *alert = &node->other->alert;
    uint8_t over = classes_over(sweep, &row, alert->header.agreement);
    if ((alert->form & over) == 0) {
        return TCN_ERR_OK;
    }
    struct tcn_buf out =
        tcn_buf(node->scratch->bytes, sizeof node->scratch->bytes);
    err = tcn_alert_redact(alert, alert->form & (uint8_t)~over, &out);
    err = err == TCN_ERR_OK ? shell_begin(node) : err;
    err = err == TCN_ERR_OK
              ? tcn_store_wipe(node->store, id, tcn_buf_view(&out))
              : err;
    char hex[17], detail[64];
    struct tcn_buf text = tcn_buf(hex, sizeof hex);
    tcn_text_hex(&text, tcn_view(id->bytes, 8));
    (void)snprintf(detail, sizeof detail, "classes %u",
                   (unsigned)(alert->form & over));
    return err == TCN_ERR_OK
               ? audit_note(node, "node", "wipe", tcn_buf_text(&text), detail)
               : err;
}

static enum tcn_err wipe_all(struct sweep *sweep)
{
    enum tcn_err err = tcn_store_each(sweep->node->store, 0,
                                      (struct tcn_row_taker){gather, sweep});
    for (size_t i = 0; err == TCN_ERR_OK && i < sweep->ids.count; i++) {
        err = wipe(sweep, &sweep->ids.list[i]);
    }
    err = err == TCN_ERR_OK ? shell_begin(sweep->node) : err;
    return err == TCN_ERR_OK ? write_mark(sweep->node, sweep->now_ms) : err;
}

uint64_t retention_shortest(const struct tcn_node *node)
{
    struct times times;
    uint64_t shortest = UINT64_MAX;
    if (!node->setup->policy_valid) {
        return shortest;
    }
    note_times(&times, node->setup->policy);
    for (size_t i = 0; i < times.kinds; i++) {
        for (unsigned c = 0; c < TCN_CLASS_COUNT; c++) {
            uint64_t keep = times.retain_ms[i][c];
            shortest = keep != 0 && keep < shortest ? keep : shortest;
        }
    }
    return shortest;
}

void retention_sweep(struct tcn_node *node)
{
    if (node->store_failed || !node->setup->policy_valid) {
        return;
    }
    struct sweep *sweep = calloc(1, sizeof *sweep);
    if (sweep == NULL) {
        return; /* tried again in an hour */
    }
    sweep->node = node;
    sweep->from_ms = read_mark(node);
    sweep->now_ms = tcn_now_ms();
    note_times(&sweep->times, node->setup->policy);
    enum tcn_err err = wipe_all(sweep);
    if (err == TCN_ERR_NO_MEMORY) {
        struct tcn_log_line line = tcn_log(TCN_LOG_WARNING, "retention");
        tcn_log_err(&line, err);
        tcn_log_end(&line);
    } else if (err != TCN_ERR_OK) {
        shell_fail(node, err);
    }
    free(sweep->ids.list);
    free(sweep);
}
