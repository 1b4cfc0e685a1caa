/* The words of an alert. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "alert/label.h"
#include "alert/status.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

/* Value to word and back for a whole vocabulary. */
struct vocabulary {
    const char *name;
    unsigned count;
    const char *(*word)(unsigned value);
    int (*find)(struct tcn_view word);
};

static const char *kind_word(unsigned kind)
{
    return tcn_kind_word((enum tcn_kind)kind);
}

static const struct vocabulary vocabularies[] = {
    {"kind", TCN_KIND_UNKNOWN, kind_word, tcn_kind_find},
    {"severity", TCN_SEVERITY_COUNT, tcn_severity_word, tcn_severity_find},
    {"tlp", TCN_TLP_COUNT, tcn_tlp_word, tcn_tlp_find},
    {"pap", TCN_PAP_COUNT, tcn_pap_word, tcn_pap_find},
    {"onward", TCN_ONWARD_COUNT, tcn_onward_word, tcn_onward_find},
    {"class", TCN_CLASS_COUNT, tcn_class_word, tcn_class_find},
};

static void every_value_has_one_word(void **state)
{
    (void)state;
    for (size_t v = 0; v < COUNT(vocabularies); v++) {
        const struct vocabulary *of = &vocabularies[v];
        for (unsigned i = 0; i < of->count; i++) {
            int found = of->find(tcn_view_str(of->word(i)));
            if (found != (int)i) {
                fail_msg("%s %u: \"%s\" is %d", of->name, i, of->word(i),
                         found);
            }
        }
        assert_string_equal(of->word(of->count), "?");
        assert_string_equal(of->word(UINT32_MAX), "?");
    }
    for (unsigned i = 0; i < TCN_STATUS_COUNT; i++) {
        assert_string_not_equal(tcn_status_word(i), "?");
    }
    assert_string_equal(tcn_status_word(TCN_STATUS_COUNT), "?");
}

static void words_are_found_as_people_write_them(void **state)
{
    (void)state;
    static const struct {
        int (*find)(struct tcn_view);
        const char *text;
        int value;
    } rows[] = {
        {tcn_tlp_find, "TLP:AMBER+STRICT", TCN_TLP_AMBER_STRICT},
        {tcn_tlp_find, "Amber", TCN_TLP_AMBER},
        {tcn_tlp_find, "tlp:white", TCN_TLP_CLEAR},
        {tcn_tlp_find, "tlp:", -1},
        {tcn_tlp_find, "", -1},
        {tcn_tlp_find, "amber+", -1},
        {tcn_tlp_find, "TLP:TLP:RED", -1},
        {tcn_tlp_find, "PAP:RED", -1},
        {tcn_pap_find, "PAP:Red", TCN_PAP_RED},
        {tcn_pap_find, "white", TCN_PAP_CLEAR},
        {tcn_pap_find, "amber+strict", -1},
        {tcn_severity_find, "CRITICAL", TCN_SEVERITY_CRITICAL},
        {tcn_severity_find, "4", -1},
        {tcn_onward_find, "Members", TCN_ONWARD_MEMBERS},
        {tcn_class_find, "tech", TCN_CLASS_TECH},
        {tcn_class_find, "TECHS", -1},
        {tcn_kind_find, "revoke", TCN_KIND_REVOKE},
        {tcn_kind_find, "Revoke", TCN_KIND_UNKNOWN}, /* exact on the wire */
        {tcn_kind_find, "", TCN_KIND_UNKNOWN},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int found = rows[i].find(tcn_view_str(rows[i].text));
        if (found != rows[i].value) {
            fail_msg("\"%s\" is %d, not %d", rows[i].text, found,
                     rows[i].value);
        }
    }
}

static void every_field_name_has_a_class(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum tcn_class cls;
    } rows[] = {
        {"title", TCN_CLASS_KEEP},     {"recommendation", TCN_CLASS_KEEP},
        {"reason", TCN_CLASS_KEEP},    {"indicator", TCN_CLASS_TECH},
        {"technique", TCN_CLASS_TECH}, {"reference", TCN_CLASS_TECH},
        {"source", TCN_CLASS_SOURCE},  {"tool", TCN_CLASS_SOURCE},
        {"victim", TCN_CLASS_VICTIM},  {"contact", TCN_CLASS_PERSONAL},
        {"actor", TCN_CLASS_ACTOR},    {"description", TCN_CLASS_FREE},
        {"titles", TCN_CLASS_FREE},    {"Title", TCN_CLASS_FREE},
        {"", TCN_CLASS_FREE},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        enum tcn_class cls = tcn_field_class(tcn_view_str(rows[i].name));
        if (cls != rows[i].cls) {
            fail_msg("\"%s\" is %s", rows[i].name, tcn_class_word(cls));
        }
    }
}

static void an_audience_names_whole_members(void **state)
{
    (void)state;
    static struct tcn_label label;
    label.audience_count = 2;
    label.audience[0] = tcn_view_str("ee.energy");
    label.audience[1] = tcn_view_str("fi");
    assert_true(tcn_label_has_audience(&label, tcn_view_str("fi")));
    assert_true(tcn_label_has_audience(&label, tcn_view_str("ee.energy")));
    assert_false(tcn_label_has_audience(&label, tcn_view_str("ee")));
    assert_false(tcn_label_has_audience(&label, tcn_view_str("fi.x")));
    assert_false(tcn_label_has_audience(&label, tcn_view_str("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_has_one_word),
        cmocka_unit_test(words_are_found_as_people_write_them),
        cmocka_unit_test(every_field_name_has_a_class),
        cmocka_unit_test(an_audience_names_whole_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
