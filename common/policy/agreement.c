#include <stdlib.h>

#include "alert/hash.h"
#include "alert/label.h"
#include "base/text.h"
#include "policy/internal.h"

/* agreement "NAME" version N { parties { .. }; from T; until T; max tlp W;
 *   onward W; ack SEVERITY within D; retain CLASS D; }
 * The text as a whole is what nations agree on: it is bound by the hash of its
 * canonical form. */

static void take_parties(struct compiler *compiler, struct agreement *agreement)
{
    struct tcn_cursor *c = &compiler->c;
    tcn_expect(c, TCN_TOKEN_OPEN, "`{`");
    while (!c->failed) {
        const struct tcn_token *token =
            tcn_expect(c, TCN_TOKEN_WORD, "a member code");
        if (agreement->party_count == TCN_PEERS_MAX) {
            tcn_fail(c, token, TCN_ERR_CAPACITY, "more than %d parties",
                     TCN_PEERS_MAX);
            return;
        }
        tcn_copy_text(c, token, agreement->parties[agreement->party_count],
                      TCN_MEMBER_MAX + 1);
        if (!c->failed && !tcn_text_is_member(token->text)) {
            tcn_fail(c, token, TCN_ERR_SYNTAX, "expected a member code");
        }
        agreement->party_count += !c->failed;
        if (tcn_accept(c, TCN_TOKEN_CLOSE)) {
            return;
        }
        tcn_expect(c, TCN_TOKEN_COMMA, "`,` or `}`");
    }
}

static uint8_t take_word(struct compiler *compiler, enum fact fact)
{
    struct value value;
    return compile_value(compiler, fact, &value) ? (uint8_t)value.number : 0;
}

/* Duties are part of the text and so of the hash; they oblige people. */
static void take_duty(struct compiler *compiler, bool ack)
{
    struct tcn_cursor *c = &compiler->c;
    if (ack) {
        (void)take_word(compiler, FACT_SEVERITY);
        tcn_expect_word(c, "within");
    } else {
        const struct tcn_token *token =
            tcn_expect(c, TCN_TOKEN_WORD, "a class or `rest`");
        if (!c->failed && tcn_class_find(token->text) < 0 &&
            !tcn_view_is(token->text, "rest")) {
            tcn_fail_unknown(c, token, "class", NULL, 0);
        }
    }
    (void)tcn_take_duration(c);
}

static void take_item(struct compiler *compiler, struct agreement *agreement)
{
    static const char *const known[] = {"parties", "from", "until", "max",
                                        "onward",  "ack",  "retain"};
    struct tcn_cursor *c = &compiler->c;
    const struct tcn_token *item = tcn_expect(c, TCN_TOKEN_WORD, "an item");
    if (tcn_view_is(item->text, "parties")) {
        take_parties(compiler, agreement);
    } else if (tcn_view_is(item->text, "from")) {
        agreement->from_ms = tcn_take_time(c);
    } else if (tcn_view_is(item->text, "until")) {
        agreement->until_ms = tcn_take_time(c);
    } else if (tcn_view_is(item->text, "max")) {
        tcn_expect_word(c, "tlp");
        agreement->max_tlp = take_word(compiler, FACT_TLP);
    } else if (tcn_view_is(item->text, "onward")) {
        agreement->onward = take_word(compiler, FACT_ONWARD);
    } else if (tcn_view_is(item->text, "ack") ||
               tcn_view_is(item->text, "retain")) {
        take_duty(compiler, tcn_view_is(item->text, "ack"));
    } else {
        tcn_fail_unknown(c, item, "item of an agreement", known,
                         sizeof known / sizeof known[0]);
    }
    tcn_expect(c, TCN_TOKEN_SEMI, "`;`");
}

static void take_head(struct compiler *compiler, struct agreement *agreement)
{
    struct tcn_cursor *c = &compiler->c;
    const struct tcn_token *name =
        tcn_expect(c, TCN_TOKEN_STRING, "the agreement's quoted name");
    tcn_copy_text(c, name, agreement->name, sizeof agreement->name);
    if (!c->failed && !tcn_text_is_word(name->text, 1, TCN_NAME_MAX, true)) {
        tcn_fail(c, name, TCN_ERR_SYNTAX,
                 "an agreement's name is lower-case letters, digits and `-`");
    }
    tcn_expect_word(c, "version");
    (void)tcn_take_number(c, UINT32_MAX);
}

/* NAME# and the first 16 hex digits of the hash of the canonical text. */
static enum tcn_err bind_text(struct agreement *agreement,
                              const struct tcn_token *from,
                              const struct tcn_token *to)
{
    size_t cap = 64 * TCN_KIB;
    uint8_t *text = malloc(cap);
    if (text == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    struct tcn_buf out = tcn_buf(text, cap);
    tcn_canonical_put(&out, from, to);
    struct tcn_id hash = tcn_hash(TCN_PERSONAL_AGREE, tcn_buf_view(&out));
    struct tcn_buf ref = tcn_buf(agreement->ref, sizeof agreement->ref);
    tcn_buf_put_str(&ref, agreement->name);
    tcn_buf_put_str(&ref, "#");
    tcn_text_hex(&ref, tcn_view(hash.bytes, 8));
    (void)tcn_buf_text(&ref);
    free(text);
    return out.full ? TCN_ERR_SIZE : TCN_ERR_OK;
}

void compile_agreement(struct compiler *compiler,
                       const struct tcn_token *keyword)
{
    struct tcn_policy *policy = compiler->policy;
    struct tcn_cursor *c = &compiler->c;
    if (policy->agreement_count == TCN_AGREEMENTS_MAX) {
        tcn_fail(c, keyword, TCN_ERR_CAPACITY, "more than %d agreements",
                 TCN_AGREEMENTS_MAX);
        return;
    }
    struct agreement *agreement = &policy->agreements[policy->agreement_count];
    *agreement = (struct agreement){0};
    take_head(compiler, agreement);
    tcn_expect(c, TCN_TOKEN_OPEN, "`{`");
    while (!c->failed && !tcn_accept(c, TCN_TOKEN_CLOSE)) {
        take_item(compiler, agreement);
    }
    if (!c->failed && (agreement->party_count < 2 ||
                       agreement->from_ms >= agreement->until_ms)) {
        tcn_fail(c, keyword, TCN_ERR_SYNTAX,
                 "an agreement needs two parties, and `from` before `until`");
    }
    if (!c->failed) {
        enum tcn_err err = bind_text(agreement, keyword, c->at);
        compiler->err = err != TCN_ERR_OK ? err : compiler->err;
        policy->agreement_count++;
    }
}
