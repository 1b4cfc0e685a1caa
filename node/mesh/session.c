/* A link has two pipes and one session: our nonce and theirs. Whoever sees a
 * new nonce knows that what was sent before may be lost, from its end.
 *
 *            LINK_UP / HELLO(a, 0)            HELLO with our nonce
 *   down ----------------------> greeting ----------------------> open
 *     ^                             |  ^ HELLO again, 1..30 s        |
 *     |                             |  '---- their nonce is new -----|
 *     '--------- LINK_DOWN ---------'------------ LINK_DOWN ---------'
 */
#include <stdio.h>

#include "mesh/internal.h"

void send_hello(struct tcn_mesh *mesh, unsigned number)
{
    const struct peer *peer = &mesh->peers[number];
    struct tcn_hello *hello = &send_frame(mesh, number, TCN_FRAME_HELLO)->hello;
    hello->version_min = TCN_PROTOCOL_VERSION;
    hello->version_max = TCN_PROTOCOL_VERSION;
    hello->epoch = peer->epoch;
    hello->top = peer->top;
    hello->ask_held = !peer->held_done;
    if (peer->has_settled) {
        hello->settled = peer->settled;
    }
    hello->credit_bytes = TCN_WINDOW_BYTES;
    hello->clock_ms = mesh->now_ms;
}

static void close_session(struct tcn_mesh *mesh, unsigned number)
{
    struct peer *peer = &mesh->peers[number];
    peer->established = false;
    peer->cursor_known = false;
    peer->query = false;
    peer->receiving = false;
    peer->retrying = false;
    peer->serving_held = false;
    peer->retry |= peer->wanted_count > 0; /* not answered any more */
    peer->wanted_count = 0;
    peer->wanted_of_us_count = 0;
    peer->ack_at_ms = UINT64_MAX;
    for (size_t i = 0; i < mesh->cert_count; i++) {
        mesh->certs[i].sent &= ~(1ull << number);
    }
}

void on_link_up(struct tcn_mesh *mesh, const struct tcn_event *event)
{
    struct peer *peer = &mesh->peers[event->peer];
    close_session(mesh, event->peer);
    peer->link_up = true;
    memcpy(peer->nonce, event->link_up.random, sizeof peer->nonce);
    memcpy(peer->random, event->link_up.random + 8, sizeof peer->random);
    if (!peer->has_ledger) {
        ledger_begin(mesh, event->peer);
    }
    send_hello(mesh, event->peer);
    peer->hello_wait_ms = HELLO_FIRST_MS;
    peer->hello_at_ms = mesh->now_ms + HELLO_FIRST_MS;
}

void on_link_down(struct tcn_mesh *mesh, const struct tcn_event *event)
{
    struct peer *peer = &mesh->peers[event->peer];
    close_session(mesh, event->peer);
    peer->link_up = false;
    peer->hello_at_ms = UINT64_MAX;
}

void hello_tick(struct tcn_mesh *mesh, unsigned number)
{
    struct peer *peer = &mesh->peers[number];
    if (mesh->now_ms < peer->hello_at_ms) {
        return;
    }
    send_hello(mesh, number);
    peer->hello_wait_ms *= 2;
    if (peer->hello_wait_ms > HELLO_LAST_MS) {
        peer->hello_wait_ms = HELLO_LAST_MS;
    }
    peer->hello_at_ms = mesh->now_ms + peer->hello_wait_ms;
}

bool in_session(const struct peer *peer, const struct tcn_frame *frame)
{
    return peer->established &&
           memcmp(frame->session.bytes, peer->their_nonce, 4) == 0 &&
           memcmp(frame->session.bytes + 4, peer->nonce, 4) == 0;
}

static void note_agreements(struct peer *peer, const struct tcn_hello *hello)
{
    peer->agreement_count = 0;
    for (unsigned i = 0; i < hello->agreement_count; i++) {
        struct tcn_view ref = hello->agreements[i];
        char *out = peer->agreements[peer->agreement_count];
        if (ref.len < sizeof peer->agreements[0]) {
            (void)snprintf(out, sizeof peer->agreements[0], "%.*s",
                           (int)ref.len, (const char *)ref.data);
            peer->agreement_count++;
        }
    }
}

