/* The second evaluator, written from the language's description: one rule, one
 * peer, one word at a time. */
#include <string.h>

#include "policy/random.h"

enum answer { NO, UNKNOWN, YES };

struct asking {
    const struct tcn_facts *facts;
    const struct tcn_party *peer;
    unsigned peer_number;
    bool opens;
};

static bool same(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* ---- a fact as a list of words ---- */

struct words {
    int count;
    char list[32][64];
    bool not_all_known;
};

static void add_view(struct words *words, struct tcn_view text)
{
    (void)snprintf(words->list[words->count++], sizeof words->list[0], "%.*s",
                   (int)text.len, (const char *)text.data);
}

static void add_number(struct words *words, uint64_t number)
{
    (void)snprintf(words->list[words->count++], sizeof words->list[0], "%llu",
                   (unsigned long long)number);
}

static void add_views(struct words *words, const struct tcn_view *list,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        add_view(words, list[i]);
    }
}

static bool something_withheld(const struct tcn_alert *alert)
{
    for (size_t i = 0; i < alert->field_count; i++) {
        if (alert->fields[i].bytes.data == NULL) {
            return true;
        }
    }
    return false;
}

static void add_indicators(struct words *words, const struct tcn_alert *alert)
{
    for (size_t i = 0; i < alert->field_count; i++) {
        if (alert->fields[i].bytes.data != NULL &&
            tcn_view_is(alert->fields[i].name, "indicator")) {
            /* array of two, then a string of 9: see kit_alert_field() */
            add_view(words, tcn_view(alert->fields[i].value.data + 2, 9));
        }
    }
    words->not_all_known = something_withheld(alert);
}

static void label_words(struct words *words, const char *fact,
                        const struct tcn_label *label)
{
    if (same(fact, "tlp")) {
        add_view(words, tcn_view_str(tcn_tlp_word(label->tlp)));
    } else if (same(fact, "pap")) {
        add_view(words, tcn_view_str(tcn_pap_word(label->pap)));
    } else if (same(fact, "onward")) {
        add_view(words, tcn_view_str(tcn_onward_word(label->onward)));
    } else if (same(fact, "audience")) {
        add_views(words, label->audience, label->audience_count);
    } else if (same(fact, "caveat")) {
        for (size_t i = 0; i < label->caveat_count; i++) {
            add_view(words, label->caveats[i]);
        }
    }
}

static void peer_words(struct words *words, const struct asking *asking,
                       const char *fact)
{
    const struct tcn_party *peer = asking->peer;
    if (same(fact, "peer.member")) {
        add_view(words, tcn_view_str(peer->name));
    } else if (same(fact, "peer.role")) {
        add_view(words,
                 tcn_view_str(peer->role == TCN_ROLE_PARTNER ? "partner"
                                                             : "nation"));
    } else if (same(fact, "peer.group")) {
        for (int i = 0; i < peer->group_count; i++) {
            add_view(words, tcn_view_str(peer->groups[i]));
        }
        if (same(peer->name, "lv") || same(peer->name, "lt")) {
            add_view(words, tcn_view_str("east"));
        }
    }
}

static void words_of(struct words *words, const struct asking *asking,
                     const char *fact)
{
    const struct tcn_alert *alert = asking->facts->alert;
    const struct tcn_header *header = &alert->header;
    words->count = 0;
    words->not_all_known = false;
    if (same(fact, "kind")) {
        add_view(words, header->kind_text);
    } else if (same(fact, "origin")) {
        add_view(words, header->origin);
    } else if (same(fact, "severity")) {
        add_view(words, tcn_view_str(tcn_severity_word(header->severity)));
    } else if (same(fact, "confidence")) {
        add_number(words, header->confidence);
    } else if (same(fact, "category")) {
        add_view(words, header->category);
    } else if (same(fact, "sector")) {
        add_views(words, header->sectors, header->sector_count);
    } else if (same(fact, "region")) {
        add_views(words, header->regions, header->region_count);
    } else if (same(fact, "agreement")) {
        const uint8_t *mark =
            memchr(header->agreement.data, '#', header->agreement.len);
        size_t len = mark == NULL ? 0 : (size_t)(mark - header->agreement.data);
        add_view(words, tcn_view(header->agreement.data, len));
    } else if (same(fact, "exercise")) {
        add_view(words, header->exercise);
    } else if (same(fact, "size")) {
        add_number(words, alert->envelope.len);
    } else if (same(fact, "revision")) {
        add_number(words, header->revision);
    } else if (same(fact, "indicator")) {
        add_indicators(words, alert);
    } else if (strncmp(fact, "peer.", 5) == 0) {
        peer_words(words, asking, fact);
    } else {
        label_words(words, fact, &header->label);
    }
}

