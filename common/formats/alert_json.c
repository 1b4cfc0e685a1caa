#include "formats/alert_json.h"

#include "alert/wire.h"
#include "base/text.h"
#include "base/time.h"

static void put_string(struct tcn_buf *out, struct tcn_view text)
{
    tcn_buf_put_str(out, "\"");
    tcn_text_escape_json(out, text);
    tcn_buf_put_str(out, "\"");
}

static void put_key(struct tcn_buf *out, const char *key)
{
    bool first = out->len > 0 && out->data[out->len - 1] == '{';
    tcn_buf_put_str(out, first ? "\"" : ",\"");
    tcn_buf_put_str(out, key);
    tcn_buf_put_str(out, "\":");
}

static void put_text(struct tcn_buf *out, const char *key, struct tcn_view text)
{
    put_key(out, key);
    put_string(out, text);
}

static void put_word(struct tcn_buf *out, const char *key, const char *word)
{
    put_text(out, key, tcn_view_str(word));
}

static void put_hex(struct tcn_buf *out, const char *key, struct tcn_view bytes)
{
    put_key(out, key);
    tcn_buf_put_str(out, "\"");
    tcn_text_hex(out, bytes);
    tcn_buf_put_str(out, "\"");
}

static void put_time(struct tcn_buf *out, const char *key, uint64_t ms)
{
    char text[TCN_TIME_TEXT];
    put_word(out, key, tcn_time_format(ms, text));
}

static void put_null(struct tcn_buf *out, const char *key)
{
    put_key(out, key);
    tcn_buf_put_str(out, "null");
}

static void put_uint(struct tcn_buf *out, uint64_t number)
{
    /* Beyond 2^53 many readers of JSON lose digits: such a number is a text. */
    const char *quote = number > 1ull << 53 ? "\"" : "";
    tcn_buf_printf(out, "%s%llu%s", quote, (unsigned long long)number, quote);
}

static void put_number(struct tcn_buf *out, const char *key, uint64_t number)
{
    put_key(out, key);
    put_uint(out, number);
}

static void put_list(struct tcn_buf *out, const char *key,
                     const struct tcn_view *items, size_t count)
{
    put_key(out, key);
    tcn_buf_put_str(out, "[");
    for (size_t i = 0; i < count; i++) {
        tcn_buf_put_str(out, i > 0 ? "," : "");
        put_string(out, items[i]);
    }
    tcn_buf_put_str(out, "]");
}

static void put_scalar(struct tcn_buf *out, struct tcn_reader *r)
{
    if (tcn_read_peek(r) == TCN_WIRE_UINT) {
        put_uint(out, tcn_read_uint(r));
    } else {
        put_string(out, tcn_read_str(r));
    }
}

static void put_value(struct tcn_buf *out, struct tcn_view value)
{
    struct tcn_reader r = tcn_reader(value);
    if (tcn_read_peek(&r) != TCN_WIRE_ARRAY) {
        put_scalar(out, &r);
        return;
    }
    size_t count = tcn_read_array(&r);
    tcn_buf_put_str(out, "[");
    for (size_t i = 0; i < count && r.err == TCN_ERR_OK; i++) {
        tcn_buf_put_str(out, i > 0 ? "," : "");
        put_scalar(out, &r);
    }
    tcn_buf_put_str(out, "]");
}

/* The open fields, then how many are withheld. */
static void put_fields(struct tcn_buf *out, const struct tcn_alert *alert)
{
    unsigned withheld = 0;
    bool first = true;
    put_key(out, "fields");
    tcn_buf_put_str(out, "[");
    for (size_t i = 0; i < alert->field_count; i++) {
        const struct tcn_field *field = &alert->fields[i];
        if (field->bytes.data == NULL) {
            withheld++;
            continue;
        }
        tcn_buf_put_str(out, first ? "{" : ",{");
        put_text(out, "name", field->name);
        put_key(out, "value");
        put_value(out, field->value);
        put_word(out, "class", tcn_class_word(field->cls));
        tcn_buf_put_str(out, "}");
        first = false;
    }
    tcn_buf_put_str(out, "]");
    put_number(out, "withheld", withheld);
}

static void put_header(struct tcn_buf *out, const struct tcn_header *h)
{
    const struct tcn_label *label = &h->label;
    put_text(out, "origin", h->origin);
    put_hex(out, "thread", tcn_view(h->thread.bytes, sizeof h->thread.bytes));
    put_number(out, "revision", h->revision);
    put_text(out, "kind", h->kind_text);
    put_time(out, "created", h->created_ms);
    put_time(out, "expires", h->expires_ms);
    put_word(out, "severity", tcn_severity_word(h->severity));
    put_number(out, "confidence", h->confidence);
    put_text(out, "category", h->category);
    put_list(out, "sectors", h->sectors, h->sector_count);
    put_list(out, "regions", h->regions, h->region_count);
    put_word(out, "tlp", tcn_tlp_word(label->tlp));
    put_word(out, "pap", tcn_pap_word(label->pap));
    put_word(out, "onward", tcn_onward_word(label->onward));
    put_list(out, "audience", label->audience, label->audience_count);
    put_list(out, "caveats", label->caveats, label->caveat_count);
    put_text(out, "agreement", h->agreement);
    put_text(out, "exercise", h->exercise);
    if (h->has_ref) {
        put_hex(out, "ref", tcn_id_view(&h->ref));
    } else {
        put_null(out, "ref");
    }
}

void tcn_alert_put_json(struct tcn_buf *out, const struct tcn_alert *alert,
                        const struct tcn_alert_facts *facts)
{
    tcn_buf_put_str(out, "{");
    put_hex(out, "id", tcn_id_view(&alert->id));
    put_header(out, &alert->header);
    put_fields(out, alert);
    put_word(out, "status", tcn_status_word(facts->status));
    if (facts->received_from.len > 0) {
        put_text(out, "received_from", facts->received_from);
    } else {
        put_null(out, "received_from");
    }
    if (facts->received_ms > 0) {
        put_time(out, "received_at", facts->received_ms);
    } else {
        put_null(out, "received_at");
    }
    if (facts->key.len > 0) {
        put_text(out, "key", facts->key);
    }
    tcn_buf_put_str(out, "}");
}
