/* Holds and the quarantine, for the people who decide about them. */
#include "daemon/control.h"
#include "daemon/requests.h"

/* What a peer was handed of an alert. */
struct handed {
    const char *peer;
    bool any;
    uint8_t form;
};

static enum tcn_err take_handed(void *ctx, const char *peer,
                                const struct tcn_ledger_row *row)
{
    struct handed *handed = ctx;
    if (strcmp(peer, handed->peer) == 0) {
        handed->any = true;
        handed->form |= row->form & TCN_CLASS_ALL;
    }
    return TCN_ERR_OK;
}

/* Whoever decides should know what of it is out already. */
static enum tcn_err reply_has(struct verb_call *call, const struct tcn_id *id,
                              const char *peer)
{
    struct handed handed = {.peer = peer};
    enum tcn_err err = tcn_store_exports(
        call->node->store, id, (struct tcn_ledger_taker){take_handed, &handed});
    if (err == TCN_ERR_OK && handed.any) {
        reply_uint(call->client, "has", handed.form);
    }
    return err;
}

static enum tcn_err reply_hold(void *ctx, const struct tcn_hold *hold)
{
    struct verb_call *call = ctx;
    char text[1024];
    struct tcn_buf needs = tcn_buf(text, sizeof text);
    struct tcn_stored row;
    enum tcn_err err = TCN_ERR_OK;
    if (hold->state == TCN_HOLD_WAITING) {
        err = holds_put_needs(call->node, hold, &needs);
    }
    if (err != TCN_ERR_OK) {
        return err;
    }
    reply_begin(call->client);
    reply_bin(call->client, "id", tcn_id_view(&hold->id));
    reply_str(call->client, "peer", hold->peer);
    reply_str(call->client, "state", holds_state_word(hold->state));
    reply_str(call->client, "rules", hold->rules);
    reply_uint(call->client, "asked", hold->asked);
    reply_uint(call->client, "form", hold->form);
    reply_uint(call->client, "since", hold->since_ms);
    reply_uint(call->client, "until", hold->until_ms);
    reply_view(call->client, "needs", tcn_buf_view(&needs));
    if (tcn_store_get(call->node->store, &hold->id, &row, NULL) == TCN_ERR_OK) {
        reply_str(call->client, "title", row.title);
    }
    err = reply_has(call, &hold->id, hold->peer);
    reply_row(call->client);
    return err;
}

static enum tcn_err reply_quarantined(void *ctx,
                                      const struct tcn_quarantined *held)
{
    struct verb_call *call = ctx;
    struct tcn_stored row;
    reply_begin(call->client);
    reply_bin(call->client, "id", tcn_id_view(&held->id));
    reply_str(call->client, "from", held->peer);
    reply_str(call->client, "state", "quarantine");
    reply_str(call->client, "rules", held->rule);
    reply_uint(call->client, "since", held->at_ms);
    if (tcn_store_get(call->node->store, &held->id, &row, NULL) == TCN_ERR_OK) {
        reply_str(call->client, "title", row.title);
    }
    reply_row(call->client);
    return TCN_ERR_OK;
}

static const char *request_word(const struct tcn_request *request)
{
    static const char *const words[TCN_REQUEST_STATES] = {
        "requested", "agreed", "released", "refused"};
    return request->state < TCN_REQUEST_STATES ? words[request->state] : "?";
}

static enum tcn_err reply_request(void *ctx, const struct tcn_request *request)
{
    struct verb_call *call = ctx;
    struct tcn_stored row;
    reply_begin(call->client);
    reply_bin(call->client, "id", tcn_id_view(&request->id));
    reply_str(call->client, "peer", request->peer);
    reply_str(call->client, "asker", request->asker);
    reply_bin(call->client, "request", tcn_id_view(&request->request));
    reply_str(call->client, "state", request_word(request));
    reply_uint(call->client, "classes", request->classes);
    reply_uint(call->client, "since", request->at_ms);
    enum tcn_err err = reply_has(call, &request->id, request->peer);
    if (tcn_store_get(call->node->store, &request->request, &row, NULL) ==
        TCN_ERR_OK) {
        reply_str(call->client, "words", row.title);
    }
    if (tcn_store_get(call->node->store, &request->id, &row, NULL) ==
        TCN_ERR_OK) {
        reply_str(call->client, "title", row.title);
    }
    reply_row(call->client);
    return err;
}

