/* The floor: for each reason what passes beside what does not, under a policy
 * that allows everything. */
#include "policy_kit.h"

#include "base/text.h"

/* Two days around now, scope AMBER and listed. */
#define PACT                                                                   \
    "agreement \"pact\" version 1 { parties { ee, lv, acme-telecom }; "        \
    "from 2026-12-31; until 2027-01-02; max tlp AMBER; onward members; "       \
    "ack critical within 15m; retain PERSONAL 90d; retain rest 1d; }\n"

static const char open_policy[] =
    "allow export to any name all with { TECH, SOURCE, VICTIM, PERSONAL, "
    "ACTOR, FREE };\n"
    "show observers any name shown; accept import from any name in;\n" PACT
    "agreement \"over\" version 1 { parties { ee, lv }; from 2026-12-30; "
    "until 2027-01-01; max tlp RED; onward any; }\n"
    "agreement \"next\" version 1 { parties { ee, lv }; from "
    "2027-01-01T00:00:00.001Z; until 2027-01-02; max tlp RED; onward any; }\n"
    "agreement \"now\" version 1 { parties { ee, lv }; from 2027-01-01; until "
    "2027-01-01T00:00:00.001Z; max tlp RED; onward any; }\n"
    "agreement \"others\" version 1 { parties { lv, lt }; from 2026-12-30; "
    "until 2027-01-02; max tlp RED; onward any; }\n"
    "agreement \"narrow\" version 1 { parties { ee, lv }; from 2026-12-30; "
    "until 2027-01-02; }\n"
    "agreement \"ex-pact\" version 1 { parties { ee, lv }; from 2026-12-30; "
    "until 2027-01-02; max tlp RED; onward any; }\n";

/* What differs from an alert that passes: CLEAR, onward any, audience empty. */
struct row {
    enum tcn_floor reason;
    const char *name;
    const char *origin; /* NULL = fi */
    unsigned peer;
    uint8_t tlp;
    uint8_t onward;
    uint8_t caveats;
    const char *audience[3];
    const char *agreement; /* name, or NAME#hash as it is */
    const char *exercise;
    bool key_invalid;
    uint64_t expires_ms;
};

#define ANY TCN_ONWARD_ANY

