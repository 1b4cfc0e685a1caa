/* A mesh of cores in virtual time: nodes with a store that forgets what was not
 * committed, pipes that break and lose their end, and oracles that know from
 * the outside what must hold. Everything follows from one seed.
 *
 *   sim.c     time, events        node.c    one node: events in, effects out
 *   pipe.c    one-way links       store.c   what a node has written
 *   mint.c    keys and alerts     rules.c   filters, and what they must do
 *   oracle.c  what must hold, at the moment      oracle_end.c  ... at the end
 *   evil.c    nodes that break the rules         say.c         the transcript
 *   people.c  what waits for people and time     oracle_people.c  ... outside
 *   chaos.c   people and faults, by chance       mutants.py    faulty cores */
#pragma once

#include "alert/build.h"
#include "alert/identity.h"
#include "base/assert.h"
#include "mesh/mesh.h"
#include "sim/people.h"

#define NODES_MAX  20
#define KEYS_MAX   (2 * NODES_MAX) /* each node's certificate, and the next */
#define ALERTS_MAX 640
#define CHAOS_MAX  320 /* alerts of a run by chance */
#define CAPACITY   (8 * CHAOS_MAX)
#define BULK_ROWS  64               /* the least that a peer takes */
#define START_MS   1782000000000ull /* 2026-06-21 */
#define NO_ALERT   UINT32_MAX

/* ---- filters of one node, as data: policy text and oracle come from it ----
 */

struct export_rule {
    bool allow;
    uint8_t severity_min;
    uint8_t classes; /* opened */
    uint8_t cut;     /* taken away again; 0 = no rule */
    uint32_t denied; /* origins, one bit per node */
    /* What waits: 0 = no rule. */
    uint8_t held_from; /* a severity that people are asked about */
    bool victim_held;  /* ... whatever names a victim */
    uint32_t within_ms;
    uint32_t delay_ms;  /* of what is not critical */
    uint8_t on_request; /* classes that are opened when that is agreed to */
};

struct rules {
    struct export_rule to[NODES_MAX]; /* by node */
    uint8_t import_severity_min;
    uint32_t import_rejected; /* origins */
    uint8_t odd_from; /* a severity that goes into quarantine; 0 = no rule */
    uint32_t odd;     /* ... and origins */
    uint8_t pact;     /* version of the agreement "pact"; 0 = none */
};

/* ---- what the simulator knows of an alert without asking any core ---- */

struct minted {
    char name[24];
    struct tcn_id id;
    uint8_t *envelope;
    size_t len;
    unsigned origin;
    unsigned key; /* that signed it */
    uint64_t minted_ms;
    enum tcn_kind kind;
    uint8_t thread[16];
    uint32_t revision;
    uint8_t severity, tlp, onward;
    const char *sector; /* NULL = none */
    uint32_t audience;  /* nodes; 0 = everybody */
    bool orcon, no_partner;
    bool is_request; /* for the release of its subject */
    uint8_t pact;    /* under that version of the agreement */
    uint64_t created_ms, expires_ms;
    uint32_t subject; /* of a sighting */
    uint8_t present;  /* classes it has */
    bool answered;    /* the origin's core said OK, ... */
    bool submitted;   /* ... and when that was durable, told the operator */
    bool lost;        /* ... and a backup made the origin forget it */
};

/* ---- store.c: a log of writes; what was not committed can vanish ---- */

struct held {
    struct tcn_id id;
    uint32_t alert; /* number of the minted one */
    uint8_t *bytes; /* owned by the simulator */
    size_t len;
    uint64_t seq, received_ms;
    uint8_t status, form;
    bool has_contents;
    uint64_t sources;
    uint8_t source_form[NODES_MAX];
};

struct ledger_row {
    struct tcn_epoch epoch;
    uint8_t lane;
    uint64_t n;
    struct tcn_mark mark;
    struct tcn_id id;
    uint8_t form;
};

struct export_row {
    struct tcn_id id;
    uint8_t form;
};

struct refusal_row {
    struct tcn_id id;
    struct tcn_refusal row;
};

struct books { /* one peer's */
    struct tcn_held_peer state;
    struct ledger_row *ledger;
    size_t ledger_count, ledger_cap;
    struct export_row *exports;
    size_t export_count, export_cap;
    struct refusal_row *refusals;
    size_t refusal_count, refusal_cap;
    struct waits waits;
};

