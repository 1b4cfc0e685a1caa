#include "formats/csv_write.h"

#include "base/time.h"

static const char header[] =
    "type,value,detect,tlp,pap,severity,confidence,category,origin,"
    "valid_until,title,id,withheld\r\n";

void tcn_csv_put_header(struct tcn_text *out)
{
    tcn_text_put_str(out, header);
}

/* A spreadsheet takes a cell that begins like this for a formula, which may run
 * programs; the apostrophe makes it text. */
static bool is_formula(struct tcn_view text)
{
    return text.len > 0 && memchr("=+-@\t\r", text.data[0], 6) != NULL;
}

/* In quotes where it must be. */
static void put(struct tcn_text *out, struct tcn_view text, const char *after)
{
    bool quoted = is_formula(text);
    for (size_t i = 0; i < text.len; i++) {
        quoted |= strchr(",\"\r\n", text.data[i]) != NULL;
    }
    tcn_text_put_str(out, quoted ? "\"" : "");
    tcn_text_put_str(out, is_formula(text) ? "'" : "");
    for (size_t i = 0; i < text.len; i++) {
        tcn_text_put_str(out, text.data[i] == '"' ? "\"" : "");
        tcn_text_put(out, tcn_view(text.data + i, 1));
    }
    tcn_text_put_str(out, quoted ? "\"" : "");
    tcn_text_put_str(out, after);
}

static void put_rest(struct tcn_text *out, const struct tcn_told *told)
{
    const struct tcn_header *h = &told->header;
    char until[TCN_TIME_TEXT];
    char room[24];
    tcn_text_printf(out, "%s,%s,%s,%u,", tcn_tlp_word(h->label.tlp),
                    tcn_pap_word(h->label.pap), tcn_severity_word(h->severity),
                    h->confidence);
    put(out, h->category, ",");
    put(out, h->origin, ",");
    tcn_text_printf(out, "%s,", tcn_time_format(h->expires_ms, until));
    put(out, tcn_told_value(tcn_told_find(told, "title"), 0, room), ",");
    tcn_text_printf(out, "%s,%u\r\n", told->id, told->withheld);
}

unsigned tcn_csv_write(struct tcn_text *out, const struct tcn_told *told)
{
    unsigned lines = 0;
    if (told->status != TCN_STATUS_LIVE || tcn_told_is_withdrawn(told)) {
        return 0;
    }
    for (size_t i = 0; i < told->field_count; i++) {
        const struct tcn_draft_field *field = &told->fields[i];
        char room[24];
        if (!tcn_view_is(field->name, "indicator") || field->value_count != 2 ||
            field->cls != TCN_CLASS_TECH) {
            continue;
        }
        struct tcn_view value = tcn_told_value(field, 1, room);
        bool detects = tcn_told_detects(told, value);
        char type[24];
        put(out, tcn_told_value(field, 0, type), ",");
        put(out, value, detects ? ",yes," : ",no,");
        put_rest(out, told);
        lines++;
    }
    return lines;
}
