/* A frame of a peer, and after it what a core does with a row of them: the peer
 * is known, everything else it says is its own. The core stands between three
 * peers, believes every signature and hands everything on, so that a row
 * reaches both sides of both lanes. */
#include <sodium.h>
#include <stdlib.h>

#include "base/assert.h"
#include "fuzz/fuzz.h"
#include "mesh/mesh.h"

#define PEERS       3
#define FRAMES_MAX  64
#define ALERTS_MAX  4
#define EXPORTS_MAX 256
#define QUERIES_MAX 4096
#define TICKS_MAX   8
#define REST        100000 /* answers until nothing is asked any more */
#define NOW_MS      1790000000000ull /* of the alerts in tests/vectors */

static struct tcn_effects effects;
static struct tcn_mesh *mesh;
static uint64_t now_ms;
static const uint8_t random_bytes[32] = {1, 2, 3, 4};
static const uint8_t theirs[4] = {5, 6, 7, 8};

/* ---- what the core's shell keeps: a few alerts, the rows handed over ---- */

static struct held {
    struct tcn_alert alert;
    uint8_t envelope[TCN_ENVELOPE_MAX];
} held[ALERTS_MAX];
static size_t held_count;
static struct tcn_effect exports[EXPORTS_MAX];
static size_t export_count;
static struct tcn_effect queries[QUERIES_MAX]; /* a ring */
static size_t query_first, query_count;
static struct tcn_epoch epochs[PEERS];

static const struct tcn_alert *find_alert(const struct tcn_id *id)
{
    for (size_t i = 0; i < held_count; i++) {
        if (tcn_id_equal(&held[i].alert.id, id)) {
            return &held[i].alert;
        }
    }
    return NULL;
}

static const struct tcn_effect *find_export(unsigned peer, unsigned lane,
                                            uint64_t n)
{
    for (size_t i = export_count; i-- > 0;) { /* of the newest epoch */
        if (exports[i].peer == peer && exports[i].lane == lane &&
            exports[i].n == n) {
            return &exports[i];
        }
    }
    return NULL;
}

static void keep_alert(const struct tcn_alert *alert)
{
    if (held_count == ALERTS_MAX || find_alert(&alert->id) != NULL) {
        return;
    }
    struct held *at = &held[held_count++];
    memcpy(at->envelope, alert->envelope.data, alert->envelope.len);
    struct tcn_view copy = tcn_view(at->envelope, alert->envelope.len);
    enum tcn_err err = tcn_alert_decode(&at->alert, copy);
    tcn_assert(err == TCN_ERR_OK);
    err = tcn_alert_check_fields(&at->alert);
    tcn_assert(err == TCN_ERR_OK);
}

static bool is_query(enum tcn_effect_kind kind)
{
    return kind >= TCN_EFFECT_VERIFY && kind <= TCN_EFFECT_READ_HELD;
}

static void note_effects(void)
{
    for (size_t i = 0; i < effects.count; i++) {
        const struct tcn_effect *effect = &effects.list[i];
        if (effect->kind == TCN_EFFECT_EPOCH) {
            epochs[effect->peer] = effect->epoch;
        } else if (effect->kind == TCN_EFFECT_EXPORT &&
                   export_count < EXPORTS_MAX) {
            exports[export_count++] = *effect;
        } else if (is_query(effect->kind)) {
            tcn_assert(query_count < QUERIES_MAX);
            queries[(query_first + query_count++) % QUERIES_MAX] = *effect;
        }
    }
}

/* ---- the core ---- */

static struct tcn_policy *load_policy(const struct tcn_world *world)
{
    static struct tcn_problems problems;
    struct tcn_source text = {.name = "fuzz"};
    text.text = tcn_view_str(
        "policy \"fuzz\" version 1;\n"
        "allow export to any name out with { KEEP, TECH, SOURCE, VICTIM, "
        "PERSONAL, ACTOR, FREE } when severity >= info;\n"
        "accept import from any name in when severity >= info;\n");
    struct tcn_policy *policy = NULL;
    enum tcn_err err = tcn_policy_load(&policy, world, &text, 1, &problems);
    tcn_assert(err == TCN_ERR_OK);
    return policy;
}

