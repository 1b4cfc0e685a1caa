/* A policy that waits to be confirmed. The files of the configuration hold the
 * policy before until somebody confirms: the new one is only in the store, with
 * its time, and narrows what runs. So nothing has to be put back, and a node
 * that starts at any moment finds either both, or the one that is in the files.
 * Confirming is putting the file in place: then there is nothing left to wait
 * for. */
#include "daemon/policies.h"

#include <stdlib.h>

#include "base/time.h"
#include "io/log.h"
#include "io/policy_file.h"

#define RECORD     "policy-pending"
#define RECORD_MAX (TCN_SOURCE_MAX + 1024)

void pending_free(struct tcn_node *node)
{
    if (node->pending != NULL) {
        free(node->pending->text);
        free(node->pending);
        node->pending = NULL;
    }
}

static uint64_t steady_end(const struct pending *pending)
{
    uint64_t now = tcn_now_ms();
    uint64_t left = pending->until_ms > now ? pending->until_ms - now : 0;
    return tcn_steady_ms() + left;
}

/* With a copy of the file; NULL when out of memory. */
static struct pending *pending_new(const struct pending_wish *wish,
                                   uint64_t until_ms)
{
    struct pending *pending = calloc(1, sizeof *pending);
    uint8_t *text = pending == NULL ? NULL : malloc(wish->file.len + 1);
    if (text == NULL) {
        free(pending);
        return NULL;
    }
    memcpy(text, wish->file.data, wish->file.len);
    *pending = (struct pending){.until_ms = until_ms,
                                .within_ms = wish->within_ms,
                                .text = text,
                                .len = wish->file.len};
    (void)snprintf(pending->by, sizeof pending->by, "%s", wish->actor);
    (void)snprintf(pending->name, sizeof pending->name, "%s", wish->name);
    pending->steady_ms = steady_end(pending);
    return pending;
}

/* ---- in the store ---- */

static void encode(const struct pending *pending, struct tcn_buf *out)
{
    tcn_put_array(out, 5);
    tcn_put_uint(out, pending->until_ms);
    tcn_put_uint(out, pending->within_ms);
    tcn_put_str(out, tcn_view_str(pending->by));
    tcn_put_str(out, tcn_view_str(pending->name));
    tcn_put_bin(out, tcn_view(pending->text, pending->len));
}

static void copy_name(char *out, size_t cap, struct tcn_view text)
{
    (void)snprintf(out, cap, "%.*s", (int)text.len, (const char *)text.data);
}

static struct pending *decode(struct tcn_view bytes)
{
    char by[sizeof((struct pending *)0)->by];
    char name[sizeof((struct pending *)0)->name];
    struct pending_wish wish = {.actor = by, .name = name};
    struct tcn_reader r = tcn_reader(bytes);
    (void)tcn_read_array(&r);
    uint64_t until_ms = tcn_read_uint(&r);
    wish.within_ms = tcn_read_uint(&r);
    copy_name(by, sizeof by, tcn_read_str(&r));
    copy_name(name, sizeof name, tcn_read_str(&r));
    wish.file = tcn_read_bin(&r);
    struct pending *pending =
        tcn_read_end(&r) == TCN_ERR_OK ? pending_new(&wish, until_ms) : NULL;
    if (pending != NULL) {
        pending->recorded = true;
    }
    return pending;
}

