/* Handing alerts over. may_send() is THE choke point: whatever reaches a peer
 * has passed it in the same step. */
#include "mesh/info.h"
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

/* Floor and filters, as they are now. */
static bool filters_let(struct tcn_mesh *mesh, unsigned peer,
                        const struct entry *entry,
                        const struct tcn_alert *alert,
                        struct tcn_verdict *verdict)
{
    const struct tcn_receipt *told = mesh->told;
    if (mesh->quarantining || (told != NULL && told->quarantined)) {
        verdict->outcome = TCN_HOLD;
        return false;
    }
    struct tcn_facts facts = {
        .alert = alert,
        .is_own = entry->is_own,
        .key_valid = true, /* else the shell gives no contents */
        .sources = entry->sources,
        .disagree = tcn_mesh_disagrees(mesh, peer, alert->header.agreement)
                        ? 1ull << peer
                        : 0,
        .now_ms = mesh->now_ms,
        .received_ms = told == NULL ? mesh->now_ms : told->received_ms,
        .requested = told == NULL ? 0 : told->requested,
        .release_count = told == NULL ? 0 : told->release_count,
        .releases = told == NULL ? NULL : told->releases,
    };
    *verdict = tcn_policy_export(mesh->policy, &facts, peer);
    verdict->form &= alert->form; /* nothing opens what is not there */
    return verdict->outcome == TCN_ALLOW;
}

/* It follows every ledger row of its thread, whatever floor and filters say
 * now. To who has the alert otherwise it goes where they let it: after backups
 * on both sides neither may know any more who gave it to whom. Nobody else
 * hears of it, and people are not asked. */
static bool may_withdraw(struct tcn_mesh *mesh, unsigned peer,
                         const struct entry *entry,
                         const struct tcn_alert *alert,
                         struct tcn_verdict *verdict)
{
    if (thread_exported(mesh, entry->thread, peer)) {
        verdict->outcome = TCN_ALLOW;
        verdict->form = alert->form;
        return true;
    }
    if (thread_is_had(mesh, entry->thread, peer) &&
        filters_let(mesh, peer, entry, alert, verdict)) {
        return true;
    }
    verdict->outcome = TCN_DENY;
    return false;
}

bool may_send(struct tcn_mesh *mesh, unsigned peer, uint32_t at,
              const struct tcn_alert *alert, struct tcn_verdict *verdict)
{
    const struct entry *entry = entry_at(mesh, at);
    *verdict =
        (struct tcn_verdict){.outcome = TCN_DENY, .rule = TCN_RULE_DEFAULT};
    if (entry->made_by == peer) {
        /* What a member said itself may be said back to it: it takes back what
         * a backup forgot. */
        verdict->outcome = TCN_ALLOW;
        verdict->form = alert->form;
        return true;
    }
    if (entry->kind == TCN_KIND_REVOKE) {
        return may_withdraw(mesh, peer, entry, alert, verdict);
    }
    if (entry->status != TCN_STATUS_LIVE ||
        (is_remark(entry) && !knows_subject(mesh, peer, entry))) {
        return false;
    }
    return filters_let(mesh, peer, entry, alert, verdict);
}

bool asks_people(const struct tcn_verdict *verdict)
{
    return verdict->outcome == TCN_HOLD && verdict->holds != 0;
}

bool lacks(struct tcn_mesh *mesh, unsigned peer, uint32_t at, uint8_t form)
{
    return ((form | HAS) & ~*known_of(mesh, at, peer)) != 0;
}

/* Whether the peer could get it at all, before it is loaded. Never what it has,
 * also when it has it from itself; revocations have their own list. */
bool worth_loading(struct tcn_mesh *mesh, unsigned number, uint32_t at)
{
    const struct entry *entry = entry_at(mesh, at);
    if (!entry->has_contents || entry->kind == TCN_KIND_REVOKE ||
        !lacks(mesh, number, at, entry->form)) {
        return false;
    }
    return entry->made_by == number ||
           (entry->status == TCN_STATUS_LIVE &&
            (!is_remark(entry) || knows_subject(mesh, number, entry)));
}

bool revoke_is_due(struct tcn_mesh *mesh, unsigned number, uint32_t at)
{
    const struct entry *entry = entry_at(mesh, at);
    return entry->has_contents && lacks(mesh, number, at, entry->form) &&
           (entry->made_by == number ||
            thread_is_had(mesh, entry->thread, number));
}
