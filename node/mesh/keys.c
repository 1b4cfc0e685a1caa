/* Key revocations: proven outside, told to everybody who holds the certificate,
 * exempt from every filter. Whom an alert of it was handed to, or came from, or
 * who speaks for that member, holds it. */
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

void keys_tell(struct tcn_mesh *mesh, unsigned number)
{
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

void on_revoked(struct tcn_mesh *mesh, const struct tcn_event *event)
{
    struct krev_slot *krev = krev_find(mesh, &event->revoked.cert);
    if (krev == NULL) {
        if (mesh->krev_count == KREV_SLOTS) {
            alarm_about(mesh, TCN_ALARM_CAPACITY, OF_US, NULL,
                        TCN_ERR_CAPACITY);
            return;
        }
        krev = &mesh->krevs[mesh->krev_count++];
        *krev = (struct krev_slot){.cert = event->revoked.cert};
        krev->is_ours = strcmp(event->revoked.member, mesh->self) == 0;
        size_t len = strnlen(event->revoked.member, TCN_MEMBER_MAX);
        memcpy(krev->member, event->revoked.member, len);
    }
    for (unsigned i = 0; i < mesh->peer_count && has_room(mesh, 1); i++) {
        tell(mesh, i, krev);
    }
    rescan(mesh);
}
