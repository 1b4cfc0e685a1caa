/* What each class of observers may see, cut and rendered; given to the feed in
 * the transaction of what it tells of. */
#include <stdlib.h>

#include "daemon/holds.h"
#include "daemon/policies.h"
#include "formats/export.h"
#include "formats/misp_write.h"

struct telling {
    struct tcn_node *node;
    struct tcn_stored row;
    const struct tcn_alert *whole;
    struct tcn_facts asked; /* what the policy is asked with */
    struct tcn_alert_facts facts;
    struct tcn_stored subject; /* of a sighting or ack */
    unsigned revisions;        /* of its thread that are held */
};

static void put_topic(struct tcn_buf *out, const struct tcn_header *header)
{
    if (header->exercise.len > 0) {
        tcn_buf_printf(out, "exercise.%.*s.", (int)header->exercise.len,
                       (const char *)header->exercise.data);
    } else {
        tcn_buf_put_str(out, "alert.");
    }
    tcn_buf_printf(out, "%s.%.*s.%.*s", tcn_severity_word(header->severity),
                   (int)header->origin.len, (const char *)header->origin.data,
                   (int)header->kind_text.len,
                   (const char *)header->kind_text.data);
}

/* ---- what is known beside the alert ---- */

static enum tcn_err note_revision(void *ctx, const struct tcn_stored *row)
{
    struct telling *telling = ctx;
    struct tcn_alert_facts *facts = &telling->facts;
    telling->revisions++;
    if (facts->first_ms == 0 || row->created_ms < facts->first_ms) {
        facts->first_ms = row->created_ms;
    }
    if (row->kind == TCN_KIND_REVOKE) {
        facts->changed_ms = row->created_ms;
    }
    return TCN_ERR_OK;
}

static void gather_facts(struct telling *telling)
{
    telling->facts = (struct tcn_alert_facts){
        .status = (enum tcn_status)telling->row.status,
        .received_from = tcn_view_str(telling->row.received_from),
        .received_ms = telling->row.received_ms,
        .key = tcn_view_str(
            suspects_word(suspects_mark(telling->node, &telling->row))),
    };
}

/* Only STIX and MISP tell of what is around it. */
static enum tcn_err gather_around(struct telling *telling)
{
    const struct tcn_header *header = &telling->whole->header;
    struct tcn_store *store = telling->node->store;
    telling->revisions = 0;
    enum tcn_err err =
        tcn_store_thread(store, telling->row.origin, &header->thread,
                         (struct tcn_row_taker){note_revision, telling});
    bool remarks =
        header->kind == TCN_KIND_SIGHTING || header->kind == TCN_KIND_ACK;
    if (err == TCN_ERR_OK && remarks &&
        tcn_store_get(store, &header->ref, &telling->subject, NULL) ==
            TCN_ERR_OK) {
        telling->facts.subject = telling->subject.thread;
        telling->facts.subject_origin = tcn_view_str(telling->subject.origin);
    }
    return err;
}

/* ---- the bodies of a row ---- */

/* The copy that the class may see: the alert itself, or one in node->scratch.
 */
static enum tcn_err cut(const struct telling *telling, uint8_t form,
                        const struct tcn_alert **shown)
{
    *shown = telling->whole;
    if ((telling->whole->form & ~form & ~TCN_CLASS_BIT(TCN_CLASS_KEEP)) == 0) {
        return TCN_ERR_OK; /* nothing of it is to be cut */
    }
    struct held_copy *copy = telling->node->scratch;
    *shown = &copy->alert;
    return held_cut(copy, telling->whole, form);
}

/* For consumers of MISP's stream: what they hold is replaced by what comes, so
 * an older revision must not come again, and of a withdrawn thread the event
 * with its attributes deleted rather than the bare withdrawal. */
static bool is_for_misp(const struct telling *telling)
{
    const struct tcn_header *header = &telling->whole->header;
    bool bare = header->kind == TCN_KIND_REVOKE && telling->revisions > 1;
    /* Its consumers cannot tell an exercise from the real thing. */
    return header->kind != TCN_KIND_ACK && !bare && header->exercise.len == 0 &&
           (telling->row.status == TCN_STATUS_LIVE ||
            telling->row.status == TCN_STATUS_REVOKED);
}

static char *misp_of(const struct tcn_told *told)
{
    json_t *json = told->header.kind == TCN_KIND_SIGHTING
                       ? tcn_misp_write_sighting(told)
                       : tcn_misp_write(told);
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    return text;
}

/* A bundle on one line, without its end. */
static enum tcn_err put_stix(struct tcn_text *out, const struct tcn_told *told)
{
    if (!tcn_export_one(out, TCN_EXPORT_STIX, told)) {
        return TCN_ERR_NO_MEMORY;
    }
    out->len -= out->len > 0;
    return TCN_ERR_OK;
}

/* What a class sees of an alert; `row` borrows from the others. */
struct rendered {
    struct tcn_feed_row row;
    char topic[160];
    struct tcn_text stix;
    char *misp;
};

static void rendered_fini(struct rendered *out)
{
    free(out->stix.data);
    free(out->misp);
    *out = (struct rendered){0};
}

