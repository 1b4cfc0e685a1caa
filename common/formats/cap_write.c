/* Elements stand in the order of the schema. */
#include "formats/cap_write.h"

#include <stdlib.h>

#include "base/text.h"
#include "base/time.h"
#include "formats/cap.h"
#include "formats/own.h"

/* ---- elements ---- */

/* U+FFFE and U+FFFF, which an alert may carry and XML may not. */
static bool is_no_character(struct tcn_view text)
{
    return text.len >= 3 && text.data[0] == 0xef && text.data[1] == 0xbf &&
           text.data[2] >= 0xbe;
}

static void put_escaped(struct tcn_text *out, struct tcn_view text)
{
    for (size_t i = 0; i < text.len; i++) {
        struct tcn_view rest = tcn_view(text.data + i, text.len - i);
        if (is_no_character(rest)) {
            tcn_text_printf(out, "\\u{fff%c}",
                            rest.data[2] == 0xbe ? 'e' : 'f');
            i += 2;
            continue;
        }
        switch (text.data[i]) {
        case '<': tcn_text_put_str(out, "&lt;"); break;
        case '>': tcn_text_put_str(out, "&gt;"); break;
        case '&': tcn_text_put_str(out, "&amp;"); break;
        default: tcn_text_put(out, tcn_view(text.data + i, 1)); break;
        }
    }
}

static void put(struct tcn_text *out, const char *element, struct tcn_view text)
{
    tcn_text_printf(out, "<%s>", element);
    put_escaped(out, text);
    tcn_text_printf(out, "</%s>\n", element);
}

static void put_str(struct tcn_text *out, const char *element, const char *text)
{
    put(out, element, tcn_view_str(text));
}

static void put_pair(struct tcn_text *out, const char *name,
                     struct tcn_view value)
{
    tcn_text_put_str(out, "<parameter><valueName>");
    put_escaped(out, tcn_view_str(name));
    tcn_text_put_str(out, "</valueName><value>");
    put_escaped(out, value);
    tcn_text_put_str(out, "</value></parameter>\n");
}

/* No fraction and no Z; UTC is -00:00. */
static const char *cap_time(uint64_t ms, char *out)
{
    (void)tcn_time_format(ms, out);
    memcpy(out + 19, "-00:00", 7);
    return out;
}

/* "2026-07-01T08:00:00+02:00", which is well formed already. */
static bool is_cap_time(struct tcn_view text)
{
    return text.len == 25 && text.data[10] == 'T' &&
           (text.data[19] == '+' || text.data[19] == '-');
}

/* ---- the message ---- */

/* The member stands for the sender: no blanks, commas or markup in it. */
static void put_reference(struct tcn_text *out, const struct tcn_told *told)
{
    char sent[TCN_TIME_TEXT];
    char thread[33];
    struct tcn_buf hex = tcn_buf(thread, sizeof thread);
    tcn_text_hex(&hex, tcn_view(told->header.thread.bytes, 16));
    tcn_text_printf(out, "<references>%.*s,%s.0,%s</references>\n",
                    (int)told->header.origin.len,
                    (const char *)told->header.origin.data, tcn_buf_text(&hex),
                    cap_time(told->first_ms, sent));
}

static const char *type_of(const struct tcn_told *told)
{
    if (tcn_told_is_withdrawn(told)) {
        return "Cancel";
    }
    return told->header.revision > 0 ? "Update" : "Alert";
}

static void put_head(struct tcn_text *out, const struct tcn_told *told)
{
    const struct tcn_header *h = &told->header;
    const char *type = type_of(told);
    char sent[TCN_TIME_TEXT];
    char thread[33];
    struct tcn_buf hex = tcn_buf(thread, sizeof thread);
    tcn_text_hex(&hex, tcn_view(h->thread.bytes, 16));
    /* A withdrawn alert has its own number already: the cancellation of it is
     * another message. */
    bool again =
        told->status == TCN_STATUS_REVOKED && h->kind != TCN_KIND_REVOKE;
    tcn_text_printf(out, "<identifier>%s.%u%s</identifier>\n",
                    tcn_buf_text(&hex), h->revision, again ? ".cancel" : "");
    put(out, "sender", h->origin);
    put_str(out, "sent",
            cap_time(again ? told->changed_ms : h->created_ms, sent));
    put_str(out, "status", h->exercise.len > 0 ? "Exercise" : "Actual");
    put_str(out, "msgType", type);
    put_str(out, "source", "Tocsin");
    bool open = h->label.tlp == TCN_TLP_CLEAR;
    put_str(out, "scope", open ? "Public" : "Restricted");
    if (!open) {
        char text[32];
        (void)snprintf(text, sizeof text, "tlp:%s", tcn_tlp_word(h->label.tlp));
        put_str(out, "restriction", text);
    }
    if (h->exercise.len > 0) {
        put(out, "note", h->exercise);
    }
    if (strcmp(type, "Alert") != 0) {
        put_reference(out, told);
    }
}

