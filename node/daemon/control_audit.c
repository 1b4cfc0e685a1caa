/* The audit chain: its rows, whether it is whole, and the heads that were
 * signed: those in the store, and those that somebody kept elsewhere. */
#include "base/time.h"
#include "daemon/audit_log.h"
#include "daemon/control.h"

#define AUDIT_ROWS_MAX 5000

struct listing {
    struct client *client;
    uint64_t left;
};

static enum tcn_err take_row(void *ctx, const struct tcn_audit_row *row)
{
    struct listing *listing = ctx;
    if (listing->left-- == 0) {
        return TCN_ERR_CAPACITY; /* the client asks on, after the last n */
    }
    reply_begin(listing->client);
    reply_uint(listing->client, "n", row->n);
    reply_uint(listing->client, "at", row->at_ms);
    reply_str(listing->client, "actor", row->actor);
    reply_str(listing->client, "action", row->action);
    reply_str(listing->client, "subject", row->subject);
    reply_str(listing->client, "detail", row->detail);
    reply_bin(listing->client, "hash", tcn_id_view(&row->hash));
    reply_uint(listing->client, "signed", row->signed_ms);
    reply_row(listing->client);
    return TCN_ERR_OK;
}

enum tcn_err verb_audit(struct verb_call *call)
{
    struct listing listing = {call->client, AUDIT_ROWS_MAX};
    enum tcn_err err = tcn_store_audit_each(
        call->node->store, tcn_pairs_uint(call->pairs, "after"),
        (struct tcn_audit_taker){take_row, &listing});
    return err == TCN_ERR_CAPACITY ? TCN_ERR_OK : err;
}

/* ---- heads ---- */

struct verifying {
    struct verb_call *call;
    struct tcn_buf *said;
    uint64_t heads;
    uint64_t suspect; /* signed when the key was in doubt */
    struct tcn_audit_head last;
};

static enum tcn_err blame(struct verifying *verifying,
                          const struct tcn_audit_head *head, const char *what)
{
    char time[TCN_TIME_TEXT];
    tcn_buf_printf(verifying->said, "the head of row %llu, signed %s, %s",
                   (unsigned long long)head->n,
                   tcn_time_format(head->at_ms, time), what);
    return TCN_ERR_CORRUPT;
}

/* A certificate of ours signed it. */
static enum tcn_err check_signature(struct verifying *verifying,
                                    const struct tcn_audit_head *head)
{
    const struct tcn_node *node = verifying->call->node;
    const struct known_cert *known = keyring_find(&node->keyring, &head->cert);
    struct tcn_audit_head whole = *head;
    (void)snprintf(whole.member, sizeof whole.member, "%s",
                   node->setup->conf.member);
    if (known == NULL || strcmp(known->cert.member, whole.member) != 0) {
        return blame(verifying, head,
                     "is by a certificate that is not known here");
    }
    if (tcn_head_verify(&whole, known->cert.sign_pk) != TCN_ERR_OK) {
        return blame(verifying, head, "has a wrong signature");
    }
    verifying->suspect +=
        known->suspect_since_ms != 0 && head->at_ms >= known->suspect_since_ms;
    return TCN_ERR_OK;
}

/* The row is still there, and is the one that was signed. */
static enum tcn_err check_row(struct verifying *verifying,
                              const struct tcn_audit_head *head)
{
    struct tcn_id hash;
    enum tcn_err err =
        tcn_store_audit_hash(verifying->call->node->store, head->n, &hash);
    if (err == TCN_ERR_NOT_FOUND) {
        return blame(verifying, head,
                     "is beyond the end of the chain: rows were cut off, or a "
                     "backup was restored");
    }
    if (err == TCN_ERR_OK && !tcn_id_equal(&hash, &head->hash)) {
        return blame(verifying, head,
                     "is not what the chain has there: it was rewritten");
    }
    return err;
}

