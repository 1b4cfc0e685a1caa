/* update, sighting, ack: what is said about an alert that is held here. It is
 * fetched first: what no option names is taken from it. */
#include "cli/commands.h"
#include "cli/draft.h"

static struct tcn_draft draft;
static struct tcn_alert held;
static uint8_t held_bytes[TCN_ENVELOPE_MAX];

/* ---- the alert it is about ---- */

struct head {
    bool found;
    uint64_t revision;
    struct tcn_id id;
};

static void take_highest(struct head *head, const struct tcn_pairs *pairs)
{
    struct tcn_view id = tcn_pairs_bin(pairs, "id");
    uint64_t revision = tcn_pairs_uint(pairs, "revision");
    if (id.len == sizeof head->id.bytes &&
        (!head->found || revision >= head->revision)) {
        *head = (struct head){.found = true, .revision = revision};
        memcpy(head->id.bytes, id.data, id.len);
    }
}

/* The highest revision of the thread that the word names. */
static int find_head(struct cli_node *node, const struct cli_args *args,
                     struct head *head)
{
    *head = (struct head){0};
    cli_begin(node);
    tcn_pair_str(&node->pairs, &node->pair_count, "id",
                 tcn_view_str(args->words[0]));
    if (!cli_send(node, "thread")) {
        return EXIT_NO_NODE;
    }
    while (cli_next(node)) {
        take_highest(head, &node->msg.pairs);
    }
    return cli_finish(node);
}

static enum tcn_err take_held(const struct tcn_pairs *pairs)
{
    struct tcn_view envelope = tcn_pairs_bin(pairs, "envelope");
    if (envelope.len == 0 || envelope.len > sizeof held_bytes) {
        return TCN_ERR_EXPIRED;
    }
    memcpy(held_bytes, envelope.data, envelope.len);
    enum tcn_err err =
        tcn_alert_decode(&held, tcn_view(held_bytes, envelope.len));
    return err == TCN_ERR_OK ? tcn_alert_check_fields(&held) : err;
}

static int fetch(struct cli_node *node, struct tcn_view whole_id,
                 const char *word)
{
    enum tcn_err err = TCN_ERR_NOT_FOUND;
    cli_begin(node);
    if (word == NULL) {
        tcn_pair_bin(&node->pairs, &node->pair_count, "id", whole_id);
    } else {
        tcn_pair_str(&node->pairs, &node->pair_count, "id", tcn_view_str(word));
    }
    if (!cli_send(node, "show")) {
        return EXIT_NO_NODE;
    }
    while (cli_next(node)) {
        err = take_held(&node->msg.pairs);
    }
    int code = cli_finish(node);
    if (code == EXIT_DONE && err != TCN_ERR_OK) {
        (void)fprintf(stderr, "tocsin: %s\n", tcn_err_sentence(err));
        code = EXIT_REFUSED;
    }
    return code;
}

/* ---- what is said about it ---- */

static int say(struct cli_node *node, const struct cli_args *args,
               const char *verb, const char *kind)
{
    cli_begin(node);
    tcn_pair_str(&node->pairs, &node->pair_count, "id",
                 tcn_view_str(args->words[0]));
    tcn_pair_bool(&node->pairs, &node->pair_count, "dry_run",
                  cli_has(args, "dry-run"));
    if (kind != NULL) {
        tcn_pair_str(&node->pairs, &node->pair_count, "kind",
                     tcn_view_str(kind));
    }
    return draft_put(node, &draft) ? cli_run(node, args, verb, cli_print_id)
                                   : EXIT_USAGE;
}

/* ---- update ---- */

/* Who had the alert keeps it: so a narrower one is another alert, and this one
 * is withdrawn. */
