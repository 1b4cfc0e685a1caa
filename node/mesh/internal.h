/* The core from the inside. Everything lies in one block of memory that is laid
 * out at the start; entries and threads are numbered, 0 is nobody.
 *
 *   mesh.c      layout, restore, dispatch   session.c   links and HELLOs
 *   entries.c   alerts by id, in order      ledger.c    epochs, numbers, marks
 *   threads.c   revisions of one alert      export.c    THE choke point,
 * pushing receive.c   what a peer pushes          resume.c    WANT, SERVE, ACK
 *   accept.c    what becomes of an alert    refusals.c  asking again
 *   held.c      after a restored backup     expire.c, clock.c, info.c */
#pragma once

#include "base/assert.h"
#include "base/idmap.h"
#include "mesh/mesh.h"

#define NOBODY      0u
#define RING_ROWS   (TCN_WINDOW_ROWS + 1)
#define CERT_SLOTS  1024
#define ORIGINS_MAX (TCN_MEMBERS_MAX + 1)

#define HELLO_FIRST_MS 1000
#define HELLO_LAST_MS  30000
#define ACK_DELAY_MS   10
#define ACK_ROWS       16
#define SWEEP_MS       (60 * TCN_SECOND_MS)
#define SWEEP_ENTRIES  4096
#define SWEEP_CHANGES  64

/* An id we know. Without contents it still answers "already held". */
struct entry {
    struct tcn_id id;
    struct tcn_id cert;
    struct tcn_id ref;
    uint64_t seq;
    uint64_t created_ms;
    uint64_t expires_ms;
    uint64_t sources;
    uint32_t thread;
    uint32_t next_in_thread;
    uint32_t before, after; /* by seq */
    uint32_t next_revoke;   /* revocations, in the order they came */
    uint32_t revision;
    uint8_t kind;
    uint8_t severity;
    uint8_t form;
    uint8_t present;
    uint8_t status;
    bool has_ref;
    bool is_own;
    bool has_contents;
    bool ghost; /* only named by a peer that says it has it from us */
};

/* All revisions of one alert: origin and thread. */
struct thread {
    struct tcn_id key;
    uint32_t first;   /* entry; of a free one the next free one */
    uint32_t current; /* highest revision, NOBODY without an alert */
    uint32_t count;
    uint16_t origin;
    bool revoked;
};

struct origin {
    char name[TCN_MEMBER_MAX + 1];
    uint32_t orphan_revokes;
};

struct cert_slot {
    struct tcn_id id;
    uint64_t sent; /* in this session, one bit per peer */
};

/* One handed-over row, as long as it may be asked about. */
struct row {
    uint64_t n;
    struct tcn_mark mark;
    uint32_t bytes; /* credit it takes until it is settled */
};

struct peer {
    char member[TCN_MEMBER_MAX + 1];
    uint64_t since_ms;

    /* session.c */
    bool link_up;
    bool established;
    bool heard; /* their nonce is known */
    uint8_t nonce[4];
    uint8_t their_nonce[4];
    uint8_t random[24]; /* for a new epoch */
    uint64_t hello_at_ms;
    uint64_t hello_wait_ms;

    /* our ledger for them */
    bool has_ledger;
    bool held_done;
    bool cursor_known; /* they have told how far they are in this epoch */
    struct tcn_epoch epoch;
    uint8_t key[32];
    uint64_t top;
    struct tcn_mark top_mark;
    uint64_t acked;
    uint64_t sent; /* highest n transmitted in this session */
    uint64_t in_flight_bytes;
    uint64_t credit_bytes;
    struct row ring[RING_ROWS]; /* row n at n % RING_ROWS */
    uint64_t wanted_of_us[TCN_WANT_MAX];
    unsigned wanted_of_us_count;
    bool query; /* a LOAD or SERVE is under way */
    uint64_t query_n;
    struct tcn_id query_id;
    uint32_t scan;    /* next entry to decide on, NOBODY = caught up */
    uint32_t revokes; /* next revocation to look at */
    uint64_t scanned_seq;

