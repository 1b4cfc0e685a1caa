/* tocsind: the node. Reads the configuration, opens the store, starts its two
 * children and serves until it is told to stop. */
#include <malloc.h>
#include <pwd.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "daemon/control.h"
#include "daemon/policies.h"
#include "io/log.h"
#include "io/usage.h"

enum { OPTION_CONFIG, OPTION_CHECK, OPTION_COUNT };

static const struct tcn_usage_option option_table[OPTION_COUNT] = {
    {"config", "FILE", "the configuration (/etc/tocsin/tocsin.conf)"},
    {"check", NULL, "say what is wrong with configuration and keys, and stop"},
};

static const struct tcn_usage_row rows[] = {
    {"SIGNALS", "SIGHUP",
     "Reads the configuration again; what is wrong is logged and the old one "
     "stays."},
    {NULL, "SIGTERM, SIGINT", "Stops."},
    {"FILES", "/etc/tocsin/tocsin.conf",
     "The configuration; it includes members, peers, agreements and policy. "
     "Relative\npaths in it begin at its directory."},
    {NULL, "/etc/tocsin/keys",
     "node.key (0600) and node.card; node-2.key and so on when keys were "
     "renewed."},
    {NULL, "/var/lib/tocsin", "node.db and feed.db."},
    {NULL, "/run/tocsin",
     "control.sock for tocsin(1), metrics.prom in the text format of "
     "Prometheus,\nrewritten every 10 seconds."},
    {"EXIT STATUS", "0", "Stopped on request, or --check found nothing."},
    {NULL, "1", "It could not start or go on, or --check found something."},
    {NULL, "2", "Wrong usage."},
};

/* The settings, from the table that reads them. */
static void print_settings(void)
{
    static uint8_t text[16 * 1024];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    tcn_conf_put_reference(&out);
    printf(".SH CONFIGURATION\nStatements of the one language of Tocsin; "
           "defaults in brackets.\n.PP\n.nf\n");
    tcn_man_text(tcn_buf_text(&out));
    printf(".fi\n");
}

static const struct tcn_usage usage = {
    .program = "tocsind",
    .synopsis = "[--config FILE] [--check]",
    .summary = "a node of the Tocsin alert mesh",
    .text = "Runs a node of the Tocsin alert mesh in the foreground. SIGHUP "
            "reloads the\nconfiguration, SIGTERM stops. Everything else is "
            "done with tocsin(1).\n",
    .more = "It signs the alerts of its nation, decides what goes to which "
            "peer and in which\nform, keeps what it holds in node.db, and "
            "starts and restarts tocsin-link(8),\nwhich speaks to the "
            "network, and tocsin-feed(8), which serves observers. Started\nas "
            "root it gives each of them a user of its own (tocsin-link, "
            "tocsin-feed).\n",
    .options = option_table,
    .option_count = OPTION_COUNT,
    .rows = rows,
    .row_count = sizeof rows / sizeof rows[0],
    .see_also = ".BR tocsin (1),\n.BR tocsin-link (8),\n.BR tocsin-feed (8)",
    .man_section = print_settings,
};

static enum tcn_err load(struct tcn_node *node, struct tcn_buf *message)
{
    enum tcn_err err = tcn_setup_load(&node->setup, node->config_path, message);
    if (err == TCN_ERR_NOT_FOUND && access(node->config_path, F_OK) != 0) {
        tcn_buf_put_str(message, "make one with `tocsin init`, or name "
                                 "another with --config FILE\n");
    }
    if (err != TCN_ERR_OK) {
        return err;
    }
    (void)snprintf(node->policy_message, sizeof node->policy_message, "%s",
                   tcn_buf_text(message));
    return keylife_open(node, message);
}

/* Kept by malloc: what one batch of drafts took, the next one takes again. */
#define HEAP_KEPT (4 * 1024 * 1024) /* bytes */

static bool allocate(struct tcn_node *node)
{
    (void)mallopt(M_TRIM_THRESHOLD, HEAP_KEPT);
    node->effects = malloc(sizeof *node->effects);
    node->received = calloc(1, sizeof *node->received);
    node->loaded = calloc(1, sizeof *node->loaded);
    node->other = calloc(1, sizeof *node->other);
    node->scratch = calloc(1, sizeof *node->scratch);
    return node->effects != NULL && node->received != NULL &&
           node->loaded != NULL && node->other != NULL &&
           node->scratch != NULL && hits_open(node);
}

