/* Key revocations: proven outside, told to everybody who holds the certificate,
 * exempt from every filter. Whom an alert of it was handed to, or came from, or
 * who speaks for that member, holds it. What comes before its certificate or
 * the card of its member waits here, so much of each peer. */
#include <stdio.h>

#include "mesh/internal.h"

static struct krev_slot *krev_find(const struct tcn_mesh *mesh,
                                   const struct tcn_id *cert)
{
    for (size_t i = 0; i < mesh->krev_count; i++) {
        if (tcn_id_equal(&mesh->krevs[i].cert, cert)) {
            return &mesh->krevs[i];
        }
    }
    return NULL;
}

static bool peer_holds(struct tcn_mesh *mesh, unsigned number,
                       const struct krev_slot *krev)
{
    if (krev->is_ours ||
        strcmp(krev->member, mesh->peers[number].member) == 0) {
        return true; /* a link shows the certificates of both ends */
    }
    for (uint32_t at = 1; at <= mesh->entry_fresh; at++) {
        if (*known_of(mesh, at, number) != 0 &&
            tcn_id_equal(&mesh->entries[at].cert, &krev->cert)) {
            return true;
        }
    }
    return false;
}

static void tell(struct tcn_mesh *mesh, unsigned number, struct krev_slot *krev)
{
    bool told = (krev->told >> number & 1) != 0;
    if (told || !mesh->peers[number].established ||
        !peer_holds(mesh, number, krev)) {
        return;
    }
    krev->told |= 1ull << number;
    (void)send_frame(mesh, number, TCN_LANE_FAST, TCN_FRAME_KREV);
    last_effect(mesh)->id = krev->cert;
}

/* A certificate of ours that takes over later: whoever is linked with us has to
 * know its link key before that is used. */
static void announce(struct tcn_mesh *mesh, unsigned number,
                     const struct tcn_id *cert)
{
    if (mesh->peers[number].established) {
        (void)send_frame(mesh, number, TCN_LANE_FAST, TCN_FRAME_CERT);
        last_effect(mesh)->id = *cert;
    }
}

void tcn_mesh_restore_announced(struct tcn_mesh *mesh,
                                const struct tcn_id *cert)
{
    if (mesh->announced_count == TCN_ANNOUNCED_MAX) {
        memmove(&mesh->announced[0], &mesh->announced[1],
                (TCN_ANNOUNCED_MAX - 1) * sizeof mesh->announced[0]);
        mesh->announced_count--;
    }
    mesh->announced[mesh->announced_count++] = *cert;
}

void on_announce(struct tcn_mesh *mesh, const struct tcn_event *event)
{
    const struct tcn_id *cert = &event->announce.cert;
    tcn_mesh_restore_announced(mesh, cert);
    for (unsigned i = 0; i < mesh->peer_count && has_room(mesh, 1); i++) {
        announce(mesh, i, cert);
    }
}

void keys_tell(struct tcn_mesh *mesh, unsigned number)
{
    for (size_t i = 0; i < mesh->announced_count && has_room(mesh, 1); i++) {
        announce(mesh, number, &mesh->announced[i]);
    }
    for (size_t i = 0; i < mesh->krev_count; i++) {
        mesh->krevs[i].told &= ~(1ull << number);
    }
    keys_tell_more(mesh, number);
}

void keys_tell_more(struct tcn_mesh *mesh, unsigned number)
{
    for (size_t i = 0; i < mesh->krev_count && has_room(mesh, 1); i++) {
        tell(mesh, number, &mesh->krevs[i]);
    }
}

/* ---- what cannot be proven yet ---- */

static void waiting_drop(struct peer *peer, unsigned at)
{
    memmove(&peer->krevs[at], &peer->krevs[at + 1],
            (peer->krev_count - at - 1) * sizeof peer->krevs[0]);
    peer->krev_count--;
    peer->krev_at -= peer->krev_at > at;
}

static void waiting_forget(struct peer *peer, const struct tcn_id *cert)
{
    for (unsigned i = peer->krev_count; i > 0; i--) {
        if (tcn_id_equal(&peer->krevs[i - 1].cert, cert)) {
            waiting_drop(peer, i - 1);
        }
    }
}

