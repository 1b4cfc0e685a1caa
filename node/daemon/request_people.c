/* What our people say to a request: one agrees, the policy says what may go and
 * who else has to, and whoever asked is told. Everything is in the audit, in
 * the transaction of what it tells of. */
#include "daemon/requests.h"

#include <stdlib.h>

/* ---- one of us agrees ---- */

struct given {
    const char *peer;
    uint8_t form;
};

static enum tcn_err take_given(void *ctx, const char *peer,
                               const struct tcn_ledger_row *row)
{
    struct given *given = ctx;
    if (strcmp(peer, given->peer) == 0) {
        given->form |= row->form;
    }
    return TCN_ERR_OK;
}

enum tcn_err requests_judge(struct tcn_node *node, const struct hold_word *word,
                            struct tcn_verdict *verdict, uint8_t *more)
{
    unsigned peer = peer_number(node, word->peer);
    struct given given = {.peer = word->peer};
    struct tcn_stored row;
    enum tcn_err err = held_load(node, word->id, node->loaded, &row);
    err = err == TCN_ERR_OK && peer == TCN_PEERS_MAX ? TCN_ERR_NOT_FOUND : err;
    if (err == TCN_ERR_OK) {
        err = tcn_store_exports(node->store, word->id,
                                (struct tcn_ledger_taker){take_given, &given});
    }
    if (err != TCN_ERR_OK) {
        return err;
    }
    struct tcn_facts facts = held_facts(node, &node->loaded->alert, &row);
    facts.requested |= 1ull << peer;
    facts.release_count = 0; /* people are asked about all of it */
    *verdict = tcn_policy_export(node->setup->policy, &facts, peer);
    *more = verdict->form & node->loaded->alert.form & (uint8_t)~given.form;
    if (row.status != TCN_STATUS_LIVE) {
        *more = 0;
    }
    return TCN_ERR_OK;
}

/* The state of what was held before the question, if nothing was. */
#define NOTHING_HELD TCN_HOLD_STATES

/* What was held before is put aside; the new question takes its place. */
static enum tcn_err ask_people(struct tcn_node *node,
                               const struct hold_word *word,
                               const struct tcn_verdict *verdict,
                               struct tcn_request *first)
{
    struct tcn_hold held;
    struct tcn_effect effect = {.kind = TCN_EFFECT_DECIDE,
                                .hook = TCN_HOOK_EXPORT,
                                .peer = (uint8_t)peer_number(node, word->peer),
                                .id = *word->id,
                                .verdict = *verdict};
    effect.verdict.form &= node->loaded->alert.form;
    enum tcn_err err =
        tcn_store_hold_get(node->store, word->id, word->peer, &held);
    if (err == TCN_ERR_OK && held.state != TCN_HOLD_WAITING) {
        first->has_before = true;
        first->before_state = held.state;
        first->before_asked = held.asked;
        first->before_form = held.form;
        memcpy(first->before_rules, held.rules, sizeof held.rules);
        err = tcn_store_hold_drop(node->store, word->id, word->peer);
    } else if (err == TCN_ERR_NOT_FOUND) {
        first->has_before = true;
        first->before_state = NOTHING_HELD;
        err = TCN_ERR_OK;
    }
    return err == TCN_ERR_OK ? holds_decided(node, &effect) : err;
}

static enum tcn_err agree_all(struct tcn_node *node,
                              const struct hold_word *word,
                              struct requests_found *found)
{
    enum tcn_err err = TCN_ERR_OK;
    for (size_t i = 0; err == TCN_ERR_OK && i < found->count; i++) {
        found->list[i].state = TCN_REQUEST_AGREED;
        err = requests_put(node, &found->list[i]);
        err = err == TCN_ERR_OK
                  ? requests_note(node, word->person->user, "request-agree",
                                  &found->list[i])
                  : err;
    }
    return err;
}

static enum tcn_err refuse_to_agree(struct tcn_node *node,
                                    const struct hold_word *word,
                                    const struct tcn_verdict *verdict,
                                    struct tcn_buf *said)
{
    tcn_buf_printf(said,
                   "the policy opens no more of it for %s, also when "
                   "that is asked for: ",
                   word->peer);
    tcn_verdict_put(said, node->setup->policy, verdict);
    return TCN_ERR_DENIED;
}

enum tcn_err requests_agree(struct tcn_node *node, const struct hold_word *word,
                            struct tcn_buf *said, enum request_outcome *outcome)
{
    struct requests_found found;
    struct tcn_verdict verdict = {0};
    uint8_t more = 0;
    *outcome = REQUEST_NONE;
    enum tcn_err err = requests_find(node, word, REQUEST_STATE(OPEN), &found);
    if (err == TCN_ERR_OK && found.count > 0) {
        err = requests_judge(node, word, &verdict, &more);
        if (err == TCN_ERR_OK && more == 0) {
            err = refuse_to_agree(node, word, &verdict, said);
        }
        err = err == TCN_ERR_OK ? shell_begin(node) : err;
        bool held = verdict.outcome == TCN_HOLD;
        if (err == TCN_ERR_OK) {
            *outcome = held ? REQUEST_HELD : REQUEST_GOES;
            err = held ? ask_people(node, word, &verdict, &found.list[0])
                       : tcn_store_delay(node->store, word->id, word->peer,
                                         tcn_now_ms());
        }
        err = err == TCN_ERR_OK ? agree_all(node, word, &found) : err;
    }
    free(found.list);
    return err;
}