/* Their ledger for us: a new epoch begins at 0; what we hold of the old ones
 * they ask for, because they cannot know it any more. */
static void follow_their_ledger(struct tcn_mesh *mesh, unsigned number,
                                const struct tcn_hello *hello)
{
    struct peer *peer = &mesh->peers[number];
    bool same = peer->has_settled &&
                memcmp(peer->settled.epoch.bytes, hello->epoch.bytes, 8) == 0;
    peer->their_top = hello->top;
    if (!same) {
        peer->has_settled = true;
        peer->settled = (struct tcn_cursor){.epoch = hello->epoch};
        peer->wanted_count = 0;
        effect(mesh, TCN_EFFECT_ADOPT, number)->epoch = hello->epoch;
        peer->ack_at_ms = mesh->now_ms;
    }
    if (hello->ask_held && !peer->serving_held) {
        peer->serving_held = true;
        effect(mesh, TCN_EFFECT_READ_HELD, number);
    }
}

/* Our ledger for them: they say how far they are in it. */
static void follow_our_ledger(struct tcn_mesh *mesh, unsigned number,
                              const struct tcn_cursor *settled)
{
    static const struct tcn_epoch none;
    struct peer *peer = &mesh->peers[number];
    bool ours = memcmp(settled->epoch.bytes, peer->epoch.bytes, 8) == 0;
    bool nothing = memcmp(settled->epoch.bytes, none.bytes, 8) == 0;
    if (ours && ledger_agrees(peer, settled)) {
        peer->cursor_known = true;
        resume_from(mesh, number, settled->n);
    } else if (ours || (!nothing && peer->held_done)) {
        /* They know more of this ledger than we do, or a ledger that we do not
         * know at all: we were restored from a backup. */
        alarm_about(mesh, TCN_ALARM_RESTORED, number, NULL, TCN_ERR_OK);
        ledger_begin(mesh, number);
        send_hello(mesh, number);
    }
}

static bool speaks_our_version(const struct tcn_hello *hello)
{
    return hello->version_min <= TCN_PROTOCOL_VERSION &&
           hello->version_max >= TCN_PROTOCOL_VERSION;
}

static void establish(struct tcn_mesh *mesh, unsigned number)
{
    struct peer *peer = &mesh->peers[number];
    peer->established = true;
    peer->hello_at_ms = UINT64_MAX;
    peer->hello_wait_ms = HELLO_FIRST_MS;
    (void)mesh;
}

void on_hello(struct tcn_mesh *mesh, unsigned number,
              const struct tcn_frame *frame)
{
    struct peer *peer = &mesh->peers[number];
    const struct tcn_hello *hello = &frame->hello;
    if (!speaks_our_version(hello)) {
        fault(mesh, number, TCN_ERR_PROTOCOL);
        return;
    }
    bool is_new =
        !peer->heard || memcmp(peer->their_nonce, frame->session.bytes, 4) != 0;
    if (is_new) {
        close_session(mesh, number);
        peer->heard = true;
        memcpy(peer->their_nonce, frame->session.bytes, 4);
    }
    bool echoes =
        peer->link_up && memcmp(frame->session.bytes + 4, peer->nonce, 4) == 0;
    clock_heard(mesh, number, hello->clock_ms);
    note_agreements(peer, hello);
    struct tcn_effect *cert = effect(mesh, TCN_EFFECT_CERT, number);
    cert->bytes = hello->cert;
    cert->signature = hello->cert_signature;
    if (echoes && !peer->established) {
        establish(mesh, number);
    }
    if (echoes) {
        peer->credit_bytes = hello->credit_bytes;
        follow_their_ledger(mesh, number, hello);
        follow_our_ledger(mesh, number, &hello->settled);
    }
    if (peer->link_up && (is_new || !echoes)) {
        send_hello(mesh, number);
    }
}