enum tcn_err verb_requests(struct verb_call *call)
{
    struct tcn_id id;
    bool one = tcn_pairs_has(call->pairs, "id");
    enum tcn_err err = one ? verb_id(call, &id) : TCN_ERR_OK;
    return err == TCN_ERR_OK
               ? tcn_store_requests(
                     call->node->store, one ? &id : NULL,
                     (struct tcn_request_taker){reply_request, call})
               : err;
}

enum tcn_err verb_holds(struct verb_call *call)
{
    struct tcn_id id;
    bool one = tcn_pairs_has(call->pairs, "id");
    enum tcn_err err = one ? verb_id(call, &id) : TCN_ERR_OK;
    if (err == TCN_ERR_OK) {
        err =
            tcn_store_requests(call->node->store, one ? &id : NULL,
                               (struct tcn_request_taker){reply_request, call});
    }
    if (err == TCN_ERR_OK) {
        err = tcn_store_holds(call->node->store, one ? &id : NULL,
                              (struct tcn_hold_taker){reply_hold, call});
    }
    if (err == TCN_ERR_OK && !one) {
        err = tcn_store_quarantine_each(
            call->node->store,
            (struct tcn_quarantine_taker){reply_quarantined, call});
    }
    return err;
}

static enum tcn_err reply_approval(void *ctx,
                                   const struct tcn_approval *approval)
{
    struct verb_call *call = ctx;
    reply_begin(call->client);
    reply_str(call->client, "approved_by", approval->user);
    reply_uint(call->client, "at", approval->at_ms);
    reply_uint(call->client, "cut", approval->cut);
    reply_str(call->client, "rules", approval->rules);
    reply_row(call->client);
    return TCN_ERR_OK;
}

/* ---- words about one of them ---- */

static enum tcn_err take_word(struct verb_call *call, struct hold_word *word,
                              struct tcn_id *id, char peer[TCN_MEMBER_MAX + 1])
{
    struct tcn_view to = tcn_pairs_str(call->pairs, "to");
    uint64_t cut = tcn_pairs_uint(call->pairs, "cut");
    enum tcn_err err = verb_id(call, id);
    peer[0] = '\0';
    if (to.len > 0 && to.len <= TCN_MEMBER_MAX) {
        memcpy(peer, to.data, to.len);
        peer[to.len] = '\0';
    }
    *word = (struct hold_word){.id = id,
                               .peer = peer,
                               .person = &call->client->peer,
                               .cut = (uint8_t)(cut & TCN_CLASS_ALL)};
    return err;
}

static enum tcn_err say(struct verb_call *call, enum tcn_err err)
{
    switch (err) {
    case TCN_ERR_NOT_FOUND:
        tcn_buf_put_str(call->said, "nothing of it is held there: see `tocsin "
                                    "hold list`");
        break;
    case TCN_ERR_ROLE:
        tcn_buf_printf(call->said,
                       "%s has none of the roles that its rules ask for",
                       call->client->peer.user);
        break;
    case TCN_ERR_FINAL:
        tcn_buf_put_str(call->said, "that was decided already; what was "
                                    "refused or ran out of time can be "
                                    "reopened");
        break;
    case TCN_ERR_EXISTS:
        tcn_buf_put_str(call->said, "it is neither refused nor out of time");
        break;
    default: break;
    }
    return err;
}

/* The person agrees to what a peer asks for, and is the first who approves. */
static enum tcn_err release(struct verb_call *call,
                            const struct hold_word *word,
                            struct request_reply *reply, bool *done)
{
    enum request_outcome outcome;
    enum tcn_err err = requests_agree(call->node, word, call->said, &outcome);
    if (err != TCN_ERR_OK) {
        return err;
    }
    *done = outcome == REQUEST_GOES;
    if (outcome != REQUEST_GOES) {
        err = holds_approve(call->node, word, done);
    }
    if (outcome == REQUEST_HELD && err == TCN_ERR_ROLE) {
        err = TCN_ERR_OK; /* he may agree, and others have to approve */
    }
    return err == TCN_ERR_OK && *done
               ? requests_released(call->node, word, reply)
               : err;
}

static void reply_note(struct verb_call *call, struct request_reply *reply)
{
    if (reply->note.len > 0) {
        reply_view(call->client, "note", tcn_buf_view(&reply->note));
    }
}

