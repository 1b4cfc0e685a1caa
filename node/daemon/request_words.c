/* Requests for release and their answers as alerts: what stands in them is in
 * KEEP, so that no rule cuts it out, under names that every node knows.
 *
 *   request-release  title = why, recommendation = [for whom, CLASS ...]
 *   answer-release   title = what was said, reason = granted or refused */
#include "daemon/control.h"
#include "daemon/requests.h"

#define ANSWER_LIFE_MS (30 * TCN_DAY_MS)

/* ---- reading ---- */

static bool take_member(struct request_terms *terms, struct tcn_view text)
{
    if (!tcn_text_is_member(text)) {
        return false;
    }
    memcpy(terms->peer, text.data, text.len);
    terms->peer[text.len] = '\0';
    return true;
}

bool request_read(const struct tcn_alert *alert, struct request_terms *terms)
{
    const struct tcn_field *field = tcn_alert_find(alert, "recommendation");
    *terms = (struct request_terms){.classes = 0};
    if (field == NULL) {
        return false;
    }
    struct tcn_reader r = tcn_reader(field->value);
    size_t count = tcn_read_array(&r);
    if (r.err != TCN_ERR_OK || count == 0 ||
        !take_member(terms, tcn_read_str(&r))) {
        return false;
    }
    for (size_t i = 1; i < count; i++) {
        int cls = tcn_class_find(tcn_read_str(&r));
        if (cls <= TCN_CLASS_KEEP) {
            return false;
        }
        terms->classes |= TCN_CLASS_BIT(cls);
    }
    return r.err == TCN_ERR_OK;
}

/* ---- writing ---- */

static void begin(struct tcn_draft *draft, const char *kind,
                  const struct tcn_header *of)
{
    struct tcn_header *header = &draft->header;
    memset(header, 0, sizeof *header);
    draft->source_key = draft->source_digest = tcn_view(NULL, 0);
    draft->withdrawn = false;
    draft->field_count = 0;
    header->kind = TCN_KIND_UNKNOWN; /* to the format */
    header->kind_text = tcn_view_str(kind);
    header->severity = of->severity;
    header->confidence = of->confidence;
    header->category = of->category;
    header->label = of->label;
    header->label.onward = TCN_ONWARD_NONE;
    header->agreement = of->agreement;
    header->exercise = of->exercise;
    header->has_ref = true;
    header->created_ms = tcn_now_ms();
    header->expires_ms = header->created_ms + ANSWER_LIFE_MS;
    tcn_random(header->thread.bytes, sizeof header->thread.bytes);
}

static void address(struct tcn_draft *draft, struct tcn_view member)
{
    draft->header.label.audience_count = 1;
    draft->header.label.audience[0] = member;
}

static void put_keep(struct tcn_draft *draft, const char *name,
                     struct tcn_view text)
{
    draft->fields[draft->field_count++] = (struct tcn_draft_field){
        .name = tcn_view_str(name),
        .cls = TCN_CLASS_KEEP,
        .value_count = 1,
        .values = {{.text = text}},
    };
}

void request_draft(struct tcn_draft *draft, const struct tcn_header *subject,
                   const struct request_terms *terms, struct tcn_view words)
{
    begin(draft, REQUEST_KIND, subject);
    address(draft, subject->origin);
    put_keep(draft, "title",
             words.len > 0 ? words : tcn_view_str("Request for release"));
    put_keep(draft, "recommendation", tcn_view_str(terms->peer));
    struct tcn_draft_field *field = &draft->fields[draft->field_count - 1];
    field->is_list = true;
    for (unsigned i = TCN_CLASS_KEEP + 1; i < TCN_CLASS_COUNT; i++) {
        if ((terms->classes & TCN_CLASS_BIT(i)) != 0) {
            field->values[field->value_count++].text =
                tcn_view_str(tcn_class_word(i));
        }
    }
}

/* ---- answers ---- */

static struct tcn_draft draft_now;

static void draft_answer(const struct tcn_request *request, bool granted,
                         const struct tcn_header *of, struct tcn_view words)
{
    static char title[1024];
    struct tcn_buf out = tcn_buf(title, sizeof title);
    const char *word = granted ? "granted" : "refused";
    begin(&draft_now, ANSWER_KIND, of);
    draft_now.header.ref = request->request;
    address(&draft_now, tcn_view_str(request->asker));
    tcn_buf_printf(&out, "Release %s%s", word, words.len > 0 ? ": " : "");
    if (words.len < sizeof title - out.len) {
        tcn_buf_put(&out, words.data, words.len);
    }
    put_keep(&draft_now, "title", tcn_buf_view(&out));
    put_keep(&draft_now, "reason", tcn_view_str(word));
}

/* What our own policy says of the answer that was submitted. */
static void note_outlook(struct tcn_node *node,
                         const struct tcn_request *request, struct tcn_buf *out)
{
    unsigned peer = peer_number(node, request->asker);
    if (peer == TCN_PEERS_MAX) {
        tcn_buf_printf(out, "%s is no peer of this node and is not told. ",
                       request->asker);
        return;
    }
    struct tcn_facts facts = held_facts(node, &node->received->alert, NULL);
    struct tcn_verdict verdict =
        tcn_policy_export(node->setup->policy, &facts, peer);
    if (verdict.outcome != TCN_ALLOW) {
        tcn_buf_printf(out, "%s is not told: ", request->asker);
        tcn_verdict_put(out, node->setup->policy, &verdict);
        tcn_buf_put_str(out, ". ");
    }
}

static enum tcn_err submit(struct tcn_node *node,
                           const struct tcn_request *request,
                           struct tcn_buf *note)
{
    static uint8_t envelope[TCN_ENVELOPE_MAX];
    struct tcn_buf out = tcn_buf(envelope, sizeof envelope);
    const char *rule = NULL;
    struct tcn_id id;
    enum tcn_err err = keylife_ready(node, note);
    err = err == TCN_ERR_OK ? signing_sign(node, &draft_now, &out) : err;
    err = err == TCN_ERR_OK ? signing_check(node, tcn_buf_view(&out), &rule)
                            : err;
    if (rule != NULL) {
        tcn_buf_printf(note, "%s is not told: rule %s does not allow it. ",
                       request->asker, rule);
        return TCN_ERR_DENIED;
    }
    err = err == TCN_ERR_OK ? signing_submit(node, &id) : err;
    if (err == TCN_ERR_OK) {
        note_outlook(node, request, note);
    }
    return err;
}

enum tcn_err answer_send(struct tcn_node *node,
                         const struct tcn_request *request, bool granted,
                         struct request_reply *reply)
{
    enum tcn_err err = held_load(node, &request->request, node->scratch, NULL);
    if (err == TCN_ERR_OK) {
        draft_answer(request, granted, &node->scratch->alert.header,
                     reply->words);
        err = submit(node, request, &reply->note);
    }
    if (err != TCN_ERR_OK && tcn_err_class(err) != TCN_CLASS_SYSTEM) {
        if (reply->note.len == 0) {
            tcn_buf_printf(&reply->note, "%s is not told: %s. ", request->asker,
                           tcn_err_sentence(err));
        }
        return TCN_ERR_OK; /* what was decided stands without it */
    }
    return err;
}