static const struct row rows[] = {
    {.reason = TCN_FLOOR_NONE, .name = "onward any", .onward = ANY},
    {.reason = TCN_FLOOR_NONE, .name = "own, whatever onward", .origin = "ee"},

    {.reason = TCN_FLOOR_KEY,
     .name = "key",
     .onward = ANY,
     .key_invalid = true},
    {.reason = TCN_FLOOR_KEY,
     .name = "own key",
     .origin = "ee",
     .onward = ANY,
     .key_invalid = true},

    {.reason = TCN_FLOOR_EXPIRED,
     .name = "expires now",
     .onward = ANY,
     .expires_ms = KIT_NOW_MS},
    {.reason = TCN_FLOOR_EXPIRED,
     .name = "own, expired",
     .origin = "ee",
     .expires_ms = KIT_NOW_MS - 5},
    {.reason = TCN_FLOOR_NONE,
     .name = "expires in a moment",
     .onward = ANY,
     .expires_ms = KIT_NOW_MS + 1},

    {.reason = TCN_FLOOR_NONE,
     .name = "open exercise",
     .onward = ANY,
     .exercise = "open-2027"},
    {.reason = TCN_FLOOR_EXERCISE,
     .name = "exercise over",
     .onward = ANY,
     .exercise = "over-2026"},
    {.reason = TCN_FLOOR_EXERCISE,
     .name = "exercise to come",
     .onward = ANY,
     .exercise = "next-2027"},
    {.reason = TCN_FLOOR_EXERCISE,
     .name = "exercise not known here",
     .onward = ANY,
     .exercise = "open"},
    {.reason = TCN_FLOOR_EXERCISE,
     .name = "own, exercise over",
     .origin = "ee",
     .exercise = "over-2026"},
    {.reason = TCN_FLOOR_EXERCISE,
     .name = "exercise without its agreement",
     .onward = ANY,
     .exercise = "pact-2027"},
    {.reason = TCN_FLOOR_EXERCISE,
     .name = "exercise under another agreement",
     .onward = ANY,
     .exercise = "pact-2027",
     .agreement = "now"},
    {.reason = TCN_FLOOR_NONE,
     .name = "exercise under its agreement",
     .onward = ANY,
     .exercise = "pact-2027",
     .agreement = "ex-pact"},

    {.reason = TCN_FLOOR_NONE,
     .name = "audience, named",
     .onward = ANY,
     .audience = {"fi", "lv"}},
    {.reason = TCN_FLOOR_AUDIENCE,
     .name = "audience, not named",
     .onward = ANY,
     .audience = {"fi", "lt"}},
    {.reason = TCN_FLOOR_AUDIENCE,
     .name = "own, not named",
     .origin = "ee",
     .onward = ANY,
     .audience = {"lv.energy"}},

    {.reason = TCN_FLOOR_NONE,
     .name = "GREEN to all",
     .onward = ANY,
     .tlp = TCN_TLP_GREEN},
    {.reason = TCN_FLOOR_TLP,
     .name = "AMBER to nobody",
     .onward = ANY,
     .tlp = TCN_TLP_AMBER},
    {.reason = TCN_FLOOR_TLP,
     .name = "own AMBER to nobody",
     .origin = "ee",
     .tlp = TCN_TLP_AMBER},
    {.reason = TCN_FLOOR_TLP,
     .name = "own STRICT to nobody",
     .origin = "ee",
     .tlp = TCN_TLP_AMBER_STRICT},
    {.reason = TCN_FLOOR_TLP,
     .name = "own RED to nobody",
     .origin = "ee",
     .tlp = TCN_TLP_RED},
    {.reason = TCN_FLOOR_NONE,
     .name = "AMBER to the named",
     .onward = ANY,
     .tlp = TCN_TLP_AMBER,
     .audience = {"lv"}},
    {.reason = TCN_FLOOR_NONE,
     .name = "STRICT to the named",
     .onward = ANY,
     .tlp = TCN_TLP_AMBER_STRICT,
     .audience = {"lv"}},

    {.reason = TCN_FLOOR_RED,
     .name = "RED of another",
     .onward = ANY,
     .tlp = TCN_TLP_RED,
     .audience = {"lv"}},
    {.reason = TCN_FLOOR_NONE,
     .name = "own RED to the named",
     .origin = "ee",
     .tlp = TCN_TLP_RED,
     .audience = {"lv"}},

    {.reason = TCN_FLOOR_ONWARD,
     .name = "onward none",
     .onward = TCN_ONWARD_NONE,
     .audience = {"lv"}},
    {.reason = TCN_FLOOR_ONWARD,
     .name = "onward none, in an agreement",
     .onward = TCN_ONWARD_NONE,
     .agreement = "pact"},
    {.reason = TCN_FLOOR_ONWARD,
     .name = "onward that does not exist",
     .onward = TCN_ONWARD_COUNT,
     .audience = {"lv"}},
    {.reason = TCN_FLOOR_ONWARD,
     .name = "listed, not named",
     .onward = TCN_ONWARD_LISTED},
    {.reason = TCN_FLOOR_NONE,
     .name = "listed, named",
     .onward = TCN_ONWARD_LISTED,
     .audience = {"lv"}},
    {.reason = TCN_FLOOR_ONWARD,
     .name = "members of nothing",
     .onward = TCN_ONWARD_MEMBERS},
    {.reason = TCN_FLOOR_NONE,
     .name = "members of an agreement",
     .onward = TCN_ONWARD_MEMBERS,
     .agreement = "pact"},

    {.reason = TCN_FLOOR_ORCON,
     .name = "orcon of another",
     .onward = ANY,
     .caveats = TCN_CAVEAT_ORCON},
    {.reason = TCN_FLOOR_NONE,
     .name = "own orcon",
     .origin = "ee",
     .caveats = TCN_CAVEAT_ORCON},
    {.reason = TCN_FLOOR_CAVEAT,
     .name = "unknown caveat of another",
     .onward = ANY,
     .caveats = TCN_CAVEAT_UNKNOWN},
    {.reason = TCN_FLOOR_NONE,
     .name = "own unknown caveat",
     .origin = "ee",
     .caveats = TCN_CAVEAT_UNKNOWN},
    {.reason = TCN_FLOOR_NONE,
     .name = "no-automation binds the receiver",
     .onward = ANY,
     .caveats = TCN_CAVEAT_NO_AUTOMATION},

    {.reason = TCN_FLOOR_PARTNER,
     .name = "no-partner to a partner",
     .onward = ANY,
     .peer = ACME,
     .caveats = TCN_CAVEAT_NO_PARTNER},
    {.reason = TCN_FLOOR_PARTNER,
     .name = "own no-partner to a partner",
     .origin = "ee",
     .peer = ACME,
     .caveats = TCN_CAVEAT_NO_PARTNER},
    {.reason = TCN_FLOOR_NONE,
     .name = "no-partner to a nation",
     .onward = ANY,
     .caveats = TCN_CAVEAT_NO_PARTNER},
    {.reason = TCN_FLOOR_NONE,
     .name = "to a partner",
     .onward = ANY,
     .peer = ACME},

    {.reason = TCN_FLOOR_NONE,
     .name = "in force, AMBER",
     .onward = 2,
     .tlp = TCN_TLP_AMBER,
     .audience = {"lv"},
     .agreement = "pact"},
    {.reason = TCN_FLOOR_AGREEMENT,
     .name = "above its max tlp",
     .onward = 2,
     .tlp = TCN_TLP_AMBER_STRICT,
     .audience = {"lv"},
     .agreement = "pact"},
    {.reason = TCN_FLOOR_AGREEMENT,
     .name = "wider than its onward",
     .onward = ANY,
     .agreement = "pact"},
    {.reason = TCN_FLOOR_AGREEMENT,
     .name = "the peer is no party",
     .onward = 2,
     .peer = LT,
     .agreement = "pact"},
    {.reason = TCN_FLOOR_NONE,
     .name = "a partner is a party",
     .onward = 2,
     .peer = ACME,
     .agreement = "pact"},
    {.reason = TCN_FLOOR_AGREEMENT,
     .name = "we are no party",
     .onward = 2,
     .agreement = "others"},
    {.reason = TCN_FLOOR_AGREEMENT,
     .name = "ended this moment",
     .onward = ANY,
     .agreement = "over"},
    {.reason = TCN_FLOOR_AGREEMENT,
     .name = "begins in a moment",
     .onward = ANY,
     .agreement = "next"},
    {.reason = TCN_FLOOR_NONE,
     .name = "begins and ends around now",
     .onward = ANY,
     .agreement = "now"},
    {.reason = TCN_FLOOR_AGREEMENT,
     .name = "what it does not say, it forbids",
     .onward = 1,
     .audience = {"lv"},
     .agreement = "narrow"},
    {.reason = TCN_FLOOR_AGREEMENT,
     .name = "another text of that name",
     .onward = 2,
     .agreement = "pact#0123456789abcdef"},
    {.reason = TCN_FLOOR_AGREEMENT,
     .name = "an agreement not held here",
     .onward = 2,
     .agreement = "moon#0123456789abcdef"},
    {.reason = TCN_FLOOR_NONE,
     .name = "own, an agreement not held here",
     .origin = "ee",
     .agreement = "moon#0123456789abcdef"},
};

