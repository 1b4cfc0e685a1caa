/* A condition by itself, over the same facts and the same evaluation. */
#include <stdlib.h>

#include "policy/compiler.h"

struct tcn_filter {
    struct tcn_policy *policy; /* holds the condition's nodes and values */
    uint16_t root;
};

static void read_filter(struct tcn_filter *filter, struct compiler *compiler,
                        const struct tcn_tokens *tokens)
{
    compiler->policy = filter->policy;
    compiler->c.at = tokens->list;
    filter->root = compile_condition(compiler, SCOPE_FILTER);
    if (!compiler->c.failed && compiler->c.at->type != TCN_TOKEN_END) {
        tcn_fail(&compiler->c, compiler->c.at, TCN_ERR_SYNTAX,
                 "expected `and`, `or` or the end of the filter");
    }
}

enum tcn_err tcn_filter_load(struct tcn_filter **out,
                             const struct tcn_source *source,
                             struct tcn_problems *problems)
{
    struct tcn_tokens tokens;
    *out = NULL;
    enum tcn_err err = tcn_lex(&tokens, source, 1, problems);
    if (err != TCN_ERR_OK) {
        return err;
    }
    struct tcn_filter *filter = calloc(1, sizeof *filter);
    struct compiler *compiler = calloc(1, sizeof *compiler);
    if (filter != NULL && compiler != NULL) {
        filter->policy = calloc(1, sizeof *filter->policy);
    }
    err = TCN_ERR_NO_MEMORY;
    if (filter != NULL && filter->policy != NULL) {
        compiler->c.problems = problems;
        read_filter(filter, compiler, &tokens);
        err = problems->count > 0 ? problems->list[0].err : TCN_ERR_OK;
        if (err == TCN_ERR_OK && filter->policy->out_of_memory) {
            err = TCN_ERR_NO_MEMORY;
        }
    }
    free(compiler);
    tcn_tokens_free(&tokens);
    if (err != TCN_ERR_OK) {
        tcn_filter_free(filter);
        return err;
    }
    *out = filter;
    return TCN_ERR_OK;
}

bool tcn_filter_match(const struct tcn_filter *filter,
                      const struct tcn_alert *alert)
{
    struct tcn_facts facts = {.alert = alert, .key_valid = true};
    struct question question = {
        .policy = filter->policy, .facts = &facts, .wanted = 1};
    return (evaluate(&question, filter->root).yes & 1) != 0;
}

void tcn_filter_free(struct tcn_filter *filter)
{
    if (filter != NULL) {
        tcn_policy_free(filter->policy);
        free(filter);
    }
}
