/* One mesh core, its shell and its peers, for tests of single behaviours:
 * events go straight into tcn_mesh_step(), queries are answered from what was
 * said before, and everything the core wanted done is kept until rig_forget().
 * Time is a number. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sodium.h>

#include "mesh/mesh.h"

#define RIG_NOW_MS   1790000000000ull
#define RIG_ALERTS   4096
#define RIG_SAID     32768
#define RIG_QUERIES  1024
#define RIG_ROW_ROOM (1024 * 1024)

/* An alert of the test, known by its number. */
struct spec {
    const char *origin;
    uint32_t bytes; /* of the envelope */
    uint8_t severity;
    uint8_t tlp;
    enum tcn_kind kind;
    unsigned ref;       /* the alert before it, or its subject */
    int64_t created_ms; /* from now */
    int64_t life_ms;    /* 0 = thirty days */
    uint8_t classes;    /* besides KEEP */
    const char *sectors[2];
    unsigned cert; /* number of the certificate that it is signed with */
};

struct rig_peer {
    struct tcn_epoch epoch; /* of the core's ledger for it */
    uint64_t n[TCN_LANES];  /* rows that it handed over */
};

struct rig {
    struct tcn_mesh *mesh;
    void *memory;
    struct tcn_policy *policy;
    size_t peer_count;
    uint64_t now_ms;
    struct tcn_hello hello; /* what peers say of their windows and clock */
    enum tcn_err proof;     /* what becomes of signatures */
    bool hold_proofs;       /* nobody answers VERIFY */
    struct rig_peer peers[TCN_PEERS_MAX];
    struct spec specs[RIG_ALERTS];
    uint64_t created_ms[RIG_ALERTS];
    struct tcn_alert alert; /* the last one that was made */
    struct tcn_effects effects;
    struct tcn_effect exports[RIG_ALERTS]; /* every row, never forgotten */
    size_t export_count;
    struct tcn_effect said[RIG_SAID];
    size_t said_count;
    uint8_t rows[RIG_ROW_ROOM]; /* of offers that were said */
    size_t row_bytes;
    struct tcn_effect queries[RIG_QUERIES];
    size_t query_count;
};

/* ---- alerts ---- */

static inline struct tcn_id rig_id(unsigned number)
{
    struct tcn_id id = {{(uint8_t)(number * 151)}};
    id.bytes[1] = (uint8_t)(number >> 8);
    id.bytes[2] = (uint8_t)number;
    id.bytes[31] = 7;
    return id;
}

static inline unsigned rig_number(const struct tcn_id *id)
{
    return (unsigned)id->bytes[1] << 8 | id->bytes[2];
}

/* The alert of that number, as it would come out of a decoder. */
static inline const struct tcn_alert *rig_alert(struct rig *rig,
                                                unsigned number)
{
    static const uint8_t zeros[TCN_ENVELOPE_MAX];
    const struct spec *spec = &rig->specs[number];
    struct tcn_header *header = &rig->alert.header;
    bool follows = spec->kind == TCN_KIND_UPDATE ||
                   (spec->kind == TCN_KIND_REVOKE && spec->ref != 0);
    unsigned thread = follows ? spec->ref : number;
    rig->alert.id = rig_id(number);
    rig->alert.envelope = tcn_view(zeros, spec->bytes);
    rig->alert.form = rig->alert.present =
        TCN_CLASS_BIT(TCN_CLASS_KEEP) | spec->classes;
    rig->alert.field_count = 1;
    rig->alert.fields[0] = (struct tcn_field){.cls = TCN_CLASS_KEEP,
                                              .name = tcn_view_str("title"),
                                              .value = tcn_view("\xa1x", 2),
                                              .bytes = tcn_view("\xa1x", 2)};
    *header = (struct tcn_header){
        .origin = tcn_view_str(spec->origin),
        .kind = spec->kind,
        .kind_text = tcn_view_str(tcn_kind_word(spec->kind)),
        .revision = spec->kind == TCN_KIND_REVOKE ? 9 : follows,
        .created_ms = rig->created_ms[number],
        .expires_ms = rig->created_ms[number] +
                      (uint64_t)(spec->life_ms == 0 ? 30 * (int64_t)TCN_DAY_MS
                                                    : spec->life_ms),
        .severity = spec->severity,
        .category = tcn_view_str("other/other"),
        .label = {.tlp = spec->tlp, .onward = TCN_ONWARD_ANY},
        .agreement = tcn_view_str(""),
        .exercise = tcn_view_str(""),
        .cert = rig_id(spec->cert),
        .has_ref = spec->ref != 0,
        .ref = rig_id(spec->ref),
    };
    for (size_t i = 0; i < 2 && spec->sectors[i] != NULL; i++) {
        header->sectors[header->sector_count++] =
            tcn_view_str(spec->sectors[i]);
    }
    header->thread.bytes[0] = (uint8_t)(thread >> 8);
    header->thread.bytes[1] = (uint8_t)thread;
    return &rig->alert;
}

