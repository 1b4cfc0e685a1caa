#include "conf/conf.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "conf/rows.h"

/* The statement `member lv { ... }` pins, `peer lv { ... }` links; they come in
 * any order and any file, so peers are sorted to the front at the end. */
struct loader {
    struct tcn_conf *conf;
    struct tcn_cursor c;
    const struct tcn_token *node; /* the node statement, once */
    struct {
        char name[TCN_MEMBER_MAX + 1];
        struct tcn_span span;
        struct tcn_conf_peer peer;
    } peers[TCN_PEERS_MAX];
    size_t peer_count;
};

static void take_member_code(struct tcn_cursor *c, char *out)
{
    const struct tcn_token *token =
        tcn_expect(c, TCN_TOKEN_WORD, "a member code");
    tcn_copy_text(c, token, out, TCN_MEMBER_MAX + 1);
    if (!c->failed && !tcn_text_is_member(token->text)) {
        tcn_fail(c, token, TCN_ERR_SYNTAX,
                 "a member code is 2 to 32 of a-z 0-9 . -, such as ee");
    }
    if (tcn_view_is(token->text, "any") || tcn_view_is(token->text, "group")) {
        tcn_fail(c, token, TCN_ERR_SYNTAX,
                 "`%s` means something else in policies", out);
    }
}

static void take_name(struct tcn_cursor *c, char *out)
{
    const struct tcn_token *token = tcn_expect(c, TCN_TOKEN_WORD, "a name");
    tcn_copy_text(c, token, out, TCN_NAME_MAX + 1);
    if (!c->failed && !tcn_text_is_word(token->text, 1, TCN_NAME_MAX, true)) {
        tcn_fail(c, token, TCN_ERR_SYNTAX,
                 "a name is lower-case letters, digits and `-`");
    }
    if (tcn_view_is(token->text, "any")) {
        tcn_fail(c, token, TCN_ERR_SYNTAX,
                 "`any` means something else in policies");
    }
}

/* A name that stands already at the head of one of the structs before. */
static void check_first(struct tcn_cursor *c, const struct tcn_token *token,
                        const void *list, size_t count, size_t size)
{
    const char *name = (const char *)list + count * size;
    for (size_t i = 0; i < count; i++) {
        if (strcmp((const char *)list + i * size, name) == 0) {
            tcn_fail(c, token, TCN_ERR_EXISTS, "a second %.*s %s",
                     (int)token[-1].text.len, (const char *)token[-1].text.data,
                     name);
        }
    }
}

static void read_node(struct loader *loader)
{
    struct tcn_cursor *c = &loader->c;
    if (loader->node != NULL) {
        tcn_fail(c, c->at, TCN_ERR_EXISTS, "a second node statement");
        return;
    }
    loader->node = c->at;
    take_member_code(c, loader->conf->member);
    rows_read(c, conf_block("node"), loader->conf);
}

static void read_member(struct loader *loader)
{
    struct tcn_conf *conf = loader->conf;
    struct tcn_cursor *c = &loader->c;
    const struct tcn_token *at = c->at;
    if (conf->party_count == TCN_MEMBERS_MAX) {
        tcn_fail(c, at, TCN_ERR_CAPACITY, "more than %d members",
                 TCN_MEMBERS_MAX);
        return;
    }
    struct tcn_party *party = &conf->parties[conf->party_count];
    *party = (struct tcn_party){0};
    take_member_code(c, party->name);
    check_first(c, at, conf->parties, conf->party_count, sizeof *party);
    char *card = conf->cards[conf->party_count];
    card[0] = '\0';
    tcn_expect(c, TCN_TOKEN_OPEN, "`{`");
    const struct block *block = conf_block("member");
    uint32_t seen = 0;
    while (!c->failed && !tcn_accept(c, TCN_TOKEN_CLOSE)) {
        bool is_card = tcn_at_word(c, "card");
        rows_read_one(c, block, &seen, is_card ? (void *)card : (void *)party);
    }
    if (!c->failed && card[0] == '\0') {
        tcn_fail(c, at, TCN_ERR_SYNTAX, "member %s has no card", party->name);
    }
    conf->party_count += !c->failed;
}

static void read_peer(struct loader *loader)
{
    struct tcn_cursor *c = &loader->c;
    const struct tcn_token *at = c->at;
    if (loader->peer_count == TCN_PEERS_MAX) {
        tcn_fail(c, at, TCN_ERR_CAPACITY, "more than %d peers", TCN_PEERS_MAX);
        return;
    }
    struct tcn_conf_peer *peer = &loader->peers[loader->peer_count].peer;
    char *name = loader->peers[loader->peer_count].name;
    *peer = (struct tcn_conf_peer){.since_ms = 7 * TCN_DAY_MS};
    take_member_code(c, name);
    check_first(c, at, loader->peers, loader->peer_count,
                sizeof loader->peers[0]);
    rows_read(c, conf_block("peer"), peer);
    loader->peers[loader->peer_count].span = at->span;
    loader->peer_count += !c->failed;
}

