#include <stdio.h>
#include <stdlib.h>

#include "alert/hash.h"
#include "base/text.h"
#include "policy/internal.h"

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
    tcn_expect(c, TCN_TOKEN_SEMI, "`;`");
}

static void take_group_members(struct compiler *compiler, struct group *group)
{
    struct tcn_cursor *c = &compiler->c;
    tcn_expect(c, TCN_TOKEN_OPEN, "`{`");
    while (!c->failed) {
        const struct tcn_token *token =
            tcn_expect(c, TCN_TOKEN_WORD, "a member code");
        if (!c->failed && world_party(compiler->policy, token->text) < 0) {
            tcn_fail_unknown(c, token, "member", NULL, 0);
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
    if (!tcn_accept_op(c, "=")) {
        tcn_expect(c, TCN_TOKEN_OP, "`=`");
    }
    take_group_members(compiler, group);
    tcn_expect(c, TCN_TOKEN_SEMI, "`;`");
    policy->group_count += !c->failed;
}

static void refuse_not_yet(struct compiler *compiler,
                           const struct tcn_token *keyword)
{
    tcn_fail(&compiler->c, keyword, TCN_ERR_NOT_YET,
             "`%.*s` is part of the language, but this version does not carry "
             "it out yet",
             (int)keyword->text.len, (const char *)keyword->text.data);
}

static void compile_statement(struct compiler *compiler,
                              const struct tcn_token *keyword)
{
    static const char *const not_yet[] = {"require", "retain", "assert"};
    compiler->c.at = keyword + 1;
    if (tcn_view_is(keyword->text, "policy")) {
        compile_header(compiler);
    } else if (tcn_view_is(keyword->text, "group")) {
        /* read in the first pass, because rules may come before it */
        tcn_cursor_skip(&compiler->c, keyword);
    } else if (tcn_view_is(keyword->text, "agreement")) {
        compile_agreement(compiler, keyword);
    } else if (tcn_view_is(keyword->text, "test")) {
        compile_test(compiler, keyword);
    } else {
        for (size_t i = 0; i < sizeof not_yet / sizeof not_yet[0]; i++) {
            if (tcn_view_is(keyword->text, not_yet[i])) {
                refuse_not_yet(compiler, keyword);
                return;
            }
        }
        compile_rule(compiler, keyword);
    }
}

/* What the hash covers: each statement by itself, so that order and files do
 * not matter. Tests decide nothing. */
static void hash_statement(struct compiler *compiler,
                           const struct tcn_token *from,
                           const struct tcn_token *to)
{
    if (tcn_view_is(from->text, "test")) {
        return;
    }
    size_t cap = 64 * TCN_KIB;
    uint8_t *text = malloc(cap);
    if (text == NULL ||
        compiler->hash_count ==
            sizeof compiler->hashes / sizeof compiler->hashes[0]) {
        compiler->err = text == NULL ? TCN_ERR_NO_MEMORY : TCN_ERR_CAPACITY;
        free(text);
        return;
    }
    struct tcn_buf out = tcn_buf(text, cap);
    tcn_canonical_put(&out, from, to);
    if (out.full) {
        tcn_fail(&compiler->c, from, TCN_ERR_CAPACITY,
                 "this statement is too long");
    }
    compiler->hashes[compiler->hash_count++] =
        tcn_hash(TCN_PERSONAL_AGREE, tcn_buf_view(&out));
    free(text);
}

/* One pass over all statements; `groups` reads only the groups. */
static void compile_pass(struct compiler *compiler,
                         const struct tcn_token *first, bool groups)
{
    struct tcn_cursor *c = &compiler->c;
    c->at = first;
    while (c->at->type != TCN_TOKEN_END) {
        const struct tcn_token *keyword = c->at;
        if (keyword->type == TCN_TOKEN_BREAK) {
            c->at++;
            continue;
        }
        bool ours = keyword->type == TCN_TOKEN_WORD &&
                    tcn_statement_owner(keyword->text) == TCN_OWNER_POLICY;
        bool is_group = tcn_view_is(keyword->text, "group");
        if (ours && groups && is_group) {
            c->at = keyword + 1;
            compile_group(compiler);
        } else if (ours && !groups) {
            compile_statement(compiler, keyword);
        }
        if (c->failed || !ours || (groups && !is_group)) {
            tcn_cursor_skip(c, keyword);
        } else if (!groups) {
            hash_statement(compiler, keyword, c->at);
        }
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct rule *)a)->name,
                  ((const struct rule *)b)->name);
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct tcn_id));
}