/* The secret behind the threads of imports: made once, kept with the store. */
static enum tcn_err load_secret(struct tcn_node *node)
{
    struct tcn_buf out =
        tcn_buf(node->thread_secret, sizeof node->thread_secret);
    enum tcn_err err = tcn_store_value(node->store, "thread-secret", &out);
    if (err != TCN_ERR_NOT_FOUND) {
        return err;
    }
    tcn_random(node->thread_secret, sizeof node->thread_secret);
    return tcn_store_set(
        node->store, "thread-secret",
        tcn_view(node->thread_secret, sizeof node->thread_secret));
}

/* A policy that changed while we were away re-decides everything. */
static enum tcn_err note_policy(struct tcn_node *node)
{
    uint8_t bytes[32];
    struct tcn_buf before = tcn_buf(bytes, sizeof bytes);
    struct tcn_view now = tcn_id_view(tcn_policy_hash(node->setup->policy));
    enum tcn_err err = tcn_store_value(node->store, "policy", &before);
    if (err == TCN_ERR_OK && tcn_view_equal(tcn_buf_view(&before), now)) {
        return TCN_ERR_OK;
    }
    if (err != TCN_ERR_OK && err != TCN_ERR_NOT_FOUND) {
        return err;
    }
    char hashes[150];
    struct tcn_buf text = tcn_buf(hashes, sizeof hashes);
    tcn_text_hex(&text, now);
    if (before.len > 0) {
        tcn_buf_put_str(&text, " after ");
        tcn_text_hex(&text, tcn_buf_view(&before));
    }
    err = tcn_store_rescan(node->store);
    err = err == TCN_ERR_OK ? tcn_store_set(node->store, "policy", now) : err;
    return err == TCN_ERR_OK ? audit_note(node, "node", "policy-load",
                                          tcn_policy_name(node->setup->policy),
                                          tcn_buf_text(&text))
                             : err;
}

static enum tcn_err prepare_store(struct tcn_node *node)
{
    enum tcn_err err = shell_begin(node);
    err = err == TCN_ERR_OK ? load_secret(node) : err;
    err = err == TCN_ERR_OK ? pending_restore(node) : err;
    err = err == TCN_ERR_OK ? note_policy(node) : err;
    err = err == TCN_ERR_OK ? keyring_load(node) : err;
    err = err == TCN_ERR_OK ? keylife_start(node) : err;
    if (err == TCN_ERR_OK) {
        err = tcn_store_commit(node->store);
        node->in_transaction = false;
    }
    err = err == TCN_ERR_OK ? shell_build(node) : err;
    size_t moved;
    return err == TCN_ERR_OK ? observers_flush(node, &moved) : err;
}

static enum tcn_err open_store(struct tcn_node *node, struct tcn_buf *message)
{
    enum tcn_err err = tcn_store_open(&node->store, node->setup->conf.store);
    err = err == TCN_ERR_OK ? prepare_store(node) : err;
    if (err != TCN_ERR_OK) {
        const char *said =
            node->store == NULL ? "" : tcn_store_message(node->store);
        tcn_buf_printf(message, "%s\n",
                       said[0] != '\0' ? said : tcn_err_sentence(err));
    }
    return err;
}

static enum tcn_err open_control(struct tcn_node *node, struct tcn_buf *message)
{
    char path[TCN_PATH_MAX + 32];
    (void)snprintf(path, sizeof path, "%s/control.sock", node->setup->conf.run);
    enum tcn_err err = tcn_dir_make(node->setup->conf.run, 0755, message);
    if (err != TCN_ERR_OK) {
        return err;
    }
    err = tcn_control_listen(&node->control_fd, path);
    if (err != TCN_ERR_OK) {
        tcn_buf_printf(message, "%s: %s\n", path,
                       err == TCN_ERR_BUSY
                           ? "another node is using this directory"
                           : tcn_err_sentence(err));
    }
    return err;
}

static bool open_signals(struct tcn_node *node)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    (void)signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) {
        return false;
    }
    node->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return node->signal_fd >= 0;
}

