#include "lib/load_draft.h"

#include "alert/label.h"

#include <stdio.h>
#include <unistd.h>

static struct tcn_draft_field *add_field(struct tcn_draft *draft,
                                         const char *name, const char *text)
{
    struct tcn_draft_field *field = &draft->fields[draft->field_count++];
    memset(field, 0, sizeof *field);
    field->name = tcn_view_str(name);
    field->cls = (uint8_t)tcn_field_class(field->name);
    field->value_count = 1;
    field->values[0].text = tcn_view_str(text);
    return field;
}

static void label(struct tcn_header *header, uint8_t severity)
{
    header->kind_text = tcn_view_str("alert");
    header->severity = severity;
    header->confidence = 80;
    header->category = tcn_view_str("malicious-code/infected-system");
    header->label.tlp = TCN_TLP_GREEN;
    header->label.pap = TCN_PAP_GREEN;
    header->label.onward = TCN_ONWARD_ANY;
}

void load_draft_init(struct load_draft *load, unsigned long n, uint8_t severity,
                     struct tcn_view text)
{
    struct tcn_draft *draft = &load->draft;
    memset(&draft->header, 0, sizeof draft->header);
    draft->source_key = draft->source_digest = tcn_view(NULL, 0);
    draft->withdrawn = false;
    draft->field_count = 0;
    label(&draft->header, severity);
    (void)snprintf(load->texts[0], sizeof load->texts[0], "load %lu of %d", n,
                   getpid());
    (void)add_field(draft, "title", load->texts[0]);
    for (unsigned i = 1; i <= LOAD_INDICATORS; i++) {
        (void)snprintf(load->texts[i], sizeof load->texts[i], "198.51.%lu.%lu",
                       (i + n / 256) % 256, n % 256);
        struct tcn_draft_field *field =
            add_field(draft, "indicator", "ipv4-addr");
        field->is_list = true;
        field->value_count = 2;
        memset(&field->values[1], 0, sizeof field->values[1]);
        field->values[1].text = tcn_view_str(load->texts[i]);
    }
    add_field(draft, "recommendation", "")->values[0].text = text;
}

void load_text(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        text[i] = (char)('a' + (i * 7 + i / 26) % 26);
    }
}