/* ---- comparing ---- */

static bool fits(const char *word, const char *pattern)
{
    size_t len = strlen(pattern);
    if (same(pattern, "\"\"")) {
        return word[0] == '\0';
    }
    if (len > 0 && pattern[len - 1] == '*') {
        return strncmp(word, pattern, len - 1) == 0;
    }
    return same(word, pattern);
}

static int rank_in(const char *word, const char *const *order)
{
    for (int i = 0; order[i] != NULL; i++) {
        if (same(order[i], word)) {
            return i;
        }
    }
    return -1;
}

static long rank(const char *fact, const char *word)
{
    static const char *const severity[] = {"info", "low",      "medium",
                                           "high", "critical", NULL};
    static const char *const colour[] = {"clear",        "green", "amber",
                                         "amber+strict", "red",   NULL};
    static const char *const onward[] = {"none", "listed", "members", "any",
                                         NULL};
    if (same(fact, "severity")) {
        return rank_in(word, severity);
    }
    if (same(fact, "tlp") || same(fact, "pap")) {
        return rank_in(word, colour);
    }
    if (same(fact, "onward")) {
        return rank_in(word, onward);
    }
    char *end;
    long number = strtol(word, &end, 10);
    return same(end, "KiB") ? number * 1024 : number;
}

static bool ranked(const char *fact)
{
    static const char *const list[] = {"severity", "tlp",  "pap",
                                       "onward",   "size", "confidence",
                                       "revision", NULL};
    return rank_in(fact, list) >= 0;
}

static bool ordered_fits(const struct r_condition *c, const char *word)
{
    long have = rank(c->fact, word);
    long than = rank(c->fact, c->values[0]);
    if (same(c->compare, "<")) {
        return have < than;
    }
    if (same(c->compare, "<=")) {
        return have <= than;
    }
    return same(c->compare, ">") ? have > than : have >= than;
}

static bool is_one_of(const struct r_condition *c, const char *word)
{
    for (int i = 0; i < c->count; i++) {
        if (ranked(c->fact) ? rank(c->fact, word) == rank(c->fact, c->values[i])
                            : fits(word, c->values[i])) {
            return true;
        }
    }
    return false;
}

/* Who gave it to us: a rule that opens asks it of all of them, any other rule
 * of some of them. `differs`: that they are none of those. */
static bool sources_fit(const struct r_condition *c,
                        const struct asking *asking, bool differs)
{
    int fit = 0, count = 0;
    for (unsigned i = 0; i < PEER_COUNT; i++) {
        if ((asking->facts->sources >> i & 1) != 0) {
            count++;
            fit += is_one_of(c, kit_parties[i].name) != differs;
        }
    }
    bool nobody_is_no_objection = differs;
    if (count == 0) {
        return nobody_is_no_objection;
    }
    return asking->opens ? fit == count : fit > 0;
}

static enum answer yes_no(bool yes)
{
    return yes ? YES : NO;
}

static enum answer opposite(enum answer answer)
{
    return answer == YES ? NO : answer == NO ? YES : UNKNOWN;
}

static enum answer test(const struct r_condition *c,
                        const struct asking *asking, bool negated)
{
    struct words words;
    bool differs = same(c->compare, "!=");
    if (same(c->fact, "is_own")) {
        return yes_no(asking->facts->is_own != negated);
    }
    if (same(c->fact, "peer.eu")) {
        return yes_no(asking->peer->eu != negated);
    }
    if (same(c->fact, "requested")) {
        bool asked = (asking->facts->requested >> asking->peer_number & 1) != 0;
        return yes_no(asked != negated);
    }
    if (same(c->fact, "source")) {
        return yes_no(sources_fit(c, asking, differs != negated));
    }
    words_of(&words, asking, c->fact);
    bool some = false;
    for (int i = 0; i < words.count; i++) {
        bool order = c->compare[0] == '<' || c->compare[0] == '>';
        some |= order ? ordered_fits(c, words.list[i])
                      : is_one_of(c, words.list[i]);
    }
    enum answer answer = some ? YES : words.not_all_known ? UNKNOWN : NO;
    return differs != negated ? opposite(answer) : answer;
}