static const char *find_ref(const struct tcn_policy *policy, const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < tcn_policy_agreement_count(policy); i++) {
        const char *ref = tcn_policy_agreement_ref(policy, i);
        if (strncmp(ref, name, len) == 0 && ref[len] == '#') {
            return ref;
        }
    }
    return name;
}

static void build(struct kit_alert *kit, const struct row *row,
                  const struct tcn_policy *policy)
{
    kit_alert_init(kit, row->origin == NULL ? "fi" : row->origin);
    struct tcn_header *header = &kit->alert.header;
    header->label.tlp = row->tlp;
    header->label.onward = row->onward;
    header->label.caveat_mask = row->caveats;
    while (row->audience[header->label.audience_count] != NULL) {
        uint16_t at = header->label.audience_count++;
        header->label.audience[at] = tcn_view_str(row->audience[at]);
    }
    if (row->agreement != NULL) {
        header->agreement = tcn_view_str(find_ref(policy, row->agreement));
    }
    if (row->exercise != NULL) {
        header->exercise = tcn_view_str(row->exercise);
    }
    if (row->expires_ms != 0) {
        header->expires_ms = row->expires_ms;
    }
    kit->facts.key_valid = !row->key_invalid;
}

static void each_reason_holds_and_nothing_else(void **state)
{
    (void)state;
    struct tcn_policy *policy = kit_load(open_policy);
    unsigned seen = 0;
    struct kit_alert kit;
    for (size_t i = 0; i < COUNT(rows); i++) {
        build(&kit, &rows[i], policy);
        struct tcn_verdict verdict =
            tcn_policy_export(policy, &kit.facts, rows[i].peer);
        bool allowed = verdict.outcome == TCN_ALLOW;
        if (verdict.floor != rows[i].reason ||
            allowed != (rows[i].reason == TCN_FLOOR_NONE) ||
            (!allowed && verdict.form != 0)) {
            fail_msg("%s: %s", rows[i].name, kit_verdict(policy, verdict));
        }
        seen |= 1u << verdict.floor;
    }
    /* every reason but the observers' has a row */
    assert_int_equal(seen,
                     (1u << TCN_FLOOR_COUNT) - 1 - (1u << TCN_FLOOR_INTERNAL));
    tcn_policy_free(policy);
}

