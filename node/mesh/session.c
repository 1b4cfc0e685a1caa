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
    peer->checking = false;
    peer->renew_at_ms = UINT64_MAX;
    peer->query = false;
    peer->receiving = false;
    peer->gap_told = false;
    peer->serving_held = false;
    peer->retry |= peer->retrying; /* not answered any more */
    peer->retrying = 0;
    peer->refusals_asked = false;
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

void session_tick(struct tcn_mesh *mesh, unsigned number)
{
    struct peer *peer = &mesh->peers[number];
    if (mesh->now_ms >= peer->renew_at_ms) {
        ledger_renew(mesh, number);
    }
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

/* A HELLO that does not echo their nonce is answered with theirs. */
void ask_clocks(struct tcn_mesh *mesh)
{
    for (unsigned i = 0; i < mesh->peer_count; i++) {
        if (mesh->peers[i].established) {
            send_hello(mesh, i);
            struct tcn_effect *hello =
                &mesh->effects->list[mesh->effects->count - 1];
            memset(hello->frame.session.bytes + 4, 0, 4);
        }
    }
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

/* Their ledger for us. A new epoch begins at 0, and with it they ask what we
 * hold of the old ones, because they cannot know it any more. Who does not ask
 * believes that we agreed on that epoch before: then we were restored from a
 * backup, and hold to what we know until they begin anew. */
static void follow_their_ledger(struct tcn_mesh *mesh, unsigned number,
                                const struct tcn_hello *hello)
{
    struct peer *peer = &mesh->peers[number];
    bool same = peer->has_settled &&
                memcmp(peer->settled.epoch.bytes, hello->epoch.bytes, 8) == 0;
    peer->their_top = hello->top;
    if (!hello->ask_held) {
        return;
    }
    if (!same) {
        peer->has_settled = true;
        peer->settled = (struct tcn_cursor){.epoch = hello->epoch};
        peer->receiving = false;
        peer->wanted_count = 0;
        effect(mesh, TCN_EFFECT_ADOPT, number)->epoch = hello->epoch;
        peer->ack_at_ms = mesh->now_ms;
    }
    if (!peer->serving_held) {
        peer->serving_held = true;
        effect(mesh, TCN_EFFECT_READ_HELD, number);
    }
}

/* Our ledger for them: they say how far they are in it. When they know another
 * one, or none although this one was agreed on, one of us was restored from a
 * backup. */
static void follow_our_ledger(struct tcn_mesh *mesh, unsigned number,
                              const struct tcn_cursor *settled)
{
    struct peer *peer = &mesh->peers[number];
    if (memcmp(settled->epoch.bytes, peer->epoch.bytes, 8) == 0) {
        cursor_heard(mesh, number, settled);
    } else if (peer->held_done) {
        ledger_renew(mesh, number);
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
    peer->retry |= RETRY_SESSION;
}

/* What it says apart from the session. */
static void note_hello(struct tcn_mesh *mesh, unsigned number,
                       const struct tcn_hello *hello)
{
    clock_heard(mesh, number, hello->clock_ms);
    note_agreements(&mesh->peers[number], hello);
    struct tcn_effect *cert = effect(mesh, TCN_EFFECT_CERT, number);
    cert->bytes = hello->cert;
    cert->signature = hello->cert_signature;
}

/* A HELLO of a connection that is over may come late, behind one of the new
 * connection. The sender's clock tells them apart; when that was set back, its
 * next HELLOs will do. */
static bool is_stale(const struct peer *peer, const struct tcn_hello *hello)
{
    return hello->clock_ms < peer->hello_clock_ms &&
           peer->hello_clock_ms - hello->clock_ms < STALE_MS;
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
        if (is_stale(peer, hello)) {
            mesh->stats.frames_dropped++;
            return;
        }
        close_session(mesh, number);
        peer->heard = true;
        memcpy(peer->their_nonce, frame->session.bytes, 4);
    }
    peer->hello_clock_ms = hello->clock_ms;
    bool echoes =
        peer->link_up && memcmp(frame->session.bytes + 4, peer->nonce, 4) == 0;
    note_hello(mesh, number, hello);
    if (echoes) {
        if (!peer->established) {
            establish(mesh, number);
        }
        peer->credit_bytes = hello->credit_bytes;
        follow_their_ledger(mesh, number, hello);
        follow_our_ledger(mesh, number, &hello->settled);
    }
    if (peer->link_up && (is_new || !echoes)) {
        send_hello(mesh, number);
    }
}