static enum answer has(const struct r_condition *c, const struct asking *asking)
{
    const struct tcn_alert *alert = asking->facts->alert;
    for (size_t i = 0; i < alert->field_count; i++) {
        if (alert->fields[i].bytes.data != NULL &&
            tcn_view_is(alert->fields[i].name, c->fact)) {
            return YES;
        }
    }
    return something_withheld(alert) ? UNKNOWN : NO;
}

static enum answer has_class(const struct r_condition *c,
                             const struct asking *asking)
{
    const struct tcn_alert *alert = asking->facts->alert;
    for (size_t i = 0; i < alert->field_count; i++) {
        if (same(tcn_class_word(alert->fields[i].cls), c->fact)) {
            return YES;
        }
    }
    return NO;
}

/* Negations are carried down to the single tests. */
static enum answer ask(const struct r_condition *c, const struct asking *asking,
                       bool negated)
{
    enum answer answer;
    switch (c->op) {
    case R_TEST: return test(c, asking, negated);
    case R_HAS:
        answer = has(c, asking);
        return negated ? opposite(answer) : answer;
    case R_CLASS:
        answer = has_class(c, asking);
        return negated ? opposite(answer) : answer;
    case R_NOT: return ask(c->left, asking, !negated);
    default: break;
    }
    enum answer left = ask(c->left, asking, negated);
    enum answer right = ask(c->right, asking, negated);
    bool least = (c->op == R_AND) != negated;
    bool take_left = least ? left < right : left > right;
    return take_left ? left : right;
}

/* ---- rules ---- */

static bool applies(const struct r_rule *rule, struct asking asking)
{
    asking.opens = same(rule->verb, "allow") || same(rule->verb, "accept") ||
                   same(rule->verb, "show");
    enum answer when =
        rule->when == NULL ? YES : ask(rule->when, &asking, false);
    enum answer not_unless =
        rule->unless == NULL ? YES : ask(rule->unless, &asking, true);
    enum answer both = when < not_unless ? when : not_unless;
    return asking.opens ? both == YES : both != NO;
}

bool naive_claims(const struct r_condition *when,
                  const struct r_condition *unless,
                  const struct tcn_facts *facts, unsigned peer)
{
    struct r_rule claim = {.verb = "assert",
                           .when = (struct r_condition *)(uintptr_t)when,
                           .unless = (struct r_condition *)(uintptr_t)unless};
    return applies(&claim,
                   (struct asking){facts, &kit_parties[peer], peer, false});
}

/* The first by name among those of the verb that apply, or NULL. */
static const struct r_rule *first(const struct r_policy *policy,
                                  const struct asking *asking, const char *hook,
                                  const char *verb)
{
    const struct r_rule *found = NULL;
    for (int i = 0; i < policy->rule_count; i++) {
        const struct r_rule *rule = &policy->rules[i];
        if (same(rule->hook, hook) && same(rule->verb, verb) &&
            rule->targets[asking->peer_number] && applies(rule, *asking) &&
            (found == NULL || strcmp(rule->name, found->name) < 0)) {
            found = rule;
        }
    }
    return found;
}

static uint8_t opened(const struct r_policy *policy,
                      const struct asking *asking, const char *hook,
                      const char *opener, uint8_t unsaid)
{
    uint8_t form = 0, cut = 0;
    for (int i = 0; i < policy->rule_count; i++) {
        const struct r_rule *rule = &policy->rules[i];
        if (!same(rule->hook, hook) || !rule->targets[asking->peer_number] ||
            !applies(rule, *asking)) {
            continue;
        }
        if (same(rule->verb, opener)) {
            form |= rule->classes == 0 ? unsaid : rule->classes;
        } else if (same(rule->verb, "redact")) {
            cut |= rule->classes;
        }
    }
    return (uint8_t)((form & ~cut) | 1);
}

static struct n_verdict say(const char *outcome, uint8_t form,
                            const struct r_rule *rule)
{
    return (struct n_verdict){outcome, form,
                              rule == NULL ? "default" : rule->name};
}

/* ---- the floor ---- */

