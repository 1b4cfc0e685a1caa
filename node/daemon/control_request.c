/* Asking an originator to release more of an alert, or to somebody else. */
#include "daemon/control.h"
#include "daemon/requests.h"

static struct tcn_draft draft_now;
static struct tcn_header unknown_subject;

static bool take_text(struct verb_call *call, const char *key,
                      char out[TCN_MEMBER_MAX + 1])
{
    struct tcn_view text = tcn_pairs_str(call->pairs, key);
    out[0] = '\0';
    if (text.len == 0 || text.len > TCN_MEMBER_MAX) {
        return false;
    }
    memcpy(out, text.data, text.len);
    out[text.len] = '\0';
    return true;
}

/* An alert that is known by its id alone: as strict as can be. */
static enum tcn_err assume(struct verb_call *call, struct tcn_id *id)
{
    static const char *const caveats[] = {"no-automation", "no-partner",
                                          "orcon"};
    struct tcn_header *subject = &unknown_subject;
    struct tcn_view hex = tcn_pairs_str(call->pairs, "id");
    memset(subject, 0, sizeof *subject);
    subject->origin = tcn_pairs_str(call->pairs, "origin");
    subject->agreement = tcn_pairs_str(call->pairs, "agreement");
    subject->exercise = tcn_pairs_str(call->pairs, "exercise");
    subject->category = tcn_view_str("other/other");
    subject->severity = TCN_SEVERITY_MEDIUM;
    if (!tcn_text_is_member(subject->origin)) {
        tcn_buf_put_str(call->said, "`origin` is no member");
        return TCN_ERR_USAGE;
    }
    subject->label.tlp = TCN_TLP_RED;
    subject->label.pap = TCN_PAP_RED;
    for (size_t i = 0; i < sizeof caveats / sizeof caveats[0]; i++) {
        subject->label.caveats[subject->label.caveat_count++] =
            tcn_view_str(caveats[i]);
    }
    if (!tcn_text_unhex(hex, id->bytes, sizeof id->bytes)) {
        tcn_buf_put_str(call->said, "that alert is not here: give its whole "
                                    "id, 64 hex digits");
        return TCN_ERR_USAGE;
    }
    return TCN_ERR_OK;
}

static enum tcn_err find_subject(struct verb_call *call, struct tcn_id *id,
                                 const struct tcn_header **subject)
{
    struct tcn_node *node = call->node;
    bool told = tcn_pairs_has(call->pairs, "origin");
    enum tcn_err err = verb_id(call, id);
    if (err == TCN_ERR_OK) {
        err = held_load(node, id, node->loaded, NULL);
        *subject = &node->loaded->alert.header;
    } else if (err == TCN_ERR_NOT_FOUND && told) {
        call->said->len = 0;
        err = assume(call, id);
        *subject = &unknown_subject;
    }
    return err;
}

/* It goes to the originator alone, so that must be a peer. */
static enum tcn_err check_origin(struct verb_call *call,
                                 const struct tcn_header *subject)
{
    struct tcn_node *node = call->node;
    char origin[TCN_MEMBER_MAX + 1] = "";
    memcpy(origin, subject->origin.data, subject->origin.len);
    if (strcmp(origin, node->setup->conf.member) == 0) {
        tcn_buf_put_str(call->said, "it is our own: the policy says who gets "
                                    "it (tocsin why, tocsin update)");
        return TCN_ERR_DENIED;
    }
    if (peer_number(node, origin) == TCN_PEERS_MAX) {
        tcn_buf_put_str(call->said, "its originator ");
        tcn_text_escape(call->said, subject->origin);
        tcn_buf_put_str(call->said, " is no peer of this node, and a request "
                                    "goes to nobody else");
        return TCN_ERR_DENIED;
    }
    return TCN_ERR_OK;
}

static enum tcn_err take_terms(struct verb_call *call,
                               const struct tcn_header *subject,
                               struct request_terms *terms)
{
    uint64_t classes = tcn_pairs_uint(call->pairs, "classes");
    const char *self = call->node->setup->conf.member;
    *terms = (struct request_terms){
        .classes = (uint8_t)(classes & TCN_CLASS_ALL &
                             (uint8_t)~TCN_CLASS_BIT(TCN_CLASS_KEEP))};
    if (!tcn_pairs_has(call->pairs, "to")) {
        (void)snprintf(terms->peer, sizeof terms->peer, "%s", self);
        return TCN_ERR_OK;
    }
    if (!take_text(call, "to", terms->peer) ||
        !tcn_text_is_member(tcn_view_str(terms->peer)) ||
        tcn_view_is(subject->origin, terms->peer)) {
        tcn_buf_put_str(call->said, "`to` is the member that is to get it");
        return TCN_ERR_USAGE;
    }
    return TCN_ERR_OK;
}

enum tcn_err verb_request(struct verb_call *call)
{
    struct tcn_id id;
    struct request_terms terms;
    const struct tcn_header *subject = NULL;
    struct tcn_view words = tcn_pairs_str(call->pairs, "reason");
    enum tcn_err err = find_subject(call, &id, &subject);
    err = err == TCN_ERR_OK ? check_origin(call, subject) : err;
    err = err == TCN_ERR_OK ? take_terms(call, subject, &terms) : err;
    if (err != TCN_ERR_OK) {
        return err;
    }
    request_draft(&draft_now, subject, &terms, words);
    draft_now.header.ref = id;
    return publish_draft(call, &draft_now, "request-release");
}
