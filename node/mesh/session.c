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

static struct tcn_frame *put_hello(struct tcn_mesh *mesh, unsigned number)
{
    const struct peer *peer = &mesh->peers[number];
    struct tcn_frame *frame =
        send_frame(mesh, number, TCN_LANE_FAST, TCN_FRAME_HELLO);
    struct tcn_hello *hello = &frame->hello;
    hello->version_min = TCN_PROTOCOL_VERSION;
    hello->version_max = TCN_PROTOCOL_VERSION;
    hello->epoch = peer->epoch;
    hello->ask_held =
        !peer->held_done || peer->held_short || mesh->own_ghosts > 0;
    hello->settled.epoch = peer->their_epoch;
    for (enum tcn_lane lane = 0; lane < TCN_LANES; lane++) {
        hello->top[lane] = peer->out[lane].top.n;
        hello->settled.lane[lane] = peer->in[lane].settled;
        hello->grant[lane] = grant_of(&peer->in[lane], lane);
        hello->rows[lane] = peer->in[lane].mask + 1;
    }
    hello->clock_ms = mesh->now_ms;
    return frame;
}

/* From here the peer sends again what is not settled, and counts anew. */
void send_hello(struct tcn_mesh *mesh, unsigned number)
{
    struct peer *peer = &mesh->peers[number];
    for (size_t lane = 0; lane < TCN_LANES; lane++) {
        struct in_lane *in = &peer->in[lane];
        in_lane_reset(in, &(struct tcn_place){in->settled.n, in->settled.mark});
    }
    peer->retry |= peer->again_count > 0 ? peer->retrying : 0;
    peer->again_count = 0;
    (void)put_hello(mesh, number);
    for (enum tcn_lane lane = 0; lane < TCN_LANES; lane++) {
        peer->in[lane].granted = grant_of(&peer->in[lane], lane);
    }
}

void close_session(struct tcn_mesh *mesh, unsigned number)
{
    struct peer *peer = &mesh->peers[number];
    peer->established = false;
    peer->cursor_known = false;
    peer->renew_at_ms = UINT64_MAX;
    peer->offer_at_ms = UINT64_MAX;
    peer->past_at_ms = 0;
    peer->past_named = peer->past_pushed = 0;
    peer->query = false;
    peer->serving_held = false;
    peer->held_dropped = false;
    for (size_t lane = 0; lane < TCN_LANES; lane++) {
        struct out_lane *out = &peer->out[lane];
        struct in_lane *in = &peer->in[lane];
        out->checking = false;
        out->wanted_count = 0;
        in->gap_told = false;
        in_lane_reset(in, &(struct tcn_place){in->settled.n, in->settled.mark});
    }
    peer->offers[0].count = peer->offers[1].count = 0;
    peer->retry |= peer->retrying; /* not answered any more */
    peer->retrying = 0;
    peer->refusals_asked = false;
    peer->again_count = 0;
    peer->ack_at_ms = UINT64_MAX;
    for (size_t i = 0; i < mesh->cert_count; i++) {
        for (size_t lane = 0; lane < TCN_LANES; lane++) {
            mesh->certs[i].sent[lane] &= ~(1ull << number);
        }
    }
    tree_reset(mesh, number);
    chase_forget(mesh, number);
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
    /* They may be open already and their answer lost: it is given again to one
     * that does not echo. */
    send_hello(mesh, number);
    memset(last_effect(mesh)->frame.session.bytes + 4, 0, 4);
    peer->hello_wait_ms *= 2;
    if (peer->hello_wait_ms > HELLO_LAST_MS) {
        peer->hello_wait_ms = HELLO_LAST_MS;
    }
    peer->hello_at_ms = mesh->now_ms + peer->hello_wait_ms;
}

/* A HELLO that does not echo their nonce is answered with theirs. */
void hello_again(struct tcn_mesh *mesh)
{
    for (unsigned i = 0; i < mesh->peer_count; i++) {
        if (mesh->peers[i].established) {
            memset(put_hello(mesh, i)->session.bytes + 4, 0, 4);
        }
    }
}

bool in_session(const struct peer *peer, const struct tcn_frame *frame)
{
    return peer->established &&
           memcmp(frame->session.bytes, peer->their_nonce, 4) == 0 &&
           memcmp(frame->session.bytes + 4, peer->nonce, 4) == 0;
}

static bool same_agreements(const struct peer *peer,
                            const struct tcn_hello *hello)
{
    bool same = peer->agreement_count == hello->agreement_count;
    for (unsigned i = 0; same && i < peer->agreement_count; i++) {
        same = tcn_view_is(hello->agreements[i], peer->agreements[i]);
    }
    return same;
}

/* Where texts disagreed and do no more, what was withheld for that is decided
 * again. What was so before we were started is not known: then too. */
