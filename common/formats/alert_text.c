/* What `tocsin show` prints: a word, its column, the value. */
#include "alert/wire.h"
#include "base/text.h"
#include "base/time.h"
#include "formats/alert_json.h"

#define COLUMN 15

static void put_word(struct tcn_buf *out, const char *word)
{
    tcn_buf_printf(out, "%-*s", COLUMN, word);
}

/* Lines of a text stand under each other in their column, so that none can pass
 * for a line of ours. */
static void put_lines(struct tcn_buf *out, struct tcn_view text)
{
    while (text.len > 0) {
        const uint8_t *end = memchr(text.data, '\n', text.len);
        size_t len = end ? (size_t)(end - text.data) : text.len;
        tcn_text_escape(out, tcn_view(text.data, len));
        size_t used = len + (end != NULL);
        text = tcn_view(text.data + used, text.len - used);
        if (text.len > 0) { /* an empty line needs no blanks */
            tcn_buf_printf(out, "\n%*s", text.data[0] == '\n' ? 0 : COLUMN + 2,
                           "");
        }
    }
}

static void put_line(struct tcn_buf *out, const char *word,
                     struct tcn_view text)
{
    put_word(out, word);
    tcn_text_escape(out, text);
    tcn_buf_put_str(out, "\n");
}

static void put_list(struct tcn_buf *out, const char *word,
                     const struct tcn_view *items, size_t count)
{
    if (count == 0) {
        return;
    }
    put_word(out, word);
    for (size_t i = 0; i < count; i++) {
        tcn_buf_put_str(out, i > 0 ? ", " : "");
        tcn_text_escape(out, items[i]);
    }
    tcn_buf_put_str(out, "\n");
}

static void put_time(struct tcn_buf *out, const char *word, uint64_t ms)
{
    char text[TCN_TIME_TEXT];
    put_line(out, word, tcn_view_str(tcn_time_format(ms, text)));
}

static void put_hex(struct tcn_buf *out, const char *word,
                    struct tcn_view bytes)
{
    put_word(out, word);
    tcn_text_hex(out, bytes);
    tcn_buf_put_str(out, "\n");
}

static void put_label(struct tcn_buf *out, const struct tcn_label *label)
{
    put_word(out, "label");
    tcn_buf_printf(out, "tlp %s, pap %s, onward %s\n", tcn_tlp_word(label->tlp),
                   tcn_pap_word(label->pap), tcn_onward_word(label->onward));
    put_list(out, "audience", label->audience, label->audience_count);
    put_list(out, "caveats", label->caveats, label->caveat_count);
}

static void put_header(struct tcn_buf *out, const struct tcn_alert *alert,
                       const struct tcn_alert_facts *facts)
{
    const struct tcn_header *h = &alert->header;
    put_hex(out, "id", tcn_id_view(&alert->id));
    put_word(out, "kind");
    tcn_text_escape(out, h->kind_text);
    tcn_buf_printf(out, ", revision %u, %s\n", h->revision,
                   tcn_status_word(facts->status));
    put_line(out, "origin", h->origin);
    put_hex(out, "thread", tcn_view(h->thread.bytes, sizeof h->thread.bytes));
    if (h->has_ref) {
        put_hex(out, "ref", tcn_id_view(&h->ref));
    }
    put_word(out, "severity");
    tcn_buf_printf(out, "%s, confidence %u\n", tcn_severity_word(h->severity),
                   h->confidence);
    put_line(out, "category", h->category);
    put_list(out, "sectors", h->sectors, h->sector_count);
    put_list(out, "regions", h->regions, h->region_count);
    put_label(out, &h->label);
    if (h->agreement.len > 0) {
        put_line(out, "agreement", h->agreement);
    }
    if (h->exercise.len > 0) {
        put_line(out, "exercise", h->exercise);
    }
    put_time(out, "created", h->created_ms);
    put_time(out, "expires", h->expires_ms);
}

static void put_scalar(struct tcn_buf *out, struct tcn_reader *r)
{
    if (tcn_read_peek(r) == TCN_WIRE_UINT) {
        tcn_buf_printf(out, "%llu", (unsigned long long)tcn_read_uint(r));
    } else {
        put_lines(out, tcn_read_str(r));
    }
}

static void put_field(struct tcn_buf *out, const struct tcn_field *field)
{
    struct tcn_reader r = tcn_reader(field->value);
    size_t count = 1;
    tcn_buf_put_str(out, "  ");
    struct tcn_view name = field->name;
    tcn_text_escape(out, name);
    tcn_buf_printf(out, "%*s", name.len < COLUMN ? COLUMN - (int)name.len : 1,
                   "");
    if (tcn_read_peek(&r) == TCN_WIRE_ARRAY) {
        count = tcn_read_array(&r);
    }
    for (size_t i = 0; i < count && r.err == TCN_ERR_OK; i++) {
        tcn_buf_put_str(out, i > 0 ? "  " : "");
        put_scalar(out, &r);
    }
    tcn_buf_put_str(out, "\n");
}

/* By class, so that one sees what a peer may see; then what is withheld. */
static void put_fields(struct tcn_buf *out, const struct tcn_alert *alert)
{
    for (unsigned cls = 0; cls < TCN_CLASS_COUNT; cls++) {
        unsigned withheld = 0;
        bool headed = false;
        for (size_t i = 0; i < alert->field_count; i++) {
            const struct tcn_field *field = &alert->fields[i];
            if (alert->header.classes.data[i] != cls) {
                continue;
            }
            if (!headed) {
                tcn_buf_printf(out, "%s\n", tcn_class_word(cls));
                headed = true;
            }
            if (field->bytes.data == NULL) {
                withheld++;
            } else {
                put_field(out, field);
            }
        }
        if (withheld > 0) {
            tcn_buf_printf(out, "  (%u withheld)\n", withheld);
        }
    }
}

void tcn_alert_put_text(struct tcn_buf *out, const struct tcn_alert *alert,
                        const struct tcn_alert_facts *facts)
{
    put_header(out, alert, facts);
    if (facts->received_from.len > 0) {
        put_line(out, "received from", facts->received_from);
    }
    if (facts->received_ms > 0) {
        put_time(out, "received at", facts->received_ms);
    }
    if (facts->key.len > 0) {
        put_line(out, "key", facts->key);
    }
    put_fields(out, alert);
}
