#include "alert/label.h"
#include "base/text.h"
#include "conf/rows.h"

static const struct tcn_token *take_text(struct tcn_cursor *c)
{
    if (tcn_at(c, TCN_TOKEN_STRING)) {
        return tcn_expect(c, TCN_TOKEN_STRING, "a text");
    }
    return tcn_expect(c, TCN_TOKEN_WORD, "a word or a quoted text");
}

static void read_text(struct tcn_cursor *c, char *out, size_t cap)
{
    const struct tcn_token *token = take_text(c);
    tcn_copy_text(c, token, out, cap);
}

/* tcp://host:port or ipc://path; libzmq says the rest when it is used. */
static void read_endpoint(struct tcn_cursor *c, char *out)
{
    const struct tcn_token *token = take_text(c);
    tcn_copy_text(c, token, out, TCN_ENDPOINT_MAX);
    if (c->failed) {
        return;
    }
    bool tcp = strncmp(out, "tcp://", 6) == 0;
    bool ipc = strncmp(out, "ipc://", 6) == 0 && out[6] != '\0';
    const char *port = strrchr(out, ':');
    uint64_t number = 0;
    bool has_port = port != NULL && port > out + 6 &&
                    tcn_text_uint(tcn_view_str(port + 1), &number) &&
                    number > 0 && number <= 65535;
    if (!ipc && !(tcp && has_port)) {
        tcn_fail(c, token, TCN_ERR_SYNTAX,
                 "expected an endpoint such as tcp://192.0.2.7:7400");
    }
}

static void read_listen(struct tcn_cursor *c, struct tcn_conf *conf)
{
    if (conf->listen_count == TCN_LISTEN_MAX) {
        tcn_fail(c, c->at, TCN_ERR_CAPACITY, "more than %d listen addresses",
                 TCN_LISTEN_MAX);
        return;
    }
    read_endpoint(c, conf->listen[conf->listen_count]);
    conf->listen_count += !c->failed;
}

/* Names of groups are asked for by policies; users and groups of the system are
 * named as the system does. */
static void check_name(struct tcn_cursor *c, const struct tcn_token *token,
                       bool system)
{
    bool plain = tcn_text_is_word(token->text, 1, TCN_NAME_MAX, true);
    if (!c->failed && !plain &&
        (!system || token->text.len == 0 ||
         memchr(token->text.data, ' ', token->text.len) != NULL)) {
        tcn_fail(c, token, TCN_ERR_SYNTAX,
                 "a name is lower-case letters, digits and `-`");
    }
}

static void read_name_into(struct tcn_cursor *c, char (*list)[TCN_NAME_MAX + 1],
                           size_t max, size_t *count, bool system)
{
    if (*count == max) {
        tcn_fail(c, c->at, TCN_ERR_CAPACITY, "more than %zu of these", max);
        return;
    }
    const struct tcn_token *token = take_text(c);
    tcn_copy_text(c, token, list[*count], TCN_NAME_MAX + 1);
    check_name(c, token, system);
    *count += !c->failed;
}

static void read_party(struct tcn_cursor *c, enum row_type type,
                       struct tcn_party *party)
{
    static const char *const roles[] = {"nation", "partner"};
    if (type == ROW_EU) {
        party->eu = tcn_take_yes_no(c);
        party->eu_set = true;
    } else if (type == ROW_ROLE) {
        const struct tcn_token *token =
            tcn_expect(c, TCN_TOKEN_WORD, "nation or partner");
        party->role = tcn_view_is(token->text, "nation") ? TCN_ROLE_NATION
                                                         : TCN_ROLE_PARTNER;
        if (!c->failed && !tcn_view_is(token->text, "nation") &&
            !tcn_view_is(token->text, "partner")) {
            tcn_fail_unknown(c, token, "role", roles, 2);
        }
    } else {
        size_t count = party->group_count;
        read_name_into(c, party->groups, TCN_GROUPS_MAX, &count, false);
        party->group_count = (uint8_t)count;
    }
}

