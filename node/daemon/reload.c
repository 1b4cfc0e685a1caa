/* A new configuration takes effect as a whole or not at all. Where peers, keys
 * or sockets changed, what depends on them is started again: it resumes. */
#include <stdlib.h>

#include "base/time.h"
#include "daemon/health.h"
#include "daemon/policies.h"
#include "io/log.h"

static bool same_peers(const struct tcn_conf *a, const struct tcn_conf *b)
{
    if (a->peer_count != b->peer_count || a->capacity != b->capacity) {
        return false;
    }
    for (size_t i = 0; i < a->peer_count; i++) {
        if (strcmp(a->parties[i].name, b->parties[i].name) != 0 ||
            strcmp(a->peers[i].connect, b->peers[i].connect) != 0 ||
            a->peers[i].paused != b->peers[i].paused) {
            return false;
        }
    }
    return true;
}

static bool same_parties(const struct tcn_setup *a, const struct tcn_setup *b)
{
    if (a->conf.party_count != b->conf.party_count) {
        return false;
    }
    for (size_t i = 0; i < a->conf.party_count; i++) {
        if (strcmp(a->conf.parties[i].name, b->conf.parties[i].name) != 0 ||
            memcmp(a->cards[i].root_pk, b->cards[i].root_pk, TCN_PK_BYTES) !=
                0) {
            return false;
        }
    }
    return true;
}

/* Of the same parties: a new card is another certificate. */
static bool same_cards(const struct tcn_setup *a, const struct tcn_setup *b)
{
    for (size_t i = 0; i < a->conf.party_count; i++) {
        if (!tcn_id_equal(&a->cards[i].cert.id, &b->cards[i].cert.id)) {
            return false;
        }
    }
    return true;
}

static bool same_listen(const struct tcn_conf *a, const struct tcn_conf *b)
{
    return a->listen_count == b->listen_count &&
           memcmp(a->listen, b->listen, sizeof a->listen) == 0;
}

static bool same_observers(const struct tcn_conf *a, const struct tcn_conf *b)
{
    return a->observer_count == b->observer_count &&
           memcmp(a->observers, b->observers, sizeof a->observers) == 0 &&
           memcmp(a->observer_sockets, b->observer_sockets,
                  sizeof a->observer_sockets) == 0;
}

/* What a running node cannot become. */
static enum tcn_err check_identity(const struct tcn_conf *old,
                                   const struct tcn_conf *new,
                                   struct tcn_buf *text)
{
    if (strcmp(old->member, new->member) == 0 &&
        strcmp(old->store, new->store) == 0 &&
        strcmp(old->keys, new->keys) == 0 && strcmp(old->run, new->run) == 0) {
        return TCN_ERR_OK;
    }
    tcn_buf_put_str(text, "member, store, keys and run change only with a "
                          "restart\n");
    return TCN_ERR_DENIED;
}

/* What is different, and so has to be done. */
struct change {
    bool policy;
    bool peers; /* or who is pinned: peer numbers may have moved */
    bool cards;
    bool listen;
    bool observers;
    bool confirmed; /* what waited for it is what the files hold now */
    const struct tcn_policy *before;
};

/* What was loaded and what ran before; of one that waits, itself and what it is
 * beside, because decisions name the hash of both. */
static void put_change(struct tcn_buf *out, const struct tcn_node *node,
                       const struct tcn_policy *before)
{
    const struct tcn_policy *policy = node->setup->policy;
    const struct tcn_policy *pending = tcn_policy_pending(policy);
    if (pending != NULL) {
        char until[TCN_TIME_TEXT];
        tcn_text_hex(out, tcn_id_view(tcn_policy_own_hash(pending)));
        tcn_buf_put_str(out, " beside ");
        tcn_text_hex(out, tcn_id_view(tcn_policy_own_hash(policy)));
        tcn_buf_printf(out, " until %s, both are ",
                       tcn_time_format(node->pending->until_ms, until));
    }
    tcn_text_hex(out, tcn_id_view(tcn_policy_hash(policy)));
    if (pending == NULL) {
        tcn_buf_put_str(out, " after ");
        tcn_text_hex(out, tcn_id_view(tcn_policy_hash(before)));
    }
}

static void put_name(struct tcn_buf *text, const char *what,
                     const struct tcn_policy *policy)
{
    tcn_buf_printf(text, "%s: %s version %llu, %zu rules\n", what,
                   tcn_policy_name(policy),
                   (unsigned long long)tcn_policy_version(policy),
                   tcn_policy_rule_count(policy));
}