/* Until it is proven; the oldest of a peer makes room. */
static void wait_for_proof(struct tcn_mesh *mesh, unsigned number,
                           const struct tcn_frame *frame)
{
    struct peer *peer = &mesh->peers[number];
    struct tcn_krev krev;
    if (tcn_krev_decode(&krev, frame->krev.bytes) != TCN_ERR_OK ||
        frame->krev.bytes.len > TCN_KREV_MAX ||
        krev_find(mesh, &krev.cert) != NULL) {
        return;
    }
    waiting_forget(peer, &krev.cert);
    if (peer->krev_count == KREVS_WAITING) {
        waiting_drop(peer, 0);
    }
    bool all_seen = peer->krev_at == peer->krev_count;
    struct waiting_krev *at = &peer->krevs[peer->krev_count++];
    peer->krev_at += all_seen;
    at->cert = krev.cert;
    at->len = frame->krev.bytes.len;
    memcpy(at->bytes, frame->krev.bytes.data, at->len);
    memcpy(at->signature, frame->krev.signature.data, sizeof at->signature);
}

static void prove_again(struct tcn_mesh *mesh, unsigned number,
                        const struct waiting_krev *krev)
{
    struct tcn_effect *proof = effect(mesh, TCN_EFFECT_KREV, number);
    proof->bytes = tcn_view(krev->bytes, krev->len);
    proof->signature = tcn_view(krev->signature, sizeof krev->signature);
}

/* Behind the certificate, which is kept first. */
static void cert_came(struct tcn_mesh *mesh, struct tcn_view bytes)
{
    struct tcn_cert cert;
    bool is_cert = false;
    for (unsigned i = 0; i < mesh->peer_count; i++) {
        const struct peer *peer = &mesh->peers[i];
        if (peer->krev_count > 0 && !is_cert) {
            is_cert = tcn_cert_decode(&cert, bytes) == TCN_ERR_OK;
        }
        for (unsigned k = 0; is_cert && k < peer->krev_count; k++) {
            if (tcn_id_equal(&peer->krevs[k].cert, &cert.id) &&
                has_room(mesh, 1)) {
                prove_again(mesh, i, &peer->krevs[k]);
            }
        }
    }
}

void on_proof(struct tcn_mesh *mesh, unsigned peer,
              const struct tcn_frame *frame)
{
    bool is_cert = frame->type == TCN_FRAME_CERT;
    struct tcn_effect *proof =
        effect(mesh, is_cert ? TCN_EFFECT_CERT : TCN_EFFECT_KREV, peer);
    proof->bytes = frame->cert.bytes;
    proof->signature = frame->cert.signature;
    if (is_cert) {
        cert_came(mesh, frame->cert.bytes);
    } else {
        wait_for_proof(mesh, peer, frame);
    }
}

void on_keys(struct tcn_mesh *mesh, const struct tcn_event *event)
{
    (void)event;
    retry_all(mesh, RETRY_KEYS | RETRY_CERT);
    for (size_t i = 0; i < mesh->peer_count; i++) {
        mesh->peers[i].krev_at = 0;
    }
}

/* One in each step: the shell takes a step for each one that is proven, and
 * keeps few of them in mind. */
void keys_pump(struct tcn_mesh *mesh)
{
    bool one = false;
    for (unsigned i = 0; i < mesh->peer_count; i++) {
        struct peer *peer = &mesh->peers[i];
        if (!one && peer->krev_at < peer->krev_count && has_room(mesh, 1)) {
            prove_again(mesh, i, &peer->krevs[peer->krev_at++]);
            one = true;
        }
        mesh->unfinished |= peer->krev_at < peer->krev_count;
    }
}

/* ---- what is proven ---- */

static struct krev_slot *krev_add(struct tcn_mesh *mesh,
                                  const struct tcn_id *cert, const char *member)
{
    struct krev_slot *krev = krev_find(mesh, cert);
    if (krev != NULL || mesh->krev_count == KREV_SLOTS) {
        return krev;
    }
    krev = &mesh->krevs[mesh->krev_count++];
    *krev = (struct krev_slot){.cert = *cert};
    krev->is_ours = strcmp(member, mesh->self) == 0;
    (void)snprintf(krev->member, sizeof krev->member, "%s", member);
    return krev;
}

void tcn_mesh_restore_krev(struct tcn_mesh *mesh, const struct tcn_id *cert,
                           const char *member)
{
    (void)krev_add(mesh, cert, member);
}

void on_revoked(struct tcn_mesh *mesh, const struct tcn_event *event)
{
    struct krev_slot *krev =
        krev_add(mesh, &event->revoked.cert, event->revoked.member);
    for (size_t i = 0; i < mesh->peer_count; i++) {
        waiting_forget(&mesh->peers[i], &event->revoked.cert);
    }
    if (krev == NULL) {
        alarm_about(mesh, TCN_ALARM_CAPACITY, OF_US, NULL, TCN_ERR_CAPACITY);
        return;
    }
    for (unsigned i = 0; i < mesh->peer_count && has_room(mesh, 1); i++) {
        tell(mesh, i, krev);
    }
}