enum tcn_err verb_hold_release(struct verb_call *call)
{
    struct tcn_id id;
    struct hold_word word;
    char peer[TCN_MEMBER_MAX + 1], text[1024], notes[512];
    struct request_reply reply = {tcn_pairs_str(call->pairs, "reason"),
                                  tcn_buf(notes, sizeof notes)};
    bool done = true;
    enum tcn_err err = take_word(call, &word, &id, peer);
    if (err == TCN_ERR_OK) {
        err = peer[0] == '\0' ? holds_accept(call->node, &word)
                              : release(call, &word, &reply, &done);
    }
    err = err == TCN_ERR_OK ? shell_commit(call->node) : err;
    if (err != TCN_ERR_OK) {
        return say(call, err);
    }
    struct tcn_hold hold;
    struct tcn_buf needs = tcn_buf(text, sizeof text);
    if (!done &&
        tcn_store_hold_get(call->node->store, &id, peer, &hold) == TCN_ERR_OK) {
        err = holds_put_needs(call->node, &hold, &needs);
    }
    reply_begin(call->client);
    reply_str(call->client, "outcome", done ? "released" : "approved");
    reply_view(call->client, "needs", tcn_buf_view(&needs));
    reply_note(call, &reply);
    reply_row(call->client);
    return err;
}

enum tcn_err verb_hold_refuse(struct verb_call *call)
{
    struct tcn_id id;
    struct hold_word word;
    char peer[TCN_MEMBER_MAX + 1], notes[512];
    struct request_reply reply = {tcn_pairs_str(call->pairs, "reason"),
                                  tcn_buf(notes, sizeof notes)};
    enum tcn_err err = take_word(call, &word, &id, peer);
    err = err == TCN_ERR_OK ? requests_refuse(call->node, &word, &reply) : err;
    if (err == TCN_ERR_NOT_FOUND) {
        err = holds_refuse(call->node, &word);
    }
    err = say(call, err == TCN_ERR_OK ? shell_commit(call->node) : err);
    if (err == TCN_ERR_OK && reply.note.len > 0) {
        reply_begin(call->client);
        reply_str(call->client, "outcome", "refused");
        reply_note(call, &reply);
        reply_row(call->client);
    }
    return err;
}

enum tcn_err verb_hold_reopen(struct verb_call *call)
{
    struct tcn_id id;
    struct hold_word word;
    char peer[TCN_MEMBER_MAX + 1];
    enum tcn_err err = take_word(call, &word, &id, peer);
    err = err == TCN_ERR_OK ? holds_reopen(call->node, &word) : err;
    return say(call, err == TCN_ERR_OK ? shell_commit(call->node) : err);
}

/* What would go if somebody agreed to what is asked. */
static enum tcn_err reply_judgement(struct verb_call *call,
                                    const struct hold_word *word)
{
    char text[512];
    struct tcn_buf line = tcn_buf(text, sizeof text);
    struct tcn_verdict verdict;
    uint8_t more;
    enum tcn_err err = requests_judge(call->node, word, &verdict, &more);
    if (err != TCN_ERR_OK) {
        return err;
    }
    tcn_verdict_put(&line, call->node->setup->policy, &verdict);
    reply_begin(call->client);
    reply_view(call->client, "if_agreed", tcn_buf_view(&line));
    reply_uint(call->client, "more", more);
    reply_row(call->client);
    return TCN_ERR_OK;
}

/* What is asked, the hold, who approved it, and what would go. */
enum tcn_err verb_hold_show(struct verb_call *call)
{
    struct tcn_id id;
    struct hold_word word;
    struct tcn_hold hold;
    char peer[TCN_MEMBER_MAX + 1];
    enum tcn_err err = take_word(call, &word, &id, peer);
    bool asked = false;
    if (err == TCN_ERR_OK) {
        err = requests_asked(call->node, &word, &asked);
    }
    if (err == TCN_ERR_OK && asked) {
        err =
            tcn_store_requests(call->node->store, &id,
                               (struct tcn_request_taker){reply_request, call});
        err = err == TCN_ERR_OK ? reply_judgement(call, &word) : err;
    }
    if (err == TCN_ERR_OK) {
        err = tcn_store_hold_get(call->node->store, &id, peer, &hold);
    }
    if (err == TCN_ERR_NOT_FOUND && asked) {
        return TCN_ERR_OK;
    }
    err = err == TCN_ERR_OK ? reply_hold(call, &hold) : err;
    if (err == TCN_ERR_OK) {
        err = tcn_store_approvals(
            call->node->store, &id, peer,
            (struct tcn_approval_taker){reply_approval, call});
    }
    return say(call, err);
}
