/* A condition by itself, as `tail --filter` takes it. */
#include "policy_kit.h"

static struct tcn_filter *try_filter(const char *text)
{
    struct tcn_filter *filter;
    struct tcn_source source = {.name = "filter", .text = tcn_view_str(text)};
    struct tcn_buf told = tcn_buf(kit_told, sizeof kit_told);
    kit_problems.count = 0;
    enum tcn_err err = tcn_filter_load(&filter, &source, &kit_problems);
    tcn_problems_put(&told, &kit_problems, &source);
    (void)tcn_buf_text(&told);
    assert_true((err == TCN_ERR_OK) == (filter != NULL));
    assert_true((err == TCN_ERR_OK) == (kit_problems.count == 0));
    return filter;
}

static const struct {
    const char *filter;
    bool matches;
} filters[] = {
    {"kind == alert", true},
    {"severity >= high", true},
    {"severity == critical", false},
    {"category == malicious-code/*", true},
    {"not category == fraud/*", true},
    {"origin == fi", true},
    {"origin == fj", false}, /* members are not known where observers are */
    {"origin in { fj, fi }", true},
    {"audience xx", false},
    {"audience lv", true},
    {"tlp <= GREEN and severity == high", true},
    {"tlp > GREEN or severity == low", false},
    {"has(title)", true},
    {"class VICTIM present", true},
    {"indicator ipv4-addr", true},
    {"indicator in { ipv4*, sha256 }", true},
    {"exercise == \"\"", true},
    {"# a comment\n has(title)\n", true},
    /* A victim is withheld from observers: who else is in there is not known,
     * and what is not known is not shown. */
    {"has(actor)", false},
    {"not has(actor)", false},
    {"indicator sha256", false},
    {"has(actor) or has(title)", true},
};

static void what_matches_is_shown(void **state)
{
    (void)state;
    struct kit_alert kit;
    kit_alert_init(&kit, "fi");
    kit_alert_field(&kit, "title", TCN_CLASS_KEEP, false);
    kit_alert_field(&kit, "indicator", TCN_CLASS_TECH, false);
    kit_alert_field(&kit, "victim", TCN_CLASS_VICTIM, true);
    struct tcn_header *header = &kit.alert.header;
    header->severity = 3;
    header->label.tlp = TCN_TLP_GREEN;
    header->label.audience[header->label.audience_count++] = tcn_view_str("lv");
    for (size_t i = 0; i < COUNT(filters); i++) {
        struct tcn_filter *filter = try_filter(filters[i].filter);
        if (filter == NULL) {
            fail_msg("%s", kit_told);
        }
        if (tcn_filter_match(filter, &kit.alert) != filters[i].matches) {
            fail_msg("%s: %d", filters[i].filter, !filters[i].matches);
        }
        tcn_filter_free(filter);
    }
}

static const struct {
    const char *filter;
    unsigned column;
    const char *told;
} refused[] = {
    {"", 1, "expected a condition, found the end of the text"},
    {"severity = high", 10, "`=` compares nothing"},
    {"severity", 9, "expected an operator such as =="},
    {"sevrity > low", 1, "unknown fact `sevrity`, did you mean `severity`?"},
    {"has(title) has(actor)", 12,
     "expected `and`, `or` or the end of the filter"},
    {"has(title);", 11, "expected `and`, `or` or the end of the filter"},
    {"(has(title)", 12, "expected `)`"},
    {"is_own", 1, "a filter cannot ask for `is_own`"},
    {"source lv", 1, "a filter cannot ask for `source`"},
    {"peer.eu", 1, "a filter cannot ask for `peer.eu`"},
    {"peer.group x", 1, "a filter cannot ask for `peer.group`"},
    {"\"a", 1, "no closing quote"},
};

static void what_is_no_filter_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        char at[32];
        struct tcn_filter *filter = try_filter(refused[i].filter);
        (void)snprintf(at, sizeof at, "filter:1:%u: ", refused[i].column);
        if (filter != NULL || strncmp(kit_told, at, strlen(at)) != 0 ||
            strstr(kit_told, refused[i].told) == NULL) {
            fail_msg("%s: %s", refused[i].filter, kit_told);
        }
        tcn_filter_free(filter);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_matches_is_shown),
        cmocka_unit_test(what_is_no_filter_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
