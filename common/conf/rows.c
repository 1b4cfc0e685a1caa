#include "conf/rows.h"

#include <stddef.h>
#include <stdio.h>

#define AT(type, member) offsetof(type, member), sizeof(((type *)0)->member)
#define LIFE_DAYS_MAX    (TCN_LIFE_MAX_MS / TCN_DAY_MS)
#define ROWS(rows)       rows, sizeof(rows) / sizeof(rows)[0]

static const struct row node_rows[] = {
    {"name", ROW_TEXT, AT(struct tcn_conf, name), "",
     "what people call this team, e.g. \"CERT-EE\""},
    {"listen", ROW_LISTEN, 0, 0, "",
     "where peers reach us, e.g. tcp://0.0.0.0:7400; up to four"},
    {"store", ROW_TEXT, AT(struct tcn_conf, store), "/var/lib/tocsin",
     "directory of node.db and feed.db"},
    {"keys", ROW_TEXT, AT(struct tcn_conf, keys), "keys",
     "directory of node.key and node.card"},
    {"run", ROW_TEXT, AT(struct tcn_conf, run), "/run/tocsin",
     "directory of control.sock and metrics.prom"},
    {"capacity", ROW_NUMBER, offsetof(struct tcn_conf, capacity), 4000000,
     "65536", "alerts held at most"},
    {"default", ROW_TLP, offsetof(struct tcn_conf, default_tlp), 0, "",
     "`default tlp WORD`: for imports that carry no marking"},
    {"life", ROW_DURATION, offsetof(struct tcn_conf, life_ms), LIFE_DAYS_MAX,
     "90d", "how long an alert lives unless it says otherwise"},
};

static const struct row member_rows[] = {
    {"card", ROW_TEXT, 0, TCN_PATH_MAX, "",
     "file of the card that pins this nation"},
    {"eu", ROW_EU, 0, 0, "", "yes or no, for policies that ask peer.eu"},
    {"role", ROW_ROLE, 0, 0, "", "nation or partner"},
    {"group", ROW_GROUP, 0, 0, "", "a name that policies use; up to eight"},
};

static const struct row peer_rows[] = {
    {"connect", ROW_ENDPOINT, AT(struct tcn_conf_peer, connect), "",
     "where we reach it, e.g. tcp://node.cert.lv:7400"},
    {"since", ROW_DURATION, offsetof(struct tcn_conf_peer, since_ms),
     LIFE_DAYS_MAX, "7d", "how far back a new peer is served"},
    {"paused", ROW_FLAG, offsetof(struct tcn_conf_peer, paused), 0, "",
     "keep the link configured but closed"},
};

static const struct row observers_rows[] = {
    {"socket", ROW_TEXT, AT(struct tcn_conf_observers, socket), "",
     "prefix of the sockets: PREFIX.sock and PREFIX-replay.sock"},
    {"misp", ROW_ENDPOINT, AT(struct tcn_conf_observers, misp), "",
     "endpoint for consumers of MISP's ZeroMQ stream"},
    {"stix", ROW_YES_NO, offsetof(struct tcn_conf_observers, stix), 0, "no",
     "bodies of the stream are STIX 2.1 bundles"},
    {"internal", ROW_YES_NO, offsetof(struct tcn_observer_class, internal), 0,
     "no", "may see AMBER+STRICT and RED"},
};

static const struct row role_rows[] = {
    {"user", ROW_USER, 0, 0, "", "a user that has the role; up to 32"},
    {"group", ROW_USERGROUP, 0, 0, "",
     "a group whose users have the role; up to 32"},
};

static const struct row exercise_rows[] = {
    {"from", ROW_TIME, offsetof(struct tcn_exercise, from_ms), 0, "",
     "when it opens"},
    {"until", ROW_TIME, offsetof(struct tcn_exercise, until_ms), 0, "",
     "when it closes"},
    {"agreement", ROW_TEXT, AT(struct tcn_exercise, agreement), "",
     "the agreement it stands under"},
};

const struct block conf_blocks[] = {
    {"node", "MEMBER", "who we are and where things are", ROWS(node_rows)},
    {"member", "MEMBER", "a nation whose alerts we believe", ROWS(member_rows)},
    {"peer", "MEMBER", "a pinned nation that we are linked with",
     ROWS(peer_rows)},
    {"observers", "CLASS", "local subscribers and what they may see",
     ROWS(observers_rows)},
    {"role", "NAME",
     "who may use the control socket: observer, operator, admin",
     ROWS(role_rows)},
    {"exercise", "NAME", "when alerts of an exercise are let through",
     ROWS(exercise_rows)},
};
const size_t conf_block_count = sizeof conf_blocks / sizeof conf_blocks[0];

const struct block *conf_block(const char *name)
{
    for (size_t i = 0; i < conf_block_count; i++) {
        if (strcmp(conf_blocks[i].name, name) == 0) {
            return &conf_blocks[i];
        }
    }
    return NULL;
}

static const char *value_word(const struct row *row)
{
    switch (row->type) {
    case ROW_TEXT: return "TEXT";
    case ROW_ENDPOINT:
    case ROW_LISTEN: return "ENDPOINT";
    case ROW_NUMBER: return "NUMBER";
    case ROW_DURATION: return "DURATION";
    case ROW_TIME: return "TIME";
    case ROW_YES_NO:
    case ROW_EU: return "yes|no";
    case ROW_ROLE: return "nation|partner";
    case ROW_TLP: return "tlp TLP";
    case ROW_FLAG: return "";
    default: return "NAME";
    }
}

static void put_row(struct tcn_buf *out, const struct row *row)
{
    const char *value = value_word(row);
    int width = (value[0] == '\0' ? 29 : 28) - (int)strlen(row->name);
    tcn_buf_printf(out, "    %s%s%s;%*s%s", row->name,
                   value[0] == '\0' ? "" : " ", value,
                   width - (int)strlen(value), "", row->help);
    if (row->fallback[0] != '\0') {
        tcn_buf_printf(out, " (%s)", row->fallback);
    }
    tcn_buf_put_str(out, "\n");
}

void tcn_conf_put_reference(struct tcn_buf *out)
{
    for (size_t i = 0; i < conf_block_count; i++) {
        const struct block *block = &conf_blocks[i];
        tcn_buf_printf(out, "%s %s { ... }  # %s\n", block->name,
                       block->argument, block->help);
        for (size_t j = 0; j < block->row_count; j++) {
            put_row(out, &block->rows[j]);
        }
    }
    tcn_buf_put_str(out, "include \"PATTERN\";  # more files, relative to "
                         "this one\n");
}