/* An ordinary alert: of low severity, small. */
static inline struct spec rig_low(const char *origin)
{
    return (struct spec){.origin = origin,
                         .bytes = 500,
                         .severity = TCN_SEVERITY_LOW,
                         .tlp = TCN_TLP_GREEN,
                         .kind = TCN_KIND_ALERT};
}

static inline struct spec rig_critical(const char *origin)
{
    struct spec spec = rig_low(origin);
    spec.severity = TCN_SEVERITY_CRITICAL;
    return spec;
}

/* From now on `number` is that alert. */
static inline void rig_define(struct rig *rig, unsigned number,
                              struct spec spec)
{
    assert_true(number > 0 && number < RIG_ALERTS);
    rig->specs[number] = spec;
    rig->created_ms[number] = rig->now_ms + (uint64_t)spec.created_ms;
}

/* ---- steps ---- */

static inline void rig_keep(struct rig *rig, const struct tcn_effect *effect)
{
    assert_true(rig->said_count < RIG_SAID);
    struct tcn_effect *kept = &rig->said[rig->said_count++];
    *kept = *effect;
    if (effect->kind == TCN_EFFECT_EPOCH) {
        rig->peers[effect->peer].epoch = effect->epoch;
    } else if (effect->kind == TCN_EFFECT_EXPORT) {
        assert_true(rig->export_count < RIG_ALERTS);
        rig->exports[rig->export_count++] = *effect;
    } else if (effect->kind == TCN_EFFECT_SEND &&
               effect->frame.type == TCN_FRAME_OFFER) {
        struct tcn_view rows = effect->frame.offer.rows;
        assert_true(rig->row_bytes + rows.len <= RIG_ROW_ROOM);
        memcpy(rig->rows + rig->row_bytes, rows.data, rows.len);
        kept->frame.offer.rows = tcn_view(rig->rows + rig->row_bytes, rows.len);
        rig->row_bytes += rows.len;
    }
}

static inline bool rig_is_query(enum tcn_effect_kind kind)
{
    return kind >= TCN_EFFECT_VERIFY && kind <= TCN_EFFECT_READ_HELD;
}

static inline void rig_step(struct rig *rig, struct tcn_event *event)
{
    event->now_ms = rig->now_ms;
    tcn_mesh_step(rig->mesh, event, &rig->effects);
    for (size_t i = 0; i < rig->effects.count; i++) {
        const struct tcn_effect *effect = &rig->effects.list[i];
        rig_keep(rig, effect);
        if (rig_is_query(effect->kind) &&
            !(rig->hold_proofs && effect->kind == TCN_EFFECT_VERIFY)) {
            assert_true(rig->query_count < RIG_QUERIES);
            rig->queries[rig->query_count++] = *effect;
        }
    }
}

static inline const struct tcn_effect *
rig_export(const struct rig *rig, unsigned peer, unsigned lane, uint64_t n)
{
    for (size_t i = rig->export_count; i-- > 0;) {
        const struct tcn_effect *row = &rig->exports[i];
        if (row->peer == peer && row->lane == lane && row->n == n) {
            return row;
        }
    }
    return NULL;
}

