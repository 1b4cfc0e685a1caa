/* What each class of observers may see, cut and rendered; written to the feed's
 * outbox in the transaction of what it tells of. */
#include <stdlib.h>

#include "daemon/node.h"
#include "formats/alert_json.h"

struct telling {
    struct tcn_node *node;
    struct tcn_stored row;
    struct held_copy *whole;
    uint8_t *json; /* TCN_ALERT_JSON_MAX */
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

/* The copy that the class may see, as JSON. */
static enum tcn_err render(struct telling *telling, uint8_t form,
                           struct tcn_buf *json)
{
    struct held_copy *cut = telling->node->scratch;
    struct tcn_buf bytes = tcn_buf(cut->bytes, sizeof cut->bytes);
    enum tcn_err err = tcn_alert_redact(&telling->whole->alert, form, &bytes);
    if (err == TCN_ERR_OK) {
        err = tcn_alert_decode(&cut->alert, tcn_buf_view(&bytes));
    }
    if (err == TCN_ERR_OK) {
        err = tcn_alert_check_fields(&cut->alert);
    }
    struct tcn_alert_facts facts = {
        .status = (enum tcn_status)telling->row.status,
        .received_from = tcn_view_str(telling->row.received_from),
        .received_ms = telling->row.received_ms,
        .key = tcn_view_str(
            suspects_word(suspects_mark(telling->node, &telling->row))),
    };
    if (err == TCN_ERR_OK) {
        tcn_alert_put_json(json, &cut->alert, &facts);
    }
    return json->full ? TCN_ERR_SIZE : err;
}

static enum tcn_err tell_class(struct telling *telling, unsigned observer,
                               const struct tcn_facts *facts)
{
    struct tcn_node *node = telling->node;
    struct tcn_verdict verdict =
        tcn_policy_show(node->setup->policy, facts, observer);
    if (verdict.outcome != TCN_ALLOW) {
        return TCN_ERR_OK;
    }
    char topic[160];
    struct tcn_buf name = tcn_buf(topic, sizeof topic);
    struct tcn_buf json = tcn_buf(telling->json, TCN_ALERT_JSON_MAX);
    put_topic(&name, &telling->whole->alert.header);
    enum tcn_err err = render(telling, verdict.form, &json);
    struct tcn_feed_row row = {
        .observers = node->setup->conf.observers[observer].name,
        .at_ms = facts->now_ms,
        .topic = tcn_buf_text(&name),
        .body = tcn_buf_view(&json),
    };
    node->fed++;
    return err == TCN_ERR_OK ? tcn_store_feed(node->store, &row) : err;
}

enum tcn_err observers_tell(struct tcn_node *node, const struct tcn_id *id)
{
    const struct tcn_conf *conf = &node->setup->conf;
    if (conf->observer_count == 0) {
        return TCN_ERR_OK;
    }
    struct telling telling = {.node = node, .whole = node->other};
    enum tcn_err err = held_load(node, id, telling.whole, &telling.row);
    if (err != TCN_ERR_OK) {
        return err == TCN_ERR_NOT_FOUND ? TCN_ERR_OK : err;
    }
    telling.json = malloc(TCN_ALERT_JSON_MAX);
    if (telling.json == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    struct tcn_facts facts = held_facts(node, &telling.whole->alert);
    for (unsigned i = 0; i < conf->observer_count && err == TCN_ERR_OK; i++) {
        err = tell_class(&telling, i, &facts);
    }
    free(telling.json);
    return err;
}
