/* What is to become of an alert of our own: who gets it, and which of those it
 * names cannot. Told before it is sent (dry run) and with the answer to whoever
 * sent it: an alert that reaches nobody warns nobody. */
#include "daemon/control.h"

struct outlook {
    struct tcn_node *node;
    const struct tcn_alert *alert;
    struct outlook_warnings *out;
    struct tcn_verdict verdicts[TCN_PEERS_MAX];
    unsigned allowed; /* peers */
};

static void decide(struct outlook *outlook)
{
    struct tcn_node *node = outlook->node;
    struct tcn_facts facts = held_facts(node, outlook->alert, NULL);
    for (unsigned i = 0; i < node->setup->conf.peer_count; i++) {
        outlook->verdicts[i] =
            tcn_policy_export(node->setup->policy, &facts, i);
        outlook->allowed += outlook->verdicts[i].outcome == TCN_ALLOW;
    }
}

void outlook_tell(struct tcn_node *node, struct client *client,
                  const struct tcn_alert *alert)
{
    struct outlook outlook = {.node = node, .alert = alert};
    decide(&outlook);
    for (unsigned i = 0; i < node->setup->conf.peer_count; i++) {
        char text[512];
        struct tcn_buf line = tcn_buf(text, sizeof text);
        tcn_buf_printf(&line, "%s: ", node->setup->conf.parties[i].name);
        tcn_verdict_put(&line, node->setup->policy, &outlook.verdicts[i]);
        reply_text(client, tcn_buf_view(&line));
    }
}

/* ---- warnings ---- */

/* The next line to write, or one that nobody reads when there are enough. */
static struct tcn_buf next_line(struct outlook *outlook)
{
    static char unread[OUTLOOK_TEXT_MAX];
    struct outlook_warnings *out = outlook->out;
    if (out->count == TCN_WARNINGS_MAX) {
        return tcn_buf(unread, sizeof unread);
    }
    return tcn_buf(out->texts[out->count++], OUTLOOK_TEXT_MAX);
}

static void warn_denied(struct outlook *outlook, unsigned peer)
{
    struct tcn_buf line = next_line(outlook);
    tcn_buf_printf(&line, "%s does not get it: ",
                   outlook->node->setup->conf.parties[peer].name);
    tcn_verdict_put(&line, outlook->node->setup->policy,
                    &outlook->verdicts[peer]);
    (void)tcn_buf_text(&line);
}

static bool is_pinned(const struct tcn_node *node, struct tcn_view member)
{
    const struct tcn_conf *conf = &node->setup->conf;
    for (size_t i = 0; i < conf->party_count; i++) {
        if (tcn_view_is(member, conf->parties[i].name)) {
            return true;
        }
    }
    return false;
}

/* Somebody else may pass it on to a member that is no peer of ours. */
static void warn_far(struct outlook *outlook, struct tcn_view member)
{
    bool onward = outlook->alert->header.label.onward != TCN_ONWARD_NONE;
    bool pinned = is_pinned(outlook->node, member);
    if (onward && outlook->allowed > 0 && pinned) {
        return;
    }
    struct tcn_buf line = next_line(outlook);
    tcn_text_escape(&line, member);
    tcn_buf_printf(
        &line, "%s: %s",
        pinned ? " is no peer of this node" : " is not known to this node",
        !onward                 ? "with onward none nobody may pass it on to it"
        : outlook->allowed == 0 ? "nobody gets it who could pass it on"
                                : "it gets it only if a peer passes it on");
    (void)tcn_buf_text(&line);
}

static unsigned peer_of(const struct tcn_node *node, struct tcn_view member)
{
    char name[TCN_MEMBER_MAX + 1] = "";
    if (member.len < sizeof name) {
        memcpy(name, member.data, member.len);
    }
    return peer_number(node, name);
}

static void warn_audience(struct outlook *outlook)
{
    const struct tcn_node *node = outlook->node;
    const struct tcn_label *label = &outlook->alert->header.label;
    for (size_t i = 0; i < label->audience_count; i++) {
        struct tcn_view member = label->audience[i];
        unsigned peer = peer_of(node, member);
        if (tcn_view_is(member, node->setup->conf.member)) {
            continue;
        }
        if (peer == TCN_PEERS_MAX) {
            warn_far(outlook, member);
        } else if (outlook->verdicts[peer].outcome != TCN_ALLOW) {
            warn_denied(outlook, peer);
        }
    }
}

/* It names nobody: then at least somebody should get it. */
static void warn_nobody(struct outlook *outlook)
{
    size_t peers = outlook->node->setup->conf.peer_count;
    if (outlook->allowed > 0) {
        return;
    }
    if (peers == 0) {
        struct tcn_buf line = next_line(outlook);
        tcn_buf_put_str(&line, "nobody gets it: this node has no peers");
        (void)tcn_buf_text(&line);
    }
    for (unsigned i = 0; i < peers; i++) {
        warn_denied(outlook, i);
    }
}

/* It may go to peers, but on from there only under a text that is held. */
static void warn_agreement(struct outlook *outlook)
{
    const struct tcn_policy *policy = outlook->node->setup->policy;
    struct tcn_view ref = outlook->alert->header.agreement;
    for (size_t i = 0; i < tcn_policy_agreement_count(policy); i++) {
        if (tcn_view_is(ref, tcn_policy_agreement_ref(policy, i))) {
            return;
        }
    }
    struct tcn_buf line = next_line(outlook);
    tcn_buf_put_str(&line, "no agreement here is ");
    tcn_text_escape(&line, ref);
    tcn_buf_put_str(&line, " (tocsin policy check lists them): it is as with "
                           "onward none");
    (void)tcn_buf_text(&line);
}

void outlook_warn(struct tcn_node *node, const struct tcn_alert *alert,
                  struct outlook_warnings *out)
{
    struct outlook outlook = {.node = node, .alert = alert, .out = out};
    out->count = 0;
    decide(&outlook);
    if (alert->header.label.audience_count > 0) {
        warn_audience(&outlook);
    } else {
        warn_nobody(&outlook);
    }
    if (alert->header.agreement.len > 0) {
        warn_agreement(&outlook);
    }
}

void outlook_reply(struct client *client,
                   const struct outlook_warnings *warnings)
{
    struct tcn_view views[TCN_WARNINGS_MAX];
    for (size_t i = 0; i < warnings->count; i++) {
        views[i] = tcn_view_str(warnings->texts[i]);
    }
    if (warnings->count > 0) {
        reply_list(client, "warnings", views, warnings->count);
    }
}
