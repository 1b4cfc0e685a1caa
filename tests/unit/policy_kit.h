/* A small world for tests of policies: ee with its peers lv, lt, fi, us and the
 * partner acme-telecom; no is pinned only. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "alert/wire.h"
#include "base/limits.h"
#include "policy/policy.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

enum { LV, LT, FI, US, ACME, PEER_COUNT };
enum { SOC, SCREEN, OBSERVER_COUNT };

#define KIT_NOW_MS 1798761600000ull /* 2027-01-01 */

static const struct tcn_party kit_parties[] = {
    {"lv", TCN_ROLE_NATION, true, true, 2, {"nordic", "baltic-8"}},
    {"lt", TCN_ROLE_NATION, true, true, 0, {""}},
    {"fi", TCN_ROLE_NATION, true, true, 1, {"nordic"}},
    {"us", TCN_ROLE_NATION, true, false, 0, {""}},
    {"acme-telecom", TCN_ROLE_PARTNER, true, true, 0, {""}},
    {"no", TCN_ROLE_NATION, true, false, 0, {""}},
};

static const struct tcn_exercise kit_exercises[] = {
    {"open-2027", KIT_NOW_MS - 1000, KIT_NOW_MS + 1000, ""},
    {"over-2026", KIT_NOW_MS - 1000, KIT_NOW_MS, ""},
    {"next-2027", KIT_NOW_MS + 1, KIT_NOW_MS + 1000, ""},
    {"pact-2027", KIT_NOW_MS - 1000, KIT_NOW_MS + 1000, "ex-pact"},
};

static const struct tcn_observer_class kit_observers[] = {
    {"soc", true},
    {"screen", false},
};

static const struct tcn_role kit_roles[] = {
    {"releaser", 2, {"anna", "jaan"}, 0, {""}},
    {"lawyer", 1, {"liis"}, 0, {""}},
    {"duty", 0, {""}, 1, {"csirt"}},
};

static const struct tcn_world kit_world = {
    .self = "ee",
    .parties = kit_parties,
    .party_count = COUNT(kit_parties),
    .peer_count = PEER_COUNT,
    .exercises = kit_exercises,
    .exercise_count = COUNT(kit_exercises),
    .observers = kit_observers,
    .observer_count = COUNT(kit_observers),
    .roles = kit_roles,
    .role_count = COUNT(kit_roles),
};

static struct tcn_problems kit_problems;
static char kit_told[16384]; /* what is wrong, or what a run said */

/* The policy of one text, or NULL with the problems in kit_told. */
static inline struct tcn_policy *kit_try_in(const struct tcn_world *world,
                                            const char *text)
{
    struct tcn_policy *policy;
    struct tcn_source source = {.name = "p.conf", .text = tcn_view_str(text)};
    struct tcn_buf told = tcn_buf(kit_told, sizeof kit_told);
    kit_problems.count = 0;
    enum tcn_err err =
        tcn_policy_load(&policy, world, &source, 1, &kit_problems);
    tcn_problems_put(&told, &kit_problems, &source);
    (void)tcn_buf_text(&told);
    assert_true((err == TCN_ERR_OK) == (policy != NULL));
    assert_true((err == TCN_ERR_OK) == (kit_problems.count == 0));
    return policy;
}

static inline struct tcn_policy *kit_try(const char *text)
{
    return kit_try_in(&kit_world, text);
}

static inline struct tcn_policy *kit_load(const char *text)
{
    struct tcn_policy *policy = kit_try(text);
    if (policy == NULL) {
        fail_msg("%s", kit_told);
    }
    return policy;
}

/* ---- alerts by hand ---- */

struct kit_alert {
    struct tcn_alert alert;
    struct tcn_facts facts;
    uint8_t bytes[2048];
    size_t used;
};

/* An alert of `origin`, TLP CLEAR, onward any, without fields. */
static inline void kit_alert_init(struct kit_alert *kit, const char *origin)
{
    memset(kit, 0, sizeof *kit);
    struct tcn_header *header = &kit->alert.header;
    header->origin = tcn_view_str(origin);
    header->kind_text = tcn_view_str("alert");
    header->category = tcn_view_str("malicious-code/ransomware");
    header->created_ms = KIT_NOW_MS - 1;
    header->expires_ms = KIT_NOW_MS + TCN_DAY_MS;
    header->label.onward = TCN_ONWARD_ANY;
    kit->facts = (struct tcn_facts){.alert = &kit->alert,
                                    .is_own = strcmp(origin, "ee") == 0,
                                    .key_valid = true,
                                    .now_ms = KIT_NOW_MS,
                                    .received_ms = KIT_NOW_MS};
}

static inline void kit_alert_field(struct kit_alert *kit, const char *name,
                                   uint8_t cls, bool withheld)
{
    struct tcn_alert *alert = &kit->alert;
    struct tcn_field *field = &alert->fields[alert->field_count++];
    struct tcn_buf value =
        tcn_buf(kit->bytes + kit->used, sizeof kit->bytes - kit->used);
    *field = (struct tcn_field){.cls = cls};
    alert->present |= TCN_CLASS_BIT(cls);
    if (withheld) {
        return;
    }
    if (strcmp(name, "indicator") == 0) {
        tcn_put_array(&value, 2);
        tcn_put_str(&value, tcn_view_str("ipv4-addr"));
    }
    tcn_put_str(&value, tcn_view_str("192.0.2.7"));
    assert_false(value.full);
    kit->used += value.len;
    alert->form |= TCN_CLASS_BIT(cls);
    field->name = tcn_view_str(name);
    field->value = tcn_buf_view(&value);
    field->bytes = field->value;
}

static inline bool kit_same(const struct tcn_verdict *a,
                            const struct tcn_verdict *b)
{
    return a->outcome == b->outcome && a->form == b->form &&
           a->floor == b->floor && a->refused == b->refused &&
           a->rule == b->rule && a->holds == b->holds &&
           a->until_ms == b->until_ms;
}

static inline const char *kit_verdict(const struct tcn_policy *policy,
                                      struct tcn_verdict verdict)
{
    static char text[200];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    tcn_verdict_put(&out, policy, &verdict);
    return tcn_buf_text(&out);
}

/* ---- rules, an alert in words, and what is expected ---- */

/* Runs rules on one alert made of words; kit_told says what differed. */
static inline size_t kit_run(const char *rules, const char *alert,
                             const char *expect)
{
    static char text[8192];
    (void)snprintf(text, sizeof text,
                   "%s\ntest \"row\" { alert { %s } expect %s; }", rules, alert,
                   expect);
    struct tcn_policy *policy = kit_load(text);
    struct tcn_buf told = tcn_buf(kit_told, sizeof kit_told);
    size_t ran;
    size_t failed = tcn_policy_run_tests(policy, &ran, &told);
    (void)tcn_buf_text(&told);
    assert_int_equal(ran, 1);
    tcn_policy_free(policy);
    return failed;
}

struct kit_row {
    const char *rules, *alert, *expect;
};

static inline void kit_check(const struct kit_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (kit_run(rows[i].rules, rows[i].alert, rows[i].expect) != 0) {
            fail_msg("row %zu: %s\n  %s\n  %s\n  %s", i, rows[i].rules,
                     rows[i].alert, rows[i].expect, kit_told);
        }
    }
}
