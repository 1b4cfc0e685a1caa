/* Verbs that speak about an alert that is held: revoke, update, sighting, ack.
 */
#include <stdlib.h>

#include "daemon/control.h"
#include "daemon/holds.h"

static struct tcn_draft draft_now;

static enum tcn_err find_subject(struct verb_call *call, struct tcn_stored *row)
{
    struct tcn_id id;
    enum tcn_err err = verb_id(call, &id);
    if (err == TCN_ERR_OK) {
        err = held_load(call->node, &id, call->node->loaded, row);
    }
    return err;
}

/* The highest revision of the subject's thread: what is revised is that. */
static enum tcn_err take_highest(void *ctx, const struct tcn_stored *row)
{
    struct tcn_stored *head = ctx;
    if (row->revision >= head->revision) {
        *head = *row;
    }
    return TCN_ERR_OK;
}

static enum tcn_err find_head(struct verb_call *call, struct tcn_stored *head)
{
    struct tcn_stored subject;
    enum tcn_err err = find_subject(call, &subject);
    if (err != TCN_ERR_OK) {
        return err;
    }
    if (strcmp(subject.origin, call->node->setup->conf.member) != 0) {
        tcn_buf_printf(call->said,
                       "only its origin %s may do that; `sighting` and `ack` "
                       "are open to everybody who holds it",
                       subject.origin);
        return TCN_ERR_DENIED;
    }
    *head = subject;
    return tcn_store_thread(call->node->store, subject.origin, &subject.thread,
                            (struct tcn_row_taker){take_highest, head});
}

/* What is to become of it. A revocation goes where its alert went. */
static void look_at(struct verb_call *call, struct outlook_warnings *warnings)
{
    const struct tcn_alert *alert = &call->node->received->alert;
    if (alert->header.kind == TCN_KIND_REVOKE) {
        return;
    }
    outlook_warn(call->node, alert, warnings);
    if (tcn_pairs_bool(call->pairs, "dry_run")) {
        outlook_tell(call->node, call->client, alert);
    }
}

static enum tcn_err store(struct verb_call *call, const char *action,
                          struct tcn_id *id)
{
    char hex[17];
    struct tcn_buf text = tcn_buf(hex, sizeof hex);
    enum tcn_err err = signing_submit(call->node, id);
    if (err == TCN_ERR_OK) {
        tcn_text_hex(&text, tcn_view(id->bytes, 8));
        err = audit_note(call->node, call->client->peer.user, action,
                         tcn_buf_text(&text), "");
    }
    return err == TCN_ERR_OK ? shell_commit(call->node) : err;
}

static enum tcn_err check(struct verb_call *call, struct tcn_view envelope)
{
    const char *rule;
    enum tcn_err err = signing_check(call->node, envelope, &rule);
    if (rule != NULL) {
        tcn_buf_printf(call->said,
                       "the policy does not allow it: the rule that requires "
                       "it is %s",
                       rule);
    }
    return err;
}

enum tcn_err publish_draft(struct verb_call *call,
                           const struct tcn_draft *draft, const char *action)
{
    static uint8_t envelope[TCN_ENVELOPE_MAX];
    struct outlook_warnings warnings = {0};
    struct tcn_id id;
    struct tcn_buf out = tcn_buf(envelope, sizeof envelope);
    bool dry_run = tcn_pairs_bool(call->pairs, "dry_run");
    enum tcn_err err = keylife_ready(call->node, call->said);
    err = err == TCN_ERR_OK ? signing_sign(call->node, draft, &out) : err;
    err = err == TCN_ERR_OK ? check(call, tcn_buf_view(&out)) : err;
    if (err == TCN_ERR_OK) {
        look_at(call, &warnings);
        err = dry_run ? TCN_ERR_OK : store(call, action, &id);
    }
    if (err == TCN_ERR_OK) {
        reply_begin(call->client);
        if (!dry_run) {
            reply_bin(call->client, "id", tcn_id_view(&id));
        }
        outlook_reply(call->client, &warnings);
        reply_row(call->client);
    }
    return err;
}

