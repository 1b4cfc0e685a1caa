#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/text.h"
#include "policy/compiler.h"

/* A node without a valid policy; `receive_only` lets everything in. */
#define RECEIVE_ONLY "policy \"receive only\" version 0;"

static void compile_header(struct compiler *compiler)
{
    struct tcn_cursor *c = &compiler->c;
    struct tcn_policy *policy = compiler->policy;
    const struct tcn_token *name =
        tcn_expect(c, TCN_TOKEN_STRING, "the policy's quoted name");
    if (policy->name[0] != '\0') {
        tcn_fail(c, name, TCN_ERR_EXISTS, "a second policy statement");
    }
    tcn_copy_text(c, name, policy->name, sizeof policy->name);
    tcn_expect_word(c, "version");
    policy->version = tcn_take_number(c, UINT32_MAX);
    tcn_expect_semi(c);
}

static void take_group_members(struct compiler *compiler, struct group *group)
{
    struct tcn_cursor *c = &compiler->c;
    tcn_expect(c, TCN_TOKEN_OPEN, "`{`");
    while (!c->failed) {
        const struct tcn_token *token =
            tcn_expect(c, TCN_TOKEN_WORD, "a member code");
        if (world_party(compiler->policy, token->text) < 0) {
            fail_member(compiler, token);
        }
        if (group->count == TCN_PEERS_MAX) {
            tcn_fail(c, token, TCN_ERR_CAPACITY, "more than %d members",
                     TCN_PEERS_MAX);
            return;
        }
        tcn_copy_text(c, token, group->members[group->count],
                      TCN_MEMBER_MAX + 1);
        group->count += !c->failed;
        if (tcn_accept(c, TCN_TOKEN_CLOSE)) {
            return;
        }
        tcn_expect(c, TCN_TOKEN_COMMA, "`,` or `}`");
    }
}

static void compile_group(struct compiler *compiler)
{
    struct tcn_cursor *c = &compiler->c;
    struct tcn_policy *policy = compiler->policy;
    const struct tcn_token *name = tcn_expect(c, TCN_TOKEN_WORD, "a name");
    if (policy->group_count == GROUPS_MAX) {
        tcn_fail(c, name, TCN_ERR_CAPACITY, "more than %d groups", GROUPS_MAX);
        return;
    }
    struct group *group = &policy->groups[policy->group_count];
    *group = (struct group){0};
    tcn_copy_text(c, name, group->name, sizeof group->name);
    if (!tcn_text_is_word(name->text, 1, TCN_NAME_MAX, true)) {
        tcn_fail(c, name, TCN_ERR_SYNTAX,
                 "a group's name is lower-case letters, digits and `-`");
    }
    for (size_t i = 0; i < policy->group_count; i++) {
        if (strcmp(policy->groups[i].name, group->name) == 0) {
            tcn_fail(c, name, TCN_ERR_EXISTS, "a second group %s", group->name);
        }
    }
    if (!tcn_accept_op(c, "=")) {
        tcn_expect(c, TCN_TOKEN_COLON, "`=`");
        return;
    }
    take_group_members(compiler, group);
    tcn_expect_semi(c);
    policy->group_count += !c->failed;
}

static void compile_statement(struct compiler *compiler,
                              const struct tcn_token *keyword)
{
    static const struct {
        const char *keyword;
        void (*compile)(struct compiler *, const struct tcn_token *);
    } others[] = {{"agreement", compile_agreement},
                  {"test", compile_test},
                  {"retain", compile_retain},
                  {"assert", compile_assert}};
    compiler->c.at = keyword + 1;
    if (tcn_view_is(keyword->text, "policy")) {
        compile_header(compiler);
        return;
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (tcn_view_is(keyword->text, others[i].keyword)) {
            others[i].compile(compiler, keyword);
            return;
        }
    }
    compile_rule(compiler, keyword);
}

