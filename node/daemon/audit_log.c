/* The audit chain: a line for what is done, inside the transaction of what it
 * tells of; and its head, signed from time to time, so that whoever keeps one
 * elsewhere sees whether the past was changed. */
#include "daemon/audit_log.h"
#include "io/log.h"

#define ROWS_PER_HEAD 100
#define HEAD_AFTER_MS TCN_HOUR_MS
#define HEAD_RETRY_MS TCN_MINUTE_MS

static struct {
    uint64_t rows;   /* that no head covers */
    uint64_t due_ms; /* steady clock: when they are signed at the latest */
} unsigned_now;

static void count(uint64_t rows, uint64_t within_ms)
{
    if (unsigned_now.rows == 0 && rows > 0) {
        unsigned_now.due_ms = tcn_steady_ms() + within_ms;
    }
    unsigned_now.rows += rows;
}

enum tcn_err audit_note(struct tcn_node *node, const char *actor,
                        const char *action, const char *subject,
                        const char *detail)
{
    struct tcn_audit_row row = {
        .at_ms = tcn_now_ms(),
        .actor = actor,
        .action = action,
        .subject = subject,
        .detail = detail,
    };
    enum tcn_err err = shell_begin(node);
    count(1, HEAD_AFTER_MS);
    return err == TCN_ERR_OK ? tcn_store_audit(node->store, &row) : err;
}

/* ---- heads ---- */

enum tcn_err audit_head_restart(struct tcn_node *node)
{
    struct tcn_audit_head last = {.n = 0};
    struct tcn_id hash;
    uint64_t n = 0;
    enum tcn_err err = tcn_store_head_last(node->store, &last);
    if (err == TCN_ERR_OK || err == TCN_ERR_NOT_FOUND) {
        err = tcn_store_audit_end(node->store, &n, &hash);
    }
    unsigned_now.rows = 0;
    count(n > last.n ? n - last.n : 0, HEAD_RETRY_MS);
    return err;
}

static void log_head(const struct tcn_audit_head *head)
{
    char hex[65];
    struct tcn_buf text = tcn_buf(hex, sizeof hex);
    tcn_text_hex(&text, tcn_id_view(&head->hash));
    struct tcn_log_line line = tcn_log(TCN_LOG_INFO, "audit-head");
    tcn_log_uint(&line, "n", head->n);
    tcn_log_str(&line, "hash", tcn_buf_text(&text));
    tcn_log_end(&line);
}

enum tcn_err audit_head_sign(struct tcn_node *node, struct tcn_audit_head *head,
                             struct tcn_buf *said)
{
    *head = (struct tcn_audit_head){.cert = node->keys->card.cert.id,
                                    .at_ms = tcn_now_ms()};
    (void)snprintf(head->member, sizeof head->member, "%s",
                   node->setup->conf.member);
    enum tcn_err err = keylife_ready(node, said);
    err = err == TCN_ERR_OK ? shell_begin(node) : err;
    err = err == TCN_ERR_OK
              ? tcn_store_audit_end(node->store, &head->n, &head->hash)
              : err;
    err = err == TCN_ERR_OK ? tcn_head_sign(head, node->keys->sign_seed) : err;
    err = err == TCN_ERR_OK ? tcn_store_head_put(node->store, head) : err;
    if (err == TCN_ERR_OK) {
        unsigned_now.rows = 0;
        log_head(head);
    }
    return err;
}

/* When there is enough that no head covers, or it has waited long enough. */
void audit_head_tick(struct tcn_node *node)
{
    char unread[256];
    struct tcn_buf said = tcn_buf(unread, sizeof unread);
    struct tcn_audit_head head;
    uint64_t steady = tcn_steady_ms();
    if (node->store_failed || unsigned_now.rows == 0 ||
        (unsigned_now.rows < ROWS_PER_HEAD && steady < unsigned_now.due_ms)) {
        return;
    }
    enum tcn_err err = audit_head_sign(node, &head, &said);
    if (err == TCN_ERR_OK) {
        return;
    }
    if (tcn_err_class(err) == TCN_CLASS_SYSTEM) {
        shell_fail(node, err);
    }
    /* Without a key that is good it waits for one. */
    unsigned_now.rows = 1;
    unsigned_now.due_ms = steady + HEAD_RETRY_MS;
}

void audit_head_last(struct tcn_node *node)
{
    if (unsigned_now.rows > 0 && !node->store_failed && node->mesh != NULL) {
        unsigned_now.due_ms = 0;
        audit_head_tick(node);
        enum tcn_err err = shell_commit(node);
        (void)err; /* the next start signs it */
    }
}
