/* Drafts in, durable alerts out. Submissions of one round share one commit, and
 * are answered after it. */
#include <stdlib.h>

#include "daemon/holds.h"
#include "daemon/rehearsal.h"
#include "daemon/submit.h"
#include "io/log.h"

/* What of a submission waits for the commit of its round: all of it, or as much
 * as is taken at once. */
struct portion {
    struct portion *next;
    bool dry_run;
    bool is_last;
    uint64_t n;      /* of the draft after its last one */
    uint64_t stored; /* of the submission, up to here */
    enum tcn_err err;
    size_t count;
    struct piece pieces[];
};

static struct tcn_draft draft_now; /* decoded it is large: there is one */

static void place(struct tcn_node *node, const struct submission *submission,
                  struct piece *piece, struct tcn_view bytes)
{
    piece->err = tcn_draft_decode(&draft_now, bytes);
    if (piece->err == TCN_ERR_OK) {
        piece->err = signing_place(node, &draft_now, submission->life_ms,
                                   &piece->outcome, &piece->names);
    }
    if (piece->err != TCN_ERR_OK) {
        return; /* what the draft views may be of an earlier one */
    }
    piece->is_import = piece->names.count > 0;
    piece->thread = draft_now.header.thread;
    piece->digest = signing_digest(&draft_now);
    if (strcmp(piece->outcome, "known") == 0) {
        return;
    }
    piece->err = signing_build(node, &draft_now, &piece->unsigned_alert);
    piece->made = piece->err == TCN_ERR_OK;
}