/* The class and its sockets lie in two arrays; rows are told which. */
static void read_observers(struct loader *loader)
{
    struct tcn_conf *conf = loader->conf;
    struct tcn_cursor *c = &loader->c;
    const struct tcn_token *at = c->at;
    if (conf->observer_count == TCN_OBSERVERS_MAX) {
        tcn_fail(c, at, TCN_ERR_CAPACITY, "more than %d observer classes",
                 TCN_OBSERVERS_MAX);
        return;
    }
    struct tcn_observer_class *class = &conf->observers[conf->observer_count];
    struct tcn_conf_observers *sockets =
        &conf->observer_sockets[conf->observer_count];
    *class = (struct tcn_observer_class){0};
    *sockets = (struct tcn_conf_observers){0};
    take_name(c, class->name);
    check_first(c, at, conf->observers, conf->observer_count, sizeof *class);
    tcn_expect(c, TCN_TOKEN_OPEN, "`{`");
    uint32_t seen = 0;
    while (!c->failed && !tcn_accept(c, TCN_TOKEN_CLOSE)) {
        bool internal = tcn_at_word(c, "internal");
        rows_read_one(c, conf_block("observers"), &seen,
                      internal ? (void *)class : (void *)sockets);
    }
    if (!c->failed && sockets->socket[0] == '\0') {
        tcn_fail(c, at, TCN_ERR_SYNTAX, "observers %s have no socket",
                 class->name);
    }
    conf->observer_count += !c->failed;
}

static void read_role(struct loader *loader)
{
    struct tcn_conf *conf = loader->conf;
    struct tcn_cursor *c = &loader->c;
    const struct tcn_token *at = c->at;
    if (conf->role_count == TCN_ROLES_MAX) {
        tcn_fail(c, at, TCN_ERR_CAPACITY, "more than %d roles", TCN_ROLES_MAX);
        return;
    }
    struct tcn_role *role = &conf->roles[conf->role_count];
    *role = (struct tcn_role){0};
    take_name(c, role->name);
    check_first(c, at, conf->roles, conf->role_count, sizeof *role);
    rows_read(c, conf_block("role"), role);
    conf->role_count += !c->failed;
}

static void read_exercise(struct loader *loader)
{
    struct tcn_conf *conf = loader->conf;
    struct tcn_cursor *c = &loader->c;
    const struct tcn_token *at = c->at;
    if (conf->exercise_count == TCN_EXERCISES_MAX) {
        tcn_fail(c, at, TCN_ERR_CAPACITY, "more than %d exercises",
                 TCN_EXERCISES_MAX);
        return;
    }
    struct tcn_exercise *exercise = &conf->exercises[conf->exercise_count];
    *exercise = (struct tcn_exercise){0};
    take_name(c, exercise->name);
    check_first(c, at, conf->exercises, conf->exercise_count, sizeof *exercise);
    rows_read(c, conf_block("exercise"), exercise);
    if (exercise->from_ms == 0 || exercise->from_ms >= exercise->until_ms) {
        tcn_fail(c, at, TCN_ERR_SYNTAX,
                 "exercise %s needs `from` and a later `until`",
                 exercise->name);
    }
    conf->exercise_count += !c->failed;
}

static void read_include(struct loader *loader)
{
    struct tcn_conf *conf = loader->conf;
    struct tcn_cursor *c = &loader->c;
    const struct tcn_token *token =
        tcn_expect(c, TCN_TOKEN_STRING, "a quoted file pattern");
    if (conf->include_count == TCN_INCLUDES_MAX) {
        tcn_fail(c, token, TCN_ERR_CAPACITY, "more than %d includes",
                 TCN_INCLUDES_MAX);
        return;
    }
    tcn_copy_text(c, token, conf->includes[conf->include_count], TCN_PATH_MAX);
    conf->include_spans[conf->include_count] = token->span;
    tcn_expect_semi(c);
    conf->include_count += !c->failed;
}

static void read_statement(struct loader *loader,
                           const struct tcn_token *keyword)
{
    static const struct {
        const char *name;
        void (*read)(struct loader *loader);
    } statements[] = {
        {"node", read_node},       {"member", read_member},
        {"peer", read_peer},       {"observers", read_observers},
        {"role", read_role},       {"exercise", read_exercise},
        {"include", read_include},
    };
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++) {
        if (tcn_view_is(keyword->text, statements[i].name)) {
            loader->c.at = keyword + 1;
            statements[i].read(loader);
            return;
        }
    }
}

static void read_all(struct loader *loader)
{
    struct tcn_cursor *c = &loader->c;
    while (c->at->type != TCN_TOKEN_END) {
        const struct tcn_token *keyword = c->at;
        if (keyword->type == TCN_TOKEN_BREAK) {
            c->at++;
            continue;
        }
        enum tcn_owner owner = keyword->type == TCN_TOKEN_WORD
                                   ? tcn_statement_owner(keyword->text)
                                   : TCN_OWNER_NONE;
        if (owner == TCN_OWNER_NONE) {
            const char *const *known;
            size_t count = tcn_statement_keywords(&known);
            tcn_fail_unknown(c, keyword, "statement", known, count);
        } else if (owner == TCN_OWNER_CONF) {
            read_statement(loader, keyword);
        }
        if (c->failed || owner == TCN_OWNER_POLICY) {
            tcn_cursor_skip(c, keyword);
        }
    }
}

