/* The verbs: which function, and which role it takes. */
#include "base/text.h"
#include "daemon/control.h"

struct verb {
    const char *name;
    enum tcn_control_role role;
    enum tcn_err (*run)(struct verb_call *call);
    bool goes_on; /* ends by itself, later */
};

static const struct verb verbs[] = {
    {"status", TCN_CONTROL_OBSERVER, verb_status, false},
    {"peers", TCN_CONTROL_OBSERVER, verb_peers, false},
    {"refusals", TCN_CONTROL_OBSERVER, verb_refusals, false},
    {"list", TCN_CONTROL_OBSERVER, verb_list, false},
    {"show", TCN_CONTROL_OBSERVER, verb_show, false},
    {"thread", TCN_CONTROL_OBSERVER, verb_thread, false},
    {"submit", TCN_CONTROL_OPERATOR, verb_submit, true},
    {"revoke", TCN_CONTROL_OPERATOR, verb_revoke, false},
    {"update", TCN_CONTROL_OPERATOR, verb_update, false},
    {"remark", TCN_CONTROL_OPERATOR, verb_remark, false},
    {"status-of", TCN_CONTROL_OPERATOR, verb_status_of, false},
    {"why", TCN_CONTROL_OPERATOR, verb_why, false},
    {"why-not-sent", TCN_CONTROL_OPERATOR, verb_why_not_sent, false},
    {"explain-import", TCN_CONTROL_OPERATOR, verb_explain_import, false},
    {"holds", TCN_CONTROL_OPERATOR, verb_holds, false},
    {"hold-show", TCN_CONTROL_OPERATOR, verb_hold_show, false},
    {"hold-release", TCN_CONTROL_OPERATOR, verb_hold_release, false},
    {"hold-refuse", TCN_CONTROL_OPERATOR, verb_hold_refuse, false},
    {"hold-reopen", TCN_CONTROL_OPERATOR, verb_hold_reopen, false},
    {"audit", TCN_CONTROL_OPERATOR, verb_audit, false},
    {"audit-verify", TCN_CONTROL_OPERATOR, verb_audit_verify, false},
    {"cert-revoke", TCN_CONTROL_ADMIN, verb_cert_revoke, false},
    {"cert-use", TCN_CONTROL_ADMIN, verb_cert_use, false},
    {"policy-file", TCN_CONTROL_OPERATOR, verb_policy_file, false},
    {"policy-try", TCN_CONTROL_OPERATOR, verb_policy_try, false},
    {"policy-rules", TCN_CONTROL_OPERATOR, verb_policy_rules, false},
    {"policy-load", TCN_CONTROL_ADMIN, verb_policy_load, false},
    {"policy-pending", TCN_CONTROL_ADMIN, verb_policy_pending, false},
    {"policy-confirm", TCN_CONTROL_ADMIN, verb_policy_confirm, false},
    {"policy-abandon", TCN_CONTROL_ADMIN, verb_policy_abandon, false},
    {"reload", TCN_CONTROL_ADMIN, verb_reload, false},
    {"stop", TCN_CONTROL_ADMIN, verb_stop, false},
};

static const struct verb *find(struct tcn_view name)
{
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (tcn_view_is(name, verbs[i].name)) {
            return &verbs[i];
        }
    }
    return NULL;
}

static const char *role_word(enum tcn_control_role role)
{
    static const char *const words[] = {"nobody", "observer", "operator",
                                        "admin"};
    return words[role];
}

static void refuse_role(struct client *client, const struct verb *verb)
{
    char text[200];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    tcn_buf_printf(&out,
                   "%s has no right to `%s`: it takes the role %s (see `role` "
                   "in the configuration)",
                   client->peer.user, verb->name, role_word(verb->role));
    reply_end(client, TCN_ERR_ROLE, tcn_buf_text(&out));
}

void verb_run(struct tcn_node *node, struct client *client,
              const struct tcn_control_msg *msg)
{
    const struct verb *verb = find(msg->first);
    if (verb == NULL || !verb->goes_on || client->role < verb->role) {
        control_settle(node, client);
    }
    if (verb == NULL) {
        reply_end(client, TCN_ERR_USAGE, "this node does not know that verb");
        return;
    }
    if (client->role < verb->role) {
        refuse_role(client, verb);
        return;
    }
    char text[512];
    struct tcn_buf said = tcn_buf(text, sizeof text);
    struct verb_call call = {node, client, &msg->pairs, &said};
    enum tcn_err err = verb->run(&call);
    if (verb->goes_on && err == TCN_ERR_OK) {
        return;
    }
    control_settle(node, client);
    reply_end(client, err,
              said.len > 0 ? tcn_buf_text(&said) : tcn_err_sentence(err));
}

static void explain_id(struct tcn_buf *said, enum tcn_err err,
                       struct tcn_view word)
{
    tcn_buf_put_str(said, err == TCN_ERR_NOT_FOUND
                              ? "no alert here has an id that begins with `"
                              : "`");
    word.len = word.len > 80 ? 80 : word.len;
    tcn_text_escape(said, word);
    switch (err) {
    case TCN_ERR_NOT_FOUND:
        tcn_buf_put_str(said, "`: see `tocsin list`");
        break;
    case TCN_ERR_AMBIGUOUS:
        tcn_buf_put_str(said, "` fits more than one alert: give more digits");
        break;
    default:
        tcn_buf_put_str(said, "` is no id: give at least the first four of its "
                              "64 hex digits (see `tocsin list`)");
        break;
    }
}

enum tcn_err verb_id(struct verb_call *call, struct tcn_id *id)
{
    struct tcn_view whole = tcn_pairs_bin(call->pairs, "id");
    if (whole.len == sizeof id->bytes) {
        memcpy(id->bytes, whole.data, sizeof id->bytes);
        return TCN_ERR_OK;
    }
    struct tcn_view word = tcn_pairs_str(call->pairs, "id");
    enum tcn_err err = tcn_store_find(call->node->store, word, id);
    if (err == TCN_ERR_SYNTAX || err == TCN_ERR_NOT_FOUND ||
        err == TCN_ERR_AMBIGUOUS) {
        explain_id(call->said, err, word);
    }
    return err == TCN_ERR_SYNTAX ? TCN_ERR_USAGE : err;
}
