/* The core from the inside. Everything lies in one block of memory that is laid
 * out at the start; entries and threads are numbered, 0 is nobody.
 *
 *   mesh.c      effects, dispatch           session.c   links and HELLOs
 *   restore.c   layout, what the store had  ledger.c    epochs, numbers, marks
 *   entries.c   alerts by id, in order      export.c    THE choke point
 *   threads.c   revisions of one alert      scan.c      what a peer gets next
 *   receive.c   what a peer pushes          resume.c    WANT, SERVE, ACK
 *   accept.c    what becomes of an alert    refusals.c  asking again
 *   held.c      after a restored backup     expire.c, clock.c, info.c */
#pragma once

#include "base/assert.h"
#include "base/idmap.h"
#include "mesh/peer.h"

#define CERT_SLOTS  1024
#define ORIGINS_MAX (TCN_MEMBERS_MAX + 1)

/* Timers and portions; the reason of each: PROTOCOL.md, "Timers". */
#define HELLO_FIRST_MS 1000
#define HELLO_LAST_MS  30000
#define STALE_MS       (60 * TCN_SECOND_MS)
#define ACK_DELAY_MS   10
#define ACK_ROWS       16
#define RENEW_MS       (60 * TCN_SECOND_MS)
#define RETRY_SOON_MS  (2 * TCN_SECOND_MS)
#define CLOCK_ASK_MS   (60 * TCN_SECOND_MS)
#define SWEEP_MS       (60 * TCN_SECOND_MS)
#define SWEEP_ENTRIES  4096
#define SWEEP_CHANGES  32
#define SCANNED_STEP   64
#define REVISIONS_MAX  4096 /* held of one thread */
#define SHOWN_MAX      64   /* of them neither superseded nor over */

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
    uint32_t current; /* highest revision of a kind that we know, or NOBODY */
    uint32_t count;
    uint32_t shown; /* live or equivocal ones that are no revoke */
    uint16_t origin;
    bool revoked;
    bool orphan; /* nothing but revocations */
};

struct origin {
    char name[TCN_MEMBER_MAX + 1];
    uint32_t orphan_revokes;
};

struct cert_slot {
    struct tcn_id id;
    uint64_t sent; /* in this session, one bit per peer */
};

struct tcn_mesh {
    char self[TCN_MEMBER_MAX + 1];
    const struct tcn_policy *policy;
    size_t peer_count;
    uint32_t capacity;
    uint64_t now_ms;
    uint64_t seq;
    uint64_t sweep_ms;
    uint64_t clock_ask_ms; /* UINT64_MAX = our clock is not in doubt */
    uint32_t sweep_at;
    uint32_t ghosts;
    bool unfinished; /* no room for more effects: go on at once */
    struct tcn_effects *effects;

