/* A frame of a peer, and after it what a core does with a row of them: the peer
 * is known, everything else it says is its own. */
#include <sodium.h>
#include <stdlib.h>

#include "base/assert.h"
#include "fuzz/fuzz.h"
#include "mesh/mesh.h"

#define FRAMES_MAX 64

static struct tcn_effects effects;
static struct tcn_mesh *mesh;
static uint64_t now_ms;
static const uint8_t random_bytes[32] = {1, 2, 3, 4};
static const uint8_t theirs[4] = {5, 6, 7, 8};

static void begin(void)
{
    static void *memory;
    static size_t size;
    static struct tcn_policy *policy;
    static const struct tcn_party parties[] = {{.name = "lv"}, {.name = "lt"}};
    static const char *const members[] = {"lv", "lt"};
    static const uint64_t since[2];
    const struct tcn_world world = {
        .self = "ee", .parties = parties, .party_count = 2, .peer_count = 2};
    struct tcn_mesh_config config = {.self = "ee",
                                     .peer_count = 2,
                                     .peer_members = members,
                                     .peer_since_ms = since,
                                     .alert_capacity = 64,
                                     .seed = 1};
    if (memory == NULL) {
        tcn_assert(sodium_init() >= 0);
        policy = tcn_policy_receive_only(&world);
        size = tcn_mesh_size(&config);
        memory = malloc(size);
        tcn_assert(policy != NULL && memory != NULL);
    }
    config.policy = policy;
    memset(memory, 0, size);
    mesh = tcn_mesh_init(memory, &config);
    now_ms = 1000000;
}

static void step(struct tcn_event *event)
{
    event->now_ms = now_ms += 7;
    tcn_mesh_step(mesh, event, &effects);
    tcn_assert(effects.count <= TCN_EFFECTS_MAX);
}

/* The event that answers, as from a shell that holds nothing and believes
 * nobody; false when the effect is no query. */
static bool answer_of(const struct tcn_effect *effect, struct tcn_event *event)
{
    *event = (struct tcn_event){.peer = effect->peer};
    switch (effect->kind) {
    case TCN_EFFECT_VERIFY:
        event->kind = TCN_EVENT_VERIFIED;
        event->verified.ticket = effect->ticket;
        event->verified.alert = effect->alert;
        event->verified.err = TCN_ERR_UNPINNED;
        return true;
    case TCN_EFFECT_READ_REFUSALS:
        event->kind = TCN_EVENT_REFUSALS;
        event->refusals.last = true;
        return true;
    case TCN_EFFECT_READ_HELD:
        event->kind = TCN_EVENT_HELD;
        event->held.last = true;
        return true;
    case TCN_EFFECT_SERVE:
        event->kind = TCN_EVENT_SERVED;
        event->served.n = effect->n;
        return true;
    default: return false;
    }
}

static void answer_all(void)
{
    static struct tcn_effects asked;
    asked = effects;
    for (size_t i = 0; i < asked.count; i++) {
        struct tcn_event event;
        if (answer_of(&asked.list[i], &event)) {
            step(&event);
        }
    }
}

/* As if it belonged to the session: else a core takes nothing but HELLOs. */
static void give(struct tcn_frame *frame)
{
    static struct tcn_alert alert;
    struct tcn_event event = {.kind = TCN_EVENT_FRAME};
    memcpy(frame->session.bytes, theirs, 4);
    memcpy(frame->session.bytes + 4, random_bytes, 4);
    event.frame.frame = frame;
    if (frame->type == TCN_FRAME_PUSH) {
        event.frame.err = tcn_alert_decode(&alert, frame->push.envelope);
        event.frame.alert = event.frame.err == TCN_ERR_OK ? &alert : NULL;
    }
    step(&event);
    answer_all();
}

/* Frames one behind the other, each behind its length in two bytes. */
static void give_row(struct tcn_view bytes)
{
    static struct tcn_frame frame;
    begin();
    struct tcn_event up = {.kind = TCN_EVENT_LINK_UP};
    memcpy(up.link_up.random, random_bytes, sizeof random_bytes);
    step(&up);
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

static bool is_written(uint8_t type)
{
    return type < TCN_FRAME_TYPE_END && type != TCN_FRAME_OFFER &&
           type != TCN_FRAME_PRUNE && type != TCN_FRAME_GRAFT;
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
    if (err == TCN_ERR_OK && is_written(frame.type)) {
        check_round_trip(&frame, bytes);
    }
    give_row(bytes);
    return 0;
}
