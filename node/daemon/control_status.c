/* How the node is: itself, its peers, what it refused. */
#include "daemon/control.h"
#include "daemon/policies.h"

static const char *child_word(const struct child *child)
{
    switch (child->state) {
    case CHILD_UP: return "up";
    case CHILD_STARTING: return "starting";
    default: return child->failure[0] != '\0' ? child->failure : "down";
    }
}

/* Signed seconds, as text: the profile has no negative numbers. */
static void reply_offset(struct client *client, int64_t ms)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%lld", (long long)(ms / 1000));
    reply_str(client, "clock_offset_s", text);
}

static unsigned peers_up(const struct tcn_node *node)
{
    unsigned count = 0;
    for (unsigned i = 0; i < node->setup->conf.peer_count; i++) {
        struct tcn_mesh_peer_info info;
        tcn_mesh_peer(node->mesh, i, &info);
        count += info.session;
    }
    return count;
}

static void reply_policy(struct client *client, const struct tcn_node *node)
{
    const struct tcn_policy *policy = node->setup->policy;
    reply_str(client, "policy", tcn_policy_name(policy));
    reply_uint(client, "policy_version", tcn_policy_version(policy));
    reply_bin(client, "policy_hash", tcn_id_view(tcn_policy_own_hash(policy)));
    reply_bool(client, "policy_valid", node->setup->policy_valid);
    reply_str(client, "policy_message", node->policy_message);
    const struct tcn_policy *pending = tcn_policy_pending(policy);
    if (node->pending != NULL && pending != NULL) {
        reply_str(client, "pending", tcn_policy_name(pending));
        reply_uint(client, "pending_version", tcn_policy_version(pending));
        reply_bin(client, "pending_hash",
                  tcn_id_view(tcn_policy_own_hash(pending)));
        reply_uint(client, "pending_until", node->pending->until_ms);
        reply_str(client, "pending_by", node->pending->by);
    }
}

static void reply_stats(struct client *client,
                        const struct tcn_mesh_stats *stats)
{
    uint64_t refused = 0;
    for (size_t i = 0; i < TCN_ERR_COUNT; i++) {
        refused += stats->refused[i];
    }
    reply_uint(client, "alerts", stats->alerts);
    reply_uint(client, "stored", stats->stored);
    reply_uint(client, "exported", stats->exported);
    reply_uint(client, "denied", stats->denied);
    reply_uint(client, "refused", refused);
    reply_uint(client, "taking_back", stats->ghosts);
    reply_bool(client, "clock_alarm", stats->clock_alarm);
    reply_offset(client, stats->clock_offset_ms);
}

/* Our own key: which one, how it is, and which comes next. */
static void reply_keys(struct client *client, const struct tcn_node *node)
{
    char text[512];
    struct tcn_buf said = tcn_buf(text, sizeof text);
    const struct tcn_cert *cert = &node->keys->card.cert;
    uint64_t turn_ms = 0;
    const struct tcn_cert *next = keylife_next(node, &turn_ms);
    enum tcn_err err = keylife_ready(node, &said);
    reply_uint(client, "cert_not_after", cert->not_after_ms);
    reply_uint(client, "cert_serial", cert->serial);
    reply_str(client, "key_message",
              err == TCN_ERR_OK ? "" : tcn_buf_text(&said));
    reply_uint(client, "next_serial", next == NULL ? 0 : next->serial);
    reply_uint(client, "next_at", turn_ms);
    reply_uint(client, "next_not_after", next == NULL ? 0 : next->not_after_ms);
}