static enum tcn_err render(struct telling *telling,
                           const struct tcn_alert *shown,
                           const struct tcn_conf_observers *sockets,
                           struct rendered *out)
{
    /* Large; the daemon has one thread. */
    static struct tcn_told told;
    static uint8_t bytes[TCN_ALERT_JSON_MAX];
    enum tcn_err err = TCN_ERR_OK;
    if (sockets->stix || sockets->misp[0] != '\0') {
        err = gather_around(telling);
        tcn_told_from_alert(&told, shown, &telling->facts);
    }
    if (err != TCN_ERR_OK) {
        return err;
    }
    if (sockets->stix) {
        err = put_stix(&out->stix, &told);
        out->row.body = tcn_text_view(&out->stix);
    } else {
        struct tcn_buf json = tcn_buf(bytes, sizeof bytes);
        tcn_alert_put_json(&json, shown, &telling->facts);
        out->row.body = tcn_buf_view(&json);
        err = json.full ? TCN_ERR_SIZE : TCN_ERR_OK;
    }
    if (err == TCN_ERR_OK && sockets->misp[0] != '\0' && is_for_misp(telling)) {
        out->misp = misp_of(&told);
        out->row.misp = tcn_view_str(out->misp == NULL ? "" : out->misp);
        err = out->misp == NULL ? TCN_ERR_NO_MEMORY : TCN_ERR_OK;
    }
    return err;
}

/* NOT_FOUND: not for this class. */
static enum tcn_err render_for(struct telling *telling, unsigned observer,
                               struct rendered *out)
{
    struct tcn_node *node = telling->node;
    const struct tcn_conf *conf = &node->setup->conf;
    struct tcn_verdict verdict =
        tcn_policy_show(node->setup->policy, &telling->asked, observer);
    hits_note(node, TCN_HOOK_SHOW, &verdict);
    if (verdict.outcome != TCN_ALLOW) {
        return TCN_ERR_NOT_FOUND;
    }
    struct tcn_buf name = tcn_buf(out->topic, sizeof out->topic);
    put_topic(&name, &telling->whole->header);
    out->row = (struct tcn_feed_row){
        .observers = conf->observers[observer].name,
        .at_ms = telling->asked.now_ms,
        .topic = tcn_buf_text(&name),
    };
    const struct tcn_alert *shown;
    enum tcn_err err = cut(telling, verdict.form, &shown);
    return err == TCN_ERR_OK
               ? render(telling, shown, &conf->observer_sockets[observer], out)
               : err;
}

static enum tcn_err tell_class(struct telling *telling, unsigned observer)
{
    struct tcn_node *node = telling->node;
    struct rendered rendered = {0};
    enum tcn_err err = render_for(telling, observer, &rendered);
    if (err == TCN_ERR_OK) {
        err = tcn_store_feed(node->store, &telling->whole->id, &rendered.row);
        node->fed++;
    }
    rendered_fini(&rendered);
    return err == TCN_ERR_NOT_FOUND ? TCN_ERR_OK : err;
}

/* ---- an alert ---- */

/* What this round has stored is still at hand. */
static enum tcn_err find(struct telling *telling, const struct tcn_id *id)
{
    struct tcn_node *node = telling->node;
    const struct tcn_alert *stored = node->stored.alert;
    if (stored != NULL && tcn_id_equal(&stored->id, id)) {
        telling->whole = stored;
        telling->row = node->stored.row;
        return TCN_ERR_OK;
    }
    telling->whole = &node->other->alert;
    return held_load(node, id, node->other, &telling->row);
}

/* NOT_FOUND: there is nothing to tell. */
static enum tcn_err begin(struct telling *telling, const struct tcn_id *id)
{
    if (holds_quarantined(telling->node, id)) {
        return TCN_ERR_NOT_FOUND; /* nobody has looked at it yet */
    }
    enum tcn_err err = find(telling, id);
    if (err == TCN_ERR_OK) {
        bool fresh = telling->whole == telling->node->stored.alert;
        telling->asked = held_facts_shown(telling->node, telling->whole,
                                          fresh ? &telling->row : NULL);
        gather_facts(telling);
    }
    return err;
}

enum tcn_err observers_tell(struct tcn_node *node, const struct tcn_id *id)
{
    size_t count = node->setup->conf.observer_count;
    if (count == 0) {
        return TCN_ERR_OK;
    }
    struct telling telling = {.node = node};
    enum tcn_err err = begin(&telling, id);
    if (held_is_absent(err)) {
        return TCN_ERR_OK;
    }
    for (unsigned i = 0; i < count && err == TCN_ERR_OK; i++) {
        err = tell_class(&telling, i);
    }
    return err;
}

/* ---- what was lost on its way ---- */

struct again {
    struct tcn_node *node;
    struct rendered last;
};

/* By the policy of now: what the class may no longer see is not told late. */
static enum tcn_err render_again(void *ctx, const struct tcn_id *id,
                                 struct tcn_feed_row *row)
{
    struct again *again = ctx;
    const struct tcn_conf *conf = &again->node->setup->conf;
    struct telling telling = {.node = again->node};
    unsigned at = 0;
    while (at < conf->observer_count &&
           strcmp(conf->observers[at].name, row->observers) != 0) {
        at++;
    }
    rendered_fini(&again->last);
    if (at == conf->observer_count) {
        return TCN_ERR_NOT_FOUND;
    }
    enum tcn_err err = begin(&telling, id);
    if (err == TCN_ERR_OK) {
        err = render_for(&telling, at, &again->last);
    }
    row->topic = again->last.topic;
    row->body = again->last.row.body;
    row->misp = again->last.row.misp;
    /* One that cannot be read must not keep back all that follow. */
    return err == TCN_ERR_CORRUPT ? TCN_ERR_NOT_FOUND : err;
}

enum tcn_err observers_flush(struct tcn_node *node, size_t *moved)
{
    struct again again = {.node = node};
    const struct tcn_feed_renderer renderer = {render_again, &again};
    node->stored.alert = NULL;
    enum tcn_err err = tcn_store_feed_flush(node->store, &renderer, moved);
    rendered_fini(&again.last);
    return err;
}