/* What the floor denies, no policy allows: the same rows without any rule say
 * the same reason, and what passes is denied by default. */
static void the_floor_does_not_ask_the_rules(void **state)
{
    (void)state;
    const char *agreements = strstr(open_policy, "agreement");
    struct tcn_policy *open = kit_load(open_policy);
    struct tcn_policy *closed = kit_load(agreements);
    struct kit_alert kit;
    for (size_t i = 0; i < COUNT(rows); i++) {
        build(&kit, &rows[i], open);
        struct tcn_verdict verdict =
            tcn_policy_export(closed, &kit.facts, rows[i].peer);
        assert_int_equal(verdict.outcome, TCN_DENY);
        assert_int_equal(verdict.floor, rows[i].reason);
        assert_int_equal(verdict.rule, TCN_RULE_DEFAULT);
    }
    tcn_policy_free(open);
    tcn_policy_free(closed);
}

static void a_role_that_is_not_said_is_no_nation(void **state)
{
    (void)state;
    struct tcn_party parties[COUNT(kit_parties)];
    memcpy(parties, kit_parties, sizeof parties);
    parties[LV].role = TCN_ROLE_UNSET;
    struct tcn_world world = kit_world;
    world.parties = parties;
    struct tcn_source source = {.name = "p", .text = tcn_view_str(open_policy)};
    struct tcn_problems problems = {0};
    struct tcn_policy *policy;
    assert_int_equal(tcn_policy_load(&policy, &world, &source, 1, &problems),
                     TCN_ERR_OK);
    struct kit_alert kit;
    kit_alert_init(&kit, "fi");
    assert_int_equal(tcn_policy_export(policy, &kit.facts, LV).floor,
                     TCN_FLOOR_NONE);
    kit.alert.header.label.caveat_mask = TCN_CAVEAT_NO_PARTNER;
    assert_int_equal(tcn_policy_export(policy, &kit.facts, LV).floor,
                     TCN_FLOOR_PARTNER);
    tcn_policy_free(policy);
}

