/* What may follow in a thread, and what may be remarked on an alert. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "alert/alert.h"

/* The members of an audience as a blank-separated text. */
struct side {
    const char *origin;
    uint32_t revision;
    unsigned tlp, pap, onward;
    const char *audience;
    unsigned caveats;
    const char *agreement, *exercise;
};

static void header_of(struct tcn_header *header, const struct side *side)
{
    *header = (struct tcn_header){.revision = side->revision};
    header->origin = tcn_view_str(side->origin);
    header->agreement = tcn_view_str(side->agreement);
    header->exercise = tcn_view_str(side->exercise);
    header->label.tlp = (uint8_t)side->tlp;
    header->label.pap = (uint8_t)side->pap;
    header->label.onward = (uint8_t)side->onward;
    header->label.caveat_mask = (uint8_t)side->caveats;
    for (const char *at = side->audience; *at != '\0';) {
        size_t len = strcspn(at, " ");
        header->label.audience[header->label.audience_count++] =
            tcn_view(at, len);
        at += len + (at[len] == ' ');
    }
}

struct row {
    const char *what;
    struct side first, second;
    enum tcn_err err;
};

static void run(const struct row *rows, size_t count,
                enum tcn_err (*rule)(const struct tcn_header *,
                                     const struct tcn_header *))
{
    static struct tcn_header first, second;
    for (size_t i = 0; i < count; i++) {
        header_of(&first, &rows[i].first);
        header_of(&second, &rows[i].second);
        enum tcn_err err = rule(&first, &second);
        if (err != rows[i].err) {
            fail_msg("%s: %s", rows[i].what, tcn_err_word(err));
        }
    }
}

#define NO TCN_ERR_UPDATE_RULE
#define OK TCN_ERR_OK

static const struct row follow_rows[] = {
    {"the same again",
     {"ee", 0, 2, 2, 1, "fi lv", 0, "", ""},
     {"ee", 1, 2, 2, 1, "fi lv", 0, "", ""},
     OK},
    {"tlp falls",
     {"ee", 0, 2, 2, 1, "fi", 0, "", ""},
     {"ee", 1, 1, 2, 1, "fi", 0, "", ""},
     OK},
    {"tlp rises",
     {"ee", 0, 1, 2, 1, "fi", 0, "", ""},
     {"ee", 1, 2, 2, 1, "fi", 0, "", ""},
     NO},
    {"audience widens",
     {"ee", 0, 2, 2, 1, "fi", 0, "", ""},
     {"ee", 1, 2, 2, 1, "fi lv", 0, "", ""},
     OK},
    {"audience narrows",
     {"ee", 0, 2, 2, 1, "fi lv", 0, "", ""},
     {"ee", 1, 2, 2, 1, "fi", 0, "", ""},
     NO},
    {"audience is exchanged",
     {"ee", 0, 2, 2, 1, "fi", 0, "", ""},
     {"ee", 1, 2, 2, 1, "lv", 0, "", ""},
     NO},
    {"audience becomes open",
     {"ee", 0, 1, 2, 1, "fi", 0, "", ""},
     {"ee", 1, 1, 2, 1, "", 0, "", ""},
     OK},
    {"open audience becomes named",
     {"ee", 0, 1, 2, 1, "", 0, "", ""},
     {"ee", 1, 1, 2, 1, "fi", 0, "", ""},
     NO},
    {"what came before may be narrower",
     {"ee", 5, 1, 2, 1, "fi lv", 0, "", ""},
     {"ee", 3, 2, 2, 1, "fi", 0, "", ""},
     OK},
    {"what came before may not be wider",
     {"ee", 5, 2, 2, 1, "fi", 0, "", ""},
     {"ee", 3, 2, 2, 1, "fi lv", 0, "", ""},
     NO},
    {"what came before may not have a lower tlp",
     {"ee", 5, 2, 2, 1, "fi", 0, "", ""},
     {"ee", 3, 1, 2, 1, "fi", 0, "", ""},
     NO},
    {"another origin",
     {"ee", 0, 1, 2, 1, "", 0, "", ""},
     {"lv", 1, 1, 2, 1, "", 0, "", ""},
     NO},
    {"a part of the nation is another member",
     {"ee", 0, 1, 2, 1, "", 0, "", ""},
     {"ee.energy", 1, 1, 2, 1, "", 0, "", ""},
     NO},
    {"joins an agreement",
     {"ee", 0, 1, 2, 1, "", 0, "", ""},
     {"ee", 1, 1, 2, 1, "", 0, "b#0123456789abcdef", ""},
     NO},
    {"another version of the agreement",
     {"ee", 0, 1, 2, 1, "", 0, "b#0123456789abcdee", ""},
     {"ee", 1, 1, 2, 1, "", 0, "b#0123456789abcdef", ""},
     NO},
    {"leaves its exercise",
     {"ee", 0, 1, 2, 1, "", 0, "", "ce26"},
     {"ee", 1, 1, 2, 1, "", 0, "", ""},
     NO},
};