/* ---- the info block ---- */

/* What a CAP source said of an element ("cap:<element>") is said again when it
 * is of the element's kind. */
enum kind { KIND_TEXT, KIND_DATE, KIND_LANGUAGE, KIND_LIST };

static const struct {
    const char *element;
    enum kind kind;
    const char *list;
} elements[] = {
    {"language", KIND_LANGUAGE, NULL},
    {"category", KIND_LIST,
     " Geo Met Safety Security Rescue Fire Health Env Transport Infra CBRNE "
     "Other "},
    {"event", KIND_TEXT, NULL},
    {"responseType", KIND_LIST,
     " Shelter Evacuate Prepare Execute Avoid Monitor Assess AllClear None "},
    {"urgency", KIND_LIST, " Immediate Expected Future Past Unknown "},
    {"audience", KIND_TEXT, NULL},
    {"effective", KIND_DATE, NULL},
    {"onset", KIND_DATE, NULL},
    {"expires", KIND_DATE, NULL},
};
#define ELEMENTS (sizeof elements / sizeof *elements)

static bool is_language(struct tcn_view text)
{
    size_t run = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i] | 0x20;
        bool letter = c >= 'a' && c <= 'z';
        bool dash = text.data[i] == '-' && run > 0;
        run = letter ? run + 1 : 0;
        if ((!letter && !dash) || run > 8) {
            return false;
        }
    }
    return run > 0;
}

static bool is_listed(const char *list, struct tcn_view text)
{
    char word[32];
    (void)snprintf(word, sizeof word, " %.*s ", (int)text.len,
                   (const char *)text.data);
    return text.len > 0 && text.len < 28 && strstr(list, word) != NULL;
}

/* data is NULL when the source said nothing that can be said again. */
static struct tcn_view kept(const struct tcn_told *told, size_t element)
{
    char name[32];
    uint64_t ms;
    (void)snprintf(name, sizeof name, "cap:%s", elements[element].element);
    struct tcn_view text = tcn_told_tool(told, name);
    bool fits = text.data != NULL;
    switch (elements[element].kind) {
    case KIND_TEXT: break;
    case KIND_DATE: fits = fits && tcn_time_parse(text, &ms); break;
    case KIND_LANGUAGE: fits = fits && is_language(text); break;
    case KIND_LIST:
        fits = fits && is_listed(elements[element].list, text);
        break;
    }
    return fits ? text : tcn_view(NULL, 0);
}

/* The source's word, else ours; neither = no element. */
static void put_kept(struct tcn_text *out, const struct tcn_told *told,
                     const char *element, struct tcn_view fallback)
{
    size_t row = 0;
    char date[TCN_TIME_TEXT];
    uint64_t ms;
    while (strcmp(elements[row].element, element) != 0) {
        row++;
    }
    struct tcn_view text = kept(told, row);
    if (text.data == NULL) {
        text = fallback;
    } else if (elements[row].kind == KIND_DATE && !is_cap_time(text) &&
               tcn_time_parse(text, &ms)) {
        text = tcn_view_str(cap_time(ms, date));
    }
    if (text.data != NULL) {
        put(out, element, text);
    }
}

static const char *word_of(enum tcn_cap_list list, int value)
{
    const char *best = "Unknown";
    const char *word;
    int worth;
    int nearest = 1000;
    for (size_t i = 0; tcn_cap_word_row(list, i, &word, &worth); i++) {
        int far = abs(worth - value);
        if (strcmp(word, "Unknown") != 0 && far < nearest) {
            nearest = far;
            best = word;
        }
    }
    return best;
}

static void put_text_of(struct tcn_text *out, const struct tcn_told *told,
                        const char *element, const char *field)
{
    struct tcn_text text = {0};
    for (size_t i = 0; i < told->field_count; i++) {
        const struct tcn_draft_field *at = &told->fields[i];
        char room[24];
        if (tcn_view_is(at->name, field) &&
            at->cls == tcn_field_class(at->name)) {
            tcn_text_put_str(&text, text.len > 0 ? "\n\n" : "");
            tcn_text_put(&text, tcn_told_value(at, 0, room));
        }
    }
    if (strcmp(field, "description") == 0) {
        struct tcn_text note = {0};
        if (tcn_told_put_withheld(&note, told)) {
            tcn_text_put_str(&text, text.len > 0 ? "\n\n" : "");
            tcn_text_put(&text, tcn_text_view(&note));
        }
        free(note.data);
    }
    if (text.len > 0) {
        put(out, element, tcn_text_view(&text));
    }
    out->failed |= text.failed;
    free(text.data);
}

