/* By which texts a peer is bound, beside ours. */
#include "daemon/control.h"

#define LINES_MAX (2 * TCN_AGREEMENTS_MAX)

struct lines {
    size_t count;
    char texts[LINES_MAX][TCN_NAME_MAX + 40];
};

static void add(struct lines *lines, const char *ref, const char *word)
{
    if (lines->count < LINES_MAX) {
        (void)snprintf(lines->texts[lines->count++], sizeof lines->texts[0],
                       "%s %s", ref, word);
    }
}

/* Length of NAME and its #. */
static size_t name_len(const char *ref)
{
    return strcspn(ref, "#") + 1;
}

static bool same_name(const char *a, const char *b)
{
    return name_len(a) == name_len(b) && strncmp(a, b, name_len(a)) == 0;
}

static bool they_hold(const struct tcn_mesh_peer_info *info, const char *ref,
                      bool any_text)
{
    for (unsigned i = 0; i < info->agreement_count; i++) {
        if (any_text ? same_name(info->agreements[i], ref)
                     : strcmp(info->agreements[i], ref) == 0) {
            return true;
        }
    }
    return false;
}

/* "ok": the same text. "differs": another one of that name, and none that we
 * share; nothing is handed on under it. "not ours": we have none of that name,
 * or share another version. */
static const char *compare(const struct tcn_policy *policy,
                           const struct tcn_mesh_peer_info *info,
                           const char *theirs)
{
    bool named = false;
    bool shared = false;
    for (size_t i = 0; i < tcn_policy_agreement_count(policy); i++) {
        const char *ours = tcn_policy_agreement_ref(policy, i);
        if (strcmp(ours, theirs) == 0) {
            return "ok";
        }
        named |= same_name(ours, theirs);
        shared |= same_name(ours, theirs) && they_hold(info, ours, false);
    }
    return named && !shared ? "differs" : "not ours";
}

/* Ours, to which it is a party, and it says none of that name. */
static void add_missing(struct lines *lines, const struct tcn_policy *policy,
                        const struct tcn_mesh_peer_info *info,
                        const char *member)
{
    for (size_t i = 0; i < tcn_policy_agreement_count(policy); i++) {
        const char *ours = tcn_policy_agreement_ref(policy, i);
        if (info->session && tcn_policy_is_party(policy, i, member) &&
            !they_hold(info, ours, true)) {
            add(lines, ours, "missing there");
        }
    }
}

void reply_agreements(struct verb_call *call, unsigned peer,
                      const struct tcn_mesh_peer_info *info)
{
    const struct tcn_setup *setup = call->node->setup;
    struct tcn_view views[LINES_MAX];
    struct lines lines = {0};
    for (unsigned i = 0; i < info->agreement_count; i++) {
        add(&lines, info->agreements[i],
            compare(setup->policy, info, info->agreements[i]));
    }
    add_missing(&lines, setup->policy, info, setup->conf.parties[peer].name);
    for (size_t i = 0; i < lines.count; i++) {
        views[i] = tcn_view_str(lines.texts[i]);
    }
    reply_list(call->client, "agreements", views, lines.count);
}