static inline void rig_answer_serve(struct rig *rig,
                                    const struct tcn_effect *effect,
                                    struct tcn_event *event)
{
    const struct tcn_effect *row =
        rig_export(rig, effect->peer, effect->lane, effect->n);
    event->kind = TCN_EVENT_SERVED;
    event->served.lane = effect->lane;
    event->served.n = effect->n;
    event->served.found = row != NULL;
    if (row != NULL) {
        event->served.id = row->id;
        event->served.form = row->form;
        event->served.mark = row->mark;
        event->served.alert = rig_alert(rig, rig_number(&row->id));
    }
}

static inline void rig_answer(struct rig *rig, const struct tcn_effect *effect)
{
    struct tcn_event event = {.peer = effect->peer};
    switch (effect->kind) {
    case TCN_EFFECT_VERIFY:
        event.kind = TCN_EVENT_VERIFIED;
        event.verified.lane = effect->lane;
        event.verified.n = effect->n;
        event.verified.ticket = effect->ticket;
        event.verified.err = rig->proof;
        event.verified.alert = rig_alert(rig, rig_number(&effect->id));
        break;
    case TCN_EFFECT_LOAD:
        event.kind = TCN_EVENT_LOADED;
        event.loaded.id = effect->id;
        event.loaded.alert = rig_alert(rig, rig_number(&effect->id));
        break;
    case TCN_EFFECT_SERVE: rig_answer_serve(rig, effect, &event); break;
    case TCN_EFFECT_READ_REFUSALS:
        event.kind = TCN_EVENT_REFUSALS;
        event.refusals.last = true;
        break;
    default:
        event.kind = TCN_EVENT_HELD;
        event.held.last = true;
        break;
    }
    rig_step(rig, &event);
}

/* The event, and all that comes of it at the same moment. */
static inline void rig_act(struct rig *rig, struct tcn_event *event)
{
    rig_step(rig, event);
    while (rig->query_count > 0) {
        struct tcn_effect next = rig->queries[0];
        rig->query_count--;
        memmove(&rig->queries[0], &rig->queries[1],
                rig->query_count * sizeof next);
        rig_answer(rig, &next);
    }
}

/* So much time passes, with every timer at its moment. */
static inline void rig_pass(struct rig *rig, uint64_t ms)
{
    uint64_t until = rig->now_ms + ms;
    for (unsigned i = 0; tcn_mesh_next_deadline(rig->mesh) <= until; i++) {
        struct tcn_event tick = {.kind = TCN_EVENT_TICK};
        uint64_t due = tcn_mesh_next_deadline(rig->mesh);
        assert_true(i < 100000); /* it comes to rest */
        rig->now_ms = due > rig->now_ms ? due : rig->now_ms;
        rig_act(rig, &tick);
    }
    rig->now_ms = until;
}

static inline void rig_forget(struct rig *rig)
{
    rig->said_count = rig->row_bytes = 0;
}

/* ---- what peers do ---- */

static inline void rig_frame(struct rig *rig, unsigned peer,
                             struct tcn_frame *frame,
                             const struct tcn_alert *alert)
{
    const uint8_t session[8] = {9, 9, 9, (uint8_t)peer, 1, 2, 3, (uint8_t)peer};
    struct tcn_event event = {.kind = TCN_EVENT_FRAME, .peer = (uint8_t)peer};
    memcpy(frame->session.bytes, session, sizeof session);
    event.frame.frame = frame;
    event.frame.alert = alert;
    rig_act(rig, &event);
}

static inline struct tcn_place rig_place(uint64_t n)
{
    struct tcn_place place = {.n = n};
    memcpy(place.mark.bytes, &n, sizeof n);
    return place;
}

/* What the peer says it has settled of ours: rows n[] of both lanes. */
static inline struct tcn_cursor rig_cursor(struct rig *rig, unsigned peer,
                                           const uint64_t n[TCN_LANES])
{
    struct tcn_cursor cursor = {.epoch = rig->peers[peer].epoch};
    for (unsigned lane = 0; lane < TCN_LANES; lane++) {
        const struct tcn_effect *row = rig_export(rig, peer, lane, n[lane]);
        cursor.lane[lane].n = n[lane];
        if (row != NULL) {
            cursor.lane[lane].mark = row->mark;
        }
    }
    return cursor;
}