/* ---- answers ---- */

static enum tcn_err answer(struct tcn_node *node, const struct hold_word *word,
                           struct tcn_request *request,
                           struct request_reply *reply)
{
    bool granted = request->state == TCN_REQUEST_RELEASED;
    request->has_before = false;
    enum tcn_err err = requests_put(node, request);
    err = err == TCN_ERR_OK
              ? requests_note(node, word->person->user,
                              granted ? "request-release" : "request-refuse",
                              request)
              : err;
    return err == TCN_ERR_OK ? answer_send(node, request, granted, reply) : err;
}

enum tcn_err requests_released(struct tcn_node *node,
                               const struct hold_word *word,
                               struct request_reply *reply)
{
    struct requests_found found;
    enum tcn_err err = requests_find(node, word, REQUEST_STATE(AGREED), &found);
    for (size_t i = 0; err == TCN_ERR_OK && i < found.count; i++) {
        found.list[i].state = TCN_REQUEST_RELEASED;
        found.list[i].granted = true;
        err = answer(node, word, &found.list[i], reply);
    }
    free(found.list);
    return err;
}

/* What was held, or released, before somebody agreed is so again. */
static enum tcn_err put_back(struct tcn_node *node,
                             const struct requests_found *found)
{
    for (size_t i = 0; i < found->count; i++) {
        const struct tcn_request *request = &found->list[i];
        if (!request->has_before) {
            continue;
        }
        if (request->before_state == NOTHING_HELD) {
            return tcn_store_hold_drop(node->store, &request->id,
                                       request->peer);
        }
        struct tcn_hold hold = {.id = request->id,
                                .state = request->before_state,
                                .asked = request->before_asked,
                                .form = request->before_form,
                                .since_ms = tcn_now_ms(),
                                .until_ms = UINT64_MAX};
        memcpy(hold.peer, request->peer, sizeof hold.peer);
        memcpy(hold.rules, request->before_rules, sizeof hold.rules);
        return tcn_store_hold(node->store, &hold);
    }
    return TCN_ERR_OK;
}

static bool is_held(struct tcn_node *node, const struct hold_word *word)
{
    struct tcn_hold hold;
    return tcn_store_hold_get(node->store, word->id, word->peer, &hold) ==
               TCN_ERR_OK &&
           hold.state == TCN_HOLD_WAITING;
}

enum tcn_err requests_refuse(struct tcn_node *node,
                             const struct hold_word *word,
                             struct request_reply *reply)
{
    struct requests_found found;
    enum tcn_err err = requests_find(
        node, word, REQUEST_STATE(OPEN) | REQUEST_STATE(AGREED), &found);
    if (err == TCN_ERR_OK && found.count == 0) {
        err = TCN_ERR_NOT_FOUND;
    }
    if (err == TCN_ERR_OK && is_held(node, word)) {
        err = holds_refuse(node, word);
        err = err == TCN_ERR_OK ? put_back(node, &found) : err;
    }
    err = err == TCN_ERR_OK ? shell_begin(node) : err;
    for (size_t i = 0; err == TCN_ERR_OK && i < found.count; i++) {
        found.list[i].state = TCN_REQUEST_REFUSED;
        err = answer(node, word, &found.list[i], reply);
    }
    free(found.list);
    return err;
}

enum tcn_err requests_asked(struct tcn_node *node, const struct hold_word *word,
                            bool *asked)
{
    struct requests_found found;
    enum tcn_err err = requests_find(
        node, word, REQUEST_STATE(OPEN) | REQUEST_STATE(AGREED), &found);
    *asked = found.count > 0;
    free(found.list);
    return err;
}

enum tcn_err requests_over(struct tcn_node *node, const struct tcn_hold *hold)
{
    const struct hold_word word = {.id = &hold->id, .peer = hold->peer};
    struct requests_found found = {0};
    bool any = false;
    enum tcn_err err = requests_any(node, &any);
    if (err != TCN_ERR_OK || !any) {
        return err;
    }
    err = requests_find(node, &word, REQUEST_STATE(AGREED), &found);
    err = err == TCN_ERR_OK ? put_back(node, &found) : err;
    for (size_t i = 0; err == TCN_ERR_OK && i < found.count; i++) {
        found.list[i].state = TCN_REQUEST_OPEN;
        found.list[i].has_before = false;
        err = requests_put(node, &found.list[i]);
    }
    free(found.list);
    return err;
}