static enum tcn_err check_head(void *ctx, const struct tcn_audit_head *head)
{
    struct verifying *verifying = ctx;
    enum tcn_err err = check_row(verifying, head);
    err = err == TCN_ERR_OK ? check_signature(verifying, head) : err;
    verifying->heads++;
    verifying->last = *head;
    return err;
}

/* One that was kept elsewhere. */
static enum tcn_err check_given(struct verifying *verifying)
{
    struct tcn_audit_head head;
    struct verb_call *call = verifying->call;
    const char *member = call->node->setup->conf.member;
    enum tcn_err err =
        tcn_head_from_text(&head, tcn_pairs_str(call->pairs, "head"));
    if (err != TCN_ERR_OK) {
        tcn_buf_put_str(call->said, "that is no head of an audit chain");
        return err;
    }
    if (strcmp(head.member, member) != 0) {
        tcn_buf_printf(call->said, "that head is of %s", head.member);
        return TCN_ERR_DENIED;
    }
    /* The chain first: what is not signed by us proves nothing about it. */
    err = check_signature(verifying, &head);
    return err == TCN_ERR_OK ? check_row(verifying, &head) : err;
}

struct span {
    uint64_t rows, from_ms, until_ms;
};

static enum tcn_err take_span(void *ctx, const struct tcn_audit_row *row)
{
    struct span *span = ctx;
    span->rows++;
    span->until_ms = row->at_ms;
    if (span->from_ms == 0) {
        span->from_ms = row->at_ms; /* the first row has no time */
    }
    return TCN_ERR_OK;
}

static void reply_whole(const struct verifying *verifying,
                        const struct span *span)
{
    struct client *client = verifying->call->client;
    reply_begin(client);
    reply_uint(client, "rows", span->rows);
    reply_uint(client, "from", span->from_ms);
    reply_uint(client, "until", span->until_ms);
    reply_uint(client, "heads", verifying->heads);
    reply_uint(client, "signed_n", verifying->last.n);
    reply_uint(client, "signed_at", verifying->last.at_ms);
    reply_uint(client, "suspect", verifying->suspect);
    reply_row(client);
}

enum tcn_err verb_audit_verify(struct verb_call *call)
{
    struct tcn_store *store = call->node->store;
    struct verifying verifying = {.call = call, .said = call->said};
    struct span span = {0};
    uint64_t n = 0;
    enum tcn_err err = tcn_store_audit_verify(store, &n);
    if (err == TCN_ERR_CORRUPT) {
        tcn_buf_printf(call->said,
                       "the audit chain is broken at row %llu: somebody "
                       "changed it",
                       (unsigned long long)n);
    }
    if (err == TCN_ERR_OK) {
        err = tcn_store_heads(store,
                              (struct tcn_head_taker){check_head, &verifying});
    }
    if (err == TCN_ERR_OK && tcn_pairs_has(call->pairs, "head")) {
        err = check_given(&verifying);
    }
    if (err == TCN_ERR_OK) {
        err = tcn_store_audit_each(store, 0,
                                   (struct tcn_audit_taker){take_span, &span});
    }
    if (err == TCN_ERR_OK) {
        reply_whole(&verifying, &span);
    }
    return err;
}

/* Signs the end of the chain as it is now, to be kept elsewhere. */
enum tcn_err verb_audit_head(struct verb_call *call)
{
    struct tcn_audit_head head;
    char text[TCN_PAPER_TEXT_MAX];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    enum tcn_err err = audit_head_sign(call->node, &head, call->said);
    err = err == TCN_ERR_OK ? shell_commit(call->node) : err;
    err = err == TCN_ERR_OK ? tcn_head_to_text(&head, &out) : err;
    if (err == TCN_ERR_OK) {
        reply_begin(call->client);
        reply_uint(call->client, "n", head.n);
        reply_uint(call->client, "at", head.at_ms);
        reply_bin(call->client, "hash", tcn_id_view(&head.hash));
        reply_bin(call->client, "cert", tcn_id_view(&head.cert));
        reply_view(call->client, "head", tcn_buf_view(&out));
        reply_row(call->client);
    }
    return err;
}