struct fed { /* what observers were told */
    uint32_t alert;
    uint8_t form, status;
};

struct write; /* one store effect */

struct store {
    struct write *log;
    size_t log_count, log_cap, durable, backup;
    struct held *held;
    size_t held_count, held_cap;
    struct books books[NODES_MAX]; /* by peer number */
    struct fed *fed;
    size_t fed_count, fed_cap;
    struct tcn_id *quarantine;
    size_t quarantine_count, quarantine_cap;
    uint64_t certs;   /* one bit per key */
    uint64_t revoked; /* ... that are known to be */
};

struct sim;
struct node;
void store_write(struct sim *sim, struct node *node,
                 const struct tcn_effect *effect);
void store_write_change(struct node *node, const struct change *change);
void store_write_cert(struct node *node, unsigned key);
void store_write_krev(struct node *node, unsigned key);
void store_commit(struct store *store);
/* Forgets what was written after the first `count` writes. */
void store_cut(struct sim *sim, struct node *node, size_t count);
struct held *store_find(const struct store *store, const struct tcn_id *id);
const struct ledger_row *store_row(const struct store *store, unsigned peer,
                                   enum tcn_lane lane, uint64_t n);
const struct export_row *store_export(const struct store *store, unsigned peer,
                                      const struct tcn_id *id);
void store_fini(struct store *store);

/* ---- node.c ---- */

enum item_kind {
    ITEM_FRAME,
    ITEM_UP,
    ITEM_DOWN,
    ITEM_SUBMIT,
    ITEM_POLICY,
    ITEM_NARROW, /* the next policy waits to be confirmed */
    ITEM_CONFIRM,
    ITEM_ABANDON,
    ITEM_KEYS,
    ITEM_PROVEN,   /* a signature was looked at */
    ITEM_REVOKED,  /* a key was revoked here */
    ITEM_ANNOUNCE, /* one takes over later */
    ITEM_ORDER,    /* an officer says something */
    ITEM_DUE,      /* of what waits something may be over */
};

struct item {
    enum item_kind kind;
    uint8_t peer;
    uint8_t *bytes; /* of a frame */
    size_t len;
    uint32_t alert;
    uint8_t random[32];
    uint8_t lane; /* of a proof */
    uint64_t n, ticket;
    unsigned key;
    struct order order;
};

struct outgoing {
    uint8_t peer;
    uint8_t *bytes;
    size_t len;
};

struct query;

/* A node that breaks the rules in one way, on the frames of an honest core. */
enum evil {
    HONEST,
    WITHHOLDS,
    REPLAYS,
    EQUIVOCATES,
    LIES,     /* about numbers */
    UNSERVED, /* offers, and does not serve */
    FLOODS,
    FORGES,
    SHOUTS,  /* marks everything critical */
    DEMANDS, /* wants what it was not offered, and what it has */
    EVILS,
};

struct node {
    char name[TCN_MEMBER_MAX + 1];
    unsigned number;
    size_t peer_count;
    unsigned node_of[NODES_MAX]; /* peer number -> node */
    unsigned peer_of[NODES_MAX]; /* node -> peer number, NODES_MAX = none */

    enum evil evil;
    bool full;    /* its disk: no commit succeeds */
    unsigned key; /* it signs with */
    bool alive, committing;
    uint64_t life; /* grows with every start */
    int64_t clock_skew_ms;
    bool clock_set; /* ever: quotas go by it */
    void *memory;
    struct tcn_mesh *mesh;
    struct tcn_policy *policy;
    struct rules rules, next_rules;
    bool narrowed; /* both decide until `pending` is confirmed */
    struct rules pending;
    bool rules_changed; /* since the start of the run */
    bool restored;      /* from a backup, ever */
    uint64_t restored_ms;
    uint32_t capacity; /* alerts held at most; 0 = all there are */
    uint64_t since_ms; /* older alerts are not offered to a new peer */
    uint32_t pinned;   /* nodes whose card it has */
    struct store store;
    uint64_t tick_at_ms;

    struct item *inbox;
    size_t inbox_first, inbox_count, inbox_cap;
    struct outgoing *outbox;
    size_t outbox_count, outbox_cap;
    struct query *queries;
    size_t query_first, query_count, query_cap;