static void read_tlp(struct tcn_cursor *c, int *out)
{
    static const char *const words[] = {"clear", "green", "amber",
                                        "amber+strict", "red"};
    tcn_expect_word(c, "tlp");
    const struct tcn_token *token = tcn_expect(c, TCN_TOKEN_WORD, "a TLP word");
    *out = tcn_tlp_find(token->text);
    if (!c->failed && *out < 0) {
        tcn_fail_unknown(c, token, "TLP", words, 5);
    }
}

static uint64_t read_number(struct tcn_cursor *c, size_t max)
{
    const struct tcn_token *token = c->at;
    uint64_t number = tcn_take_number(c, max);
    if (number == 0) {
        tcn_fail(c, token, TCN_ERR_SYNTAX, "expected a number from 1 to %zu",
                 max);
    }
    return number;
}

static uint64_t read_duration(struct tcn_cursor *c, size_t days_max)
{
    const struct tcn_token *token = c->at;
    uint64_t ms = tcn_take_duration(c);
    if (ms == 0 || ms > days_max * TCN_DAY_MS) {
        tcn_fail(c, token, TCN_ERR_SYNTAX,
                 "expected a duration of more than nothing and at most %zud",
                 days_max);
    }
    return ms;
}

void row_read(struct tcn_cursor *c, const struct row *row, void *target)
{
    char *at = (char *)target + row->offset;
    struct tcn_role *role = target;
    uint64_t number;
    switch (row->type) {
    case ROW_TEXT: read_text(c, at, row->size); break;
    case ROW_ENDPOINT: read_endpoint(c, at); break;
    case ROW_LISTEN: read_listen(c, target); break;
    case ROW_NUMBER:
        number = read_number(c, row->size);
        memcpy(at, &(uint32_t){(uint32_t)number}, sizeof(uint32_t));
        break;
    case ROW_DURATION:
        number = read_duration(c, row->size);
        memcpy(at, &number, sizeof number);
        break;
    case ROW_TIME:
        number = tcn_take_time(c);
        memcpy(at, &number, sizeof number);
        break;
    case ROW_YES_NO: *(bool *)at = tcn_take_yes_no(c); break;
    case ROW_FLAG: *(bool *)at = true; break;
    case ROW_USER:
        read_name_into(c, role->users, TCN_ROLE_USERS_MAX, &role->user_count,
                       true);
        break;
    case ROW_USERGROUP:
        read_name_into(c, role->groups, TCN_ROLE_USERS_MAX, &role->group_count,
                       true);
        break;
    case ROW_TLP: read_tlp(c, (int *)(void *)at); break;
    default: read_party(c, row->type, target); break;
    }
}

static const struct row *find_row(struct tcn_cursor *c,
                                  const struct block *block,
                                  const struct tcn_token *name)
{
    const char *known[16];
    for (size_t i = 0; i < block->row_count; i++) {
        known[i] = block->rows[i].name;
        if (tcn_view_is(name->text, known[i])) {
            return &block->rows[i];
        }
    }
    tcn_fail_item(c, name, "setting", known, block->row_count);
    return NULL;
}

/* Lists are said one by one; anything else only once. */
static bool repeats(enum row_type type)
{
    return type == ROW_LISTEN || type == ROW_GROUP || type == ROW_USER ||
           type == ROW_USERGROUP;
}

void rows_read_one(struct tcn_cursor *c, const struct block *block,
                   uint32_t *seen, void *target)
{
    const struct tcn_token *name =
        tcn_expect(c, TCN_TOKEN_WORD, "a setting or `}`");
    const struct row *row = find_row(c, block, name);
    if (row != NULL) {
        uint32_t bit = 1u << (row - block->rows);
        if ((*seen & bit) != 0 && !repeats(row->type)) {
            tcn_fail(c, name, TCN_ERR_EXISTS, "a second `%s`", row->name);
        }
        *seen |= bit;
        row_read(c, row, target);
        tcn_expect_semi(c);
    }
    tcn_cursor_next_item(c);
}

void rows_read(struct tcn_cursor *c, const struct block *block, void *target)
{
    uint32_t seen = 0;
    tcn_expect(c, TCN_TOKEN_OPEN, "`{`");
    while (!c->failed && !tcn_accept(c, TCN_TOKEN_CLOSE)) {
        rows_read_one(c, block, &seen, target);
    }
}