static inline void rig_hello(struct rig *rig, unsigned peer,
                             const uint64_t n[TCN_LANES])
{
    struct tcn_frame frame = {.type = TCN_FRAME_HELLO, .hello = rig->hello};
    memset(frame.hello.epoch.bytes, 'T', 8);
    frame.hello.settled = rig_cursor(rig, peer, n);
    rig_frame(rig, peer, &frame, NULL);
}

static inline void rig_link_up(struct rig *rig, unsigned peer)
{
    struct tcn_event up = {.kind = TCN_EVENT_LINK_UP, .peer = (uint8_t)peer};
    const uint8_t nonce[4] = {1, 2, 3, (uint8_t)peer};
    memcpy(up.link_up.random, nonce, sizeof nonce);
    rig_act(rig, &up);
}

/* Link, HELLOs and HELD: both sides may hand over from here. */
static inline void rig_open(struct rig *rig, unsigned peer)
{
    static const uint64_t nothing[TCN_LANES];
    struct tcn_frame held = {.type = TCN_FRAME_HELD, .held.last = true};
    rig_link_up(rig, peer);
    rig_hello(rig, peer, nothing);
    rig_frame(rig, peer, &held, NULL);
}

/* It pushes that alert as its next row. */
static inline void rig_push(struct rig *rig, unsigned peer, unsigned lane,
                            unsigned number)
{
    struct tcn_frame frame = {.type = TCN_FRAME_PUSH, .lane = (uint8_t)lane};
    frame.push.place = rig_place(++rig->peers[peer].n[lane]);
    const struct tcn_alert *alert = rig_alert(rig, number);
    frame.push.envelope = alert->envelope;
    rig_frame(rig, peer, &frame, alert);
}

/* It pushes what was asked for: row n. */
static inline void rig_serve(struct rig *rig, unsigned peer, unsigned lane,
                             uint64_t n, unsigned number)
{
    struct tcn_frame frame = {.type = TCN_FRAME_PUSH, .lane = (uint8_t)lane};
    frame.push.place = rig_place(n);
    const struct tcn_alert *alert = rig_alert(rig, number);
    frame.push.envelope = alert->envelope;
    rig_frame(rig, peer, &frame, alert);
}

/* It offers alerts from, from + 1, ... as its next rows. */
static inline void rig_offer(struct rig *rig, unsigned peer, unsigned from,
                             unsigned count, bool is_history)
{
    uint8_t rows[TCN_OFFER_MAX * TCN_OFFER_ROW] = {0};
    struct tcn_frame frame = {.type = TCN_FRAME_OFFER, .lane = TCN_LANE_BULK};
    for (unsigned i = 0; i < count; i++) {
        const struct tcn_id id = rig_id(from + i);
        memcpy(rows + i * TCN_OFFER_ROW, id.bytes, 16);
        rows[i * TCN_OFFER_ROW + 16] = TCN_CLASS_BIT(TCN_CLASS_KEEP);
        rows[i * TCN_OFFER_ROW + 17] =
            tcn_size_class(rig->specs[from + i].bytes);
    }
    uint64_t *n = &rig->peers[peer].n[TCN_LANE_BULK];
    frame.offer.first = *n + 1;
    frame.offer.last = rig_place(*n += count);
    frame.offer.is_history = is_history;
    frame.offer.rows = tcn_view(rows, count * (size_t)TCN_OFFER_ROW);
    rig_frame(rig, peer, &frame, NULL);
}

static inline void rig_gone(struct rig *rig, unsigned peer, uint64_t n)
{
    struct tcn_frame frame = {.type = TCN_FRAME_GONE, .lane = TCN_LANE_BULK};
    frame.gone.place = rig_place(n);
    rig_frame(rig, peer, &frame, NULL);
}