    uint8_t nonce[NODES_MAX][4]; /* by peer: ours, since its LINK_UP */
    uint64_t heard_clock_ms[NODES_MAX];
    uint8_t heard[NODES_MAX][4]; /* ... theirs, from their last HELLO */
    uint64_t asked[NODES_MAX][TCN_WANT_MAX]; /* rows a peer WANTed */
    unsigned asked_count[NODES_MAX];
    uint32_t urgent[NODES_MAX][NODES_MAX]; /* rows, by peer and origin */
    uint64_t started_ms;
    uint64_t told[NODES_MAX][TCN_LANES];    /* settled rows, by peer */
    uint64_t granted[NODES_MAX][TCN_LANES]; /* bytes of PUSH, by peer */
    uint64_t pushed[NODES_MAX][TCN_LANES];  /* ... since its last HELLO */
    uint64_t offered[NODES_MAX]; /* by an evil one: bulk rows, by peer */
    struct word *words;          /* what people said, as far as it is kept */
    size_t word_count, word_cap;
    uint64_t asked_ms;  /* the core, about delays up to then */
    uint64_t due_at_ms; /* of the run: when it is next */
};

void node_start(struct sim *sim, struct node *node);
/* torn: whether a commit that was under way is found to have happened. */
void node_crash(struct sim *sim, struct node *node, bool torn);
void node_fini(struct node *node);
/* Gives it something to do; takes the item's bytes. */
void node_post(struct sim *sim, struct node *node, const struct item *item);
void node_tick(struct sim *sim, struct node *node);
void node_committed(struct sim *sim, struct node *node, uint64_t life);
void node_due(struct sim *sim, struct node *node, uint64_t life);
uint64_t node_clock(const struct sim *sim, const struct node *node);
/* Loads the policy that says what node->rules say, and those that wait. */
void node_load_rules(struct sim *sim, struct node *node);

/* ---- evil.c ---- */

void evil_init(void);
const char *evil_word(enum evil evil);
/* Sends a frame that its core wanted sent, or does worse; takes the bytes. */
void evil_send(struct sim *sim, struct node *node, unsigned to, uint8_t *bytes,
               size_t len);

/* ---- pipe.c: everything from -> to ---- */

struct pipe {
    bool linked, up, blocked;
    bool mute;         /* up, but everything is lost: found out later */
    unsigned lose;     /* so many more frames, and nobody notices */
    uint64_t ready_ms; /* its end is known by then */
    uint64_t bulk_ms;  /* how much later than fast */
    uint64_t life;     /* of the connection */
    uint64_t latency_ms;
    uint64_t last_ms[TCN_LANES]; /* frames of a lane stay in order */
    struct flight **flights;
    size_t flight_count, flight_cap;
};

void pipe_send(struct sim *sim, unsigned from, unsigned to, uint8_t *bytes,
               size_t len);
/* Breaks now; of what is under way only a part arrives, some of it late. */
void pipe_break(struct sim *sim, unsigned from, unsigned to);
/* Loses everything from now on; is noticed, and breaks, a while later. */
void pipe_mute(struct sim *sim, unsigned from, unsigned to);
void pipe_try(struct sim *sim, unsigned from, unsigned to);
void pipe_arrive(struct sim *sim, struct flight *flight);
void pipe_fini(struct sim *sim, struct pipe *pipe);

/* ---- sim.c ---- */

enum sim_event {
    EV_ARRIVE,
    EV_TICK,
    EV_COMMIT,
    EV_PIPE,
    EV_DOWN,
    EV_START,
    EV_PROVEN,
    EV_BREAK, /* a pipe; again so often */
    EV_CLOCK, /* ... is right again */
    EV_JOIN,  /* one way */
    EV_DUE,   /* what waits at a node */
};

/* What goes wrong, by kind. X(NAME, word) */
#define SIM_FAULTS(X)                                                          \
    X(BREAK, "break")                                                          \
    X(PARTITION, "partition")                                                  \
    X(ONE_WAY, "one-way partition")                                            \
    X(MUTE, "silent loss")                                                     \
    X(FLAP, "flapping")                                                        \
    X(CRASH, "crash")                                                          \
    X(TORN, "crash between commit and send")                                   \
    X(RESTORE, "restored backup")                                              \
    X(DISK_FULL, "disk full")                                                  \
    X(CLOCK, "clock step")                                                     \
    X(POLICY, "policy reload")                                                 \
    X(RENEWAL, "key renewal")                                                  \
    X(REVOCATION, "key revocation")                                            \
    X(EVIL, "evil frame")

