/* Drafts become alerts: which thread and revision they are, then the signature.
 * Rules: common/alert/FORMAT.md, "Revisions"; imports: "Thread". */
#include <stdlib.h>

#include "alert/hash.h"
#include "daemon/holds.h"
#include "daemon/import_names.h"
#include "daemon/rehearsal.h"
#include "daemon/restored.h"

/* An importer's digest begins with the time of the source's last change, 8
 * bytes big-endian, 0 when it does not say. Any other is hashed. */
struct tcn_id signing_digest(const struct tcn_draft *draft)
{
    struct tcn_id digest;
    if (draft->source_digest.len != sizeof digest.bytes) {
        return tcn_hash(TCN_PERSONAL_THREAD, draft->source_digest);
    }
    memcpy(digest.bytes, draft->source_digest.data, sizeof digest.bytes);
    return digest;
}

/* An older version of what is held already is nothing new. */
static bool is_older(const struct tcn_id *given, const struct tcn_id *held)
{
    static const uint8_t unsaid[8];
    return memcmp(given->bytes, unsaid, sizeof unsaid) != 0 &&
           memcmp(given->bytes, held->bytes, sizeof unsaid) < 0;
}

/* Both say when, and it is later. */
static bool is_newer(const struct tcn_id *given, const struct tcn_id *held)
{
    return memcmp(given->bytes, held->bytes, 8) > 0;
}

struct head {
    bool found;
    bool revoked;
    struct tcn_stored row;
};

static enum tcn_err take_head(void *ctx, const struct tcn_stored *row)
{
    struct head *head = ctx;
    head->revoked |= row->kind == TCN_KIND_REVOKE;
    if (!head->found || row->revision >= head->row.revision) {
        head->row = *row;
        head->found = true;
    }
    return TCN_ERR_OK;
}

static enum tcn_err find_head(struct tcn_node *node,
                              const struct tcn_thread *thread,
                              struct head *head)
{
    struct tcn_stored rehearsed;
    *head = (struct head){0};
    enum tcn_err err =
        tcn_store_thread(node->store, node->setup->conf.member, thread,
                         (struct tcn_row_taker){take_head, head});
    return err == TCN_ERR_OK && rehearsal_head(node, thread, &rehearsed)
               ? take_head(head, &rehearsed)
               : err;
}

static void follow(struct tcn_draft *draft, const struct head *head,
                   enum tcn_kind kind)
{
    struct tcn_header *header = &draft->header;
    header->kind = kind;
    header->kind_text = tcn_view_str(tcn_kind_word(kind));
    header->thread = head->row.thread;
    header->revision = head->row.revision + 1;
    header->has_ref = true;
    header->ref = head->row.id;
}

/* What of an import is known: the version that was taken last, its thread. */
struct known {
    bool seen;
    struct tcn_id digest;
    struct head head;
};

static enum tcn_err look_up(struct tcn_node *node,
                            const struct tcn_thread *thread,
                            struct known *known)
{
    enum tcn_err err = rehearsal_import(node, thread, &known->digest);
    known->seen = err == TCN_ERR_OK;
    return known->seen || err == TCN_ERR_NOT_FOUND
               ? find_head(node, thread, &known->head)
               : err;
}

/* An import that was seen before: nothing, an update or a revocation. */
static const char *decide(struct tcn_draft *draft, const struct known *known,
                          bool goes_on)
{
    const struct head *head = &known->head;
    struct tcn_id digest = signing_digest(draft);
    bool same = known->seen && (tcn_id_equal(&known->digest, &digest) ||
                                is_older(&digest, &known->digest));
    if (same || head->revoked || goes_on ||
        (draft->withdrawn && !head->found)) {
        return "known";
    }
    if (draft->withdrawn) {
        follow(draft, head, TCN_KIND_REVOKE);
        return "revoked";
    }
    if (head->found) {
        follow(draft, head, TCN_KIND_UPDATE);
        return "updated";
    }
    return "stored";
}

