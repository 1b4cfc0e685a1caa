#include "io/setup.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "io/file.h"
#include "io/keys.h"

#define SOURCES_MAX      256
#define SOURCE_BYTES_MAX (1024 * TCN_KIB)

/* Paths in a file are relative to it. */
static void resolve(char out[TCN_PATH_MAX], const char *base, const char *path)
{
    const char *slash = strrchr(base, '/');
    if (path[0] == '/' || slash == NULL) {
        (void)snprintf(out, TCN_PATH_MAX, "%s", path);
    } else {
        (void)snprintf(out, TCN_PATH_MAX, "%.*s/%s", (int)(slash - base), base,
                       path);
    }
}

static enum tcn_err add_source(struct tcn_setup *setup, const char *path,
                               struct tcn_buf *message)
{
    if (setup->source_count == SOURCES_MAX) {
        tcn_buf_printf(message, "%s: more than %d configuration files\n", path,
                       SOURCES_MAX);
        return TCN_ERR_CAPACITY;
    }
    uint8_t *text = NULL;
    size_t len = 0;
    enum tcn_err err =
        tcn_file_read(path, SOURCE_BYTES_MAX, &text, &len, message);
    if (err != TCN_ERR_OK) {
        return err;
    }
    char *name = strdup(path);
    if (name == NULL) {
        free(text);
        return TCN_ERR_NO_MEMORY;
    }
    setup->sources[setup->source_count++] =
        (struct tcn_source){.name = name, .text = tcn_view(text, len)};
    return TCN_ERR_OK;
}

static bool has_source(const struct tcn_setup *setup, const char *path)
{
    for (size_t i = 0; i < setup->source_count; i++) {
        if (strcmp(setup->sources[i].name, path) == 0) {
            return true;
        }
    }
    return false;
}

static enum tcn_err add_matches(struct tcn_setup *setup, const char *pattern,
                                struct tcn_buf *message)
{
    glob_t found = {0};
    int result = glob(pattern, 0, NULL, &found);
    enum tcn_err err = TCN_ERR_OK;
    if (result != 0 && result != GLOB_NOMATCH) {
        tcn_buf_printf(message, "%s: cannot be read\n", pattern);
        err = TCN_ERR_IO;
    }
    bool is_pattern = strpbrk(pattern, "*?[") != NULL;
    if (result == GLOB_NOMATCH && !is_pattern) {
        tcn_buf_printf(message, "%s: the included file does not exist\n",
                       pattern);
        err = TCN_ERR_NOT_FOUND;
    }
    for (size_t i = 0; i < found.gl_pathc && err == TCN_ERR_OK; i++) {
        if (!has_source(setup, found.gl_pathv[i])) {
            err = add_source(setup, found.gl_pathv[i], message);
        }
    }
    globfree(&found);
    return err;
}

/* Files complete each other: a peer may stand in one and the member in another
 * that it includes, so only the whole is asked for what is missing. */
static enum tcn_err load_conf(struct tcn_setup *setup, bool whole,
                              struct tcn_buf *message)
{
    struct tcn_problems problems = {0};
    enum tcn_err err =
        whole ? tcn_conf_load(&setup->conf, setup->sources, setup->source_count,
                              &problems)
              : tcn_conf_load_includes(&setup->conf, setup->sources,
                                       setup->source_count, &problems);
    if (err != TCN_ERR_OK) {
        tcn_problems_put(message, &problems, setup->sources);
    }
    return err;
}

/* Included files may include others: read until there is nothing new. */
static enum tcn_err load_sources(struct tcn_setup *setup,
                                 struct tcn_buf *message)
{
    size_t before = 0;
    while (before < setup->source_count) {
        before = setup->source_count;
        enum tcn_err err = load_conf(setup, false, message);
        for (size_t i = 0; i < setup->conf.include_count && err == TCN_ERR_OK;
             i++) {
            char pattern[TCN_PATH_MAX];
            uint32_t source = setup->conf.include_spans[i].source;
            resolve(pattern, setup->sources[source].name,
                    setup->conf.includes[i]);
            err = add_matches(setup, pattern, message);
        }
        if (err != TCN_ERR_OK) {
            return err;
        }
    }
    return load_conf(setup, true, message);
}

static void resolve_in_place(const char *base, char *path)
{
    char resolved[TCN_PATH_MAX] = ""; /* whole, as it is compared */
    resolve(resolved, base, path);
    memcpy(path, resolved, TCN_PATH_MAX);
}

static enum tcn_err load_cards(struct tcn_setup *setup, const char *base,
                               struct tcn_buf *message)
{
    struct tcn_conf *conf = &setup->conf;
    setup->cards = calloc(conf->party_count + 1, sizeof *setup->cards);
    if (setup->cards == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < conf->party_count; i++) {
        resolve_in_place(base, conf->cards[i]);
        enum tcn_err err =
            tcn_card_read(&setup->cards[i], conf->cards[i], message);
        if (err != TCN_ERR_OK) {
            return err;
        }
        if (strcmp(setup->cards[i].cert.member, conf->parties[i].name) != 0) {
            tcn_buf_printf(message,
                           "%s: this card is of %s, but the configuration "
                           "gives it to %s\n",
                           conf->cards[i], setup->cards[i].cert.member,
                           conf->parties[i].name);
            return TCN_ERR_CERT_MEMBER;
        }
    }
    return TCN_ERR_OK;
}

