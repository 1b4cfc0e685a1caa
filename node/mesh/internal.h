/* The core from the inside. Everything lies in one block of memory that is laid
 * out at the start; entries and threads are numbered, 0 is nobody.
 *
 *   mesh.c      effects, dispatch           session.c   links and HELLOs
 *   restore.c   layout, what the store had  ledger.c    epochs, numbers, marks
 *   entries.c   alerts by id, in order      flows.c     what waits, by origin
 *   threads.c   revisions of one alert      schedule.c  whose turn it is
 *   export.c    THE choke point             handover.c  PUSH or OFFER
 *   resume.c    WANT, SERVE, ACK            tree.c      who pushes to whom
 *   receive.c   what a peer pushes          offers.c    what a peer offers
 *   chase.c     who has what we lack        accept.c    what becomes of it
 *   settle.c    rows that are done, ACK
 *   refusals.c  asking again                held.c      after a backup
 *   keys.c      key revocations             score.c     faults and quotas
 *   expire.c, clock.c, info.c */
#pragma once

#include "mesh/state.h"
#include "mesh/timers.h"

/* ---- mesh.c ---- */
/* The next effect, zeroed but for kind and peer. */
struct tcn_effect *effect(struct tcn_mesh *mesh, enum tcn_effect_kind kind,
                          unsigned peer);
struct tcn_frame *send_frame(struct tcn_mesh *mesh, unsigned peer,
                             enum tcn_lane lane, enum tcn_frame_type type);
/* The effect that the last send_frame() made. */
struct tcn_effect *last_effect(struct tcn_mesh *mesh);
void alarm_about(struct tcn_mesh *mesh, enum tcn_alarm alarm, unsigned peer,
                 const struct tcn_id *id, enum tcn_err err);
#define OF_US TCN_PEERS_MAX /* peer number of what concerns no peer */
/* Whether so many effects more fit into this step, with some to spare; what
 * does not fit is done in the next step, which is due at once. */
bool has_room(struct tcn_mesh *mesh, size_t effects);
/* 1, 2, 4, 8, ...: how often people are told of what a peer can repeat. */
bool is_milestone(uint64_t count);

/* ---- entries.c ---- */
struct entry *entry_at(struct tcn_mesh *mesh, uint32_t number);
uint32_t entry_find(const struct tcn_mesh *mesh, const struct tcn_id *id);
/* By the first 16 bytes, as an OFFER names it. */
uint32_t entry_find_short(const struct tcn_mesh *mesh, const uint8_t id[16]);
/* NOBODY when all are in use; some are kept for revocations. */
uint32_t entry_new(struct tcn_mesh *mesh, const struct tcn_id *id,
                   bool revocation);
void entry_remove(struct tcn_mesh *mesh, uint32_t number);
void revoke_append(struct tcn_mesh *mesh, uint32_t number);
/* Open classes that the peer is known to have of it, because it gave them to us
 * or got them from us, and whether it got it from us: revocations follow. KEEP
 * is never withheld, so it stands for having the alert at all. */
#define EXPORTED 0x80u
#define HAS      TCN_CLASS_BIT(TCN_CLASS_KEEP)
struct tcn_mesh_counts *counts_of(struct tcn_mesh *mesh, uint32_t at);
uint8_t *known_of(struct tcn_mesh *mesh, uint32_t number, unsigned peer);
/* The peer has it in that form; if it is withdrawn, that may be news there. */
void peer_has(struct tcn_mesh *mesh, uint32_t number, unsigned peer,
              uint8_t form);
/* The peer of that member code, or OF_US. */
uint8_t peer_named(const struct tcn_mesh *mesh, struct tcn_view origin);
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
/* ... or has any of it otherwise. */
bool thread_is_had(struct tcn_mesh *mesh, uint32_t thread, unsigned peer);
bool thread_full(struct tcn_mesh *mesh, uint32_t thread);
void set_status(struct tcn_mesh *mesh, uint32_t entry, enum tcn_status status);
/* The number of an origin that has been heard of, or ORIGINS_MAX. */
uint16_t origin_find(const struct tcn_mesh *mesh, struct tcn_view name);
/* ... or the place that it shares, when all others are taken. */
uint16_t origin_place(const struct tcn_mesh *mesh, struct tcn_view name);

/* ---- flows.c ---- */
/* Puts it last in its flow; peers that are done with the flow look again. */
void flow_append(struct tcn_mesh *mesh, uint32_t entry);
void flow_remove(struct tcn_mesh *mesh, uint32_t entry);
/* Gives it the next seq and puts it last. */
void flow_touch(struct tcn_mesh *mesh, uint32_t entry);
/* What the peer has not been decided on becomes its past: news comes first. */
void flows_begin(struct tcn_mesh *mesh, unsigned peer);
/* Everything is to be decided again; or what one origin said. */
void flows_again(struct tcn_mesh *mesh, unsigned peer);
void flows_of_origin(struct tcn_mesh *mesh, unsigned peer, uint16_t origin);