/* How many fields one element has to say. */
static unsigned count_of(const struct tcn_told *told, struct tcn_view name)
{
    unsigned count = 0;
    for (size_t i = 0; i < told->field_count; i++) {
        count += tcn_view_equal(told->fields[i].name, name) &&
                 told->fields[i].cls == tcn_field_class(name);
    }
    return count;
}

/* Whether an element has said it already, whole and alone: several texts joined
 * in one element, or one that begins or ends with a blank, are said again. */
static bool is_told(const struct tcn_told *told,
                    const struct tcn_draft_field *field)
{
    static const char *const names[] = {"title", "description",
                                        "recommendation"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (tcn_view_is(field->name, names[i])) {
            struct tcn_view text = field->values[0].text;
            bool blank = text.len > 0 && (text.data[0] <= ' ' ||
                                          text.data[text.len - 1] <= ' ');
            return field->cls == tcn_field_class(field->name) && !blank &&
                   count_of(told, field->name) == 1;
        }
    }
    for (size_t i = 0; i < ELEMENTS; i++) {
        struct tcn_view text = kept(told, i);
        if (text.data != NULL && field->value_count == 2 &&
            field->values[1].text.data == text.data) {
            return true;
        }
    }
    return false;
}

static void put_fields(struct tcn_text *out, const struct tcn_told *told)
{
    for (size_t i = 0; i < told->field_count; i++) {
        struct tcn_text key = {0};
        struct tcn_text value = {0};
        if (is_told(told, &told->fields[i])) {
            continue;
        }
        tcn_text_put_str(&key, "tocsin:");
        tcn_own_put(&key, &value, told, &told->fields[i]);
        if (key.failed || value.failed) {
            out->failed = true;
        } else {
            put_pair(out, key.data, tcn_text_view(&value));
        }
        free(key.data);
        free(value.data);
    }
}

static void put_parameters(struct tcn_text *out, const struct tcn_told *told)
{
    const struct tcn_header *h = &told->header;
    char number[24];
    put_pair(out, "TLP", tcn_view_str(tcn_tlp_word(h->label.tlp)));
    put_pair(out, "PAP", tcn_view_str(tcn_pap_word(h->label.pap)));
    put_pair(out, "tocsin:severity",
             tcn_view_str(tcn_severity_word(h->severity)));
    (void)snprintf(number, sizeof number, "%u", h->confidence);
    put_pair(out, "tocsin:confidence", tcn_view_str(number));
    put_pair(out, "tocsin:category", h->category);
    put_pair(out, "tocsin:onward",
             tcn_view_str(tcn_onward_word(h->label.onward)));
    for (size_t i = 0; i < h->label.caveat_count; i++) {
        put_pair(out, "tocsin:caveat", h->label.caveats[i]);
    }
    put_pair(out, "tocsin:alert", tcn_view_str(told->id));
    if (told->withheld > 0) {
        (void)snprintf(number, sizeof number, "%u", told->withheld);
        put_pair(out, "tocsin:withheld", tcn_view_str(number));
    }
    put_fields(out, told);
}

static void put_info(struct tcn_text *out, const struct tcn_told *told)
{
    const struct tcn_header *h = &told->header;
    char until[TCN_TIME_TEXT];
    char room[24];
    struct tcn_view title =
        tcn_told_value(tcn_told_find(told, "title"), 0, room);
    tcn_text_put_str(out, "<info>\n");
    const struct tcn_view none = {0};
    put_kept(out, told, "language", tcn_view_str("en"));
    put_kept(out, told, "category", tcn_view_str("Infra"));
    put_kept(out, told, "event", h->category);
    put_kept(out, told, "responseType", none);
    put_kept(out, told, "urgency", tcn_view_str("Unknown"));
    put_str(out, "severity", word_of(TCN_CAP_SEVERITY, h->severity));
    put_str(out, "certainty", word_of(TCN_CAP_CERTAINTY, h->confidence));
    put_kept(out, told, "audience", none);
    put_kept(out, told, "effective", none);
    put_kept(out, told, "onset", none);
    put_kept(out, told, "expires",
             tcn_view_str(cap_time(h->expires_ms, until)));
    put(out, "senderName", h->origin);
    if (title.len > 0) {
        put(out, "headline", title);
    }
    put_text_of(out, told, "description", "description");
    put_text_of(out, told, "instruction", "recommendation");
    put_parameters(out, told);
    tcn_text_put_str(out, "</info>\n");
}

void tcn_cap_write(struct tcn_text *out, const struct tcn_told *told)
{
    tcn_text_put_str(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                          "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:"
                          "1.2\">\n");
    put_head(out, told);
    put_info(out, told);
    tcn_text_put_str(out, "</alert>\n");
}