static enum tcn_err note_policy(struct tcn_node *node,
                                const struct change *change, const char *actor,
                                struct tcn_buf *text)
{
    char detail[300];
    struct tcn_buf out = tcn_buf(detail, sizeof detail);
    const struct tcn_policy *policy = node->setup->policy;
    const struct tcn_policy *pending = tcn_policy_pending(policy);
    put_name(text, "policy", policy);
    if (pending != NULL) {
        put_name(text, "waits to be confirmed", pending);
    }
    put_change(&out, node, change->before);
    enum tcn_err err = tcn_store_set(node->store, "policy",
                                     tcn_id_view(tcn_policy_hash(policy)));
    return err == TCN_ERR_OK
               ? audit_note(node, actor,
                            change->confirmed ? "policy-confirm"
                            : pending != NULL ? "policy-pending"
                                              : "policy-load",
                            tcn_policy_name(pending != NULL ? pending : policy),
                            tcn_buf_text(&out))
               : err;
}

static struct change compare(const struct tcn_setup *old,
                             const struct tcn_setup *new)
{
    bool parties = !same_parties(old, new);
    return (struct change){
        .policy = !tcn_id_equal(tcn_policy_hash(old->policy),
                                tcn_policy_hash(new->policy)),
        .peers = parties || !same_peers(&old->conf, &new->conf),
        .cards = parties || !same_cards(old, new),
        .listen = !same_listen(&old->conf, &new->conf),
        .observers = !same_observers(&old->conf, &new->conf),
        .before = old->policy,
    };
}

static enum tcn_err write_down(struct tcn_node *node,
                               const struct change *change, const char *actor,
                               struct tcn_buf *text)
{
    enum tcn_err err = shell_begin(node);
    if (err == TCN_ERR_OK && change->policy) {
        err = tcn_store_rescan(node->store);
        err = err == TCN_ERR_OK ? note_policy(node, change, actor, text) : err;
        err = err == TCN_ERR_OK ? pending_record(node, change->confirmed) : err;
    }
    if (err == TCN_ERR_OK && change->cards) {
        err = keyring_load(node);
        tcn_buf_printf(text, "members: %zu pinned\n",
                       node->setup->conf.party_count);
    }
    err = err == TCN_ERR_OK ? audit_note(node, actor, "reload", "", "") : err;
    return err == TCN_ERR_OK ? shell_commit(node) : err;
}

/* The durable part, in one transaction. */
static enum tcn_err record(struct tcn_node *node, const struct change *change,
                           const char *actor, struct tcn_buf *text)
{
    if (!change->cards) {
        return write_down(node, change, actor, text);
    }
    const struct keyring before = keyring_aside(node);
    enum tcn_err err = write_down(node, change, actor, text);
    keyring_settle(node, before, err);
    return err;
}

/* Everything that knows peer numbers starts anew; else the core is told. */
static enum tcn_err restart_core(struct tcn_node *node,
                                 const struct change *change,
                                 struct tcn_buf *text)
{
    if (change->peers) {
        child_stop(&node->link);
        memset(node->peers, 0, sizeof node->peers);
        node->query_count = 0;
        tcn_buf_printf(text, "peers: %zu linked\n",
                       node->setup->conf.peer_count);
        return shell_build(node);
    }
    if (change->policy) {
        struct tcn_event event = {.kind = TCN_EVENT_POLICY};
        event.policy.policy = node->setup->policy;
        shell_event(node, &event);
    }
    if (change->cards) {
        struct tcn_event event = {.kind = TCN_EVENT_KEYS};
        shell_event(node, &event);
    }
    if (change->listen) {
        child_stop(&node->link);
        link_gone(node);
        tcn_buf_printf(text, "listen: %zu addresses\n",
                       node->setup->conf.listen_count);
    }
    return TCN_ERR_OK;
}

/* The core borrows the policy: one that decides the same stays where it is. */
static void keep_policy(struct tcn_setup *old, struct tcn_setup *new)
{
    tcn_policy_free(new->policy);
    new->policy = old->policy;
    old->policy = NULL;
}

/* The store did not take it: what ran goes on. */
static void put_back(struct tcn_node *node, struct tcn_setup *old,
                     const struct change *change, enum tcn_err err)
{
    struct tcn_setup *setup = node->setup;
    if (change->policy) {
        hits_carry(node, setup->policy, old->policy);
    } else {
        keep_policy(setup, old);
    }
    node->setup = old;
    tcn_setup_free(setup);
    if (!node->store_failed) {
        shell_fail(node, err);
    }
}