/* Keeps what there is to warn of. */
static enum tcn_err look_at(struct tcn_node *node, struct piece *piece,
                            const struct tcn_alert *alert)
{
    piece->warnings = malloc(sizeof *piece->warnings);
    if (piece->warnings == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    outlook_warn(node, alert, piece->warnings);
    if (piece->warnings->count == 0) {
        free(piece->warnings);
        piece->warnings = NULL;
    }
    return TCN_ERR_OK;
}

/* Leaves what is sound in node->received. */
static void check_piece(struct tcn_node *node, struct piece *piece)
{
    if (piece->made && piece->err == TCN_ERR_OK) {
        piece->err = signing_check(
            node, tcn_view(piece->envelope, piece->envelope_len), &piece->rule);
    }
}

/* Whether a piece leaves something behind that others are placed by. */
static bool leaves_names(const struct piece *piece)
{
    return piece->err == TCN_ERR_OK && piece->is_import &&
           (piece->made || piece->names.early ||
            (piece->names.count > 1 && !piece->names.withdrawn));
}

/* From now on the source's message is known, and what it names. */
static enum tcn_err keep_names(struct tcn_node *node, const struct piece *piece)
{
    enum tcn_err err = TCN_ERR_OK;
    if (piece->made || piece->names.early) {
        err = rehearsal_put_import(node, &piece->thread, &piece->digest);
    }
    return err == TCN_ERR_OK
               ? import_names_keep(node, &piece->names, &piece->thread)
               : err;
}

/* What is no alert, but known from now on: a withdrawal that came before what
 * it withdraws, and the names in an older version. */
static void remember_piece(struct tcn_node *node, struct piece *piece)
{
    if (node->store_failed) {
        piece->err = TCN_ERR_DISK_FULL;
        return;
    }
    enum tcn_err err = shell_begin(node);
    err = err == TCN_ERR_OK ? keep_names(node, piece) : err;
    if (err != TCN_ERR_OK) {
        shell_fail(node, err);
        piece->err = err;
    }
}

static void submit_piece(struct tcn_node *node, const struct client *client,
                         struct piece *piece)
{
    if (!piece->made && leaves_names(piece)) {
        remember_piece(node, piece);
    }
    if (!piece->made || piece->err != TCN_ERR_OK) {
        return;
    }
    piece->err = signing_submit(node, &piece->id);
    if (piece->err != TCN_ERR_OK) {
        return;
    }
    char hex[17];
    struct tcn_buf text = tcn_buf(hex, sizeof hex);
    tcn_text_hex(&text, tcn_view(piece->id.bytes, 8));
    enum tcn_err err = audit_note(node, client->peer.user, piece->outcome,
                                  tcn_buf_text(&text), "");
    err =
        err == TCN_ERR_OK ? look_at(node, piece, &node->received->alert) : err;
    if (err == TCN_ERR_OK && piece->is_import) {
        err = keep_names(node, piece);
    }
    if (err != TCN_ERR_OK) {
        shell_fail(node, err);
        piece->err = err;
    }
}

static void dry_run_piece(struct tcn_node *node, struct client *client,
                          struct piece *piece)
{
    if (!piece->made || piece->err != TCN_ERR_OK) {
        return;
    }
    const struct tcn_alert *alert = &node->received->alert;
    piece->err = look_at(node, piece, alert);
    if (piece->err == TCN_ERR_OK) {
        outlook_tell(node, client, alert);
    }
}

/* What comes after it in the run is placed by it, and nothing is stored. */
static void rehearse_piece(struct tcn_node *node, struct piece *piece)
{
    if (!leaves_names(piece)) {
        return;
    }
    piece->err = keep_names(node, piece);
    if (piece->made) {
        rehearsal_put_head(node, &node->received->alert);
    }
}

#define SENTENCE_MAX 200

static const char *put_sentence(const struct piece *piece,
                                char out[SENTENCE_MAX])
{
    (void)snprintf(out, SENTENCE_MAX, "%s%s%s", tcn_err_sentence(piece->err),
                   piece->rule != NULL ? ": the rule that requires it is " : "",
                   piece->rule != NULL ? piece->rule : "");
    return out;
}

static void reply_piece(struct client *client, const struct piece *piece,
                        bool dry_run)
{
    char why[SENTENCE_MAX];
    bool ok = piece->err == TCN_ERR_OK;
    bool would = ok && dry_run && piece->made;
    reply_begin(client);
    reply_uint(client, "n", piece->n);
    reply_str(client, "outcome",
              would ? "would"
              : ok  ? piece->outcome
                    : "refused");
    if (would) {
        reply_str(client, "as", piece->outcome);
    } else if (ok && piece->made) {
        reply_bin(client, "id", tcn_id_view(&piece->id));
    }
    if (!ok) {
        reply_str(client, "error", tcn_err_word(piece->err));
        reply_str(client, "sentence", put_sentence(piece, why));
    }
    if (ok && piece->warnings != NULL) {
        outlook_reply(client, piece->warnings);
    }
    reply_row(client);
}

static bool waits_for(const struct piece *piece, const struct piece *before)
{
    return memcmp(&before->thread, &piece->thread, sizeof piece->thread) == 0 ||
           import_names_meet(&before->names, &piece->names);
}

/* Two versions of one source in one submission, or one that names another: the
 * second is placed when the first is stored. */
static bool repeats(const struct piece *pieces, size_t first, size_t at)
{
    for (size_t i = first; i < at; i++) {
        if (pieces[at].is_import && leaves_names(&pieces[i]) &&
            waits_for(&pieces[at], &pieces[i])) {
            return true;
        }
    }
    return false;
}

/* Places pieces from `first` on; returns where it had to stop. */
static size_t place_some(struct tcn_node *node,
                         const struct submission *submission,
                         struct piece *pieces, size_t first)
{
    for (size_t i = first; i < submission->count; i++) {
        pieces[i] = (struct piece){.n = submission->n - submission->count + i,
                                   .outcome = "refused"};
        place(
            node, submission, &pieces[i],
            tcn_view(submission->drafts[i]->bytes, submission->drafts[i]->len));
        if (repeats(pieces, first, i)) {
            tcn_unsigned_fini(&pieces[i].unsigned_alert);
            pieces[i].made = false;
            return i;
        }
    }
    return submission->count;
}

static void run_pieces(struct tcn_node *node, struct client *client,
                       struct piece *pieces)
{
    struct submission *submission = &client->submission;
    size_t count = submission->count;
    node->rehearsal = client->rehearsal;
    for (size_t from = 0, to; from < count; from = to) {
        to = place_some(node, submission, pieces, from);
        submit_sign(node, pieces + from, to - from);
        for (size_t i = from; i < to; i++) {
            check_piece(node, &pieces[i]);
            if (submission->dry_run) {
                dry_run_piece(node, client, &pieces[i]);
                rehearse_piece(node, &pieces[i]);
            } else {
                submit_piece(node, client, &pieces[i]);
            }
        }
    }
    node->rehearsal = NULL;
}

static void drop_drafts(struct submission *submission)
{
    for (size_t i = 0; i < submission->count; i++) {
        free(submission->drafts[i]);
    }
    submission->count = 0;
    submission->bytes = 0;
}

static void portion_free(struct portion *portion)
{
    for (size_t i = 0; i < portion->count; i++) {
        if (portion->pieces[i].made) {
            tcn_unsigned_fini(&portion->pieces[i].unsigned_alert);
            free(portion->pieces[i].envelope);
            free(portion->pieces[i].warnings);
        }
    }
    free(portion);
}

void submit_forget(struct client *client)
{
    drop_drafts(&client->submission);
    rehearsal_free(client->rehearsal);
    while (client->waiting != NULL) {
        struct portion *portion = client->waiting;
        client->waiting = portion->next;
        portion_free(portion);
    }
}

/* One draft by itself ends with its own reason. */
static void end(struct client *client, const struct portion *last)
{
    char why[SENTENCE_MAX];
    if (last->stored == last->n) {
        reply_end(client, TCN_ERR_OK, "done");
    } else if (last->n == 1 && last->count == 1 && last->err != TCN_ERR_OK) {
        reply_end(client, last->err, put_sentence(&last->pieces[0], why));
    } else {
        reply_end(client, TCN_ERR_DENIED, "not everything was taken");
    }
}

static void answer(struct client *client, struct portion *portion,
                   enum tcn_err err)
{
    for (size_t i = 0; i < portion->count; i++) {
        struct piece *piece = &portion->pieces[i];
        /* Nothing of this round is durable, and by that some was known. */
        if (err != TCN_ERR_OK && !portion->dry_run &&
            (piece->made || piece->err == TCN_ERR_OK)) {
            piece->err = err;
        }
        portion->stored += piece->err == TCN_ERR_OK;
        portion->err = piece->err;
        reply_piece(client, piece, portion->dry_run);
    }
    if (portion->is_last) {
        end(client, portion);
    } else {
        client->submission.stored = portion->stored;
    }
}

void submit_answer(struct client *client, enum tcn_err err)
{
    while (client->waiting != NULL) {
        struct portion *portion = client->waiting;
        client->waiting = portion->next;
        answer(client, portion, err);
        portion_free(portion);
    }
}

static void wait_for_commit(struct client *client, struct portion *portion)
{
    struct portion **at = &client->waiting;
    while (*at != NULL) {
        at = &(*at)->next;
    }
    *at = portion;
}

/* Signs and stores what has been gathered; to be answered after the commit. The
 * next portion of the same submission counts on from that answer, so nothing
 * more is read before it. */
static void run(struct tcn_node *node, struct client *client)
{
    struct submission *submission = &client->submission;
    size_t count = submission->count;
    struct portion *portion =
        calloc(1, sizeof *portion + count * sizeof portion->pieces[0]);
    if (portion == NULL) {
        client->overflow = true;
        return;
    }
    run_pieces(node, client, portion->pieces);
    portion->dry_run = submission->dry_run;
    portion->is_last = submission->left == 0;
    portion->n = submission->n;
    portion->stored = submission->stored;
    portion->count = count;
    wait_for_commit(client, portion);
    node->submitted += portion->is_last ? count : DRAFTS_AT_ONCE;
    drop_drafts(submission);
    if (node->store_failed) {
        control_settle(node, client); /* not with what works again later */
    }
}

void submit_draft(struct tcn_node *node, struct client *client,
                  struct tcn_view draft)
{
    struct submission *submission = &client->submission;
    struct reply *copy = malloc(sizeof *copy + draft.len);
    if (copy == NULL) {
        client->overflow = true;
        return;
    }
    copy->len = draft.len;
    memcpy(copy->bytes, draft.data, draft.len);
    submission->drafts[submission->count++] = copy;
    submission->bytes += draft.len;
    submission->n++;
    submission->left--;
    if (submission->left == 0 || submission->count == DRAFTS_AT_ONCE ||
        submission->bytes >= DRAFTS_BYTES_MAX) {
        run(node, client);
    }
}

/* One dry run may be several submissions of a client; a real one ends it. */
static enum tcn_err rehearse(struct client *client, bool dry_run)
{
    if (!dry_run) {
        rehearsal_free(client->rehearsal);
        client->rehearsal = NULL;
    } else if (client->rehearsal == NULL) {
        client->rehearsal = rehearsal_new();
    }
    return dry_run && client->rehearsal == NULL ? TCN_ERR_NO_MEMORY
                                                : TCN_ERR_OK;
}

enum tcn_err verb_submit(struct verb_call *call)
{
    uint64_t count = tcn_pairs_uint(call->pairs, "count");
    if (count == 0 || count > TCN_SUBMIT_MAX) {
        tcn_buf_printf(call->said, "a submission holds 1 to %d drafts",
                       TCN_SUBMIT_MAX);
        return TCN_ERR_USAGE;
    }
    if (call->node->store_failed) {
        tcn_buf_printf(call->said, "nothing can be stored: %s",
                       call->node->store_message);
        return TCN_ERR_DISK_FULL;
    }
    enum tcn_err err = keylife_ready(call->node, call->said);
    if (err != TCN_ERR_OK) {
        return err;
    }
    bool dry_run = tcn_pairs_bool(call->pairs, "dry_run");
    err = rehearse(call->client, dry_run);
    if (err != TCN_ERR_OK) {
        return err;
    }
    if (dry_run) {
        control_settle(call->node, call->client); /* it is told at once */
    }
    call->client->submission = (struct submission){
        .left = count,
        .dry_run = dry_run,
        .life_ms = tcn_pairs_uint(call->pairs, "life"),
    };
    return TCN_ERR_OK;
}