static bool named(const struct tcn_label *label, const char *member)
{
    for (size_t i = 0; i < label->audience_count; i++) {
        if (tcn_view_is(label->audience[i], member)) {
            return true;
        }
    }
    return false;
}

static bool caveat(const struct tcn_label *label, const char *word)
{
    for (size_t i = 0; i < label->caveat_count; i++) {
        if (tcn_view_is(label->caveats[i], word)) {
            return true;
        }
    }
    return false;
}

/* The only exercises that are open: open-2027, and pact-2027 under ex-pact. */
static bool exercise_open(const struct tcn_header *header)
{
    return header->exercise.len == 0 ||
           tcn_view_is(header->exercise, "open-2027");
}

static bool pact_covers(const struct tcn_facts *facts, unsigned peer,
                        const char *ref)
{
    const struct tcn_label *label = &facts->alert->header.label;
    return tcn_view_is(facts->alert->header.agreement, ref) &&
           (peer == LV || peer == FI) && label->tlp <= TCN_TLP_AMBER &&
           label->onward <= TCN_ONWARD_MEMBERS &&
           (facts->disagree >> peer & 1) == 0;
}

static bool consents(const struct tcn_label *label, bool is_named,
                     bool has_agreement)
{
    return label->onward == TCN_ONWARD_ANY ||
           (label->onward == TCN_ONWARD_MEMBERS && has_agreement) ||
           (label->onward == TCN_ONWARD_LISTED && is_named);
}

static const char *others_word(const struct tcn_facts *facts, unsigned peer,
                               const char *ref)
{
    const struct tcn_header *header = &facts->alert->header;
    const struct tcn_label *label = &header->label;
    bool is_named = named(label, kit_parties[peer].name);
    bool has_agreement = header->agreement.len > 0;
    if (label->tlp == TCN_TLP_RED) {
        return "floor:red";
    }
    if (!consents(label, is_named, has_agreement)) {
        return "floor:onward";
    }
    if (caveat(label, "orcon")) {
        return "floor:orcon";
    }
    if (caveat(label, "new-one")) {
        return "floor:caveat";
    }
    if (caveat(label, "no-partner") && peer == ACME) {
        return "floor:no-partner";
    }
    bool covered = !has_agreement || pact_covers(facts, peer, ref);
    return covered ? NULL : "floor:agreement";
}

static const char *floor_word(const struct tcn_facts *facts, unsigned peer,
                              const char *ref)
{
    const struct tcn_label *label = &facts->alert->header.label;
    bool is_named = named(label, kit_parties[peer].name);
    if (!facts->key_valid) {
        return "floor:key-state";
    }
    if (facts->now_ms >= facts->alert->header.expires_ms) {
        return "floor:expired";
    }
    if (!exercise_open(&facts->alert->header)) {
        return "floor:exercise";
    }
    if (label->audience_count > 0 && !is_named) {
        return "floor:audience";
    }
    if (label->tlp > TCN_TLP_GREEN && !is_named) {
        return "floor:tlp";
    }
    if (facts->is_own) {
        bool no = caveat(label, "no-partner") && peer == ACME;
        return no ? "floor:no-partner" : NULL;
    }
    return others_word(facts, peer, ref);
}

/* ---- decisions ---- */

const char *word_of(const struct tcn_verdict *verdict)
{
    static const char *const words[] = {[TCN_DENY] = "deny",
                                        [TCN_HOLD] = "hold",
                                        [TCN_ALLOW] = "allow",
                                        [TCN_DELAY] = "delay"};
    return words[verdict->outcome];
}

/* What people decided about it for that peer; NULL: nothing. */
static const struct tcn_release *decided(const struct asking *asking)
{
    const struct tcn_facts *facts = asking->facts;
    const struct tcn_release *release = NULL;
    for (size_t i = 0; i < facts->release_count; i++) {
        if (facts->releases[i].peer == asking->peer_number) {
            release = &facts->releases[i];
        }
    }
    return release;
}

static bool refused(const struct asking *asking)
{
    const struct tcn_release *release = decided(asking);
    return release != NULL && release->refused;
}

