/* Many cores in virtual time, for measuring. Nothing breaks here but what a
 * scenario cuts, every alert is whole, and a signature is taken for checked:
 * what a hop costs is a constant. Judging is the business of tests/sim.
 *
 *   net.c    time, links, frames      shell.c   what a node does around a core
 *   alerts.c alerts, signed once      graph.c   who may reach whom, how fast */
#pragma once

#include "alert/build.h"
#include "base/assert.h"
#include "base/idmap.h"
#include "mesh/mesh.h"

#define NET_START_MS 1782000000000ull /* 2026-06-21 */
#define NEVER_US     UINT64_MAX
#define LABELS       4 /* that filters tell apart */
#define DEGREE_MAX   24

/* What the labels are, and filters go by. A stream is an origin's TLP and
 * sectors: of categories a tree knows nothing. */
enum filters { UNFILTERED, BY_TLP, BY_SECTOR, BY_CATEGORY, FILTERS };

struct cost {
    uint64_t verify_us; /* of a signature, on a worker */
    uint64_t commit_us; /* of a transaction; while it runs, the node waits */
};

/* ---- alerts.c ---- */

struct made {
    struct tcn_alert *alert; /* decoded; only as many fields as it has */
    uint8_t *envelope;
    unsigned origin;
    unsigned label;
    uint64_t sent_us;
    uint64_t copies;   /* PUSHes of it that came anywhere */
    uint32_t *took_us; /* by node, since sent_us; 0 = has it not */
};

struct wanted_alert {
    unsigned origin, label;
    uint8_t severity;
    size_t bytes; /* of its description */
    uint64_t age_ms;
};

struct net;
void alerts_init(void);
/* Its number. */
uint32_t alerts_make(struct net *net, const struct wanted_alert *wanted);
uint32_t alerts_find(const struct net *net, const struct tcn_id *id);
/* The condition of a rule that is about the label. */
void label_put(struct tcn_buf *out, enum filters filters, unsigned label);

/* ---- net.c ---- */

enum happening { ARRIVES, TICKS, COMMITTED, PROVEN };

struct happens {
    uint64_t at_us, order;
    enum happening kind;
    unsigned node;
    void *what;
};

/* A frame on its way, or waiting at its end. A PUSH names its alert. */
struct flight {
    struct flight *next;
    unsigned to;
    uint8_t peer; /* at its end */
    uint8_t form; /* of a PUSH */
    uint32_t alert;
    uint64_t ticket, n; /* of a proof */
    struct tcn_place place;
    struct tcn_session session;
    uint8_t lane, type;
    uint32_t len;
    uint8_t bytes[]; /* of all others */
};

struct row {
    uint32_t alert;
    uint8_t form;
    struct tcn_mark mark;
};

struct rows {
    struct row *list;
    size_t count, cap;
};

struct link { /* from one node to a peer of it */
    unsigned to;
    uint8_t back; /* our number there */
    uint64_t latency_us;
    uint8_t denied; /* labels */
    bool cut;       /* what is sent is lost, and nobody notices */
    bool up;
    uint64_t bytes, frames;
    uint64_t offer_bytes, push_bytes;
    uint64_t last_us[TCN_LANES];
    struct rows ledger[TCN_LANES];
};

struct question {
    enum tcn_effect_kind kind;
    uint8_t peer, lane;
    uint64_t n;
    uint32_t alert;
};

struct shell {
    char name[TCN_MEMBER_MAX + 1];
    unsigned number;
    struct link links[DEGREE_MAX];
    size_t peer_count;
    struct tcn_mesh *mesh;
    struct tcn_policy *policy;
    uint64_t tick_us;
    bool committing, dirty;
    struct flight *inbox, **inbox_end;
    struct flight *outbox, **outbox_end;
    struct question *questions;
    size_t question_first, question_count, question_cap;
    uint32_t *stored; /* in this round */
    size_t stored_count, stored_cap;
};

struct net {
    uint64_t random, now_us, order;
    struct cost cost;
    bool floods; /* nobody hears a PRUNE */
    enum filters filters;
    size_t node_count;
    struct shell *nodes;
    struct made *alerts;
    size_t alert_count, alert_cap;
    uint32_t capacity, bulk_rows;
    struct tcn_idmap by_id;
    struct tcn_idmap_slot *slots;
    struct happens *heap;
    size_t heap_count, heap_cap;
    uint64_t frames[TCN_FRAME_TYPE_END];
    uint64_t steps;
    size_t core_bytes;
    struct tcn_effects effects;
};

struct net *net_new(uint64_t seed, size_t nodes, uint32_t alerts_max);
void net_free(struct net *net);
uint64_t net_below(struct net *net, uint64_t limit);
void net_link(struct net *net, unsigned a, unsigned b, uint64_t one_way_us);
struct link *net_find(struct net *net, unsigned from, unsigned to);
/* Loads the policies and starts all cores. */
void net_start(struct net *net);
void net_up(struct net *net, unsigned a, unsigned b);
void net_down(struct net *net, unsigned a, unsigned b);
void net_submit(struct net *net, uint32_t alert);
void net_run(struct net *net, uint64_t ms);
struct happens *net_at(struct net *net, uint64_t at_us, enum happening kind);
void net_send(struct net *net, unsigned from, unsigned peer,
              struct flight *flight);
struct flight *flight_new(size_t len);
void *net_grow(void *list, size_t count, size_t *cap, size_t size);

/* ---- shell.c ---- */

void shell_start(struct net *net, struct shell *node);
void shell_stop(struct shell *node);
void shell_takes(struct net *net, struct shell *node, struct flight *flight);
void shell_ticks(struct net *net, struct shell *node);
void shell_committed(struct net *net, struct shell *node);
void shell_step(struct net *net, struct shell *node, struct tcn_event *event);
void shell_round(struct net *net, struct shell *node);

/* ---- graph.c ---- */

/* Links at random, so that all are connected and each node has about `degree`;
 * round trips of 20 to 200 ms. */
void graph_make(struct net *net, unsigned degree);
/* When an alert of that origin and label can be at each node at the earliest,
 * over links that are not cut and filters that let it through: microseconds;
 * NEVER_US = not at all. */
void graph_bound(const struct net *net, unsigned origin, unsigned label,
                 uint64_t *out);