static void begin(void)
{
    static void *memory;
    static size_t size;
    static struct tcn_policy *policy;
    static const struct tcn_party parties[] = {
        {.name = "lv", .role = TCN_ROLE_NATION},
        {.name = "lt", .role = TCN_ROLE_NATION},
        {.name = "no", .role = TCN_ROLE_NATION}};
    static const char *const members[PEERS] = {"lv", "lt", "no"};
    static const uint64_t since[PEERS];
    const struct tcn_world world = {.self = "fi",
                                    .parties = parties,
                                    .party_count = PEERS,
                                    .peer_count = PEERS};
    struct tcn_mesh_config config = {.self = "fi",
                                     .peer_count = PEERS,
                                     .peer_members = members,
                                     .peer_since_ms = since,
                                     .alert_capacity = 64,
                                     .bulk_rows = 1024,
                                     .seed = 1};
    if (memory == NULL) {
        tcn_assert(sodium_init() >= 0);
        policy = load_policy(&world);
        size = tcn_mesh_size(&config);
        memory = malloc(size);
        tcn_assert(memory != NULL);
    }
    config.policy = policy;
    memset(memory, 0, size);
    mesh = tcn_mesh_init(memory, &config);
    now_ms = NOW_MS;
    held_count = export_count = query_count = 0;
}

static void step(struct tcn_event *event)
{
    event->now_ms = now_ms += 7;
    tcn_mesh_step(mesh, event, &effects);
    tcn_assert(effects.count <= TCN_EFFECTS_MAX);
    note_effects();
}

/* Fields are proven by leaves that an attacker can make as he likes; only the
 * signature is taken for granted. */
static void answer_verify(const struct tcn_effect *effect,
                          struct tcn_event *event)
{
    static struct tcn_alert checked;
    struct tcn_id other;
    checked = *effect->alert;
    event->kind = TCN_EVENT_VERIFIED;
    event->verified.lane = effect->lane;
    event->verified.n = effect->n;
    event->verified.ticket = effect->ticket;
    event->verified.err = tcn_alert_check_fields(&checked);
    event->verified.alert = &checked;
    if (event->verified.err == TCN_ERR_OK) {
        keep_alert(&checked);
    }
    if (tcn_mesh_other(mesh, &checked.header, &other)) {
        event->verified.other = find_alert(&other);
    }
}

static void answer_serve(const struct tcn_effect *effect,
                         struct tcn_event *event)
{
    const struct tcn_effect *row =
        find_export(effect->peer, effect->lane, effect->n);
    event->kind = TCN_EVENT_SERVED;
    event->served.lane = effect->lane;
    event->served.n = effect->n;
    event->served.found = row != NULL;
    if (row != NULL) {
        event->served.id = row->id;
        event->served.form = row->form;
        event->served.mark = row->mark;
        event->served.alert = find_alert(&row->id);
    }
}

static void answer(const struct tcn_effect *effect, struct tcn_event *event)
{
    *event = (struct tcn_event){.peer = effect->peer};
    switch (effect->kind) {
    case TCN_EFFECT_VERIFY: answer_verify(effect, event); break;
    case TCN_EFFECT_SERVE: answer_serve(effect, event); break;
    case TCN_EFFECT_LOAD:
        event->kind = TCN_EVENT_LOADED;
        event->loaded.id = effect->id;
        event->loaded.alert = find_alert(&effect->id);
        break;
    case TCN_EFFECT_READ_REFUSALS:
        event->kind = TCN_EVENT_REFUSALS;
        event->refusals.last = true;
        break;
    default:
        event->kind = TCN_EVENT_HELD;
        event->held.last = true;
        break;
    }
}

/* Whatever was said, the core comes to rest. */
static void act(struct tcn_event *event)
{
    step(event);
    for (unsigned i = 0; query_count > 0; i++) {
        struct tcn_event next;
        tcn_assert(i < REST);
        answer(&queries[query_first], &next);
        query_first = (query_first + 1) % QUERIES_MAX;
        query_count--;
        step(&next);
    }
}

static void let_pass(uint64_t ms)
{
    now_ms += ms;
    for (int i = 0; i < TICKS_MAX && tcn_mesh_next_deadline(mesh) <= now_ms;
         i++) {
        struct tcn_event tick = {.kind = TCN_EVENT_TICK};
        act(&tick);
    }
}