/* ---- schedule.c ---- */
/* The next entry to decide on for a peer's lane, or NOBODY. */
uint32_t schedule_urgent(struct tcn_mesh *mesh, unsigned peer);
uint32_t schedule_bulk(struct tcn_mesh *mesh, unsigned peer);
/* It was decided: the flow moves on, and so many bytes are on its account. */
void schedule_done(struct tcn_mesh *mesh, unsigned peer, uint32_t entry,
                   uint32_t bytes);
/* Whether it stands next in its live flow: nothing waits before it. */
bool schedule_is_next(const struct tcn_mesh *mesh, unsigned peer,
                      uint32_t entry);
/* Ends with a fresh scanned_seq when nothing waits any more. */
void schedule_rest(struct tcn_mesh *mesh, unsigned peer);

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
void close_session(struct tcn_mesh *mesh, unsigned peer);
/* Makes every peer say its HELLO, and with it its clock, again. */
void hello_again(struct tcn_mesh *mesh);

/* ---- ledger.c ---- */
void ledger_begin(struct tcn_mesh *mesh, unsigned peer);
/* A new epoch by surprise, at most one a minute. */
void ledger_renew(struct tcn_mesh *mesh, unsigned peer);
/* Gives the entry the lane's next number and makes the row durable. */
uint64_t ledger_add(struct tcn_mesh *mesh, unsigned peer, enum tcn_lane lane,
                    uint32_t entry, uint8_t form);
/* Whether the window takes one more row. */
bool rows_open(const struct peer *peer, enum tcn_lane lane);
bool bytes_open(const struct peer *peer, enum tcn_lane lane, uint64_t bytes);
/* What a row may take that is sent in its turn: nobody knows yet. */
uint64_t most_of(enum tcn_lane lane);
/* A frame that ends at `place` was sent. */
void place_sent(struct peer *peer, enum tcn_lane lane,
                const struct tcn_place *place);
void places_push(struct places *places, const struct tcn_place *place);
/* Drops all up to n; the place at n, or NULL. */
const struct tcn_place *places_pop(struct places *places, uint64_t n);
const struct tcn_place *places_find(const struct places *places, uint64_t n);

/* ---- export.c ---- */
bool may_send(struct tcn_mesh *mesh, unsigned peer, uint32_t entry,
              const struct tcn_alert *alert, struct tcn_verdict *verdict);
/* A hold, not the quarantine. */
bool asks_people(const struct tcn_verdict *verdict);
/* Whether the peer has nothing of it, or not all of these classes. */
bool lacks(struct tcn_mesh *mesh, unsigned peer, uint32_t entry, uint8_t form);
bool is_remark(const struct entry *entry);
bool knows_subject(struct tcn_mesh *mesh, unsigned peer,
                   const struct entry *entry);
bool worth_loading(struct tcn_mesh *mesh, unsigned peer, uint32_t entry);
bool revoke_is_due(struct tcn_mesh *mesh, unsigned peer, uint32_t entry);

/* ---- handover.c ---- */
void note_decision(struct tcn_mesh *mesh, unsigned peer, uint32_t entry,
                   const struct tcn_verdict *verdict);
void pump(struct tcn_mesh *mesh, unsigned peer);
void on_loaded(struct tcn_mesh *mesh, const struct tcn_event *event);
struct tcn_id agreements_of(const struct tcn_policy *policy);
void on_policy(struct tcn_mesh *mesh, const struct tcn_event *event);
void rescan(struct tcn_mesh *mesh);
/* A new alert is decided on at once where nothing waits before it. */
void offer_in_hand(struct tcn_mesh *mesh, uint32_t entry,
                   const struct tcn_alert *alert);
struct push {
    enum tcn_lane lane;
    struct tcn_place place;
    uint8_t form;
};
void send_push(struct tcn_mesh *mesh, unsigned peer, const struct push *push,
               const struct tcn_alert *alert);
/* One more row that is offered; numbered already. */
struct offered {
    struct tcn_place place;
    uint32_t entry;
    uint8_t form;
    bool is_history;
};
void offer_row(struct tcn_mesh *mesh, unsigned peer, const struct offered *row);
void offer_flush(struct tcn_mesh *mesh, unsigned peer);

/* ---- resume.c ---- */
/* The peer says where it wants to go on in this epoch. */
void cursor_heard(struct tcn_mesh *mesh, unsigned peer,
                  const struct tcn_cursor *settled);
void on_ack(struct tcn_mesh *mesh, unsigned peer,
            const struct tcn_frame *frame);
void on_want(struct tcn_mesh *mesh, unsigned peer,
             const struct tcn_frame *frame);
void on_served(struct tcn_mesh *mesh, const struct tcn_event *event);
/* The row of a lane that is to be served next, or 0. */
uint64_t due_check(const struct peer *peer, enum tcn_lane *lane);
uint64_t due_wanted(const struct peer *peer, enum tcn_lane *lane);
uint64_t due_again(const struct peer *peer, enum tcn_lane lane);

/* ---- receive.c ---- */
void on_push(struct tcn_mesh *mesh, const struct tcn_event *event);
void on_gone(struct tcn_mesh *mesh, unsigned peer,
             const struct tcn_frame *frame);
