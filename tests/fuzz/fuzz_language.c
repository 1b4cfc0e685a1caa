/* Texts of the one language. The first byte says what they are read as: 'p' a
 * policy in a world that stands, 'n' the configuration of a node with its
 * policy, 'f' a filter; the byte 0x1e begins the next file. */
#include <stdlib.h>

#include "base/assert.h"
#include "base/text.h"
#include "conf/conf.h"
#include "fuzz/fuzz.h"
#include "unit/policy_kit.h"

#define FILES_MAX 4
#define ALERTS    3

/* The texts of one input; `formatted` the same in canonical form. */
struct texts {
    size_t count;
    struct tcn_source given[FILES_MAX];
    struct tcn_source formatted[FILES_MAX];
};

static struct texts texts;
static struct tcn_conf conf;
static struct tcn_problems problems;
static struct tcn_problems again;
static struct kit_alert alerts[ALERTS];

/* A canonical text is at most four times as long, and a newline a word. */
static char room[5 * TCN_SOURCE_MAX];
static char other_room[5 * TCN_SOURCE_MAX];

static void make_alerts(void)
{
    kit_alert_init(&alerts[0], "ee");
    kit_alert_init(&alerts[1], "fi");
    kit_alert_init(&alerts[2], "lt");
    kit_alert_field(&alerts[1], "indicator", TCN_CLASS_TECH, false);
    kit_alert_field(&alerts[1], "victim", TCN_CLASS_VICTIM, true);
    kit_alert_field(&alerts[2], "title", TCN_CLASS_KEEP, false);
    alerts[1].facts.sources = 3;
    alerts[2].alert.header.severity = 4;
    alerts[2].alert.header.label.tlp = TCN_TLP_RED;
}

static void split(struct tcn_view bytes)
{
    texts.count = 0;
    while (texts.count < FILES_MAX) {
        const uint8_t *end =
            bytes.len == 0 ? NULL : memchr(bytes.data, 0x1e, bytes.len);
        bool last = end == NULL || texts.count + 1 == FILES_MAX;
        size_t len = last ? bytes.len : (size_t)(end - bytes.data);
        texts.given[texts.count++] = (struct tcn_source){
            .name = "file\x1b", .text = tcn_view(bytes.data, len)};
        if (last) {
            return;
        }
        bytes = tcn_view(end + 1, bytes.len - len - 1);
    }
}

/* ---- whatever is said ---- */

/* Nothing that is shown moves a cursor or a reader's eye. */
static void check_shown(const struct tcn_buf *out)
{
    if (!out->full) {
        enum tcn_err err = tcn_text_check(tcn_buf_view(out));
        tcn_assert(err == TCN_ERR_OK);
    }
}

static void check_problems(void)
{
    static char shown[64 * 1024];
    struct tcn_buf out = tcn_buf(shown, sizeof shown);
    for (size_t i = 0; i < problems.count && i < TCN_PROBLEMS_MAX; i++) {
        const struct tcn_problem *problem = &problems.list[i];
        tcn_assert(problem->span.source < texts.count);
        size_t len = texts.given[problem->span.source].text.len;
        tcn_assert(problem->span.offset <= len);
        tcn_fuzz_sentence(problem->text);
    }
    tcn_problems_put(&out, &problems, texts.given);
    tcn_assert(!out.full);
    check_shown(&out);
}

/* ---- the canonical form ---- */

/* What it writes it reads and writes the same again. */
static bool format(void)
{
    struct tcn_buf out = tcn_buf(room, sizeof room);
    for (size_t i = 0; i < texts.count; i++) {
        size_t from = out.len;
        again.count = 0;
        if (tcn_lang_format(&out, &texts.given[i], &again) != TCN_ERR_OK) {
            return false;
        }
        tcn_assert(!out.full);
        struct tcn_source *formatted = &texts.formatted[i];
        *formatted = (struct tcn_source){
            .name = "", .text = tcn_view(room + from, out.len - from)};
        struct tcn_buf twice = tcn_buf(other_room, sizeof other_room);
        if (tcn_lang_format(&twice, formatted, &again) != TCN_ERR_OK) {
            return false; /* it has become larger than a text may be */
        }
        tcn_assert(!twice.full &&
                   tcn_view_equal(tcn_buf_view(&twice), formatted->text));
    }
    return true;
}