static void link_up(unsigned peer)
{
    struct tcn_event up = {.kind = TCN_EVENT_LINK_UP, .peer = (uint8_t)peer};
    memcpy(up.link_up.random, random_bytes, sizeof random_bytes);
    act(&up);
}

/* ---- what a peer cannot know in advance ---- */

/* An epoch that begins with O is the one we begin with, and a mark that does
 * so the right one. */
static void fill_cursor(unsigned peer, struct tcn_cursor *cursor)
{
    if (cursor->epoch.bytes[0] == 'O') {
        cursor->epoch = epochs[peer];
    }
    for (unsigned lane = 0; lane < TCN_LANES; lane++) {
        struct tcn_place *place = &cursor->lane[lane];
        const struct tcn_effect *row = find_export(peer, lane, place->n);
        if (place->mark.bytes[0] == 'O' && row != NULL) {
            place->mark = row->mark;
        }
    }
}

/* As if it belonged to the session: else a core takes nothing but HELLOs. */
static void fill_session(unsigned peer, struct tcn_frame *frame)
{
    memcpy(frame->session.bytes, theirs, 4);
    memcpy(frame->session.bytes + 4, random_bytes, 4);
    if (frame->type == TCN_FRAME_HELLO) {
        fill_cursor(peer, &frame->hello.settled);
    } else if (frame->type == TCN_FRAME_ACK) {
        fill_cursor(peer, &frame->ack.settled);
    }
}

/* The first byte of the session says whose frame it is. A BYE takes the link
 * down and up, and a type that nobody knows lets so many seconds pass. */
static void give(struct tcn_frame *frame)
{
    static struct tcn_alert alert;
    uint8_t whose = frame->session.bytes[0];
    unsigned peer = whose > theirs[0] && whose < theirs[0] + PEERS
                        ? (unsigned)(whose - theirs[0])
                        : 0;
    struct tcn_event event = {.kind = TCN_EVENT_FRAME, .peer = (uint8_t)peer};
    fill_session(peer, frame);
    event.frame.frame = frame;
    if (frame->type == TCN_FRAME_PUSH) {
        event.frame.err = tcn_alert_decode(&alert, frame->push.envelope);
        event.frame.alert = event.frame.err == TCN_ERR_OK ? &alert : NULL;
    }
    act(&event);
    if (frame->type == TCN_FRAME_BYE) {
        struct tcn_event down = {.kind = TCN_EVENT_LINK_DOWN,
                                 .peer = (uint8_t)peer};
        act(&down);
        link_up(peer);
    }
    let_pass(frame->type < TCN_FRAME_TYPE_END ? 0
                                              : frame->type * TCN_SECOND_MS);
}

/* Frames one behind the other, each behind its length in two bytes. */
static void give_row(struct tcn_view bytes)
{
    static struct tcn_frame frame;
    begin();
    for (unsigned peer = 0; peer < PEERS; peer++) {
        link_up(peer);
    }
    for (int i = 0; i < FRAMES_MAX && bytes.len >= 2; i++) {
        size_t len = (size_t)bytes.data[0] << 8 | bytes.data[1];
        bytes = tcn_view(bytes.data + 2, bytes.len - 2);
        len = len < bytes.len ? len : bytes.len;
        if (tcn_frame_decode(&frame, tcn_view(bytes.data, len)) == TCN_ERR_OK) {
            give(&frame);
        }
        bytes = tcn_view(bytes.data + len, bytes.len - len);
    }
}

static void check_round_trip(const struct tcn_frame *frame,
                             struct tcn_view bytes)
{
    static uint8_t again[TCN_FRAME_MAX];
    struct tcn_buf out = tcn_buf(again, sizeof again);
    tcn_frame_encode(frame, &out);
    tcn_assert(!out.full && tcn_view_equal(tcn_buf_view(&out), bytes));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tcn_frame frame;
    struct tcn_view bytes = tcn_view(data, size);
    enum tcn_err err = tcn_frame_decode(&frame, bytes);
    tcn_fuzz_verdict(err);
    /* Those of a later version are taken, but never written. */
    if (err == TCN_ERR_OK && frame.type < TCN_FRAME_TYPE_END) {
        check_round_trip(&frame, bytes);
    }
    give_row(bytes);
    return 0;
}