static enum tcn_err place_import(struct tcn_node *node, struct tcn_draft *draft,
                                 const char **outcome,
                                 struct import_names *names)
{
    struct known known;
    struct tcn_id digest = signing_digest(draft);
    struct tcn_thread *thread = &draft->header.thread;
    enum tcn_err err = import_names_read(node, draft, names, thread);
    err = err == TCN_ERR_OK ? look_up(node, thread, &known) : err;
    if (err != TCN_ERR_OK) {
        return err;
    }
    names->early =
        draft->withdrawn && !known.seen && !known.head.found && !names->goes_on;
    if (known.head.revoked && !draft->withdrawn && known.seen &&
        is_newer(&digest, &known.digest)) {
        err = import_names_again(node, names, &digest, thread);
    }
    if (err == TCN_ERR_OK && !names->again) {
        *outcome = decide(draft, &known, names->goes_on);
    }
    return err;
}

enum tcn_err signing_place(struct tcn_node *node, struct tcn_draft *draft,
                           uint64_t life_ms, const char **outcome,
                           struct import_names *names)
{
    struct tcn_header *header = &draft->header;
    *outcome = "stored";
    names->count = 0;
    header->created_ms = tcn_now_ms();
    if (header->expires_ms == 0) {
        header->expires_ms =
            header->created_ms +
            (life_ms != 0 ? life_ms : node->setup->conf.life_ms);
    }
    if (draft->source_key.len > 0) {
        return place_import(node, draft, outcome, names);
    }
    tcn_random(header->thread.bytes, sizeof header->thread.bytes);
    return TCN_ERR_OK;
}

enum tcn_err signing_build(struct tcn_node *node, const struct tcn_draft *draft,
                           struct tcn_unsigned *out)
{
    static uint8_t salts[TCN_FIELDS_MAX * 16];
    uint8_t blind[16];
    tcn_random(salts, (size_t)draft->field_count * 16);
    tcn_random(blind, sizeof blind);
    return tcn_unsigned_init(out, draft, &node->keys->card.cert, salts, blind);
}

enum tcn_err signing_sign(struct tcn_node *node, const struct tcn_draft *draft,
                          struct tcn_buf *out)
{
    struct tcn_unsigned made;
    enum tcn_err err = signing_build(node, draft, &made);
    if (err != TCN_ERR_OK) {
        return err;
    }
    struct tcn_buf *outs[] = {out};
    const struct tcn_unsigned *alerts[] = {&made};
    struct tcn_signer signer = {&node->keys->card.cert, node->keys->sign_seed};
    err = tcn_batch_sign(&signer, alerts, 1, outs);
    tcn_unsigned_fini(&made);
    return err != TCN_ERR_OK || !out->full ? err : TCN_ERR_SIZE;
}

enum tcn_err signing_check(struct tcn_node *node, struct tcn_view envelope,
                           const char **rule)
{
    struct tcn_alert *alert = &node->received->alert;
    *rule = NULL;
    enum tcn_err err = held_keep(node->received, envelope);
    if (err == TCN_ERR_OK) {
        /* Our own work is checked like everybody's before it is believed. */
        err = keyring_verify(node, alert);
    }
    err = err == TCN_ERR_OK ? restored_ready(node, &alert->header) : err;
    return err == TCN_ERR_OK ? require_check(node, alert, rule) : err;
}

enum tcn_err signing_submit(struct tcn_node *node, struct tcn_id *id)
{
    const struct tcn_alert *alert = &node->received->alert;
    *id = alert->id;
    struct tcn_event event = {.kind = TCN_EVENT_SUBMIT};
    event.submit.alert = alert;
    struct tcn_id other;
    if (tcn_mesh_other(node->mesh, &alert->header, &other) &&
        held_load(node, &other, node->other, NULL) == TCN_ERR_OK) {
        event.submit.other = &node->other->alert;
    }
    node->answer = (struct answer){0};
    shell_event(node, &event);
    if (node->store_failed) {
        return TCN_ERR_DISK_FULL;
    }
    tcn_assert(node->answer.given);
    return node->answer.err;
}