/* Tests and assertions decide nothing. */
static void note_statement(struct compiler *compiler,
                           const struct tcn_token *from)
{
    struct tcn_cursor *c = &compiler->c;
    if (c->problems->count > 0 || tcn_view_is(from->text, "test") ||
        tcn_view_is(from->text, "assert")) {
        return;
    }
    tcn_assert(compiler->hash_count < HASHES_MAX);
    if (!hash_tokens(from, c->at, &compiler->hashes[compiler->hash_count++])) {
        compiler->policy->out_of_memory = true;
    }
}

/* Groups come first, because rules may stand before them. */
enum pass { PASS_GROUPS, PASS_REST };

/* Reads the statement, or moves over it when it is not for this pass. */
static void pass_statement(struct compiler *compiler, enum pass pass,
                           const struct tcn_token *keyword)
{
    struct tcn_cursor *c = &compiler->c;
    enum tcn_owner owner = keyword->type == TCN_TOKEN_WORD
                               ? tcn_statement_owner(keyword->text)
                               : TCN_OWNER_NONE;
    bool is_group = tcn_view_is(keyword->text, "group");
    bool now = owner != TCN_OWNER_CONF && is_group == (pass == PASS_GROUPS);
    if (now && owner == TCN_OWNER_NONE) {
        const char *const *known;
        size_t count = tcn_statement_keywords(&known);
        tcn_fail_unknown(c, keyword, "statement", known, count);
    } else if (now && is_group) {
        c->at = keyword + 1;
        compile_group(compiler);
    } else if (now) {
        compile_statement(compiler, keyword);
    }
    if (c->failed || !now) {
        tcn_cursor_skip(c, keyword);
    } else {
        note_statement(compiler, keyword);
    }
}

static void compile_pass(struct compiler *compiler, enum pass pass,
                         const struct tcn_token *first)
{
    struct tcn_cursor *c = &compiler->c;
    c->at = first;
    while (c->at->type != TCN_TOKEN_END) {
        if (c->at->type == TCN_TOKEN_BREAK) {
            c->at++;
        } else {
            pass_statement(compiler, pass, c->at);
        }
    }
}

struct tcn_view statement_text(struct compiler *compiler,
                               const struct tcn_token *keyword)
{
    size_t cap = tcn_canonical_size(keyword, compiler->c.at);
    uint8_t *text = policy_alloc(compiler->policy, cap);
    if (text == NULL) {
        return tcn_view(NULL, 0);
    }
    struct tcn_buf out = tcn_buf(text, cap);
    tcn_canonical_put(&out, keyword, compiler->c.at);
    return tcn_view(text, out.len - 1); /* no newline */
}

struct tcn_view line_text(struct compiler *compiler,
                          const struct tcn_token *from)
{
    size_t cap = tcn_line_len(from, compiler->c.at);
    uint8_t *text = policy_alloc(compiler->policy, cap);
    struct tcn_buf out = tcn_buf(text, text == NULL ? 0 : cap);
    tcn_line_put(&out, from, compiler->c.at);
    return tcn_buf_view(&out);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct rule *)a)->name,
                  ((const struct rule *)b)->name);
}

static int by_ref(const void *a, const void *b)
{
    return strcmp(((const struct agreement *)a)->ref,
                  ((const struct agreement *)b)->ref);
}