/* The signing key lives here: no dump and no debugger gets at it. */
static void harden(void)
{
    const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
#if !defined(__SANITIZE_ADDRESS__)
    (void)prctl(PR_SET_DUMPABLE, 0);
#endif
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static enum tcn_err start(struct tcn_node *node, struct tcn_buf *message)
{
    if (!allocate(node) || !open_signals(node)) {
        tcn_buf_put_str(message, "out of memory or descriptors\n");
        return TCN_ERR_NO_MEMORY;
    }
    enum tcn_err err = verify_open(node);
    if (err != TCN_ERR_OK) {
        tcn_buf_put_str(message, "no threads to check signatures\n");
        return err;
    }
    places_prepare(node);
    err = open_store(node, message);
    err = err == TCN_ERR_OK ? open_control(node, message) : err;
    if (err == TCN_ERR_OK) {
        child_start(node, &node->link);
        child_start(node, &node->feed);
    }
    return err;
}

static void stop(struct tcn_node *node)
{
    child_stop(&node->link);
    child_stop(&node->feed);
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        control_close(node, i);
    }
    if (node->control_fd >= 0) {
        char path[TCN_PATH_MAX + 32];
        (void)snprintf(path, sizeof path, "%s/control.sock",
                       node->setup->conf.run);
        (void)unlink(path);
        close(node->control_fd);
    }
    if (node->signal_fd >= 0) {
        close(node->signal_fd);
    }
    verify_close(node);
    tcn_store_close(node->store);
    keyring_fini(&node->keyring);
    keylife_close(node);
    pending_free(node);
    hits_close(node);
    tcn_setup_free(node->setup);
    free(node->mesh_memory);
    free(node->outgoing.bytes);
    free(node->effects);
    free(node->received);
    free(node->loaded);
    free(node->other);
    free(node->scratch);
}

/* Who the child becomes when we are root: never root in silence. */
static const char *user_for(const char *name)
{
    if (geteuid() != 0) {
        return NULL;
    }
    if (getpwnam(name) != NULL) {
        return name;
    }
    struct tcn_log_line line = tcn_log(TCN_LOG_WARNING, "no-user");
    tcn_log_str(&line, "user", name);
    tcn_log_str(&line, "message",
                "there is no such user (systemd-sysusers): it runs as root");
    tcn_log_end(&line);
    return NULL;
}

static int run(struct tcn_node *node, bool check)
{
    static uint8_t text[TCN_SETUP_MESSAGE];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    enum tcn_err err = load(node, &message);
    if (err == TCN_ERR_OK && !node->setup->policy_valid) {
        (void)fprintf(stderr, "%stocsind: the policy is not valid%s\n",
                      node->policy_message,
                      check ? "" : ": this node only receives until it is");
    }
    if (err == TCN_ERR_OK && check) {
        bool good = node->setup->policy_valid;
        puts(good ? "configuration, policy and keys are in order" : "");
        return good ? 0 : 1;
    }
    if (err == TCN_ERR_OK) {
        message.len = 0;
        err = start(node, &message);
    }
    if (err != TCN_ERR_OK) {
        bool said = message.len > 0;
        (void)fprintf(stderr, "%stocsind: cannot start%s%s\n",
                      tcn_buf_text(&message), said ? "" : ": ",
                      said ? "" : tcn_err_sentence(err));
        return 1;
    }
    return node_loop(node);
}

int main(int argc, char **argv)
{
    const char *values[OPTION_COUNT];
    int result = tcn_usage_read(&usage, argc, argv, values);
    if (result >= 0) {
        return result;
    }
    if (sodium_init() < 0) {
        return 1;
    }
    harden();
    tcn_log_open("tocsind", TCN_LOG_INFO);
    struct tcn_node *node = calloc(1, sizeof *node);
    if (node == NULL) {
        return 1;
    }
    node->config_path = values[OPTION_CONFIG] == NULL
                            ? "/etc/tocsin/tocsin.conf"
                            : values[OPTION_CONFIG];
    node->started_ms = tcn_now_ms();
    node->control_fd = node->signal_fd = -1;
    node->link.program = "tocsin-link";
    node->link.user = user_for("tocsin-link");
    node->feed.program = "tocsin-feed";
    node->feed.user = user_for("tocsin-feed");
    result = run(node, values[OPTION_CHECK] != NULL);
    stop(node);
    free(node);
    return result;
}
