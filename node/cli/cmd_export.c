/* export: alerts in the formats of other tools. */
#include <stdlib.h>
#include <sys/stat.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/draft.h"
#include "cli/export.h"

/* ---- one alert from the node ---- */

static bool ask(struct exporting *e, const char *verb, const char *id)
{
    struct cli_node *node = &e->node;
    cli_begin(node);
    tcn_pair_str(&node->pairs, &node->pair_count, "id", tcn_view_str(id));
    return cli_send(node, verb);
}

static int fetch(struct exporting *e, const char *id)
{
    if (!ask(e, "show", id)) {
        return EXIT_NO_NODE;
    }
    e->envelope.len = 0;
    while (cli_next(&e->node)) {
        const struct tcn_pairs *pairs = &e->node.msg.pairs;
        struct tcn_view envelope = tcn_pairs_bin(pairs, "envelope");
        struct tcn_view from = tcn_pairs_str(pairs, "received_from");
        e->envelope = tcn_buf(e->envelope.data, TCN_ENVELOPE_MAX);
        tcn_buf_put(&e->envelope, envelope.data, envelope.len);
        struct tcn_view key = tcn_pairs_str(pairs, "key");
        (void)snprintf(e->key, sizeof e->key, "%.*s", (int)key.len,
                       (const char *)key.data);
        (void)snprintf(e->received_from, sizeof e->received_from, "%.*s",
                       (int)from.len, (const char *)from.data);
        e->facts = (struct tcn_alert_facts){
            .status = cli_status_find(tcn_pairs_str(pairs, "status")),
            .received_from = tcn_view_str(e->received_from),
            .received_ms = tcn_pairs_uint(pairs, "received_at"),
            .key = tcn_view_str(e->key)};
    }
    int code = cli_finish(&e->node);
    if (code == EXIT_DONE && e->envelope.len == 0) {
        (void)fprintf(stderr,
                      "tocsin: %s has expired and its contents are "
                      "gone\n",
                      id);
        return EXIT_REFUSED;
    }
    return code;
}

static int decode(struct exporting *e)
{
    enum tcn_err err = tcn_alert_decode(e->alert, tcn_buf_view(&e->envelope));
    if (err == TCN_ERR_OK) {
        err = tcn_alert_check_fields(e->alert);
    }
    if (err != TCN_ERR_OK) {
        (void)fprintf(stderr, "tocsin: %s\n", tcn_err_sentence(err));
    }
    return err == TCN_ERR_OK ? EXIT_DONE : EXIT_REFUSED;
}

/* When its thread began, and when it was withdrawn. */
static int fetch_thread(struct exporting *e, const char *id)
{
    bool revoked = e->facts.status == TCN_STATUS_REVOKED;
    e->revisions = 0;
    if (!ask(e, "thread", id)) {
        return EXIT_NO_NODE;
    }
    while (cli_next(&e->node)) {
        uint64_t created = tcn_pairs_uint(&e->node.msg.pairs, "created");
        e->revisions++;
        struct tcn_view kind = tcn_pairs_str(&e->node.msg.pairs, "kind");
        if (e->facts.first_ms == 0 || created < e->facts.first_ms) {
            e->facts.first_ms = created;
        }
        if (revoked && tcn_view_is(kind, "revoke")) {
            e->facts.changed_ms = created;
        }
    }
    return cli_finish(&e->node);
}

/* The thread of what a sighting or ack is about, if it is held here. */
static int fetch_subject(struct exporting *e)
{
    const struct tcn_header *header = &e->alert->header;
    char id[65];
    struct tcn_buf hex = tcn_buf(id, sizeof id);
    if (!header->has_ref ||
        (header->kind != TCN_KIND_SIGHTING && header->kind != TCN_KIND_ACK)) {
        return EXIT_DONE;
    }
    tcn_text_hex(&hex, tcn_id_view(&header->ref));
    if (!ask(e, "show", tcn_buf_text(&hex))) {
        return EXIT_NO_NODE;
    }
    while (cli_next(&e->node)) {
        struct tcn_view thread = tcn_pairs_bin(&e->node.msg.pairs, "thread");
        struct tcn_view origin = tcn_pairs_str(&e->node.msg.pairs, "origin");
        if (thread.len == sizeof e->facts.subject.bytes) {
            memcpy(e->facts.subject.bytes, thread.data, thread.len);
            (void)snprintf(e->subject_origin, sizeof e->subject_origin, "%.*s",
                           (int)origin.len, (const char *)origin.data);
            e->facts.subject_origin = tcn_view_str(e->subject_origin);
        }
    }
    return e->node.end == TCN_ERR_NOT_FOUND ? EXIT_DONE : cli_finish(&e->node);
}