static void observers_have_a_floor_of_their_own(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint8_t tlp;
        const char *exercise;
        bool key_invalid, expired;
        enum tcn_floor soc, screen;
    } shown[] = {
#define OK TCN_FLOOR_NONE
        {"CLEAR", TCN_TLP_CLEAR, "", false, false, OK, OK},
        {"AMBER", TCN_TLP_AMBER, "", false, false, OK, OK},
        {"AMBER+STRICT", TCN_TLP_AMBER_STRICT, "", false, false, OK,
         TCN_FLOOR_INTERNAL},
        {"RED", TCN_TLP_RED, "", false, false, OK, TCN_FLOOR_INTERNAL},
        {"expired", TCN_TLP_CLEAR, "", false, true, OK, OK},
        {"suspect key", TCN_TLP_CLEAR, "", true, false, OK, OK},
        {"open exercise", TCN_TLP_CLEAR, "open-2027", false, false, OK, OK},
        {"exercise over", TCN_TLP_CLEAR, "over-2026", false, false,
         TCN_FLOOR_EXERCISE, TCN_FLOOR_EXERCISE},
        {"exercise over, and expired", TCN_TLP_CLEAR, "over-2026", false, true,
         TCN_FLOOR_EXERCISE, TCN_FLOOR_EXERCISE},
        {"exercise over, suspect key", TCN_TLP_CLEAR, "over-2026", true, false,
         TCN_FLOOR_EXERCISE, TCN_FLOOR_EXERCISE},
    };
    struct tcn_policy *policy = kit_load(open_policy);
    for (size_t i = 0; i < COUNT(shown); i++) {
        struct kit_alert kit;
        kit_alert_init(&kit, "fi");
        kit.alert.header.label.tlp = shown[i].tlp;
        kit.alert.header.exercise = tcn_view_str(shown[i].exercise);
        kit.facts.key_valid = !shown[i].key_invalid;
        kit.alert.header.expires_ms -= shown[i].expired ? 2 * TCN_DAY_MS : 0;
        struct tcn_verdict soc = tcn_policy_show(policy, &kit.facts, SOC);
        struct tcn_verdict screen = tcn_policy_show(policy, &kit.facts, SCREEN);
        if (soc.floor != shown[i].soc || screen.floor != shown[i].screen) {
            fail_msg("%s: soc %s, screen %s", shown[i].name,
                     tcn_floor_word((enum tcn_floor)soc.floor),
                     tcn_floor_word((enum tcn_floor)screen.floor));
        }
        assert_int_equal(soc.outcome == TCN_ALLOW, shown[i].soc == OK);
        assert_int_equal(screen.outcome == TCN_ALLOW, shown[i].screen == OK);
    }
    tcn_policy_free(policy);
}

/* Every line of the floor is told, and it is the floor that decided. */
static void an_explanation_shows_the_floor_line_by_line(void **state)
{
    (void)state;
    struct tcn_policy *policy = kit_load(open_policy);
    struct kit_alert kit;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct tcn_buf out = tcn_buf(kit_told, sizeof kit_told);
        build(&kit, &rows[i], policy);
        struct tcn_verdict verdict = tcn_policy_explain(
            policy, TCN_HOOK_EXPORT, &kit.facts, rows[i].peer, &out);
        const char *text = tcn_buf_text(&out);
        assert_int_equal(verdict.floor, rows[i].reason);
        char line[40];
        (void)snprintf(line, sizeof line, "\n  NO %s ",
                       tcn_floor_word(rows[i].reason));
        bool denied = rows[i].reason != TCN_FLOOR_NONE;
        if ((denied ? strstr(text, line) == NULL
                    : strstr(text, "\n  NO ") != NULL) ||
            strstr(text, "internal") != NULL) {
            fail_msg("%s:\n%s", rows[i].name, text);
        }
        for (unsigned reason = 1; reason < TCN_FLOOR_INTERNAL; reason++) {
            assert_non_null(strstr(text, tcn_floor_word(reason)));
        }
    }
    tcn_policy_free(policy);
}

/* ---- agreements are bound by their text ---- */

static void the_text_is_the_agreement(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool same;
    } texts[] = {
        {"# a comment\nagreement   \"pact\"\nversion 1 {\n  parties { ee, lv, "
         "acme-telecom };\n from 2026-12-31; until 2027-01-02;\n max tlp "
         "AMBER; onward members;\n ack critical within 15m;\n retain PERSONAL "
         "90d; retain rest 1d;\n}\n",
         true},
        {"agreement \"pact\" version 2 { parties { ee, lv, acme-telecom }; "
         "from 2026-12-31; until 2027-01-02; max tlp AMBER; onward members; "
         "ack critical within 15m; retain PERSONAL 90d; retain rest 1d; }",
         false},
        {"agreement \"pact\" version 1 { parties { ee, lv, acme-telecom }; "
         "from 2026-12-31; until 2027-01-02; max tlp AMBER; onward members; "
         "ack critical within 15m; retain PERSONAL 91d; retain rest 1d; }",
         false},
    };
    struct tcn_policy *policy = kit_load(PACT);
    const char *ref = tcn_policy_agreement_ref(policy, 0);
    assert_int_equal(strlen(ref), strlen("pact#") + 16);
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct tcn_policy *other = kit_load(texts[i].text);
        const char *told = tcn_policy_agreement_ref(other, 0);
        assert_int_equal(strcmp(told, ref) == 0, texts[i].same);
        assert_memory_equal(told, "pact#", 5);
        tcn_policy_free(other);
    }
    assert_string_equal(tcn_policy_agreement_ref(policy, 1), "");
    tcn_policy_free(policy);
}