static inline void rig_want(struct rig *rig, unsigned peer, unsigned lane,
                            uint64_t from, unsigned count)
{
    struct tcn_frame frame = {.type = TCN_FRAME_WANT, .lane = (uint8_t)lane};
    frame.want.count = count;
    for (unsigned i = 0; i < count; i++) {
        frame.want.n[i] = from + i;
    }
    rig_frame(rig, peer, &frame, NULL);
}

/* It has settled rows n[], and takes so many bytes. */
static inline void rig_ack(struct rig *rig, unsigned peer,
                           const uint64_t n[TCN_LANES],
                           const uint64_t grant[TCN_LANES])
{
    struct tcn_frame frame = {.type = TCN_FRAME_ACK};
    frame.ack.settled = rig_cursor(rig, peer, n);
    memcpy(frame.ack.grant, grant, sizeof frame.ack.grant);
    rig_frame(rig, peer, &frame, NULL);
}

static inline void rig_malformed(struct rig *rig, unsigned peer)
{
    struct tcn_event event = {.kind = TCN_EVENT_MALFORMED,
                              .peer = (uint8_t)peer,
                              .malformed = TCN_ERR_FRAME};
    rig_act(rig, &event);
}

/* An operator submits it. */
static inline enum tcn_err rig_submit(struct rig *rig, unsigned number)
{
    struct tcn_event event = {.kind = TCN_EVENT_SUBMIT};
    event.submit.alert = rig_alert(rig, number);
    rig_step(rig, &event);
    enum tcn_err err = TCN_ERR_NOT_FOUND; /* no answer at all */
    for (size_t i = 0; i < rig->effects.count; i++) {
        if (rig->effects.list[i].kind == TCN_EFFECT_ANSWER) {
            err = rig->effects.list[i].err;
        }
    }
    while (rig->query_count > 0) {
        struct tcn_effect next = rig->queries[--rig->query_count];
        rig_answer(rig, &next);
    }
    return err;
}

/* ---- what was said ---- */

static inline size_t rig_count(const struct rig *rig, enum tcn_effect_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < rig->said_count; i++) {
        count += rig->said[i].kind == kind;
    }
    return count;
}

static inline size_t rig_alarms(const struct rig *rig, enum tcn_alarm alarm)
{
    size_t count = 0;
    for (size_t i = 0; i < rig->said_count; i++) {
        count += rig->said[i].kind == TCN_EFFECT_ALARM &&
                 rig->said[i].alarm == alarm;
    }
    return count;
}

/* Frame number i of a type to a peer, or NULL. */
static inline const struct tcn_effect *rig_sent(const struct rig *rig,
                                                unsigned peer,
                                                enum tcn_frame_type type,
                                                size_t i)
{
    for (size_t at = 0; at < rig->said_count; at++) {
        const struct tcn_effect *said = &rig->said[at];
        if (said->kind == TCN_EFFECT_SEND && said->peer == peer &&
            said->frame.type == type && i-- == 0) {
            return said;
        }
    }
    return NULL;
}

static inline size_t rig_frames(const struct rig *rig, unsigned peer,
                                enum tcn_frame_type type)
{
    size_t count = 0;
    while (rig_sent(rig, peer, type, count) != NULL) {
        count++;
    }
    return count;
}

static inline size_t rig_pushes(const struct rig *rig, unsigned peer,
                                unsigned lane)
{
    size_t count = 0;
    for (size_t i = 0; i < rig->said_count; i++) {
        const struct tcn_effect *said = &rig->said[i];
        count += said->kind == TCN_EFFECT_SEND && said->peer == peer &&
                 said->frame.type == TCN_FRAME_PUSH && said->frame.lane == lane;
    }
    return count;
}

/* The numbers that the peer was asked for, over all WANTs. */
static inline size_t rig_wanted(const struct rig *rig, unsigned peer)
{
    size_t count = 0;
    const struct tcn_effect *want;
    for (size_t i = 0; (want = rig_sent(rig, peer, TCN_FRAME_WANT, i)) != NULL;
         i++) {
        count += want->frame.want.count;
    }
    return count;
}

static inline struct tcn_mesh_peer_info rig_info(const struct rig *rig,
                                                 unsigned peer)
{
    struct tcn_mesh_peer_info info;
    tcn_mesh_peer(rig->mesh, peer, &info);
    return info;
}