enum tcn_err verb_status(struct verb_call *call)
{
    struct tcn_node *node = call->node;
    struct client *client = call->client;
    const struct tcn_conf *conf = &node->setup->conf;
    reply_begin(client);
    reply_str(client, "member", conf->member);
    reply_str(client, "name", conf->name);
    reply_str(client, "version", TOCSIN_VERSION);
    reply_uint(client, "started", node->started_ms);
    reply_uint(client, "now", tcn_now_ms());
    reply_uint(client, "peers", conf->peer_count);
    reply_uint(client, "peers_up", peers_up(node));
    reply_stats(client, tcn_mesh_stats(node->mesh));
    reply_policy(client, node);
    reply_str(client, "link", child_word(&node->link));
    reply_str(client, "feed", child_word(&node->feed));
    reply_uint(client, "capacity", conf->capacity);
    reply_str(
        client, "default_tlp",
        conf->default_tlp < 0 ? "" : tcn_tlp_word((unsigned)conf->default_tlp));
    reply_uint(client, "life", conf->life_ms);
    reply_keys(client, node);
    reply_str(client, "store_message", node->store_message);
    reply_row(client);
    return TCN_ERR_OK;
}

static const char *state_word(const struct tcn_node *node, unsigned peer,
                              const struct tcn_mesh_peer_info *info)
{
    if (node->setup->conf.peers[peer].paused) {
        return "paused";
    }
    if (info->session) {
        return "up";
    }
    return info->link_up ? "connecting" : "down";
}

/* "balt-3#0123456789abcdef ok" or " differs": ours against theirs. */
static void reply_agreements(struct client *client,
                             const struct tcn_policy *policy,
                             const struct tcn_mesh_peer_info *info)
{
    char lines[TCN_AGREEMENTS_MAX][TCN_NAME_MAX + 40];
    struct tcn_view views[TCN_AGREEMENTS_MAX];
    for (unsigned i = 0; i < info->agreement_count; i++) {
        bool same = false;
        for (size_t j = 0; j < tcn_policy_agreement_count(policy); j++) {
            same |= strcmp(tcn_policy_agreement_ref(policy, j),
                           info->agreements[i]) == 0;
        }
        (void)snprintf(lines[i], sizeof lines[i], "%s %s", info->agreements[i],
                       same ? "ok" : "differs");
        views[i] = tcn_view_str(lines[i]);
    }
    reply_list(client, "agreements", views, info->agreement_count);
}

/* What we think of it. */
static void reply_standing(struct client *client,
                           const struct tcn_mesh_peer_info *info)
{
    static const char *const words[] = {
        [TCN_PEER_OK] = "ok",
        [TCN_PEER_QUARANTINE] = "quarantine",
        [TCN_PEER_BLOCKED] = "blocked",
    };
    bool blocked = info->standing == TCN_PEER_BLOCKED;
    reply_str(client, "standing", words[info->standing]);
    reply_uint(client, "blocked_until", blocked ? info->blocked_until_ms : 0);
    reply_str(client, "last_fault",
              info->faults == 0 ? "" : tcn_err_sentence(info->last_fault));
}

/* What it has not got yet of what is for it, in alerts and in time. */
static void reply_lag(struct client *client, struct tcn_node *node,
                      unsigned peer, const struct tcn_mesh_peer_info *info)
{
    struct peer_lag lag = peer_lag(node, peer, info);
    reply_uint(client, "lag", lag.alerts);
    reply_uint(client, "lag_s", lag.seconds);
    reply_uint(client, "fast_unsettled",
               info->lane_top[TCN_LANE_FAST] - info->lane_acked[TCN_LANE_FAST]);
    reply_uint(client, "bulk_unsettled",
               info->lane_top[TCN_LANE_BULK] - info->lane_acked[TCN_LANE_BULK]);
}