    /* their ledger, at us */
    bool has_settled;
    struct tcn_cursor settled;
    bool receiving; /* a VERIFY is under way */
    uint64_t receiving_n;
    struct tcn_mark receiving_mark;
    bool receiving_again;
    unsigned unacked;
    uint64_t ack_at_ms; /* UINT64_MAX = nothing to say */
    bool retry;         /* look through the refusals */
    bool retrying;
    uint64_t retry_after_n;
    uint64_t retry_at_ms;
    uint64_t wanted[TCN_WANT_MAX];
    unsigned wanted_count;
    bool retry_last;
    bool serving_held;

    /* what people see */
    uint64_t heard_ms;
    bool has_offset;
    int64_t offset_ms;
    uint64_t their_top;
    uint64_t refused;
    uint64_t faults;
    unsigned agreement_count;
    char agreements[TCN_AGREEMENTS_MAX][TCN_NAME_MAX + 18];
};

struct tcn_mesh {
    char self[TCN_MEMBER_MAX + 1];
    const struct tcn_policy *policy;
    size_t peer_count;
    uint32_t capacity;
    uint64_t now_ms;
    uint64_t seq;
    uint64_t sweep_ms;
    uint32_t sweep_at;
    struct tcn_effects *effects;

    struct entry *entries; /* [capacity + 1] */
    uint32_t entry_count;  /* used ones */
    uint32_t entry_free;   /* list through `after` */
    uint32_t entry_fresh;  /* never used from here */
    uint32_t oldest, newest;
    uint32_t first_revoke, last_revoke;
    uint8_t *exports; /* [capacity + 1][peer_count]: form the peer has */
    struct thread *threads;
    uint32_t thread_fresh;
    uint32_t thread_free;
    struct tcn_idmap by_id;
    struct tcn_idmap by_thread;
    struct origin origins[ORIGINS_MAX];
    size_t origin_count;
    struct cert_slot certs[CERT_SLOTS];
    size_t cert_count;
    struct peer peers[TCN_PEERS_MAX];
    struct tcn_mesh_stats stats;
};

/* ---- mesh.c ---- */
/* The next effect, zeroed but for kind and peer. */
struct tcn_effect *effect(struct tcn_mesh *mesh, enum tcn_effect_kind kind,
                          unsigned peer);
struct tcn_frame *send_frame(struct tcn_mesh *mesh, unsigned peer,
                             enum tcn_frame_type type);
void alarm_about(struct tcn_mesh *mesh, enum tcn_alarm alarm, unsigned peer,
                 const struct tcn_id *id, enum tcn_err err);
void fault(struct tcn_mesh *mesh, unsigned peer, enum tcn_err err);
#define OF_US TCN_PEERS_MAX /* peer number of what concerns no peer */

/* ---- entries.c ---- */
struct entry *entry_at(struct tcn_mesh *mesh, uint32_t number);
uint32_t entry_find(const struct tcn_mesh *mesh, const struct tcn_id *id);
/* NOBODY when all are in use; `spare` of them are kept for revocations. */
uint32_t entry_new(struct tcn_mesh *mesh, const struct tcn_id *id,
                   bool revocation);
void entry_remove(struct tcn_mesh *mesh, uint32_t number);
/* Gives it the next seq and puts it last; peers that are done look again. */
void entry_touch(struct tcn_mesh *mesh, uint32_t number);
void entry_append(struct tcn_mesh *mesh, uint32_t number);
void revoke_append(struct tcn_mesh *mesh, uint32_t number);
uint8_t *export_of(struct tcn_mesh *mesh, uint32_t number, unsigned peer);

/* ---- threads.c ---- */
struct thread *thread_at(struct tcn_mesh *mesh, uint32_t number);
uint32_t thread_find(const struct tcn_mesh *mesh, struct tcn_view origin,
                     const struct tcn_thread *thread);
uint32_t thread_new(struct tcn_mesh *mesh, struct tcn_view origin,
                    const struct tcn_thread *thread);
void thread_add(struct tcn_mesh *mesh, uint32_t thread, uint32_t entry);
void thread_remove(struct tcn_mesh *mesh, uint32_t thread, uint32_t entry);
bool thread_exported(struct tcn_mesh *mesh, uint32_t thread, unsigned peer);
void set_status(struct tcn_mesh *mesh, uint32_t entry, enum tcn_status status);