static int load(struct exporting *e, const char *id)
{
    int code = fetch(e, id);
    if (code == EXIT_DONE) {
        code = decode(e);
    }
    if (code == EXIT_DONE) {
        code = fetch_thread(e, id);
    }
    if (code == EXIT_DONE) {
        code = fetch_subject(e);
    }
    if (code == EXIT_DONE) {
        tcn_told_from_alert(e->told, e->alert, &e->facts);
        if (e->told->withheld > 0) {
            (void)fprintf(stderr, "note: %.12s: %u fields are withheld\n",
                          e->told->id, e->told->withheld);
        }
    }
    return code;
}

/* ---- all of them ---- */

/* STIX and MISP know one object that changes: of a thread the current revision
 * goes into a document, and a withdrawn alert rather than its bare withdrawal.
 */
static bool is_told_by_another(const struct exporting *e)
{
    bool one_object = !e->raw && (e->format == TCN_EXPORT_STIX ||
                                  e->format == TCN_EXPORT_MISP);
    bool bare = e->alert->header.kind == TCN_KIND_REVOKE && e->revisions > 1;
    return one_object && e->many &&
           (bare || e->facts.status == TCN_STATUS_SUPERSEDED);
}

static int each(struct exporting *e, const char *id)
{
    int code = load(e, id);
    if (code == EXIT_DONE && is_told_by_another(e)) {
        (void)fprintf(stderr,
                      "note: %.12s: another revision of its thread "
                      "stands for it\n",
                      e->told->id);
    } else if (code == EXIT_DONE) {
        code = export_put(e);
    }
    return code;
}

/* Ids of what was received lately, oldest first. */
static int list_ids(struct exporting *e, uint64_t since)
{
    struct cli_node *node = &e->node;
    cli_begin(node);
    tcn_pair_uint(&node->pairs, &node->pair_count, "since", cli_ago(since));
    cli_put_exercise(node, e->args);
    if (!cli_send(node, "list")) {
        return EXIT_NO_NODE;
    }
    while (cli_next(node)) {
        struct tcn_view id = tcn_pairs_bin(&node->msg.pairs, "id");
        struct tcn_id *grown =
            realloc(e->ids, (e->id_count + 1) * sizeof *grown);
        if (grown != NULL) {
            e->ids = grown;
        }
        if (grown != NULL && id.len == sizeof grown->bytes) {
            memcpy(grown[e->id_count++].bytes, id.data, id.len);
        }
    }
    return cli_finish(node);
}

static int run_listed(struct exporting *e, uint64_t since)
{
    int code = list_ids(e, since);
    int worst = code;
    for (size_t i = e->id_count; code == EXIT_DONE && i-- > 0;) {
        char id[65];
        struct tcn_buf hex = tcn_buf(id, sizeof id);
        tcn_text_hex(&hex, tcn_id_view(&e->ids[i]));
        int one = each(e, tcn_buf_text(&hex));
        worst = one > worst ? one : worst;
        code = one == EXIT_NO_NODE || one == EXIT_USAGE ? one : EXIT_DONE;
    }
    return worst;
}

static int run(struct exporting *e)
{
    const struct cli_args *args = e->args;
    uint64_t since = 0;
    if (!cli_duration(args, "since", 0, &since) ||
        draft_check(args) != EXIT_DONE) {
        return EXIT_USAGE;
    }
    bool lately = cli_has(args, "since");
    if (lately == (args->word_count > 0)) {
        return cli_wrong(args, lately ? args->words[0] : "export",
                         "give ids, or --since for what was received lately");
    }
    e->many = lately || args->word_count > 1;
    int code = export_begin(e);
    int worst = code;
    if (code == EXIT_DONE && lately) {
        worst = run_listed(e, since);
    }
    for (size_t i = 0; code == EXIT_DONE && i < args->word_count; i++) {
        code = each(e, args->words[i]);
        worst = code > worst ? code : worst;
        code = code == EXIT_NO_NODE || code == EXIT_USAGE ? code : EXIT_DONE;
    }
    if (code == EXIT_DONE) {
        code = export_end(e);
    }
    return code > worst ? code : worst;
}

int cmd_export(struct cli_args *args)
{
    struct exporting *e = calloc(1, sizeof *e);
    int code = EXIT_NO_NODE;
    if (e == NULL) {
        return EXIT_REFUSED;
    }
    e->args = args;
    e->alert = calloc(1, sizeof *e->alert);
    e->told = calloc(1, sizeof *e->told);
    e->envelope = tcn_buf(malloc(TCN_ENVELOPE_MAX), TCN_ENVELOPE_MAX);
    if (cli_connect(&e->node, args) && e->alert != NULL && e->told != NULL &&
        e->envelope.data != NULL) {
        code = run(e);
    }
    cli_disconnect(&e->node);
    export_free(e);
    free(e->envelope.data);
    free(e->ids);
    free(e->told);
    free(e->alert);
    free(e);
    return code;
}