static enum tcn_err copy_world(struct tcn_policy *policy,
                               const struct tcn_world *world)
{
    tcn_assert(world->peer_count <= TCN_PEERS_MAX &&
               world->peer_count <= world->party_count &&
               world->party_count <= TCN_MEMBERS_MAX &&
               world->exercise_count <= TCN_EXERCISES_MAX &&
               world->observer_count <= TCN_OBSERVERS_MAX &&
               world->role_count <= TCN_ROLES_MAX);
    (void)snprintf(policy->self, sizeof policy->self, "%s", world->self);
    policy->party_count = world->party_count;
    policy->peer_count = world->peer_count;
    policy->parties = calloc(world->party_count + 1, sizeof *policy->parties);
    policy->groups = calloc(GROUPS_MAX, sizeof *policy->groups);
    policy->roles = calloc(world->role_count + 1, sizeof *policy->roles);
    if (policy->parties == NULL || policy->groups == NULL ||
        policy->roles == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    policy->role_count = world->role_count;
    for (size_t i = 0; i < world->role_count; i++) {
        policy->roles[i] = world->roles[i];
    }
    if (world->party_count > 0) {
        memcpy(policy->parties, world->parties,
               world->party_count * sizeof *policy->parties);
    }
    policy->exercise_count = world->exercise_count;
    for (size_t i = 0; i < world->exercise_count; i++) {
        policy->exercises[i] = world->exercises[i];
    }
    policy->observer_count = world->observer_count;
    for (size_t i = 0; i < world->observer_count; i++) {
        policy->observers[i] = world->observers[i];
    }
    return TCN_ERR_OK;
}

/* Hold rules are numbered in the order of their names. */
static void number_holds(struct tcn_policy *policy)
{
    size_t count = 0;
    for (size_t i = 0; i < policy->rule_count; i++) {
        if (policy->rules[i].verb == VERB_HOLD) {
            policy->rules[i].hold = (uint8_t)count;
            policy->holds[count++] = (uint16_t)i;
        }
    }
}

static enum tcn_err finish(struct compiler *compiler)
{
    struct tcn_policy *policy = compiler->policy;
    if (policy->out_of_memory || !hash_policy(compiler)) {
        return TCN_ERR_NO_MEMORY;
    }
    if (policy->rule_count > 0) {
        qsort(policy->rules, policy->rule_count, sizeof *policy->rules,
              by_name);
    }
    number_holds(policy);
    finish_retention(&policy->retention);
    qsort(policy->agreements, policy->agreement_count,
          sizeof *policy->agreements, by_ref);
    return TCN_ERR_OK;
}

static enum tcn_err compile(struct compiler *compiler,
                            const struct tcn_world *world,
                            const struct tcn_source *sources,
                            size_t source_count)
{
    struct tcn_tokens tokens;
    const struct tcn_problems *problems = compiler->c.problems;
    enum tcn_err err = copy_world(compiler->policy, world);
    if (err == TCN_ERR_OK) {
        err = tcn_lex(&tokens, sources, source_count, compiler->c.problems);
    }
    if (err != TCN_ERR_OK) {
        return err;
    }
    compile_pass(compiler, PASS_GROUPS, tokens.list);
    compile_pass(compiler, PASS_REST, tokens.list);
    tcn_tokens_free(&tokens);
    return problems->count > 0 ? problems->list[0].err : finish(compiler);
}

enum tcn_err tcn_policy_load(struct tcn_policy **out,
                             const struct tcn_world *world,
                             const struct tcn_source *sources,
                             size_t source_count, struct tcn_problems *problems)
{
    *out = NULL;
    struct tcn_policy *policy = calloc(1, sizeof *policy);
    struct compiler *compiler = calloc(1, sizeof *compiler);
    enum tcn_err err = TCN_ERR_NO_MEMORY;
    if (policy != NULL && compiler != NULL) {
        compiler->policy = policy;
        compiler->c.problems = problems;
        compiler->sources = sources;
        err = compile(compiler, world, sources, source_count);
    }
    free(compiler);
    if (err != TCN_ERR_OK) {
        tcn_policy_free(policy);
        return err;
    }
    *out = policy;
    return TCN_ERR_OK;
}

struct tcn_policy *tcn_policy_receive_only(const struct tcn_world *world)
{
    struct tcn_policy *policy = NULL;
    struct tcn_problems problems = {0};
    static const struct tcn_source source = {
        .name = "",
        .text = {(const uint8_t *)RECEIVE_ONLY, sizeof RECEIVE_ONLY - 1}};
    if (tcn_policy_load(&policy, world, &source, 1, &problems) == TCN_ERR_OK) {
        policy->receive_only = true;
    }
    return policy;
}