static inline const struct tcn_mesh_stats *rig_stats(const struct rig *rig)
{
    return tcn_mesh_stats(rig->mesh);
}

/* ---- life ---- */

#define RIG_ALLOW                                                              \
    "policy \"all\" version 1;\n"                                              \
    "allow export to any name out with { KEEP, TECH, SOURCE, VICTIM, "         \
    "PERSONAL, ACTOR, FREE } when severity >= info;\n"                         \
    "accept import from any name in when severity >= info;\n"

static inline struct tcn_policy *rig_policy(size_t peers, const char *text)
{
    static struct tcn_party parties[TCN_PEERS_MAX];
    static struct tcn_problems problems;
    for (unsigned i = 0; i < peers; i++) {
        parties[i] = (struct tcn_party){.role = TCN_ROLE_NATION};
        (void)snprintf(parties[i].name, sizeof parties[i].name, "p%c%c",
                       'a' + (int)(i / 26), 'a' + (int)(i % 26));
    }
    static const struct tcn_role roles[] = {{"releaser", 1, {"anna"}, 0, {""}}};
    const struct tcn_world world = {.self = "ee",
                                    .parties = parties,
                                    .party_count = peers,
                                    .peer_count = peers,
                                    .roles = roles,
                                    .role_count = 1};
    const struct tcn_source source = {.name = "all",
                                      .text = tcn_view_str(text)};
    struct tcn_policy *policy = NULL;
    enum tcn_err err = tcn_policy_load(&policy, &world, &source, 1, &problems);
    assert_int_equal(err, TCN_ERR_OK);
    return policy;
}

/* A core with peers paa, pab, ...; everything may go everywhere. */
static inline struct rig *rig_new_as(const char *self, size_t peers,
                                     uint32_t capacity, uint32_t bulk_rows)
{
    static char names[TCN_PEERS_MAX][8];
    const char *members[TCN_PEERS_MAX];
    uint64_t since[TCN_PEERS_MAX] = {0};
    struct rig *rig = calloc(1, sizeof *rig);
    assert_non_null(rig);
    for (unsigned i = 0; i < peers; i++) {
        (void)snprintf(names[i], sizeof names[i], "p%c%c", 'a' + (int)(i / 26),
                       'a' + (int)(i % 26));
        members[i] = names[i];
    }
    rig->policy = rig_policy(peers, RIG_ALLOW);
    const struct tcn_mesh_config config = {.self = self,
                                           .peer_count = peers,
                                           .peer_members = members,
                                           .peer_since_ms = since,
                                           .alert_capacity = capacity,
                                           .bulk_rows = bulk_rows,
                                           .seed = 1,
                                           .policy = rig->policy};
    assert_true(sodium_init() >= 0);
    rig->memory = calloc(1, tcn_mesh_size(&config));
    assert_non_null(rig->memory);
    rig->mesh = tcn_mesh_init(rig->memory, &config);
    rig->peer_count = peers;
    rig->now_ms = RIG_NOW_MS;
    rig->hello = (struct tcn_hello){
        .version_min = 1,
        .version_max = 1,
        .ask_held = true,
        .grant = {TCN_FAST_BYTES, TCN_BULK_BYTES},
        .rows = {TCN_FAST_ROWS, TCN_BULK_ROWS},
        .clock_ms = RIG_NOW_MS,
    };
    return rig;
}

/* ... of ee, whose history goes first: its name is the smaller one. */
static inline struct rig *rig_new(size_t peers, uint32_t capacity,
                                  uint32_t bulk_rows)
{
    return rig_new_as("ee", peers, capacity, bulk_rows);
}

static inline void rig_free(struct rig *rig)
{
    tcn_policy_free(rig->policy);
    free(rig->memory);
    free(rig);
}

/* ... with all links open. */
static inline struct rig *rig_linked(size_t peers)
{
    struct rig *rig = rig_new(peers, RIG_ALERTS, 1024);
    for (unsigned i = 0; i < peers; i++) {
        rig_open(rig, i);
    }
    rig_forget(rig);
    return rig;
}