static void swap_parties(struct tcn_conf *conf, size_t a, size_t b)
{
    struct tcn_party party = conf->parties[a];
    conf->parties[a] = conf->parties[b];
    conf->parties[b] = party;
    char card[TCN_PATH_MAX];
    memcpy(card, conf->cards[a], sizeof card);
    memcpy(conf->cards[a], conf->cards[b], sizeof card);
    memcpy(conf->cards[b], card, sizeof card);
}

static size_t find_party(const struct tcn_conf *conf, const char *name)
{
    size_t at = 0;
    while (at < conf->party_count &&
           strcmp(conf->parties[at].name, name) != 0) {
        at++;
    }
    return at;
}

/* Peer i of the files becomes party i: its index is its number. */
static void join_peers(struct loader *loader)
{
    struct tcn_conf *conf = loader->conf;
    struct tcn_problems *problems = loader->c.problems;
    for (size_t i = 0; i < loader->peer_count; i++) {
        const char *name = loader->peers[i].name;
        size_t at = find_party(conf, name);
        if (at == conf->party_count) {
            tcn_problem_add(problems, loader->peers[i].span, TCN_ERR_SYNTAX,
                            "peer %s is not pinned: `member %s { card ...; }` "
                            "is missing",
                            name, name);
        }
        if (problems->count == 0) {
            swap_parties(conf, i, at);
            conf->peers[i] = loader->peers[i].peer;
        }
    }
    conf->peer_count = loader->peer_count;
}

static void check_self(struct loader *loader, const struct tcn_token *end)
{
    struct tcn_conf *conf = loader->conf;
    if (loader->node == NULL) {
        tcn_problem_add(loader->c.problems, end->span, TCN_ERR_SYNTAX,
                        "there is no `node MEMBER { ... }` statement");
    }
    for (size_t i = 0; loader->node != NULL && i < conf->party_count; i++) {
        if (strcmp(conf->parties[i].name, conf->member) == 0) {
            tcn_problem_add(
                loader->c.problems, loader->node->span, TCN_ERR_SYNTAX,
                "%s is this node and cannot be a member too", conf->member);
        }
    }
}

static void set_defaults(struct tcn_conf *conf)
{
    memset(conf, 0, sizeof *conf);
    (void)snprintf(conf->store, sizeof conf->store, "/var/lib/tocsin");
    (void)snprintf(conf->keys, sizeof conf->keys, "keys");
    (void)snprintf(conf->run, sizeof conf->run, "/run/tocsin");
    conf->capacity = 65536;
    conf->default_tlp = -1;
    conf->life_ms = 90 * TCN_DAY_MS;
}

static enum tcn_err load(struct tcn_conf *conf, struct loader *loader,
                         const struct tcn_source *sources, size_t source_count,
                         bool whole)
{
    struct tcn_tokens tokens;
    struct tcn_problems *problems = loader->c.problems;
    set_defaults(conf);
    enum tcn_err err = tcn_lex(&tokens, sources, source_count, problems);
    if (err != TCN_ERR_OK) {
        return err;
    }
    loader->conf = conf;
    loader->c.at = tokens.list;
    read_all(loader);
    if (whole && problems->count == 0) {
        join_peers(loader);
        check_self(loader, &tokens.list[tokens.count - 1]);
    }
    tcn_tokens_free(&tokens);
    return problems->count == 0 ? TCN_ERR_OK : problems->list[0].err;
}

enum tcn_err tcn_conf_load_includes(struct tcn_conf *conf,
                                    const struct tcn_source *sources,
                                    size_t source_count,
                                    struct tcn_problems *problems)
{
    struct loader *loader = calloc(1, sizeof *loader);
    if (loader == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    loader->c.problems = problems;
    enum tcn_err err = load(conf, loader, sources, source_count, false);
    free(loader);
    return err;
}

enum tcn_err tcn_conf_load(struct tcn_conf *conf,
                           const struct tcn_source *sources,
                           size_t source_count, struct tcn_problems *problems)
{
    struct loader *loader = calloc(1, sizeof *loader);
    if (loader == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    loader->c.problems = problems;
    enum tcn_err err = load(conf, loader, sources, source_count, true);
    free(loader);
    return err;
}

struct tcn_world tcn_conf_world(const struct tcn_conf *conf)
{
    return (struct tcn_world){
        .self = conf->member,
        .parties = conf->parties,
        .party_count = conf->party_count,
        .peer_count = conf->peer_count,
        .exercises = conf->exercises,
        .exercise_count = conf->exercise_count,
        .observers = conf->observers,
        .observer_count = conf->observer_count,
        .roles = conf->roles,
        .role_count = conf->role_count,
    };
}
