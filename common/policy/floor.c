/* What no rule can loosen. Each check says no by itself; what is not covered
 * by a check is not allowed by it either. Source of TLP across nations:
 * common/alert/FORMAT.md, "Label". */
#include "policy/internal.h"

/* What a check looks at. `peer` is NULL for observers. */
struct matter {
    const struct tcn_policy *policy;
    const struct tcn_facts *facts;
    const struct tcn_header *header;
    const struct tcn_party *peer;
    bool named;     /* the peer is in the audience */
    bool disagrees; /* it has another text of the agreement */
    unsigned observer;
};

/* ---- agreements and exercises ---- */

const struct agreement *find_agreement(const struct tcn_policy *policy,
                                       struct tcn_view ref)
{
    for (size_t i = 0; i < policy->agreement_count; i++) {
        if (tcn_view_is(ref, policy->agreements[i].ref)) {
            return &policy->agreements[i];
        }
    }
    return NULL;
}

bool is_party(const struct agreement *agreement, const char *member)
{
    for (size_t i = 0; i < agreement->party_count; i++) {
        if (strcmp(agreement->parties[i], member) == 0) {
            return true;
        }
    }
    return false;
}

/* Exactly that text, here and there, active, both of us parties, the label
 * within its scope. */
static bool in_force(const struct matter *m)
{
    const struct tcn_label *label = &m->header->label;
    const struct agreement *agreement =
        find_agreement(m->policy, m->header->agreement);
    return agreement != NULL && m->facts->now_ms >= agreement->from_ms &&
           m->facts->now_ms < agreement->until_ms &&
           is_party(agreement, m->policy->self) &&
           is_party(agreement, m->peer->name) && !m->disagrees &&
           label->tlp <= agreement->max_tlp &&
           label->onward <= agreement->onward;
}

/* NAME of `NAME#16 hex digits`. */
static bool names_agreement(struct tcn_view ref, const char *name)
{
    ref.len = ref.len >= 17 ? ref.len - 17 : 0;
    return tcn_view_is(ref, name);
}

static bool is_open(const struct tcn_exercise *exercise, const struct matter *m)
{
    return m->facts->now_ms >= exercise->from_ms &&
           m->facts->now_ms < exercise->until_ms &&
           (exercise->agreement[0] == '\0' ||
            names_agreement(m->header->agreement, exercise->agreement));
}

/* ---- one check per reason: true = it does not stand in the way ---- */

static bool check_key(const struct matter *m)
{
    return m->facts->key_valid;
}

static bool check_expired(const struct matter *m)
{
    return m->facts->now_ms < m->header->expires_ms;
}

static bool check_exercise(const struct matter *m)
{
    const struct tcn_policy *policy = m->policy;
    if (m->header->exercise.len == 0) {
        return true;
    }
    for (size_t i = 0; i < policy->exercise_count; i++) {
        if (tcn_view_is(m->header->exercise, policy->exercises[i].name)) {
            return is_open(&policy->exercises[i], m);
        }
    }
    return false;
}

static bool check_audience(const struct matter *m)
{
    return m->header->label.audience_count == 0 || m->named;
}

static bool check_tlp(const struct matter *m)
{
    return m->header->label.tlp <= TCN_TLP_GREEN || m->named;
}

static bool check_red(const struct matter *m)
{
    return m->header->label.tlp != TCN_TLP_RED || m->facts->is_own;
}

/* The originator's own word binds whoever is not the originator. */
static bool check_onward(const struct matter *m)
{
    if (m->facts->is_own) {
        return true;
    }
    switch (m->header->label.onward) {
    case TCN_ONWARD_ANY: return true;
    case TCN_ONWARD_MEMBERS: return m->header->agreement.len > 0;
    case TCN_ONWARD_LISTED: return m->named;
    default: return false;
    }
}

static bool has_caveat(const struct matter *m, enum tcn_caveat caveat)
{
    return (m->header->label.caveat_mask & caveat) != 0;
}

static bool check_orcon(const struct matter *m)
{
    return m->facts->is_own || !has_caveat(m, TCN_CAVEAT_ORCON);
}