static enum tcn_err keep(struct tcn_node *node)
{
    uint8_t *bytes = malloc(RECORD_MAX);
    if (bytes == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    struct tcn_buf out = tcn_buf(bytes, RECORD_MAX);
    encode(node->pending, &out);
    enum tcn_err err =
        out.full ? TCN_ERR_SIZE
                 : tcn_store_set(node->store, RECORD, tcn_buf_view(&out));
    free(bytes);
    return err;
}

static enum tcn_err forget(struct tcn_node *node)
{
    return tcn_store_set(node->store, RECORD, tcn_view(NULL, 0));
}

enum tcn_err pending_record(struct tcn_node *node, bool confirmed)
{
    if (node->pending == NULL) {
        return TCN_ERR_OK;
    }
    if (confirmed) {
        return forget(node);
    }
    enum tcn_err err = node->pending->recorded ? TCN_ERR_OK : keep(node);
    node->pending->recorded |= err == TCN_ERR_OK;
    return err;
}

/* ---- compiled beside what runs ---- */

/* The policy that would be if the file were in its place. */
static enum tcn_err compile(const struct pending *pending,
                            const struct tcn_setup *setup,
                            struct tcn_policy **out, struct tcn_buf *text)
{
    struct tcn_source file = {.name = pending->name,
                              .text = tcn_view(pending->text, pending->len)};
    return tcn_policy_placed(out, setup, &file, text);
}

/* What begins to wait passes its tests, is another one, and what returns
 * without it is what runs now. */
static enum tcn_err may_begin(const struct tcn_node *node,
                              const struct tcn_setup *setup,
                              const struct tcn_policy *policy,
                              struct tcn_buf *text)
{
    size_t run;
    const struct tcn_id *files = tcn_policy_hash(setup->policy);
    if (!tcn_id_equal(files, tcn_policy_own_hash(node->setup->policy))) {
        tcn_buf_put_str(text, "the configuration holds another policy than the "
                              "one that runs: `tocsin policy load` first, or "
                              "put the one before back\n");
        return TCN_ERR_DENIED;
    }
    if (tcn_id_equal(files, tcn_policy_hash(policy))) {
        tcn_buf_put_str(text, "this is the policy that runs\n");
        return TCN_ERR_DENIED;
    }
    return tcn_policy_run_tests(policy, &run, text) == 0 ? TCN_ERR_OK
                                                         : TCN_ERR_DENIED;
}

static enum tcn_err narrow(struct tcn_setup *setup, struct tcn_policy *policy,
                           struct tcn_buf *text)
{
    enum tcn_err err = tcn_policy_narrow(setup->policy, policy);
    if (err == TCN_ERR_CAPACITY) {
        tcn_buf_put_str(text,
                        "this policy and the one that runs have more hold "
                        "rules together than can be looked after at once: "
                        "load it without --confirm-within\n");
    }
    return err;
}

enum tcn_err pending_join(struct tcn_node *node, struct tcn_setup *setup,
                          bool *confirmed, struct tcn_buf *text)
{
    struct pending *pending = node->pending;
    struct tcn_policy *policy;
    *confirmed = false;
    if (pending == NULL) {
        return TCN_ERR_OK;
    }
    enum tcn_err err = compile(pending, setup, &policy, text);
    if (err == TCN_ERR_OK && !pending->recorded) {
        err = may_begin(node, setup, policy, text);
    }
    *confirmed =
        err == TCN_ERR_OK &&
        tcn_id_equal(tcn_policy_hash(policy), tcn_policy_hash(setup->policy));
    if (err == TCN_ERR_OK && !*confirmed) {
        err = narrow(setup, policy, text);
    }
    if (err != TCN_ERR_OK || *confirmed) {
        tcn_policy_free(policy);
    }
    if (err != TCN_ERR_OK && pending->recorded) {
        tcn_buf_put_str(text, "a policy waits to be confirmed and does not fit "
                              "this configuration: `tocsin policy confirm` or "
                              "`tocsin policy abandon` first\n");
    }
    return err;
}

/* ---- beginning ---- */

enum tcn_err pending_begin(struct tcn_node *node,
                           const struct pending_wish *wish,
                           struct tcn_buf *text)
{
    tcn_assert(node->pending == NULL);
    node->pending = pending_new(wish, tcn_now_ms() + wish->within_ms);
    if (node->pending == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    enum tcn_err err = node_reload(node, wish->actor, text);
    if (node->pending != NULL &&
        tcn_policy_pending(node->setup->policy) == NULL) {
        pending_free(node);
    }
    return err;
}

/* ---- ending ---- */

static enum tcn_err note_end(struct tcn_node *node, const char *actor,
                             const char *action)
{
    const struct tcn_policy *policy = node->setup->policy;
    const struct tcn_policy *pending = tcn_policy_pending(policy);
    char detail[200];
    struct tcn_buf out = tcn_buf(detail, sizeof detail);
    if (pending != NULL) {
        tcn_text_hex(&out, tcn_id_view(tcn_policy_own_hash(pending)));
        tcn_buf_put_str(&out, " gone, stays ");
    }
    tcn_text_hex(&out, tcn_id_view(tcn_policy_own_hash(policy)));
    return audit_note(node, actor, action, tcn_policy_name(policy),
                      tcn_buf_text(&out));
}

static enum tcn_err record_end(struct tcn_node *node, const char *actor,
                               const char *action)
{
    const struct tcn_policy *policy = node->setup->policy;
    enum tcn_err err = shell_begin(node);
    err = err == TCN_ERR_OK ? forget(node) : err;
    err = err == TCN_ERR_OK ? tcn_store_rescan(node->store) : err;
    err = err == TCN_ERR_OK
              ? tcn_store_set(node->store, "policy",
                              tcn_id_view(tcn_policy_own_hash(policy)))
              : err;
    return err == TCN_ERR_OK ? note_end(node, actor, action) : err;
}

/* Durable first: a crash in between finds the policy before. */
enum tcn_err pending_end(struct tcn_node *node, const char *actor,
                         const char *action)
{
    enum tcn_err err = record_end(node, actor, action);
    if (err != TCN_ERR_OK) {
        shell_fail(node, err);
        return err;
    }
    err = shell_commit(node);
    if (err != TCN_ERR_OK) {
        return err;
    }
    struct tcn_log_line line = tcn_log(TCN_LOG_WARNING, action);
    tcn_log_str(&line, "by", actor);
    tcn_log_str(&line, "message", "the policy before decides alone again");
    tcn_log_end(&line);
    pending_free(node);
    node->generation++;
    tcn_policy_widen(node->setup->policy);
    struct tcn_event event = {.kind = TCN_EVENT_POLICY};
    event.policy.policy = node->setup->policy;
    shell_event(node, &event);
    return shell_commit(node);
}

/* ---- time ---- */

/* Whoever put the file in place meant to confirm it, even if the node was not
 * told. */
static bool files_hold_it(struct tcn_node *node)
{
    struct tcn_setup *setup;
    struct tcn_policy *policy = NULL;
    uint8_t *text = malloc(TCN_SETUP_MESSAGE);
    if (text == NULL) {
        return false;
    }
    struct tcn_buf said = tcn_buf(text, TCN_SETUP_MESSAGE);
    bool same = false;
    if (tcn_setup_load(&setup, node->config_path, &said) == TCN_ERR_OK) {
        same = compile(node->pending, setup, &policy, &said) == TCN_ERR_OK &&
               tcn_id_equal(tcn_policy_hash(policy),
                            tcn_policy_hash(setup->policy));
        tcn_policy_free(policy);
        tcn_setup_free(setup);
    }
    free(text);
    return same;
}

static bool is_over(const struct pending *pending)
{
    return tcn_now_ms() >= pending->until_ms ||
           tcn_steady_ms() >= pending->steady_ms;
}

void pending_tick(struct tcn_node *node)
{
    if (node->pending == NULL || node->store_failed ||
        !is_over(node->pending)) {
        return;
    }
    enum tcn_err err = TCN_ERR_DENIED;
    if (files_hold_it(node)) {
        static uint8_t text[TCN_SETUP_MESSAGE];
        struct tcn_buf said = tcn_buf(text, sizeof text);
        err = node_reload(node, "node", &said);
    }
    if (err != TCN_ERR_OK && node->pending != NULL) {
        err = pending_end(node, "node", "policy-expire");
        (void)err; /* the store failed: tried again when it works */
    }
}

/* ---- at start ---- */

/* The clock was set back when more is left than there ever was. */
static bool may_go_on(const struct pending *pending)
{
    uint64_t now = tcn_now_ms();
    return now < pending->until_ms &&
           pending->until_ms - now <= pending->within_ms + PENDING_GRACE_MS;
}

static enum tcn_err give_up(struct tcn_node *node, const char *action)
{
    struct tcn_log_line line = tcn_log(TCN_LOG_WARNING, action);
    tcn_log_end(&line);
    pending_free(node);
    enum tcn_err err = forget(node);
    return err == TCN_ERR_OK ? note_end(node, "node", action) : err;
}

static enum tcn_err read_record(struct tcn_node *node)
{
    uint8_t *bytes = malloc(RECORD_MAX);
    if (bytes == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    struct tcn_buf out = tcn_buf(bytes, RECORD_MAX);
    enum tcn_err err = tcn_store_value(node->store, RECORD, &out);
    if (err == TCN_ERR_OK && out.len > 0) {
        node->pending = decode(tcn_buf_view(&out));
    }
    free(bytes);
    return err == TCN_ERR_NOT_FOUND ? TCN_ERR_OK : err;
}

enum tcn_err pending_restore(struct tcn_node *node)
{
    static uint8_t text[TCN_SETUP_MESSAGE];
    struct tcn_buf said = tcn_buf(text, sizeof text);
    bool confirmed;
    enum tcn_err err = read_record(node);
    if (err != TCN_ERR_OK || node->pending == NULL) {
        return err;
    }
    err = pending_join(node, node->setup, &confirmed, &said);
    if (err != TCN_ERR_OK) {
        struct tcn_log_line line = tcn_log(TCN_LOG_WARNING, "policy-pending");
        tcn_log_view(&line, "message", tcn_buf_view(&said));
        tcn_log_end(&line);
        return give_up(node, "policy-expire");
    }
    if (confirmed) {
        return give_up(node, "policy-confirm");
    }
    if (!may_go_on(node->pending)) {
        tcn_policy_widen(node->setup->policy);
        return give_up(node, "policy-expire");
    }
    return TCN_ERR_OK;
}

/* ---- said by every command ---- */

void policy_notice(const struct tcn_node *node, struct tcn_buf *out)
{
    char until[TCN_TIME_TEXT];
    if (!node->setup->policy_valid) {
        tcn_buf_put_str(out, "NO VALID POLICY: this node only receives (tocsin "
                             "policy check says why)");
    }
    if (node->pending != NULL) {
        tcn_buf_printf(out,
                       "%sA POLICY WAITS TO BE CONFIRMED until %.19sZ: only "
                       "what it and the one before allow is sent (tocsin "
                       "policy confirm, or abandon)",
                       out->len > 0 ? "; " : "",
                       tcn_time_format(node->pending->until_ms, until));
    }
}