/* The canonical form says the same, right or wrong. */
static void check_same_problems(void)
{
    tcn_assert(again.count == problems.count);
    for (size_t i = 0; i < again.count && i < TCN_PROBLEMS_MAX; i++) {
        const struct tcn_problem *problem = &problems.list[i];
        tcn_assert(again.list[i].err == problem->err);
        tcn_assert(strcmp(again.list[i].text, problem->text) == 0);
    }
}

/* ---- policies ---- */

static struct tcn_verdict decide(const struct tcn_policy *policy,
                                 enum tcn_hook hook,
                                 const struct tcn_facts *facts, unsigned number)
{
    switch (hook) {
    case TCN_HOOK_EXPORT: return tcn_policy_export(policy, facts, number);
    case TCN_HOOK_IMPORT: return tcn_policy_import(policy, facts, number);
    default: return tcn_policy_show(policy, facts, number);
    }
}

static bool same(struct tcn_verdict a, struct tcn_verdict b)
{
    return a.outcome == b.outcome && a.form == b.form && a.floor == b.floor &&
           a.rule == b.rule;
}

/* The same question to both: the same answer, and KEEP is never withheld. What
 * `why` says is what happens. */
static void check_decision(const struct tcn_policy *policy,
                           const struct tcn_policy *other, enum tcn_hook hook,
                           unsigned number)
{
    static char told[64 * 1024];
    for (size_t i = 0; i < ALERTS; i++) {
        const struct tcn_facts *facts = &alerts[i].facts;
        struct tcn_verdict first = decide(policy, hook, facts, number);
        struct tcn_verdict second = decide(other, hook, facts, number);
        struct tcn_buf out = tcn_buf(told, sizeof told);
        struct tcn_verdict explained =
            tcn_policy_explain(policy, hook, facts, number, &out);
        check_shown(&out);
        tcn_assert(same(first, second) && same(first, explained));
        bool keep = (first.form & TCN_CLASS_BIT(TCN_CLASS_KEEP)) != 0;
        tcn_assert(keep == (first.outcome == TCN_ALLOW));
    }
}

static void check_decisions(const struct tcn_policy *policy,
                            const struct tcn_policy *other,
                            const struct tcn_world *world)
{
    for (unsigned i = 0; i < world->peer_count && i < 8; i++) {
        check_decision(policy, other, TCN_HOOK_EXPORT, i);
        check_decision(policy, other, TCN_HOOK_IMPORT, i);
    }
    for (unsigned i = 0; i < world->observer_count; i++) {
        check_decision(policy, other, TCN_HOOK_SHOW, i);
    }
}

static void check_tests(const struct tcn_policy *policy,
                        const struct tcn_policy *other)
{
    static char told[64 * 1024];
    struct tcn_buf out = tcn_buf(told, sizeof told);
    struct tcn_buf unread = tcn_buf(other_room, sizeof told);
    size_t run, other_run;
    size_t failed = tcn_policy_run_tests(policy, &run, &out);
    size_t other_failed = tcn_policy_run_tests(other, &other_run, &unread);
    check_shown(&out);
    tcn_assert(failed <= run);
    tcn_assert(failed == other_failed && run == other_run);
}

/* Another order of the files, another layout: the same policy. */
static void check_equal(const struct tcn_policy *policy,
                        const struct tcn_source *sources,
                        const struct tcn_world *world)
{
    struct tcn_policy *other;
    again.count = 0;
    enum tcn_err err =
        tcn_policy_load(&other, world, sources, texts.count, &again);
    tcn_assert(err == TCN_ERR_OK && again.count == 0);
    tcn_assert(tcn_id_equal(tcn_policy_hash(policy), tcn_policy_hash(other)));
    size_t agreements = tcn_policy_agreement_count(policy);
    tcn_assert(agreements == tcn_policy_agreement_count(other));
    for (size_t i = 0; i < agreements; i++) {
        tcn_assert(strcmp(tcn_policy_agreement_ref(policy, i),
                          tcn_policy_agreement_ref(other, i)) == 0);
    }
    check_decisions(policy, other, world);
    check_tests(policy, other);
    tcn_policy_free(other);
}

static void check_policy(const struct tcn_policy *policy,
                         const struct tcn_world *world, bool formatted)
{
    struct tcn_source reversed[FILES_MAX];
    for (size_t i = 0; i < texts.count; i++) {
        reversed[i] = texts.given[texts.count - 1 - i];
    }
    if (texts.count > 1) {
        check_equal(policy, reversed, world);
    }
    if (formatted) {
        check_equal(policy, texts.formatted, world);
    }
}

