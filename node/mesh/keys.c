/* Key revocations: proven outside, told to everybody who holds the certificate,
 * exempt from every filter. Whom an alert of it was handed to, or came from, or
 * who speaks for that member, holds it. */
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
    for (size_t i = 0; i < mesh->krev_count && has_room(mesh, 1); i++) {
        mesh->krevs[i].told &= ~(1ull << number);
        tell(mesh, number, &mesh->krevs[i]);
    }
}

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
    if (krev == NULL) {
        alarm_about(mesh, TCN_ALARM_CAPACITY, OF_US, NULL, TCN_ERR_CAPACITY);
        return;
    }
    for (unsigned i = 0; i < mesh->peer_count && has_room(mesh, 1); i++) {
        tell(mesh, i, krev);
    }
}