static bool check_caveat(const struct matter *m)
{
    return m->facts->is_own || !has_caveat(m, TCN_CAVEAT_UNKNOWN);
}

/* A role that is not said is not a nation's. */
static bool check_partner(const struct matter *m)
{
    return !has_caveat(m, TCN_CAVEAT_NO_PARTNER) ||
           m->peer->role == TCN_ROLE_NATION;
}

static bool check_agreement(const struct matter *m)
{
    return m->facts->is_own || m->header->agreement.len == 0 || in_force(m);
}

static bool check_internal(const struct matter *m)
{
    return m->header->label.tlp < TCN_TLP_AMBER_STRICT ||
           m->policy->observers[m->observer].internal;
}

#define EXPORT (1u << TCN_HOOK_EXPORT)
#define SHOW   (1u << TCN_HOOK_SHOW)

/* In the order in which reasons are given. Observers are told that an alert has
 * expired or that its key is suspect: to them, that is news and no reason. */
static const struct {
    bool (*holds)(const struct matter *matter);
    unsigned hooks;
} checks[TCN_FLOOR_COUNT] = {
    [TCN_FLOOR_KEY] = {check_key, EXPORT},
    [TCN_FLOOR_EXPIRED] = {check_expired, EXPORT},
    [TCN_FLOOR_EXERCISE] = {check_exercise, EXPORT | SHOW},
    [TCN_FLOOR_AUDIENCE] = {check_audience, EXPORT},
    [TCN_FLOOR_TLP] = {check_tlp, EXPORT},
    [TCN_FLOOR_RED] = {check_red, EXPORT},
    [TCN_FLOOR_ONWARD] = {check_onward, EXPORT},
    [TCN_FLOOR_ORCON] = {check_orcon, EXPORT},
    [TCN_FLOOR_CAVEAT] = {check_caveat, EXPORT},
    [TCN_FLOOR_PARTNER] = {check_partner, EXPORT},
    [TCN_FLOOR_AGREEMENT] = {check_agreement, EXPORT},
    [TCN_FLOOR_INTERNAL] = {check_internal, SHOW},
};

static struct matter matter_of(const struct tcn_policy *policy,
                               enum tcn_hook hook,
                               const struct tcn_facts *facts, unsigned number)
{
    struct matter matter = {.policy = policy,
                            .facts = facts,
                            .header = &facts->alert->header,
                            .observer = number};
    if (hook == TCN_HOOK_EXPORT) {
        matter.peer = &policy->parties[number];
        matter.disagrees = (facts->disagree >> number & 1) != 0;
        matter.named = tcn_label_has_audience(&matter.header->label,
                                              tcn_view_str(matter.peer->name));
    }
    return matter;
}

enum tcn_floor floor_decide(const struct tcn_policy *policy, enum tcn_hook hook,
                            const struct tcn_facts *facts, unsigned number)
{
    struct matter matter = matter_of(policy, hook, facts, number);
    for (unsigned i = TCN_FLOOR_NONE + 1; i < TCN_FLOOR_COUNT; i++) {
        if ((checks[i].hooks >> hook & 1) != 0 && !checks[i].holds(&matter)) {
            return (enum tcn_floor)i;
        }
    }
    return TCN_FLOOR_NONE;
}

void floor_put(struct tcn_buf *out, const struct question *question,
               enum tcn_hook hook, unsigned number)
{
    struct matter matter =
        matter_of(question->policy, hook, question->facts, number);
    for (unsigned i = TCN_FLOOR_NONE + 1; i < TCN_FLOOR_COUNT; i++) {
        if ((checks[i].hooks >> hook & 1) == 0) {
            continue;
        }
        bool holds = checks[i].holds(&matter);
        tcn_buf_printf(out, "  %s %-12s%s%s\n", holds ? "ok" : "NO",
                       tcn_floor_word((enum tcn_floor)i), holds ? "" : " ",
                       holds ? "" : tcn_floor_sentence((enum tcn_floor)i));
    }
}