    struct entry *entries; /* [capacity + 1] */
    uint32_t entry_count;  /* used ones */
    uint32_t entry_free;   /* list through `after` */
    uint32_t entry_fresh;  /* never used from here */
    uint32_t oldest, newest;
    uint32_t first_revoke, last_revoke;
    uint8_t *known; /* [capacity + 1][peer_count]: what a peer has of it */
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
/* Whether so many effects more fit into this step, with some to spare; what
 * does not fit is done in the next step, which is due at once. */
bool has_room(struct tcn_mesh *mesh, size_t effects);
/* 1, 2, 4, 8, ...: how often people are told of what a peer can repeat. */
bool is_milestone(uint64_t count);

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
/* Open classes that the peer is known to have of it, because it gave them to us
 * or got them from us, and whether it got it from us: revocations follow. KEEP
 * is never withheld, so it stands for having the alert at all. */
#define EXPORTED 0x80u
#define HAS      TCN_CLASS_BIT(TCN_CLASS_KEEP)
uint8_t *known_of(struct tcn_mesh *mesh, uint32_t number, unsigned peer);
/* What a peer has that gave us `form` of it: its origin has everything. */
uint8_t given_form(struct tcn_mesh *mesh, uint32_t number, unsigned peer,
                   uint8_t form);
void note_source(struct tcn_mesh *mesh, uint32_t number, unsigned peer,
                 uint8_t form);

/* ---- threads.c ---- */
struct thread *thread_at(struct tcn_mesh *mesh, uint32_t number);
uint32_t thread_find(const struct tcn_mesh *mesh, struct tcn_view origin,
                     const struct tcn_thread *thread);
uint32_t thread_new(struct tcn_mesh *mesh, struct tcn_view origin,
                    const struct tcn_thread *thread);
void thread_add(struct tcn_mesh *mesh, uint32_t thread, uint32_t entry);
void thread_remove(struct tcn_mesh *mesh, uint32_t thread, uint32_t entry);
bool thread_exported(struct tcn_mesh *mesh, uint32_t thread, unsigned peer);
bool thread_full(struct tcn_mesh *mesh, uint32_t thread);
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
void session_tick(struct tcn_mesh *mesh, unsigned peer);
/* Makes every peer say its HELLO, and with it its clock, again. */
void ask_clocks(struct tcn_mesh *mesh);

/* ---- ledger.c ---- */
void ledger_begin(struct tcn_mesh *mesh, unsigned peer);
/* The peer knows what we do not: a new epoch, at most one per RENEW_MS. */
void ledger_renew(struct tcn_mesh *mesh, unsigned peer);
/* Numbers a row, makes it durable, remembers it for the window. */
uint64_t ledger_add(struct tcn_mesh *mesh, unsigned peer, uint32_t entry,
                    uint8_t form, uint32_t bytes);
const struct row *ledger_row(const struct peer *peer, uint64_t n);
/* What the peer says it has settled; false: it is not our ledger. */
bool ledger_agrees(const struct peer *peer, const struct tcn_cursor *settled);
bool window_open(const struct peer *peer);

/* ---- scan.c ---- */
void offer_in_hand(struct tcn_mesh *mesh, uint32_t entry,
                   const struct tcn_alert *alert);
void on_loaded(struct tcn_mesh *mesh, const struct tcn_event *event);
void on_policy(struct tcn_mesh *mesh, const struct tcn_event *event);
/* Everything is decided again for every peer. */
void rescan(struct tcn_mesh *mesh);
/* Asks for what the peer is to get next, if it may get something now. */
void pump(struct tcn_mesh *mesh, unsigned peer);

/* ---- export.c ---- */
bool may_send(struct tcn_mesh *mesh, unsigned peer, uint32_t entry,
              const struct tcn_alert *alert, struct tcn_verdict *verdict);
void send_push(struct tcn_mesh *mesh, unsigned peer, const struct row *row,
               const struct tcn_alert *alert, uint8_t form);
/* Whether the peer has nothing of it, or not all of these classes. */
bool lacks(struct tcn_mesh *mesh, unsigned peer, uint32_t entry, uint8_t form);
bool is_remark(const struct entry *entry);
bool knows_subject(struct tcn_mesh *mesh, unsigned peer,
                   const struct entry *entry);

/* ---- resume.c ---- */
/* The peer says where it wants to go on in this epoch. */
void cursor_heard(struct tcn_mesh *mesh, unsigned peer,
                  const struct tcn_cursor *settled);
void on_ack(struct tcn_mesh *mesh, unsigned peer,
            const struct tcn_frame *frame);
void on_want(struct tcn_mesh *mesh, unsigned peer,
             const struct tcn_frame *frame);
void on_served(struct tcn_mesh *mesh, const struct tcn_event *event);

/* ---- receive.c ---- */
struct settling {
    uint64_t n;
    const struct tcn_mark *mark;
    const struct tcn_id *id; /* NULL = could not be read */
    enum tcn_err err;
    uint64_t retry_at_ms;
    bool again; /* a refused row that we asked for */
};
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
void retry_all(struct tcn_mesh *mesh, uint8_t reasons);
void refused(struct tcn_mesh *mesh, unsigned peer, const struct settling *row);
void retry_tick(struct tcn_mesh *mesh, unsigned peer);
/* What a refused remark is about may have come. */
void subject_came(struct tcn_mesh *mesh);

/* ---- held.c ---- */
/* Puts what we lost into the threads that name it. */
void link_ghosts(struct tcn_mesh *mesh);
void on_held_rows(struct tcn_mesh *mesh, const struct tcn_event *event);
void on_held_frame(struct tcn_mesh *mesh, unsigned peer,
                   const struct tcn_frame *frame);

/* ---- clock.c, expire.c ---- */
void clock_heard(struct tcn_mesh *mesh, unsigned peer, uint64_t clock_ms);
/* The time of a step: notices when our own clock was set. */
void clock_step(struct tcn_mesh *mesh, uint64_t now_ms);
void clock_tick(struct tcn_mesh *mesh);
void expire_sweep(struct tcn_mesh *mesh);