/* ---- the world ---- */

static enum tcn_err copy_world(struct tcn_policy *policy,
                               const struct tcn_world *world)
{
    (void)snprintf(policy->self, sizeof policy->self, "%s", world->self);
    policy->party_count = world->party_count;
    policy->peer_count = world->peer_count;
    policy->parties = calloc(world->party_count + 1, sizeof *policy->parties);
    policy->groups = calloc(GROUPS_MAX, sizeof *policy->groups);
    if (policy->parties == NULL || policy->groups == NULL) {
        return TCN_ERR_NO_MEMORY;
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

static void put_party(struct tcn_buf *out, const struct tcn_party *party)
{
    tcn_buf_printf(out, "%s %u %d %d", party->name, party->role, party->eu_set,
                   party->eu);
    for (size_t i = 0; i < party->group_count; i++) {
        tcn_buf_printf(out, " %s", party->groups[i]);
    }
    tcn_buf_put_str(out, "\n");
}

static enum tcn_err hash_world(struct compiler *compiler)
{
    const struct tcn_policy *policy = compiler->policy;
    size_t cap = 256 * TCN_KIB;
    uint8_t *text = malloc(cap);
    if (text == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    struct tcn_buf out = tcn_buf(text, cap);
    tcn_buf_printf(&out, "%s %zu\n", policy->self, policy->peer_count);
    for (size_t i = 0; i < policy->party_count; i++) {
        put_party(&out, &policy->parties[i]);
    }
    for (size_t i = 0; i < policy->exercise_count; i++) {
        const struct tcn_exercise *exercise = &policy->exercises[i];
        tcn_buf_printf(&out, "%s %llu %llu\n", exercise->name,
                       (unsigned long long)exercise->from_ms,
                       (unsigned long long)exercise->until_ms);
    }
    for (size_t i = 0; i < policy->observer_count; i++) {
        tcn_buf_printf(&out, "%s %d\n", policy->observers[i].name,
                       policy->observers[i].internal);
    }
    compiler->hashes[compiler->hash_count] =
        tcn_hash(TCN_PERSONAL_AGREE, tcn_buf_view(&out));
    free(text);
    return TCN_ERR_OK;
}

static enum tcn_err finish(struct compiler *compiler)
{
    struct tcn_policy *policy = compiler->policy;
    if (policy->rule_count > 0) {
        qsort(policy->rules, policy->rule_count, sizeof *policy->rules,
              by_name);
    }
    qsort(compiler->hashes, compiler->hash_count, sizeof(struct tcn_id),
          by_bytes);
    enum tcn_err err = hash_world(compiler);
    policy->hash =
        tcn_hash(TCN_PERSONAL_AGREE,
                 tcn_view(compiler->hashes,
                          (compiler->hash_count + 1) * sizeof(struct tcn_id)));
    return err;
}

static enum tcn_err compile(struct compiler *compiler,
                            const struct tcn_world *world,
                            const struct tcn_source *sources,
                            size_t source_count)
{
    struct tcn_tokens tokens;
    enum tcn_err err = copy_world(compiler->policy, world);
    if (err == TCN_ERR_OK) {
        err = tcn_lex(&tokens, sources, source_count, compiler->c.problems);
    }
    if (err != TCN_ERR_OK) {
        return err;
    }
    compile_pass(compiler, tokens.list, true);
    compile_pass(compiler, tokens.list, false);
    tcn_tokens_free(&tokens);
    if (compiler->c.problems->count > 0) {
        return compiler->c.problems->list[0].err;
    }
    return compiler->err != TCN_ERR_OK ? compiler->err : finish(compiler);
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
    if (tcn_policy_load(&policy, world, NULL, 0, &problems) == TCN_ERR_OK) {
        policy->receive_only = true;
        (void)snprintf(policy->name, sizeof policy->name, "receive only");
    }
    return policy;
}