/* BLAKE2b-256, personal "tocsin.agree.v1", of the canonical text, computed with
 * Python's hashlib. */
static void the_hash_is_the_one_that_others_compute(void **state)
{
    (void)state;
    struct tcn_policy *policy =
        kit_load("agreement \"balt-3\" version 3 { parties { ee, fi, lv }; "
                 "from 2026-07-01; until 2029-07-01; max tlp AMBER; onward "
                 "listed; ack critical within 15m; retain PERSONAL 90d; }");
    assert_string_equal(tcn_policy_agreement_ref(policy, 0),
                        "balt-3#6a0c6139cebaeb6d");
    tcn_policy_free(policy);
}

static void texts_of_one_name_stand_side_by_side(void **state)
{
    (void)state;
#define TEXT(version, tlp)                                                     \
    "agreement \"a\" version " version " { parties { ee, lv }; from "          \
    "2026-01-01; until 2028-01-01; max tlp " tlp "; onward any; }\n"
    static const char rule[] =
        "allow export to any name all when agreement == a;"
        "test \"newest\" { alert { origin fi; agreement a; tlp green; } "
        "expect export to lv: allow; }\n";
    char text[1000], turned[1000];
    (void)snprintf(text, sizeof text, "%s%s%s", TEXT("1", "CLEAR"),
                   TEXT("2", "GREEN"), rule);
    (void)snprintf(turned, sizeof turned, "%s%s%s", TEXT("2", "GREEN"),
                   TEXT("1", "CLEAR"), rule);
    const char *both[] = {text, turned};
    char first[64] = "";
    for (int i = 0; i < 2; i++) {
        struct tcn_policy *policy = kit_load(both[i]);
        struct tcn_buf told = tcn_buf(kit_told, sizeof kit_told);
        size_t ran;
        assert_int_equal(tcn_policy_agreement_count(policy), 2);
        assert_int_equal(tcn_policy_run_tests(policy, &ran, &told), 0);
        const char *ref = tcn_policy_agreement_ref(policy, 0);
        assert_true(i == 0 || strcmp(first, ref) == 0);
        (void)snprintf(first, sizeof first, "%s", ref);
        tcn_policy_free(policy);
    }
    (void)snprintf(text, sizeof text, "%s%s", TEXT("1", "CLEAR"),
                   TEXT("1", "GREEN"));
    assert_null(kit_try(text));
    assert_non_null(strstr(kit_told, "a second agreement a version 1"));
}

static void words_and_sentences_exist_for_every_reason(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TCN_FLOOR_COUNT; i++) {
        assert_true(strlen(tcn_floor_word(i)) > 1);
        assert_true(strlen(tcn_floor_sentence(i)) > 10);
    }
    assert_string_equal(tcn_floor_word(TCN_FLOOR_COUNT), "?");
    assert_string_equal(tcn_floor_sentence(TCN_FLOOR_COUNT), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_reason_holds_and_nothing_else),
        cmocka_unit_test(the_floor_does_not_ask_the_rules),
        cmocka_unit_test(a_role_that_is_not_said_is_no_nation),
        cmocka_unit_test(observers_have_a_floor_of_their_own),
        cmocka_unit_test(an_explanation_shows_the_floor_line_by_line),
        cmocka_unit_test(the_text_is_the_agreement),
        cmocka_unit_test(the_hash_is_the_one_that_others_compute),
        cmocka_unit_test(texts_of_one_name_stand_side_by_side),
        cmocka_unit_test(words_and_sentences_exist_for_every_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