/* Whether people let it go. */
static bool released(const struct r_policy *policy, const struct asking *asking,
                     uint8_t *form)
{
    const struct tcn_release *release = decided(asking);
    if (release == NULL) {
        return false;
    }
    for (int i = 0; i < policy->rule_count; i++) {
        const struct r_rule *rule = &policy->rules[i];
        if (same(rule->verb, "hold") && rule->targets[asking->peer_number] &&
            applies(rule, *asking) && (release->holds >> rule->hold & 1) == 0) {
            return false;
        }
    }
    uint8_t there = asking->facts->alert->form;
    if ((*form & there & ~release->asked) != 0) {
        return false;
    }
    *form = (uint8_t)((*form & there & (release->form | 1)) | (*form & ~there));
    return true;
}

static bool waits(const struct r_policy *policy, const struct asking *asking,
                  const struct r_rule **by)
{
    *by = NULL;
    for (int i = 0; i < policy->rule_count; i++) {
        const struct r_rule *rule = &policy->rules[i];
        if (same(rule->verb, "delay") && rule->targets[asking->peer_number] &&
            applies(rule, *asking) &&
            (*by == NULL || rule->hours > (*by)->hours ||
             (rule->hours == (*by)->hours &&
              strcmp(rule->name, (*by)->name) < 0))) {
            *by = rule;
        }
    }
    return *by != NULL &&
           asking->facts->now_ms <
               asking->facts->received_ms + (*by)->hours * TCN_HOUR_MS;
}

struct n_verdict naive_export(const struct r_policy *policy,
                              const struct tcn_facts *facts, unsigned peer,
                              const char *ref)
{
    struct asking asking = {facts, &kit_parties[peer], peer, false};
    const char *word = floor_word(facts, peer, ref);
    if (word != NULL) {
        return (struct n_verdict){"deny", 0, word};
    }
    const struct r_rule *deny = first(policy, &asking, "export", "deny");
    const struct r_rule *allow = first(policy, &asking, "export", "allow");
    if (deny != NULL || allow == NULL) {
        return say("deny", 0, deny);
    }
    uint8_t form = opened(policy, &asking, "export", "allow", 3);
    const struct r_rule *hold = first(policy, &asking, "export", "hold");
    if (refused(&asking)) {
        return say("deny", 0, hold);
    }
    if (hold != NULL && !released(policy, &asking, &form)) {
        return say("hold", form, hold);
    }
    const struct r_rule *delay;
    return waits(policy, &asking, &delay) ? say("delay", form, delay)
                                          : say("allow", form, allow);
}

struct n_verdict naive_import(const struct r_policy *policy,
                              const struct tcn_facts *facts, unsigned peer)
{
    struct asking asking = {facts, &kit_parties[peer], peer, false};
    const struct r_rule *reject = first(policy, &asking, "import", "reject");
    const struct r_rule *accept = first(policy, &asking, "import", "accept");
    const struct r_rule *odd = first(policy, &asking, "import", "quarantine");
    if (reject != NULL || accept == NULL) {
        return say("deny", 0, reject);
    }
    return odd != NULL ? say("hold", 127, odd) : say("allow", 127, accept);
}

struct n_verdict naive_show(const struct r_policy *policy,
                            const struct tcn_facts *facts, unsigned observer)
{
    struct asking asking = {facts, NULL, observer, false};
    if (!exercise_open(&facts->alert->header)) {
        return (struct n_verdict){"deny", 0, "floor:exercise"};
    }
    if (facts->alert->header.label.tlp >= TCN_TLP_AMBER_STRICT &&
        observer != SOC) {
        return (struct n_verdict){"deny", 0, "floor:internal"};
    }
    const struct r_rule *show = first(policy, &asking, "observers", "show");
    return show == NULL
               ? say("deny", 0, NULL)
               : say("allow", opened(policy, &asking, "observers", "show", 127),
                     show);
}

struct n_verdict naive_originate(const struct r_policy *policy,
                                 const struct tcn_facts *facts)
{
    struct asking asking = {facts, NULL, 0, true};
    const struct r_rule *lacks = NULL;
    for (int i = 0; i < policy->rule_count; i++) {
        const struct r_rule *rule = &policy->rules[i];
        if (same(rule->verb, "require") && applies(rule, asking) &&
            ask(rule->that, &asking, false) != YES &&
            (lacks == NULL || strcmp(rule->name, lacks->name) < 0)) {
            lacks = rule;
        }
    }
    bool revoke = facts->alert->header.kind == TCN_KIND_REVOKE;
    return lacks == NULL || revoke ? say("allow", 127, NULL)
                                   : say("deny", 0, lacks);
}