/* ---- accept.c ---- */
/* Stores, merges or refuses a verified alert; `peer` OF_US when it is made
 * here. `other` as in the event. */
enum tcn_err accept_alert(struct tcn_mesh *mesh, unsigned peer,
                          const struct tcn_alert *alert,
                          const struct tcn_alert *other);

/* ---- session.c ---- */
void on_link_up(struct tcn_mesh *mesh, const struct tcn_event *event);
void on_link_down(struct tcn_mesh *mesh, const struct tcn_event *event);
void on_hello(struct tcn_mesh *mesh, unsigned peer,
              const struct tcn_frame *frame);
/* Whether a frame that is no HELLO belongs to the session. */
bool in_session(const struct peer *peer, const struct tcn_frame *frame);
void send_hello(struct tcn_mesh *mesh, unsigned peer);
void hello_tick(struct tcn_mesh *mesh, unsigned peer);

/* ---- ledger.c ---- */
void ledger_begin(struct tcn_mesh *mesh, unsigned peer);
/* Numbers a row, makes it durable, remembers it for the window. */
uint64_t ledger_add(struct tcn_mesh *mesh, unsigned peer, uint32_t entry,
                    uint8_t form, uint32_t bytes);
const struct row *ledger_row(const struct peer *peer, uint64_t n);
/* What the peer says it has settled; false: it is not our ledger. */
bool ledger_agrees(const struct peer *peer, const struct tcn_cursor *settled);
bool window_open(const struct peer *peer);

/* ---- export.c ---- */
void offer_in_hand(struct tcn_mesh *mesh, uint32_t entry,
                   const struct tcn_alert *alert);
void on_loaded(struct tcn_mesh *mesh, const struct tcn_event *event);
void on_policy(struct tcn_mesh *mesh, const struct tcn_event *event);
/* Asks for what the peer is to get next, if it may get something now. */
void pump(struct tcn_mesh *mesh, unsigned peer);
bool may_send(struct tcn_mesh *mesh, unsigned peer, uint32_t entry,
              const struct tcn_alert *alert, struct tcn_verdict *verdict);
void send_push(struct tcn_mesh *mesh, unsigned peer, const struct row *row,
               const struct tcn_alert *alert, uint8_t form);

/* ---- resume.c ---- */
void resume_from(struct tcn_mesh *mesh, unsigned peer, uint64_t n);
void on_ack(struct tcn_mesh *mesh, unsigned peer,
            const struct tcn_frame *frame);
void on_want(struct tcn_mesh *mesh, unsigned peer,
             const struct tcn_frame *frame);
void on_served(struct tcn_mesh *mesh, const struct tcn_event *event);

/* ---- receive.c ---- */
void on_push(struct tcn_mesh *mesh, const struct tcn_event *event);
void on_gone(struct tcn_mesh *mesh, unsigned peer,
             const struct tcn_frame *frame);
void on_verified(struct tcn_mesh *mesh, const struct tcn_event *event);
void on_submit(struct tcn_mesh *mesh, const struct tcn_event *event);
void send_ack(struct tcn_mesh *mesh, unsigned peer);

/* ---- refusals.c ---- */
bool is_wanted(const struct peer *peer, uint64_t n);
void wanted_done(struct tcn_mesh *mesh, unsigned peer, uint64_t n);
void on_refusals(struct tcn_mesh *mesh, const struct tcn_event *event);
void retry_pump(struct tcn_mesh *mesh, unsigned peer);
void retry_all(struct tcn_mesh *mesh);

/* ---- held.c ---- */
void on_held_rows(struct tcn_mesh *mesh, const struct tcn_event *event);
void on_held_frame(struct tcn_mesh *mesh, unsigned peer,
                   const struct tcn_frame *frame);

/* ---- clock.c, expire.c ---- */
void clock_heard(struct tcn_mesh *mesh, unsigned peer, uint64_t clock_ms);
void expire_sweep(struct tcn_mesh *mesh);