static void note_agreements(struct tcn_mesh *mesh, unsigned number,
                            const struct tcn_hello *hello)
{
    struct peer *peer = &mesh->peers[number];
    uint64_t skip_before_ms = peer->skip_before_ms;
    if (same_agreements(peer, hello)) {
        return;
    }
    flows_again(mesh, number);
    peer->skip_before_ms = skip_before_ms;
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

/* Whoever asks what we hold may have lost what it said itself, and withdrawals
 * that it gave us. */
static void give_back(struct tcn_mesh *mesh, unsigned number)
{
    uint16_t origin =
        origin_place(mesh, tcn_view_str(mesh->peers[number].member));
    for (uint32_t at = 1; at <= mesh->entry_fresh; at++) {
        const struct entry *entry = &mesh->entries[at];
        bool lost = entry->made_by == number || entry->kind == TCN_KIND_REVOKE;
        if (entry->seq != 0 && lost && !entry->ghost) {
            *known_of(mesh, at, number) &= EXPORTED;
        }
    }
    if (origin != ORIGINS_MAX) {
        flows_of_origin(mesh, number, origin);
    }
    mesh->peers[number].revokes = mesh->first_revoke;
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
                memcmp(peer->their_epoch.bytes, hello->epoch.bytes, 8) == 0;
    memcpy(peer->their_top, hello->top, sizeof peer->their_top);
    if (!hello->ask_held) {
        return;
    }
    if (!same) {
        peer->has_settled = true;
        peer->their_epoch = hello->epoch;
        for (size_t lane = 0; lane < TCN_LANES; lane++) {
            in_lane_reset(&peer->in[lane], &(struct tcn_place){0});
        }
        peer->again_count = 0;
        effect(mesh, TCN_EFFECT_ADOPT, number)->epoch = hello->epoch;
        peer->ack_at_ms = mesh->now_ms;
    }
    if (!peer->serving_held) {
        peer->serving_held = true;
        effect(mesh, TCN_EFFECT_READ_HELD, number);
        give_back(mesh, number);
    }
}

/* Our ledger for them: they say how far they are in it. When they know another
 * one, or none although this one was agreed on, one of us was restored from a
 * backup. */
static void follow_our_ledger(struct tcn_mesh *mesh, unsigned number,
                              const struct tcn_hello *hello)
{
    struct peer *peer = &mesh->peers[number];
    if (memcmp(hello->settled.epoch.bytes, peer->epoch.bytes, 8) == 0) {
        cursor_heard(mesh, number, &hello->settled);
    } else if (peer->held_done) {
        ledger_renew(mesh, number);
    }
}

/* They count what we push from this HELLO on. */
static void note_windows(struct peer *peer, const struct tcn_hello *hello)
{
    for (size_t lane = 0; lane < TCN_LANES; lane++) {
        peer->out[lane].pushed = 0;
        peer->out[lane].grant = hello->grant[lane];
        peer->out[lane].rows = hello->rows[lane];
    }
}

/* And takes at least one alert at a time. */
static bool speaks_our_version(const struct tcn_hello *hello)
{
    bool room = true;
    for (size_t lane = 0; lane < TCN_LANES; lane++) {
        room = room && hello->rows[lane] >= TCN_OFFER_MAX &&
               hello->grant[lane] >= TCN_ENVELOPE_MAX;
    }
    return room && hello->version_min <= TCN_PROTOCOL_VERSION &&
           hello->version_max >= TCN_PROTOCOL_VERSION;
}

static void establish(struct tcn_mesh *mesh, unsigned number)
{
    struct peer *peer = &mesh->peers[number];
    peer->established = true;
    peer->hello_at_ms = UINT64_MAX;
    peer->hello_wait_ms = HELLO_FIRST_MS;
    peer->retry |= RETRY_SESSION;
    flows_begin(mesh, number);
    peer->past_at_ms = strcmp(mesh->self, peer->member) > 0
                           ? mesh->now_ms + HISTORY_WAIT_MS
                           : 0;
}

/* What it says apart from the session. */
static void note_hello(struct tcn_mesh *mesh, unsigned number,
                       const struct tcn_hello *hello)
{
    clock_heard(mesh, number, hello->clock_ms);
    note_agreements(mesh, number, hello);
    const struct tcn_frame cert = {
        .type = TCN_FRAME_CERT, .cert = {hello->cert, hello->cert_signature}};
    on_proof(mesh, number, &cert);
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
    bool begins = echoes && !peer->established;
    /* They may have long been open: what they sent meanwhile was dropped. */
    bool is_late = begins && peer->hello_wait_ms > HELLO_FIRST_MS;
    if (begins) {
        establish(mesh, number);
    }
    if (echoes) {
        note_windows(peer, hello);
        follow_their_ledger(mesh, number, hello);
        follow_our_ledger(mesh, number, hello);
    }
    if (peer->link_up && (is_new || !echoes || is_late)) {
        send_hello(mesh, number);
    }
    if (begins) { /* behind the HELLO that begins it there */
        keys_tell(mesh, number);
    }
}