static void follow(struct tcn_header *header, const struct tcn_stored *head,
                   enum tcn_kind kind)
{
    header->kind = kind;
    header->kind_text = tcn_view_str(tcn_kind_word(kind));
    header->thread = head->thread;
    header->revision = head->revision + 1;
    header->has_ref = true;
    header->ref = head->id;
    header->created_ms = tcn_now_ms();
}

/* It carries the thread's marking, goes no further by itself, and outlives
 * every revision. */
enum tcn_err verb_revoke(struct verb_call *call)
{
    struct tcn_stored head;
    enum tcn_err err = find_head(call, &head);
    if (err == TCN_ERR_OK) {
        err = held_load(call->node, &head.id, call->node->loaded, NULL);
    }
    if (err != TCN_ERR_OK) {
        return err;
    }
    const struct tcn_header *of = &call->node->loaded->alert.header;
    struct tcn_view reason = tcn_pairs_str(call->pairs, "reason");
    memset(&draft_now.header, 0, sizeof draft_now.header);
    struct tcn_header *header = &draft_now.header;
    follow(header, &head, TCN_KIND_REVOKE);
    header->expires_ms = of->expires_ms;
    if (header->expires_ms < header->created_ms + TCN_DAY_MS) {
        header->expires_ms = header->created_ms + TCN_DAY_MS;
    }
    header->severity = of->severity;
    header->confidence = of->confidence;
    header->category = of->category;
    header->label.tlp = of->label.tlp;
    header->label.pap = of->label.pap;
    header->label.onward = TCN_ONWARD_NONE;
    header->agreement = of->agreement;
    header->exercise = of->exercise;
    draft_now.source_key = tcn_view(NULL, 0);
    draft_now.replaces_count = 0;
    draft_now.field_count = reason.len > 0;
    draft_now.fields[0] = (struct tcn_draft_field){
        .name = tcn_view_str("reason"),
        .cls = TCN_CLASS_KEEP,
        .value_count = 1,
        .values = {{.text = reason}},
    };
    return publish_draft(call, &draft_now, "revoke");
}

static enum tcn_err take_draft(struct verb_call *call)
{
    struct tcn_view bytes = tcn_pairs_bin(call->pairs, "draft");
    enum tcn_err err = tcn_draft_decode(&draft_now, bytes);
    if (err == TCN_ERR_OK && draft_now.header.expires_ms == 0) {
        draft_now.header.expires_ms =
            tcn_now_ms() + call->node->setup->conf.life_ms;
    }
    return err;
}

enum tcn_err verb_update(struct verb_call *call)
{
    struct tcn_stored head;
    enum tcn_err err = find_head(call, &head);
    if (err == TCN_ERR_OK) {
        err = take_draft(call);
    }
    if (err != TCN_ERR_OK) {
        return err;
    }
    follow(&draft_now.header, &head, TCN_KIND_UPDATE);
    return publish_draft(call, &draft_now, "update");
}

enum tcn_err verb_remark(struct verb_call *call)
{
    struct tcn_stored subject;
    enum tcn_err err = find_subject(call, &subject);
    if (err == TCN_ERR_OK) {
        err = take_draft(call);
    }
    if (err != TCN_ERR_OK) {
        return err;
    }
    enum tcn_kind kind =
        (enum tcn_kind)tcn_kind_find(tcn_pairs_str(call->pairs, "kind"));
    if (kind != TCN_KIND_SIGHTING && kind != TCN_KIND_ACK) {
        tcn_buf_put_str(call->said, "the kind is sighting or ack");
        return TCN_ERR_USAGE;
    }
    struct tcn_header *header = &draft_now.header;
    header->kind = kind;
    header->kind_text = tcn_view_str(tcn_kind_word(kind));
    header->revision = 0;
    header->has_ref = true;
    header->ref = subject.id;
    header->created_ms = tcn_now_ms();
    tcn_random(header->thread.bytes, sizeof header->thread.bytes);
    return publish_draft(call, &draft_now, tcn_kind_word(kind));
}