void on_verified(struct tcn_mesh *mesh, const struct tcn_event *event);
void on_submit(struct tcn_mesh *mesh, const struct tcn_event *event);
bool already_has(const struct tcn_mesh *mesh, uint32_t entry, uint8_t form);

/* ---- settle.c ---- */
void in_lane_reset(struct in_lane *lane, const struct tcn_place *settled);
struct slot *slot_at(struct in_lane *lane, uint64_t n);
/* A frame of rows up to `last` came; false: some before it are missing, or it
 * is more than the window holds. */
bool rows_came(struct tcn_mesh *mesh, unsigned peer, enum tcn_lane lane,
               uint64_t first, const struct tcn_place *last);
struct settling {
    enum tcn_lane lane;
    uint64_t n;
    const struct tcn_id *id; /* NULL = could not be read */
    enum tcn_err err;
    uint64_t retry_at_ms;
    bool again; /* a refused row that we asked for */
};
void settle(struct tcn_mesh *mesh, unsigned peer, const struct settling *row);
/* It is no longer wanted of the peer, whatever comes. */
void unwant(struct in_lane *lane, struct slot *slot);
/* Rows that came settled already. */
void settle_on(struct tcn_mesh *mesh, unsigned peer, enum tcn_lane lane);
uint64_t grant_of(const struct in_lane *lane, enum tcn_lane which);
/* So many bytes of PUSH are done with. */
void bytes_done(struct tcn_mesh *mesh, unsigned peer, enum tcn_lane lane,
                uint64_t bytes);
void ack_soon(struct tcn_mesh *mesh, unsigned peer);
void send_ack(struct tcn_mesh *mesh, unsigned peer);

/* ---- offers.c ---- */
void on_offer(struct tcn_mesh *mesh, unsigned peer,
              const struct tcn_frame *frame);
void offers_tick(struct tcn_mesh *mesh, unsigned peer);
/* Somebody else brought what the peer had offered. */
void offer_beaten(struct tcn_mesh *mesh, unsigned peer, const struct slot *slot,
                  uint32_t entry);

/* ---- tree.c ---- */
/* Which of its origin an alert belongs to. */
uint8_t stream_number(const struct tcn_header *header);
bool tree_pushes(struct tcn_mesh *mesh, unsigned peer, uint32_t entry);
void tree_brought_again(struct tcn_mesh *mesh, unsigned peer, uint32_t entry);
void tree_brought(struct tcn_mesh *mesh, unsigned peer, uint32_t entry,
                  bool late);
void on_stream(struct tcn_mesh *mesh, unsigned peer,
               const struct tcn_frame *frame);
void tree_reset(struct tcn_mesh *mesh, unsigned peer);

/* ---- refusals.c ---- */
bool is_wanted_again(const struct peer *peer, enum tcn_lane lane, uint64_t n);
void again_done(struct peer *peer, uint64_t n);
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
void ghost_add(struct tcn_mesh *mesh, uint32_t entry, unsigned peer);
void ghost_gone(struct tcn_mesh *mesh, struct entry *entry);
void on_held_rows(struct tcn_mesh *mesh, const struct tcn_event *event);
void on_held_frame(struct tcn_mesh *mesh, unsigned peer,
                   const struct tcn_frame *frame);

/* ---- keys.c ---- */
void on_revoked(struct tcn_mesh *mesh, const struct tcn_event *event);
void on_announce(struct tcn_mesh *mesh, const struct tcn_event *event);
void on_keys(struct tcn_mesh *mesh, const struct tcn_event *event);
/* A CERT or a KREV. What cannot be proven yet is tried again when a card or
 * the certificate came. */
void on_proof(struct tcn_mesh *mesh, unsigned peer,
              const struct tcn_frame *frame);
void keys_pump(struct tcn_mesh *mesh);
/* In a session that has just begun: what the peer must know. */
void keys_tell(struct tcn_mesh *mesh, unsigned peer);
/* It turned out to hold more than was known. */
void keys_tell_more(struct tcn_mesh *mesh, unsigned peer);

/* ---- again.c ---- */
void on_again(struct tcn_mesh *mesh, const struct tcn_event *event);

/* ---- score.c ---- */
void fault(struct tcn_mesh *mesh, unsigned peer, enum tcn_err err);
bool is_blocked(struct tcn_mesh *mesh, unsigned peer);
/* One more frame; one more signature to check. False: too many of late. */
bool may_come(struct tcn_mesh *mesh, unsigned peer);
bool may_verify(struct tcn_mesh *mesh, unsigned peer);
/* Whether one more critical alert of the origin may overtake; takes it. */
bool quota_has(struct tcn_mesh *mesh, unsigned peer, uint16_t origin);
void quota_take(struct tcn_mesh *mesh, unsigned peer, uint32_t entry);

/* ---- clock.c, expire.c ---- */
void clock_heard(struct tcn_mesh *mesh, unsigned peer, uint64_t clock_ms);
void clock_step(struct tcn_mesh *mesh, uint64_t now_ms);
void clock_tick(struct tcn_mesh *mesh);
void expire_sweep(struct tcn_mesh *mesh);