enum sim_fault {
#define SIM_FAULT(name, word) FAULT_##name,
    SIM_FAULTS(SIM_FAULT)
#undef SIM_FAULT
        FAULTS
};

struct event {
    uint64_t at_ms, order;
    enum sim_event kind;
    unsigned a, b;
    uint64_t life;
    void *flight;
};

struct taped {
    uint64_t at_ms, hash;
};

struct sim {
    uint64_t seed, random;
    uint64_t now_ms; /* since the start of the run */
    uint64_t order;
    struct event *heap;
    size_t heap_count, heap_cap;
    unsigned node_count;
    struct node nodes[NODES_MAX];
    struct pipe pipes[NODES_MAX][NODES_MAX];
    struct minted alerts[ALERTS_MAX];
    uint32_t alert_count;
    uint64_t commit_ms_max;
    bool instant; /* a commit takes no time */
    bool calm;    /* no chance: breaks lose everything, nothing comes late */
    uint32_t bulk_rows; /* that each takes */
    uint64_t prove_ms;  /* while it is calm: how long a signature takes */
    uint64_t frames[TCN_FRAME_TYPE_END];
    uint64_t faults[FAULTS];
    uint64_t events, steps, checks;
    uint64_t revoked; /* keys, by anybody */
    unsigned heavy;   /* alerts that fill windows */
    bool people;      /* some policies wait for them */
    uint64_t held, delayed, looked_for, words;

    unsigned tape_from, tape_to; /* what is sent there is written down */
    struct taped *tape;
    size_t tape_count, tape_cap;

    bool say, say_time;
    const char *say_only; /* lines with that word; NULL = all */
    struct tcn_buf text;
    size_t violations;
    struct tcn_effects effects;
};

struct sim *sim_new(uint64_t seed);
void sim_free(struct sim *sim);
uint64_t sim_random(struct sim *sim);
uint64_t sim_below(struct sim *sim, uint64_t limit);
bool sim_chance(struct sim *sim, unsigned percent);
void sim_fill(struct sim *sim, void *out, size_t len);
struct event *sim_at(struct sim *sim, uint64_t in_ms, enum sim_event kind);
/* Carries out everything that happens in the next `ms`. */
void sim_run(struct sim *sim, uint64_t ms);

unsigned sim_node(struct sim *sim, const char *name); /* before sim_start */
void sim_link(struct sim *sim, unsigned a, unsigned b);
/* Everybody allows everything to their peers, all cards are exchanged. */
void sim_open(struct sim *sim);
void sim_start(struct sim *sim);
void sim_crash(struct sim *sim, unsigned node, uint64_t down_ms);
void sim_backup(struct sim *sim, unsigned node);
void sim_restore(struct sim *sim, unsigned node, uint64_t down_ms);
void sim_renew(struct sim *sim, unsigned node);
/* Peers are told of the key that comes next, which is not used yet. */
void sim_announce(struct sim *sim, unsigned node);
void sim_revoke(struct sim *sim, unsigned node, unsigned key);
void sim_fill_disk(struct sim *sim, unsigned node, bool full);
void sim_flap(struct sim *sim, unsigned a, unsigned b, unsigned times);
/* Its clock is wrong for a while. */
void sim_set_clock(struct sim *sim, unsigned node, int64_t skew_ms,
                   uint64_t for_ms);
bool sim_has_evil(const struct sim *sim);
/* Both ways; for as long as they are not joined again. */
void sim_part(struct sim *sim, unsigned a, unsigned b);
void sim_join(struct sim *sim, unsigned a, unsigned b);
void sim_submit(struct sim *sim, uint32_t alert);
void sim_pin(struct sim *sim, unsigned node, unsigned whose);
/* Loads node->next_rules, whatever they are by then. */
void sim_load(struct sim *sim, unsigned node);
/* ... until it is confirmed only what both allow passes. */
void sim_narrow(struct sim *sim, unsigned node);
void sim_confirm(struct sim *sim, unsigned node, bool taken);

void *sim_grow(void *list, size_t count, size_t *cap, size_t size);

/* ---- mint.c ---- */