static void reply_peer(struct verb_call *call, unsigned peer)
{
    struct tcn_node *node = call->node;
    struct client *client = call->client;
    const struct tcn_conf *conf = &node->setup->conf;
    struct tcn_mesh_peer_info info;
    tcn_mesh_peer(node->mesh, peer, &info);
    const struct tcn_cert *cert = keyring_last_cert(node, peer);
    reply_begin(client);
    reply_str(client, "peer", conf->parties[peer].name);
    reply_str(client, "state", state_word(node, peer, &info));
    reply_str(client, "note", info.session ? "" : node->peers[peer].note);
    reply_uint(client, "heard", info.heard_ms);
    reply_uint(client, "exported", info.top);
    reply_uint(client, "acked", info.acked);
    reply_uint(client, "behind", info.behind);
    reply_uint(client, "settled", info.settled);
    reply_uint(client, "refused", info.refused);
    reply_uint(client, "faults", info.faults);
    reply_standing(client, &info);
    reply_lag(client, node, peer, &info);
    reply_offset(client, info.clock_offset_ms);
    reply_uint(client, "cert_not_after", cert == NULL ? 0 : cert->not_after_ms);
    reply_str(client, "endpoint", conf->peers[peer].connect);
    reply_agreements(client, node->setup->policy, &info);
    reply_row(client);
}

enum tcn_err verb_peers(struct verb_call *call)
{
    for (unsigned i = 0; i < call->node->setup->conf.peer_count; i++) {
        reply_peer(call, i);
    }
    return TCN_ERR_OK;
}

/* ---- refusals, one by one for a peer, else counted by peer and reason ---- */

#define REFUSAL_GROUPS_MAX 256
#define REFUSALS_MAX       10000

struct refusal_group {
    char peer[TCN_MEMBER_MAX + 1];
    enum tcn_err err;
    uint64_t count;
};

struct refusal_list {
    struct client *client;
    bool grouped;
    size_t count;
    struct refusal_group groups[REFUSAL_GROUPS_MAX];
};

static void reply_refusal(struct client *client, const char *peer,
                          enum tcn_err err)
{
    reply_begin(client);
    reply_str(client, "peer", peer);
    reply_str(client, "reason", tcn_err_word(err));
    reply_str(client, "sentence", tcn_err_sentence(err));
}

static void count_refusal(struct refusal_list *list, const char *peer,
                          enum tcn_err err)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->groups[i].err == err &&
            strcmp(list->groups[i].peer, peer) == 0) {
            list->groups[i].count++;
            return;
        }
    }
    if (list->count < REFUSAL_GROUPS_MAX) {
        struct refusal_group *group = &list->groups[list->count++];
        *group = (struct refusal_group){.err = err, .count = 1};
        (void)snprintf(group->peer, sizeof group->peer, "%s", peer);
    }
}

static enum tcn_err take_refusal(void *ctx, const char *peer,
                                 const struct tcn_refusal_row *row)
{
    struct refusal_list *list = ctx;
    if (list->grouped) {
        count_refusal(list, peer, row->err);
        return TCN_ERR_OK;
    }
    reply_refusal(list->client, peer, row->err);
    reply_uint(list->client, "lane", row->at.lane);
    reply_uint(list->client, "n", row->at.n);
    reply_bin(list->client, "id", tcn_id_view(&row->id));
    reply_row(list->client);
    return TCN_ERR_OK;
}

enum tcn_err verb_refusals(struct verb_call *call)
{
    struct tcn_view peer = tcn_pairs_str(call->pairs, "peer");
    char name[TCN_MEMBER_MAX + 1] = "";
    struct refusal_list list = {.client = call->client,
                                .grouped = peer.len == 0};
    if (peer.len >= sizeof name) {
        return TCN_ERR_NOT_FOUND;
    }
    memcpy(name, peer.data, peer.len);
    enum tcn_err err =
        tcn_store_refusals(call->node->store, list.grouped ? NULL : name,
                           (struct tcn_row_number){0, 0}, REFUSALS_MAX,
                           (struct tcn_refusal_taker){take_refusal, &list});
    for (size_t i = 0; i < list.count; i++) {
        reply_refusal(call->client, list.groups[i].peer, list.groups[i].err);
        reply_uint(call->client, "count", list.groups[i].count);
        reply_row(call->client);
    }
    return err;
}
