/* Handing alerts over. may_send() is THE choke point: whatever reaches a peer
 * has passed it in the same step. */
#include "mesh/internal.h"

/* Sightings and acks go only to those who have the subject. */
bool knows_subject(struct tcn_mesh *mesh, unsigned peer,
                   const struct entry *entry)
{
    uint32_t subject = entry_find(mesh, &entry->ref);
    if (!entry->has_ref || subject == NOBODY) {
        return false;
    }
    return (mesh->entries[subject].sources >> peer & 1) != 0 ||
           (*known_of(mesh, subject, peer) & EXPORTED) != 0;
}

bool is_remark(const struct entry *entry)
{
    return entry->kind == TCN_KIND_SIGHTING || entry->kind == TCN_KIND_ACK;
}

bool may_send(struct tcn_mesh *mesh, unsigned peer, uint32_t at,
              const struct tcn_alert *alert, struct tcn_verdict *verdict)
{
    const struct entry *entry = entry_at(mesh, at);
    *verdict =
        (struct tcn_verdict){.outcome = TCN_DENY, .rule = TCN_RULE_DEFAULT};
    if (entry->kind == TCN_KIND_REVOKE) {
        /* It follows every ledger row of its thread, whatever floor and
         * filters say now, and goes to nobody else. */
        verdict->outcome =
            thread_exported(mesh, entry->thread, peer) ? TCN_ALLOW : TCN_DENY;
        verdict->form = alert->form;
        return verdict->outcome == TCN_ALLOW;
    }
    if (entry->status != TCN_STATUS_LIVE ||
        (is_remark(entry) && !knows_subject(mesh, peer, entry))) {
        return false;
    }
    struct tcn_facts facts = {
        .alert = alert,
        .is_own = entry->is_own,
        .key_valid = true, /* else the shell gives no contents */
        .sources = entry->sources,
        .now_ms = mesh->now_ms,
    };
    *verdict = tcn_policy_export(mesh->policy, &facts, peer);
    verdict->form &= alert->form; /* nothing opens what is not there */
    return verdict->outcome == TCN_ALLOW;
}

/* In each session a certificate precedes the first alert that needs it. */
static void send_cert(struct tcn_mesh *mesh, unsigned peer,
                      const struct tcn_id *id)
{
    size_t i = 0;
    while (i < mesh->cert_count && !tcn_id_equal(&mesh->certs[i].id, id)) {
        i++;
    }
    if (i < mesh->cert_count && (mesh->certs[i].sent >> peer & 1) != 0) {
        return;
    }
    if (i == mesh->cert_count && i < CERT_SLOTS) {
        mesh->certs[mesh->cert_count++] = (struct cert_slot){.id = *id};
    }
    if (i < CERT_SLOTS) {
        mesh->certs[i].sent |= 1ull << peer;
    }
    (void)send_frame(mesh, peer, TCN_FRAME_CERT);
    mesh->effects->list[mesh->effects->count - 1].id = *id;
}

void send_push(struct tcn_mesh *mesh, unsigned peer, const struct row *row,
               const struct tcn_alert *alert, uint8_t form)
{
    send_cert(mesh, peer, &alert->header.cert);
    struct tcn_frame *frame = send_frame(mesh, peer, TCN_FRAME_PUSH);
    frame->push.n = row->n;
    frame->push.mark = row->mark;
    struct tcn_effect *push = &mesh->effects->list[mesh->effects->count - 1];
    push->alert = alert;
    push->form = form;
    push->id = alert->id;
}

bool lacks(struct tcn_mesh *mesh, unsigned peer, uint32_t at, uint8_t form)
{
    return ((form | HAS) & ~*known_of(mesh, at, peer)) != 0;
}