static void a_thread_only_opens(void **state)
{
    (void)state;
    run(follow_rows, sizeof follow_rows / sizeof follow_rows[0],
        tcn_alert_follows);
}

#undef NO
#define NO TCN_ERR_REMARK_RULE

static const struct row remark_rows[] = {
    {"as strict as its subject",
     {"ee", 0, 2, 2, 1, "fi lv", 1, "", ""},
     {"fi", 0, 2, 2, 1, "fi lv", 1, "", ""},
     OK},
    {"to the origin",
     {"ee", 0, 2, 2, 1, "fi lv", 0, "", ""},
     {"fi", 0, 2, 2, 0, "ee lv", 0, "", ""},
     OK},
    {"stricter in all",
     {"ee", 0, 1, 1, 3, "", 0, "", ""},
     {"fi", 0, 4, 3, 0, "ee", 7, "", ""},
     OK},
    {"lower tlp",
     {"ee", 0, 2, 2, 1, "fi", 0, "", ""},
     {"fi", 0, 1, 2, 1, "ee", 0, "", ""},
     NO},
    {"lower pap",
     {"ee", 0, 2, 2, 1, "fi", 0, "", ""},
     {"fi", 0, 2, 1, 1, "ee", 0, "", ""},
     NO},
    {"goes further on",
     {"ee", 0, 2, 2, 1, "fi", 0, "", ""},
     {"fi", 0, 2, 2, 2, "ee", 0, "", ""},
     NO},
    {"a caveat is lost",
     {"ee", 0, 2, 2, 1, "fi", TCN_CAVEAT_NO_PARTNER, "", ""},
     {"fi", 0, 2, 2, 1, "ee", TCN_CAVEAT_ORCON, "", ""},
     NO},
    {"a stranger in the audience",
     {"ee", 0, 2, 2, 1, "fi", 0, "", ""},
     {"fi", 0, 2, 2, 1, "ee pl", 0, "", ""},
     NO},
    {"an open audience for a closed subject",
     {"ee", 0, 2, 2, 1, "fi", 0, "", ""},
     {"fi", 0, 2, 2, 1, "", 0, "", ""},
     NO},
    {"another agreement",
     {"ee", 0, 1, 2, 1, "", 0, "b#0123456789abcdef", ""},
     {"fi", 0, 1, 2, 1, "", 0, "", ""},
     NO},
    {"a live remark on an exercise",
     {"ee", 0, 1, 2, 1, "", 0, "", "ce26"},
     {"fi", 0, 1, 2, 1, "", 0, "", ""},
     NO},
};

static void a_remark_is_as_strict_as_its_subject(void **state)
{
    (void)state;
    run(remark_rows, sizeof remark_rows / sizeof remark_rows[0],
        tcn_alert_remarks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_only_opens),
        cmocka_unit_test(a_remark_is_as_strict_as_its_subject),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