static enum tcn_err swap_in(struct tcn_node *node, struct tcn_setup *setup,
                            bool confirmed, const char *actor,
                            struct tcn_buf *text)
{
    struct tcn_setup *old = node->setup;
    struct change change = compare(old, setup);
    change.confirmed = confirmed;
    if (change.policy) {
        hits_carry(node, old->policy, setup->policy);
    } else {
        keep_policy(old, setup);
    }
    node->setup = setup;
    enum tcn_err err = record(node, &change, actor, text);
    if (err != TCN_ERR_OK) {
        put_back(node, old, &change, err);
        return err;
    }
    if (confirmed) {
        pending_free(node);
    }
    node->generation++;
    err = restart_core(node, &change, text);
    if (err != TCN_ERR_OK) {
        shell_fail(node, err); /* a core that is not whole decides nothing */
    }
    if (change.observers) {
        places_prepare(node);
        child_stop(&node->feed);
        tcn_buf_printf(text, "observers: %zu classes\n",
                       setup->conf.observer_count);
    }
    if (text->len == 0) {
        tcn_buf_put_str(text, "nothing has changed\n");
    }
    tcn_setup_free(old);
    return err;
}

/* The core must hold what it holds now. */
static enum tcn_err check_capacity(const struct tcn_node *node,
                                   const struct tcn_conf *conf,
                                   struct tcn_buf *text)
{
    uint64_t held = node->mesh == NULL ? 0 : tcn_mesh_stats(node->mesh)->alerts;
    if (conf->capacity >= held) {
        return TCN_ERR_OK;
    }
    tcn_buf_printf(text,
                   "capacity %llu is less than the %llu alerts that are "
                   "held\n",
                   (unsigned long long)conf->capacity,
                   (unsigned long long)held);
    return TCN_ERR_CAPACITY;
}

/* What the files say now, as it would run; nothing has changed after an error.
 */
static enum tcn_err read_files(struct tcn_node *node, bool tested,
                               struct tcn_setup **setup, bool *confirmed,
                               struct tcn_buf *text)
{
    size_t run;
    enum tcn_err err = tcn_setup_load(setup, node->config_path, text);
    if (err != TCN_ERR_OK) {
        return err;
    }
    err = check_identity(&node->setup->conf, &(*setup)->conf, text);
    err = err == TCN_ERR_OK ? check_capacity(node, &(*setup)->conf, text) : err;
    /* A policy that fails leaves the old one running. */
    if (err == TCN_ERR_OK && !(*setup)->policy_valid) {
        err = TCN_ERR_SYNTAX;
    }
    if (err == TCN_ERR_OK && tested &&
        tcn_policy_run_tests((*setup)->policy, &run, text) > 0) {
        err = TCN_ERR_DENIED;
    }
    if (err == TCN_ERR_OK) {
        err = pending_join(node, *setup, confirmed, text);
    }
    if (err != TCN_ERR_OK) {
        tcn_setup_free(*setup);
    }
    return err;
}

static void log_reload(const char *actor, enum tcn_err err,
                       const struct tcn_buf *text)
{
    struct tcn_log_line line =
        tcn_log(err == TCN_ERR_OK ? TCN_LOG_INFO : TCN_LOG_ERROR, "reload");
    tcn_log_str(&line, "by", actor);
    if (err != TCN_ERR_OK) {
        tcn_log_err(&line, err);
    }
    tcn_log_view(&line, "message", tcn_buf_view(text));
    tcn_log_end(&line);
}

static enum tcn_err reload(struct tcn_node *node, bool tested,
                           const char *actor, struct tcn_buf *text)
{
    struct tcn_setup *setup;
    bool confirmed = false;
    notify_send("RELOADING=1");
    enum tcn_err err = read_files(node, tested, &setup, &confirmed, text);
    if (err == TCN_ERR_OK) {
        err = keylife_reload(node, actor, text);
        if (err != TCN_ERR_OK) {
            tcn_setup_free(setup);
        }
    }
    if (err == TCN_ERR_OK) {
        node->policy_message[0] = '\0';
        err = swap_in(node, setup, confirmed, actor, text);
    }
    log_reload(actor, err, text);
    notify_send("READY=1");
    return err;
}

enum tcn_err node_reload(struct tcn_node *node, const char *actor,
                         struct tcn_buf *text)
{
    return reload(node, false, actor, text);
}

enum tcn_err node_reload_tested(struct tcn_node *node, const char *actor,
                                struct tcn_buf *text)
{
    return reload(node, true, actor, text);
}
