#include "io/policy_file.h"

#include <stdlib.h>

#include "base/text.h"
#include "lang/token.h"

/* What stands in a file. */
struct contents {
    bool settings; /* of the node */
    bool rules;    /* anything of a policy but agreements */
};

static enum tcn_err look(const struct tcn_source *file, struct contents *found,
                         struct tcn_buf *message)
{
    struct tcn_problems problems = {0};
    struct tcn_tokens tokens;
    *found = (struct contents){0};
    enum tcn_err err = tcn_lex(&tokens, file, 1, &problems);
    if (err != TCN_ERR_OK) {
        tcn_problems_put(message, &problems, file);
        return err;
    }
    struct tcn_cursor c = {.at = tokens.list, .problems = &problems};
    while (c.at->type != TCN_TOKEN_END) {
        const struct tcn_token *keyword = c.at;
        bool settings = tcn_statement_owner(keyword->text) == TCN_OWNER_CONF;
        bool agreement = tcn_view_is(keyword->text, "agreement");
        bool word = keyword->type == TCN_TOKEN_WORD;
        found->settings |= word && settings;
        found->rules |= word && !settings && !agreement;
        if (keyword->type == TCN_TOKEN_BREAK) {
            c.at++;
        } else {
            tcn_cursor_skip(&c, keyword);
        }
    }
    tcn_tokens_free(&tokens);
    return TCN_ERR_OK;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

/* Candidates, and which of them it is. */
struct places {
    size_t rules; /* files with rules */
    size_t only;  /* the last of them */
    size_t named; /* of the same base name; SIZE_MAX = none */
};

static enum tcn_err find(const struct tcn_setup *setup, const char *name,
                         struct places *places, struct tcn_buf *message)
{
    *places = (struct places){.named = SIZE_MAX};
    for (size_t i = 0; i < setup->source_count; i++) {
        struct contents found;
        enum tcn_err err = look(&setup->sources[i], &found, message);
        if (err != TCN_ERR_OK) {
            return err;
        }
        if (!found.rules) {
            continue;
        }
        places->rules++;
        places->only = i;
        if (strcmp(base_name(setup->sources[i].name), base_name(name)) == 0) {
            places->named = i;
        }
    }
    return TCN_ERR_OK;
}

static enum tcn_err refuse(const struct tcn_setup *setup,
                           const struct places *places, struct tcn_buf *message)
{
    if (places->rules == 0) {
        tcn_buf_put_str(message,
                        "the configuration includes no policy yet that this "
                        "could replace: put the file where an `include` finds "
                        "it\n");
        return TCN_ERR_DENIED;
    }
    tcn_buf_put_str(message, "several files hold the policy: name the new one "
                             "as the one that it replaces:\n");
    for (size_t i = 0; i < setup->source_count; i++) {
        struct contents found;
        enum tcn_err err = look(&setup->sources[i], &found, message);
        if (err == TCN_ERR_OK && found.rules) {
            tcn_buf_put_str(message, "    ");
            tcn_text_escape(message, tcn_view_str(setup->sources[i].name));
            tcn_buf_put_str(message, "\n");
        }
    }
    return TCN_ERR_DENIED;
}

static enum tcn_err need_rules_only(const struct tcn_source *file,
                                    struct tcn_buf *message)
{
    struct contents found;
    enum tcn_err err = look(file, &found, message);
    if (err == TCN_ERR_OK && found.settings) {
        tcn_text_escape(message, tcn_view_str(file->name));
        tcn_buf_put_str(message, ": it holds settings of the node too: only a "
                                 "file of the policy alone can be replaced\n");
        return TCN_ERR_DENIED;
    }
    if (err == TCN_ERR_OK && !found.rules) {
        tcn_text_escape(message, tcn_view_str(file->name));
        tcn_buf_put_str(message, ": there is nothing of a policy in it\n");
        return TCN_ERR_DENIED;
    }
    return err;
}

enum tcn_err tcn_policy_place(const struct tcn_setup *setup,
                              const struct tcn_source *file, size_t *place,
                              struct tcn_buf *message)
{
    struct places places;
    enum tcn_err err = need_rules_only(file, message);
    err = err == TCN_ERR_OK ? find(setup, file->name, &places, message) : err;
    if (err != TCN_ERR_OK) {
        return err;
    }
    if (places.named == SIZE_MAX && places.rules != 1) {
        return refuse(setup, &places, message);
    }
    *place = places.named != SIZE_MAX ? places.named : places.only;
    return need_rules_only(&setup->sources[*place], message);
}

struct tcn_source *tcn_policy_sources(const struct tcn_setup *setup,
                                      const struct tcn_source *file,
                                      size_t place)
{
    struct tcn_source *sources =
        calloc(setup->source_count + 1, sizeof *sources);
    for (size_t i = 0; sources != NULL && i < setup->source_count; i++) {
        sources[i] = i == place ? *file : setup->sources[i];
    }
    return sources;
}

enum tcn_err tcn_policy_with(struct tcn_policy **out,
                             const struct tcn_conf *world,
                             const struct tcn_source *sources,
                             size_t source_count, struct tcn_buf *message)
{
    struct tcn_world known = tcn_conf_world(world);
    struct tcn_problems problems = {0};
    enum tcn_err err =
        tcn_policy_load(out, &known, sources, source_count, &problems);
    if (err != TCN_ERR_OK) {
        tcn_problems_put(message, &problems, sources);
    }
    return err;
}

enum tcn_err tcn_policy_placed(struct tcn_policy **out,
                               const struct tcn_setup *setup,
                               const struct tcn_source *file,
                               struct tcn_buf *message)
{
    size_t place = 0;
    *out = NULL;
    enum tcn_err err = tcn_policy_place(setup, file, &place, message);
    if (err != TCN_ERR_OK) {
        return err;
    }
    struct tcn_source *sources = tcn_policy_sources(setup, file, place);
    if (sources == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    err = tcn_policy_with(out, &setup->conf, sources, setup->source_count,
                          message);
    free(sources);
    return err;
}
