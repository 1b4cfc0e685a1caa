/* The configuration of a node: what the statements node, member, peer,
 * observers, role, exercise and include of the one language say. Nothing here
 * opens a file: texts are given, paths are only resolved by the caller. */
#pragma once

#include "alert/party.h"
#include "base/err.h"
#include "lang/source.h"

#define TCN_PATH_MAX     256
#define TCN_ENDPOINT_MAX 128
#define TCN_LISTEN_MAX   4
#define TCN_INCLUDES_MAX 64

struct tcn_conf_peer {
    char connect[TCN_ENDPOINT_MAX]; /* tcp://host:port; "" = it dials us */
    bool paused;
    uint64_t since_ms; /* how far back a new peer is served */
};

struct tcn_conf_observers {
    char socket[TCN_PATH_MAX];   /* directory-less prefix: PATH.sock and
                                    PATH-replay.sock */
    char misp[TCN_ENDPOINT_MAX]; /* endpoint of the MISP view, or "" */
    bool stix;                   /* bodies are STIX bundles, not our JSON */
};

struct tcn_conf {
    char member[TCN_MEMBER_MAX + 1];
    char name[TCN_NAME_MAX * 4 + 1]; /* "CERT-EE", for people */
    size_t listen_count;
    char listen[TCN_LISTEN_MAX][TCN_ENDPOINT_MAX];
    char store[TCN_PATH_MAX]; /* directory of node.db and feed.db */
    char keys[TCN_PATH_MAX];  /* directory of the node's keys */
    char run[TCN_PATH_MAX];   /* directory of control.sock and metrics.prom */
    uint32_t capacity;        /* alerts held at most */
    int default_tlp;          /* for imports that carry none; -1 = none */
    uint64_t life_ms;         /* default life of an alert */

    size_t party_count; /* as in struct tcn_world: linked peers first */
    size_t peer_count;
    struct tcn_party parties[TCN_MEMBERS_MAX];
    char cards[TCN_MEMBERS_MAX][TCN_PATH_MAX]; /* of parties[i] */
    struct tcn_conf_peer peers[TCN_PEERS_MAX];

    size_t observer_count;
    struct tcn_observer_class observers[TCN_OBSERVERS_MAX];
    struct tcn_conf_observers observer_sockets[TCN_OBSERVERS_MAX];

    size_t role_count;
    struct tcn_role roles[TCN_ROLES_MAX];

    size_t exercise_count;
    struct tcn_exercise exercises[TCN_EXERCISES_MAX];

    size_t include_count; /* patterns, in order */
    char includes[TCN_INCLUDES_MAX][TCN_PATH_MAX];
    struct tcn_span include_spans[TCN_INCLUDES_MAX];
};

/* What the sources so far include, into conf->includes: the caller reads those
 * files and asks again until there is nothing new. Mistakes are reported, but
 * not what a file that is still missing may bring. */
TCN_MUST_USE enum tcn_err
tcn_conf_load_includes(struct tcn_conf *conf, const struct tcn_source *sources,
                       size_t source_count, struct tcn_problems *problems);

/* Reads the configuration statements of all sources (policy and agreement
 * statements are left to common/policy). Large: the caller allocates *conf.
 * SYNTAX, EXISTS, CAPACITY or NO_MEMORY, all but the last with `problems`
 * filled in. */
TCN_MUST_USE enum tcn_err tcn_conf_load(struct tcn_conf *conf,
                                        const struct tcn_source *sources,
                                        size_t source_count,
                                        struct tcn_problems *problems);

/* What the policy may refer to; borrows from *conf. */
struct tcn_world tcn_conf_world(const struct tcn_conf *conf);

/* The reference of every statement and setting as text, made from the table
 * that the parser runs on: name, type, default, help. */
void tcn_conf_put_reference(struct tcn_buf *out);