struct wish {
    const char *name;
    unsigned origin;
    const char *kind;  /* "alert" when NULL */
    uint32_t before;   /* revision it follows, or subject; NO_ALERT = none */
    uint32_t revision; /* of a contradiction; else 0 = the next one */
    bool contradicts;  /* `before` says something else in the same place */
    uint8_t severity, tlp, onward;
    uint32_t audience;
    bool orcon, no_partner;
    uint8_t classes;  /* besides KEEP; 0 = TECH */
    uint64_t life_ms; /* 0 = 30 days */
    size_t bytes;     /* of free text besides */
    bool pact;        /* under the agreement that its origin has */
    const char *sector;
    int64_t age_ms;
};

void mint_init(void);
const char *mint_name(unsigned node);
/* Key k is that of node k % NODES_MAX. */
const struct tcn_cert *mint_cert(unsigned key);
struct tcn_view mint_cert_bytes(unsigned key);
const uint8_t *mint_cert_signature(unsigned key);
struct tcn_view mint_krev_bytes(unsigned key);
const uint8_t *mint_krev_signature(unsigned key);
const uint8_t *mint_root(unsigned key);
/* As tcn_alert_verify(). */
enum tcn_err mint_verify(struct tcn_alert *alert, unsigned key);
unsigned mint_whose(const struct tcn_id *cert); /* KEYS_MAX = nobody's */
uint32_t mint(struct sim *sim, const struct wish *wish);
uint32_t mint_find(const struct sim *sim, const struct tcn_id *id);

/* ---- rules.c ---- */

void rules_open(struct rules *rules, const struct node *node);
/* Floor and filter, thought out again: 0 = may not be sent, else the classes
 * that may be open, and bit 7. */
uint8_t rules_export(const struct sim *sim, const struct node *node,
                     unsigned to, const struct minted *alert);
bool rules_import(const struct node *node, const struct minted *alert);
/* Which rules hold it for people, and for how long it is delayed. */
unsigned rules_hold(const struct node *node, unsigned to,
                    const struct minted *alert);
uint64_t rules_delay(const struct node *node, unsigned to,
                     const struct minted *alert);
bool rules_quarantine(const struct node *node, const struct minted *alert);

/* ---- oracle.c ---- */

void violation(struct sim *sim, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* At the moment things happen. */
void oracle_export(struct sim *sim, struct node *node,
                   const struct tcn_effect *effect);
void oracle_store(struct sim *sim, struct node *node,
                  const struct tcn_effect *effect);
void oracle_send(struct sim *sim, struct node *node, unsigned peer,
                 struct tcn_view bytes);
void oracle_leaves(struct sim *sim, struct node *node, unsigned peer,
                   struct tcn_view bytes);
void oracle_alarm(struct sim *sim, const struct node *node,
                  const struct tcn_effect *effect);
void oracle_session(struct sim *sim, struct node *node, unsigned peer,
                    const struct tcn_frame *frame, size_t writes);
bool minted_same_thread(const struct minted *a, const struct minted *b);
bool minted_is_remark(const struct minted *alert);
bool oracle_knows_withdrawal(const struct sim *sim, const struct node *node,
                             const struct minted *alert);

/* ---- oracle_end.c ---- */

/* Of a clock that was wrong: others do not take it yet. */
bool oracle_is_early(const struct sim *sim, const struct minted *alert);
/* After all faults are healed and everything is quiet. */
void oracle_end(struct sim *sim);

/* ---- say.c ---- */

void say(struct sim *sim, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void say_frame(struct sim *sim, unsigned from, unsigned to,
               struct tcn_view bytes);
void say_effect(struct sim *sim, const struct node *node,
                const struct tcn_effect *effect);
const char *say_alert(const struct sim *sim, const struct tcn_id *id);
const char *say_form(uint8_t form);

/* ---- chaos.c ---- */

struct chaos_of {
    uint64_t seed;
    unsigned nodes;   /* 0 = 3 to 8 */
    uint64_t actions; /* 0 = 40 to 160 */
    bool aloud;
};

struct chaos_totals {
    uint64_t runs, nodes, alerts, frames, steps, checks, ms;
    uint64_t held, delayed, looked_for, words;
    uint64_t faults[FAULTS];
};

/* One run; returns the number of violations. */
size_t chaos_run(const struct chaos_of *of, struct chaos_totals *totals);
const char *chaos_fault_word(enum sim_fault fault);

/* ---- twins.c ---- */

/* 1 when an alert that a peer may not have shows in what the peer gets. */
size_t twins_run(uint64_t seed);