static int replace(struct cli_node *node, const struct cli_args *args)
{
    const char *reason = cli_get(args, "reason");
    draft.header.kind = TCN_KIND_ALERT;
    draft.header.kind_text = tcn_view_str(tcn_kind_word(TCN_KIND_ALERT));
    draft.header.revision = 0;
    int code = EXIT_DONE;
    if (!cli_has(args, "dry-run")) {
        (void)fprintf(stderr, "note: this alert is revoked, a new one is "
                              "sent: two ids\n");
        code = cli_revoke(node, args,
                          reason == NULL ? "Replaced by a narrower alert"
                                         : reason);
    }
    return code == EXIT_DONE ? cli_submit(node, args, &draft) : code;
}

static int revise(struct cli_node *node, const struct cli_args *args)
{
    if (tcn_alert_follows(&held.header, &draft.header) == TCN_ERR_OK) {
        return say(node, args, "update", NULL);
    }
    bool bound = !tcn_view_equal(held.header.agreement, draft.header.agreement);
    bool live = tcn_view_equal(held.header.exercise, draft.header.exercise);
    if (bound || !live) {
        return cli_wrong(args, bound ? "--agreement" : "--exercise",
                         "it is the same for all revisions of an alert");
    }
    if (!cli_has(args, "narrow")) {
        (void)fprintf(stderr,
                      "tocsin update: the audience may only grow and the TLP "
                      "only fall: who has the alert keeps it. With --narrow "
                      "this one is revoked and a new one is sent\n");
        return EXIT_REFUSED;
    }
    return replace(node, args);
}

static int update(struct cli_node *node, const struct cli_args *args)
{
    struct head head;
    int code = find_head(node, args, &head);
    if (code == EXIT_DONE) {
        code = fetch(node, tcn_id_view(&head.id), NULL);
    }
    if (code != EXIT_DONE) {
        return code;
    }
    if (held.header.kind == TCN_KIND_REVOKE) {
        (void)fprintf(stderr, "tocsin update: %s\n",
                      tcn_err_sentence(TCN_ERR_FINAL));
        return EXIT_REFUSED;
    }
    draft_revise(&draft, &held, cli_has(args, "fresh"));
    code = draft_apply(args, &draft);
    return code == EXIT_DONE ? revise(node, args) : code;
}

static bool says_something(const struct cli_args *args)
{
    for (size_t i = 0; i < draft_option_count; i++) {
        if (cli_has(args, draft_options[i].name)) {
            return true;
        }
    }
    return cli_has(args, "fresh");
}

int cmd_update(struct cli_args *args)
{
    struct cli_node node;
    const char *reason = cli_get(args, "reason");
    int code = draft_check(args);
    if (code != EXIT_DONE) {
        return code;
    }
    if (reason != NULL &&
        (!cli_has(args, "narrow") || !cli_is_line(tcn_view_str(reason)))) {
        return cli_wrong(args, "--reason",
                         "one line of text, and only with --narrow");
    }
    if (!says_something(args)) {
        return cli_wrong(args, args->words[0],
                         "say what changes, e.g. --severity critical");
    }
    if (cli_has(args, "fresh") && !cli_has(args, "title")) {
        return cli_wrong(args, "--fresh", "then it needs a --title");
    }
    code = cli_connect(&node, args) ? update(&node, args) : EXIT_NO_NODE;
    cli_disconnect(&node);
    return code;
}

/* ---- sighting, ack ---- */

static int remark(struct cli_args *args, const char *kind)
{
    struct cli_node node;
    int code = draft_check(args);
    if (code != EXIT_DONE) {
        return code;
    }
    code = EXIT_NO_NODE;
    if (cli_connect(&node, args)) {
        code = fetch(&node, tcn_view(NULL, 0), args->words[0]);
        if (code == EXIT_DONE) {
            draft_remark(&draft, &held.header);
            code = draft_apply(args, &draft);
        }
        if (code == EXIT_DONE) {
            code = say(&node, args, "remark", kind);
        }
    }
    cli_disconnect(&node);
    return code;
}

int cmd_sighting(struct cli_args *args)
{
    return remark(args, "sighting");
}

int cmd_ack(struct cli_args *args)
{
    return remark(args, "ack");
}