static enum tcn_err try_policy(const struct tcn_world *world)
{
    struct tcn_policy *policy;
    bool formatted = format();
    problems.count = 0;
    enum tcn_err err =
        tcn_policy_load(&policy, world, texts.given, texts.count, &problems);
    tcn_assert((err == TCN_ERR_OK) == (policy != NULL));
    tcn_assert((err == TCN_ERR_OK) == (problems.count == 0));
    check_problems();
    if (policy != NULL) {
        check_policy(policy, world, formatted);
    } else if (formatted) {
        struct tcn_policy *other;
        again.count = 0;
        enum tcn_err second = tcn_policy_load(&other, world, texts.formatted,
                                              texts.count, &again);
        tcn_assert(second == err && other == NULL);
        check_same_problems();
    }
    tcn_policy_free(policy);
    return err;
}

/* ---- configurations ---- */

static void check_conf(void)
{
    static struct tcn_conf parts;
    tcn_assert(conf.peer_count <= conf.party_count);
    tcn_assert(conf.peer_count <= TCN_PEERS_MAX);
    tcn_assert(conf.party_count <= TCN_MEMBERS_MAX);
    tcn_assert(tcn_text_is_member(tcn_view_str(conf.member)));
    again.count = 0;
    enum tcn_err err =
        tcn_conf_load_includes(&parts, texts.given, texts.count, &again);
    tcn_assert(err == TCN_ERR_OK);
    tcn_assert(parts.include_count == conf.include_count);
}

static enum tcn_err try_node(void)
{
    bool formatted = format();
    problems.count = 0;
    enum tcn_err err =
        tcn_conf_load(&conf, texts.given, texts.count, &problems);
    tcn_assert((err == TCN_ERR_OK) == (problems.count == 0));
    check_problems();
    if (err == TCN_ERR_OK) {
        check_conf();
    }
    if (formatted) {
        again.count = 0;
        enum tcn_err second =
            tcn_conf_load(&conf, texts.formatted, texts.count, &again);
        tcn_assert(second == err);
        check_same_problems();
    }
    if (err != TCN_ERR_OK) {
        return err;
    }
    struct tcn_world world = tcn_conf_world(&conf);
    return try_policy(&world);
}

/* ---- filters ---- */

/* Neither may match where something is unknown, but never both. */
static void check_negation(const struct tcn_filter *filter)
{
    struct tcn_filter *negated;
    struct tcn_view text = texts.given[0].text;
    struct tcn_buf out = tcn_buf(room, sizeof room);
    tcn_buf_put_str(&out, "not (");
    tcn_buf_put(&out, text.data, text.len);
    tcn_buf_put_str(&out, "\n)");
    struct tcn_source source = {.name = "", .text = tcn_buf_view(&out)};
    again.count = 0;
    if (tcn_filter_load(&negated, &source, &again) != TCN_ERR_OK) {
        tcn_assert(again.list[0].err == TCN_ERR_CAPACITY);
        return;
    }
    for (size_t i = 0; i < ALERTS; i++) {
        bool yes = tcn_filter_match(filter, &alerts[i].alert);
        bool no = tcn_filter_match(negated, &alerts[i].alert);
        bool withheld = alerts[i].alert.present != alerts[i].alert.form;
        tcn_assert(!(yes && no) && (yes || no || withheld));
    }
    tcn_filter_free(negated);
}

static enum tcn_err try_filter(void)
{
    struct tcn_filter *filter;
    problems.count = 0;
    texts.count = 1;
    enum tcn_err err = tcn_filter_load(&filter, &texts.given[0], &problems);
    tcn_assert((err == TCN_ERR_OK) == (filter != NULL));
    tcn_assert((err == TCN_ERR_OK) == (problems.count == 0));
    check_problems();
    if (filter != NULL) {
        check_negation(filter);
    }
    tcn_filter_free(filter);
    return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    if (!ready) {
        make_alerts();
        ready = true;
    }
    if (size == 0) {
        return 0;
    }
    split(tcn_view(data + 1, size - 1));
    switch (data[0]) {
    case 'p': tcn_fuzz_verdict(try_policy(&kit_world)); break;
    case 'n': tcn_fuzz_verdict(try_node()); break;
    case 'f': tcn_fuzz_verdict(try_filter()); break;
    default: break;
    }
    return 0;
}