static enum tcn_err load_policy(struct tcn_setup *setup,
                                struct tcn_buf *message)
{
    struct tcn_world world = tcn_conf_world(&setup->conf);
    struct tcn_problems problems = {0};
    enum tcn_err err = tcn_policy_load(&setup->policy, &world, setup->sources,
                                       setup->source_count, &problems);
    const char *rule;
    const char *verb =
        err == TCN_ERR_OK ? tcn_policy_unready(setup->policy, &rule) : NULL;
    setup->policy_valid = err == TCN_ERR_OK && verb == NULL;
    if (verb != NULL) {
        tcn_buf_printf(message,
                       "rule `%s`: a node of this version does not carry out "
                       "`%s` yet: use `deny`, or leave it out\n",
                       rule, verb);
        tcn_policy_free(setup->policy);
    }
    if (!setup->policy_valid) {
        tcn_problems_put(message, &problems, setup->sources);
        setup->policy = tcn_policy_receive_only(&world);
    }
    return setup->policy == NULL ? TCN_ERR_NO_MEMORY : TCN_ERR_OK;
}

static void resolve_paths(struct tcn_conf *conf, const char *base)
{
    resolve_in_place(base, conf->store);
    resolve_in_place(base, conf->keys);
    resolve_in_place(base, conf->run);
    for (size_t i = 0; i < conf->observer_count; i++) {
        resolve_in_place(base, conf->observer_sockets[i].socket);
    }
}

static enum tcn_err load_all(struct tcn_setup *setup, const char *path,
                             struct tcn_buf *message)
{
    setup->sources = calloc(SOURCES_MAX, sizeof *setup->sources);
    if (setup->sources == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    enum tcn_err err = add_source(setup, path, message);
    if (err == TCN_ERR_OK) {
        err = load_sources(setup, message);
    }
    if (err == TCN_ERR_OK) {
        resolve_paths(&setup->conf, path);
        err = load_cards(setup, path, message);
    }
    return err == TCN_ERR_OK ? load_policy(setup, message) : err;
}

/* As `tocsin init` writes them for /etc/tocsin. */
static void take_standard(struct tcn_conf *conf)
{
    memset(conf, 0, sizeof *conf);
    (void)snprintf(conf->run, sizeof conf->run, "/run/tocsin");
    (void)snprintf(conf->observers[0].name, sizeof conf->observers[0].name,
                   "soc");
    (void)snprintf(conf->observer_sockets[0].socket,
                   sizeof conf->observer_sockets[0].socket,
                   "/run/tocsin/feed/soc");
    conf->observer_count = 1;
    conf->default_tlp = -1;
}

static enum tcn_err load_node(struct tcn_setup *setup, const char *path,
                              struct tcn_buf *message)
{
    setup->sources = calloc(SOURCES_MAX, sizeof *setup->sources);
    if (setup->sources == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    enum tcn_err err = add_source(setup, path, message);
    if (err == TCN_ERR_PERMISSION && strcmp(path, TCN_SETUP_STANDARD) == 0) {
        message->len = 0;
        take_standard(&setup->conf);
        return TCN_ERR_OK;
    }
    err = err == TCN_ERR_OK ? load_conf(setup, false, message) : err;
    if (err == TCN_ERR_OK &&
        (setup->conf.member[0] == '\0' || setup->conf.observer_count == 0)) {
        err = load_sources(setup, message);
    }
    if (err == TCN_ERR_OK) {
        resolve_paths(&setup->conf, path);
    }
    return err;
}

static enum tcn_err
load(struct tcn_setup **out, const char *path, struct tcn_buf *message,
     enum tcn_err (*fill)(struct tcn_setup *, const char *, struct tcn_buf *))
{
    *out = NULL;
    struct tcn_setup *setup = calloc(1, sizeof *setup);
    if (setup == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    enum tcn_err err = fill(setup, path, message);
    if (err != TCN_ERR_OK) {
        tcn_setup_free(setup);
        return err;
    }
    *out = setup;
    return TCN_ERR_OK;
}

enum tcn_err tcn_setup_load(struct tcn_setup **out, const char *path,
                            struct tcn_buf *message)
{
    return load(out, path, message, load_all);
}

enum tcn_err tcn_setup_load_node(struct tcn_setup **out, const char *path,
                                 struct tcn_buf *message)
{
    return load(out, path, message, load_node);
}

void tcn_setup_free(struct tcn_setup *setup)
{
    if (setup == NULL) {
        return;
    }
    for (size_t i = 0; i < setup->source_count; i++) {
        free((void *)(uintptr_t)setup->sources[i].name);
        free((void *)(uintptr_t)setup->sources[i].text.data);
    }
    free(setup->sources);
    free(setup->cards);
    tcn_policy_free(setup->policy);
    free(setup);
}
