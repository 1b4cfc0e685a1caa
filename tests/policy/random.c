#include "policy/random.h"

#include <string.h>

/* Facts, what they are compared with, and whether they have an order. */
struct words {
    const char *fact;
    const char *values[8];
    bool ordered, set, bare, of_peer;
};

static const struct words whole[] = {
    {"kind",
     {"alert", "update", "sighting", "revoke", "request-release"},
     0,
     0,
     0,
     0},
    {"origin", {"ee", "lv", "fi", "no"}, 0, 0, 0, 0},
    {"severity", {"info", "low", "medium", "high", "critical"}, 1, 0, 0, 0},
    {"confidence", {"0", "50", "51", "100"}, 1, 0, 0, 0},
    {"category",
     {"fraud/*", "fraud/phishing", "malicious-code/*", "m*"},
     0,
     0,
     0,
     0},
    {"sector", {"energy", "energy-oil", "energy*", "health"}, 0, 1, 0, 0},
    {"region", {"ee", "lv", "e*"}, 0, 1, 0, 0},
    {"tlp", {"clear", "green", "amber", "amber+strict", "red"}, 1, 0, 0, 0},
    {"pap", {"clear", "green", "amber", "red"}, 1, 0, 0, 0},
    {"onward", {"none", "listed", "members", "any"}, 1, 0, 0, 0},
    {"audience", {"lv", "lt", "us", "no"}, 0, 1, 0, 0},
    {"caveat", {"orcon", "no-partner", "no-automation"}, 0, 1, 0, 0},
    {"agreement", {"pact", "p*", "\"\"", "other"}, 0, 0, 0, 0},
    {"exercise", {"\"\"", "open-2027", "pact-2027"}, 0, 0, 0, 0},
    {"size", {"1KiB", "64KiB", "65536", "100"}, 1, 0, 0, 0},
    {"revision", {"0", "1", "2"}, 1, 0, 0, 0},
    {"is_own", {""}, 0, 0, 1, 0},
    {"indicator", {"ipv4-addr", "ipv*", "sha256"}, 0, 1, 0, 0},
    {"source", {"lv", "lt", "fi"}, 0, 1, 0, 0},
    {"peer.member", {"lv", "us", "acme-telecom"}, 0, 0, 0, 1},
    {"peer.group", {"nordic", "baltic-8", "east"}, 0, 1, 0, 1},
    {"peer.role", {"nation", "partner"}, 0, 0, 0, 1},
    {"peer.eu", {""}, 0, 0, 1, 1},
    {"requested", {""}, 0, 0, 1, 1},
};
static const struct words little[] = {
    {"severity", {"low", "high", "critical"}, 1, 0, 0, 0},
    {"tlp", {"green", "amber", "red"}, 1, 0, 0, 0},
    {"sector", {"energy", "health", "e*"}, 0, 1, 0, 0},
    {"origin", {"ee", "lv"}, 0, 0, 0, 0},
    {"source", {"lv", "fi"}, 0, 1, 0, 0},
    {"audience", {"lv"}, 0, 1, 0, 0},
    {"onward", {"none", "any"}, 1, 0, 0, 0},
    {"requested", {""}, 0, 0, 1, 1},
    {"peer.member", {"lv", "us"}, 0, 0, 0, 1},
};
static const char *const names[] = {"title", "indicator", "victim", "actor"};
static const char *const classes[] = {"KEEP",     "TECH",  "SOURCE", "VICTIM",
                                      "PERSONAL", "ACTOR", "FREE"};

/* ---- conditions ---- */

static struct r_condition *new_condition(struct r_policy *policy, int op)
{
    assert_true(policy->condition_count < R_CONDITIONS_MAX);
    struct r_condition *made = &policy->conditions[policy->condition_count++];
    *made = (struct r_condition){.op = op, .compare = ""};
    return made;
}

static int value_count(const struct words *words)
{
    int count = 0;
    while (count < 8 && words->values[count] != NULL) {
        count++;
    }
    return count;
}

static void random_compare(struct r_condition *made, const struct words *words,
                           struct rng *rng)
{
    static const char *const ops[] = {"==", "!=", "<", "<=", ">", ">="};
    int count = value_count(words);
    made->count = 1;
    made->compare = ops[rng_below(rng, words->ordered ? 6 : 2)];
    if (rng_one_in(rng, 4)) {
        made->compare = "in";
        made->count = 1 + (int)rng_below(rng, 3);
    } else if (words->set && rng_one_in(rng, 2)) {
        made->compare = "";
    }
    for (int i = 0; i < made->count; i++) {
        made->values[i] = words->values[rng_below(rng, (uint32_t)count)];
    }
}

static struct r_condition *random_test(struct r_policy *policy, struct rng *rng,
                                       enum r_size size, bool peers)
{
    if (rng_one_in(rng, 8)) {
        struct r_condition *made = new_condition(policy, R_HAS);
        made->fact = size == R_SMALL ? "victim" : names[rng_below(rng, 4)];
        return made;
    }
    if (rng_one_in(rng, 10)) {
        struct r_condition *made = new_condition(policy, R_CLASS);
        made->fact = size == R_SMALL ? "VICTIM" : classes[rng_below(rng, 7)];
        return made;
    }
    const struct words *table = size == R_SMALL ? little : whole;
    uint32_t count = size == R_SMALL ? COUNT(little) : COUNT(whole);
    const struct words *words;
    do {
        words = &table[rng_below(rng, count)];
    } while (words->of_peer && !peers);
    struct r_condition *made = new_condition(policy, R_TEST);
    made->fact = words->fact;
    if (!words->bare) {
        random_compare(made, words, rng);
    }
    return made;
}

struct r_condition *random_condition(struct r_policy *policy, struct rng *rng,
                                     enum r_size size, bool peers)
{
    struct r_condition *made = random_test(policy, rng, size, peers);
    uint32_t more = rng_below(rng, size == R_SMALL ? 2 : 3);
    for (uint32_t i = 0; i < more; i++) {
        struct r_condition *right = random_test(policy, rng, size, peers);
        struct r_condition *joined =
            new_condition(policy, rng_one_in(rng, 2) ? R_AND : R_OR);
        joined->left = made;
        joined->right = right;
        made = joined;
        if (rng_one_in(rng, 4)) {
            struct r_condition *negated = new_condition(policy, R_NOT);
            negated->left = made;
            made = negated;
        }
    }
    return made;
}

/* ---- rules ---- */

static void random_targets(struct r_rule *rule, struct rng *rng)
{
    static const struct {
        const char *text;
        bool to[PEER_COUNT];
    } targets[] = {
        {"any", {1, 1, 1, 1, 1}},
        {"any", {1, 1, 1, 1, 1}},
        {"lv", {1, 0, 0, 0, 0}},
        {"{ lv, us, acme-telecom }", {1, 0, 0, 1, 1}},
        {"group nordic", {1, 0, 1, 0, 0}},
        {"{ group east, no }", {1, 1, 0, 0, 0}},
    };
    uint32_t at = rng_below(rng, COUNT(targets));
    rule->target_text = targets[at].text;
    memcpy(rule->targets, targets[at].to, sizeof rule->targets);
}

static void random_observers(struct r_rule *rule, struct rng *rng)
{
    static const char *const texts[] = {"any", "soc", "screen",
                                        "{ soc, screen }"};
    uint32_t at = rng_below(rng, COUNT(texts));
    rule->target_text = texts[at];
    rule->targets[SOC] = at != 2;
    rule->targets[SCREEN] = at != 1;
}

void random_rule(struct r_policy *policy, struct rng *rng, enum r_size size)
{
    static const struct {
        const char *verb, *hook;
    } shapes[] = {
        {"allow", "export"},      {"allow", "export"},
        {"allow", "export"},      {"deny", "export"},
        {"redact", "export"},     {"hold", "export"},
        {"delay", "export"},      {"accept", "import"},
        {"accept", "import"},     {"reject", "import"},
        {"show", "observers"},    {"redact", "observers"},
        {"quarantine", "import"}, {"require", "originate"},
    };
    static unsigned number;
    struct r_rule *rule = &policy->rules[policy->rule_count];
    uint32_t at = rng_below(rng, size == R_SMALL ? 7 : COUNT(shapes));
    *rule = (struct r_rule){.verb = shapes[at].verb, .hook = shapes[at].hook};
    /* Names in no order, so that the order of the text is not theirs. */
    number = (number * 37 + 11) % 9973;
    (void)snprintf(rule->name, sizeof rule->name, "r%u", number);
    bool observers = strcmp(rule->hook, "observers") == 0;
    bool peers = !observers && strcmp(rule->hook, "originate") != 0;
    if (observers) {
        random_observers(rule, rng);
    } else if (peers) {
        random_targets(rule, rng);
    }
    bool cuts = strcmp(rule->verb, "redact") == 0;
    bool opens =
        strcmp(rule->verb, "allow") == 0 || strcmp(rule->verb, "show") == 0;
    if (cuts || (opens && rng_one_in(rng, 2))) {
        rule->classes = (uint8_t)(rng_below(rng, 126) + 2) & 126;
        rule->classes = rule->classes == 0 ? 2 : rule->classes;
    }
    rule->hours = 1 + rng_below(rng, 4);
    if (strcmp(rule->verb, "require") == 0) {
        rule->that = random_condition(policy, rng, size, false);
    }
    if (!rng_one_in(rng, 4)) {
        rule->when = random_condition(policy, rng, size, peers);
    }
    if (rng_one_in(rng, 3)) {
        rule->unless = random_condition(policy, rng, size, peers);
    }
    policy->rule_count++;
}

static int holds_before(const struct r_policy *policy, const char *name)
{
    int count = 0;
    for (int i = 0; i < policy->rule_count; i++) {
        count += strcmp(policy->rules[i].verb, "hold") == 0 &&
                 strcmp(policy->rules[i].name, name) < 0;
    }
    return count;
}

void random_policy(struct r_policy *policy, struct rng *rng, enum r_size size,
                   int rules)
{
    policy->rule_count = 0;
    policy->condition_count = 0;
    for (int i = 0; i < rules; i++) {
        random_rule(policy, rng, size);
    }
    for (int i = 0; i < rules; i++) {
        policy->rules[i].hold =
            (unsigned)holds_before(policy, policy->rules[i].name);
    }
}

/* ---- as text ---- */

static void print_side(struct tcn_buf *out, const struct r_condition *side)
{
    tcn_buf_put_str(out, "(");
    print_condition(out, side);
    tcn_buf_put_str(out, ")");
}

static void print_test(struct tcn_buf *out, const struct r_condition *c)
{
    bool set = strcmp(c->compare, "in") == 0;
    tcn_buf_printf(out, "%s %s %s", c->fact, c->compare, set ? "{ " : "");
    for (int i = 0; i < c->count; i++) {
        tcn_buf_printf(out, "%s%s", i > 0 ? ", " : "", c->values[i]);
    }
    tcn_buf_put_str(out, set ? " }" : "");
}

void print_condition(struct tcn_buf *out, const struct r_condition *c)
{
    switch (c->op) {
    case R_TEST: print_test(out, c); break;
    case R_HAS: tcn_buf_printf(out, "has(%s)", c->fact); break;
    case R_CLASS: tcn_buf_printf(out, "class %s present", c->fact); break;
    case R_NOT:
        tcn_buf_put_str(out, "not ");
        print_side(out, c->left);
        break;
    default:
        print_side(out, c->left);
        tcn_buf_put_str(out, c->op == R_AND ? " and " : " or ");
        print_side(out, c->right);
        break;
    }
}

static void print_classes(struct tcn_buf *out, const char *word, uint8_t mask)
{
    const char *between = "";
    tcn_buf_printf(out, " %s { ", word);
    for (int i = 0; i < 7; i++) {
        if ((mask >> i & 1) != 0) {
            tcn_buf_printf(out, "%s%s", between, classes[i]);
            between = ", ";
        }
    }
    tcn_buf_put_str(out, " }");
}

static void print_options(struct tcn_buf *out, const struct r_rule *rule)
{
    bool cuts = strcmp(rule->verb, "redact") == 0;
    if (rule->classes != 0) {
        print_classes(out, cuts ? "classes" : "with", rule->classes);
    }
    if (strcmp(rule->verb, "hold") == 0) {
        tcn_buf_put_str(out, " approve 2 of role releaser within 4h");
    }
    if (strcmp(rule->verb, "delay") == 0) {
        tcn_buf_printf(out, " by %uh", rule->hours);
    }
    if (rule->that != NULL) {
        tcn_buf_put_str(out, " that ");
        print_condition(out, rule->that);
    }
}

static void print_rule(struct tcn_buf *out, const struct r_rule *rule)
{
    const char *way = strcmp(rule->hook, "export") == 0   ? "to "
                      : strcmp(rule->hook, "import") == 0 ? "from "
                                                          : "";
    tcn_buf_printf(out, "%s %s %s%s name %s", rule->verb, rule->hook, way,
                   rule->target_text == NULL ? "" : rule->target_text,
                   rule->name);
    print_options(out, rule);
    if (rule->when != NULL) {
        tcn_buf_put_str(out, " when ");
        print_condition(out, rule->when);
    }
    if (rule->unless != NULL) {
        tcn_buf_put_str(out, " unless ");
        print_condition(out, rule->unless);
    }
    tcn_buf_put_str(out, ";\n");
}

void print_policy(struct tcn_buf *out, const struct r_policy *policy)
{
    tcn_buf_put_str(out, "group east = { lv, lt, no };\n" R_PACT);
    for (int i = 0; i < policy->rule_count; i++) {
        print_rule(out, &policy->rules[i]);
    }
}

/* ---- alerts ---- */

static const char *one_of(struct rng *rng, const char *const *list,
                          uint32_t count)
{
    return list[rng_below(rng, count)];
}
#define ONE_OF(rng, ...)                                                       \
    one_of(rng, (const char *const[]){__VA_ARGS__},                            \
           COUNT(((const char *const[]){__VA_ARGS__})))

static size_t random_list(struct rng *rng, struct tcn_view *out,
                          const char *const *from, uint32_t count)
{
    size_t n = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (rng_one_in(rng, 3)) {
            out[n++] = tcn_view_str(from[i]);
        }
    }
    return n;
}

static void random_label(struct tcn_label *label, struct rng *rng)
{
    static const char *const members[] = {"fi", "lt", "lv", "no", "us"};
    static const char *const caveats[] = {"new-one", "no-automation",
                                          "no-partner", "orcon"};
    static const uint8_t bits[] = {TCN_CAVEAT_UNKNOWN, TCN_CAVEAT_NO_AUTOMATION,
                                   TCN_CAVEAT_NO_PARTNER, TCN_CAVEAT_ORCON};
    label->tlp = (uint8_t)rng_below(rng, rng_one_in(rng, 2) ? 5 : 2);
    label->pap = (uint8_t)rng_below(rng, 4);
    label->onward = (uint8_t)rng_below(rng, 4);
    if (rng_one_in(rng, 2)) {
        label->audience_count = (uint16_t)random_list(rng, label->audience,
                                                      members, COUNT(members));
    }
    for (uint32_t i = 0; i < COUNT(caveats); i++) {
        if (rng_one_in(rng, 10)) {
            label->caveats[label->caveat_count++] = tcn_view_str(caveats[i]);
            label->caveat_mask |= bits[i];
        }
    }
}

static void random_fields(struct kit_alert *kit, struct rng *rng)
{
    static const struct {
        const char *name;
        uint8_t cls;
    } fields[] = {{"title", 0},  {"indicator", 1}, {"source", 2},
                  {"victim", 3}, {"contact", 4},   {"actor", 5},
                  {"other", 6}};
    uint8_t withheld = rng_one_in(rng, 2) ? (uint8_t)rng_below(rng, 128) : 0;
    for (size_t i = 0; i < COUNT(fields); i++) {
        if (rng_one_in(rng, 2)) {
            kit_alert_field(kit, fields[i].name, fields[i].cls,
                            i > 0 && (withheld >> i & 1) != 0);
        }
    }
    if (rng_one_in(rng, 8)) { /* in a stricter class than its own */
        kit_alert_field(kit, "indicator", 4, (withheld >> 4 & 1) != 0);
    }
}

static void random_releases(struct kit_alert *kit, struct rng *rng)
{
    static struct tcn_release releases[2];
    for (size_t i = 0; i < COUNT(releases); i++) {
        releases[i] = (struct tcn_release){
            .peer = (uint8_t)rng_below(rng, PEER_COUNT),
            .asked = rng_one_in(rng, 2) ? 127 : (uint8_t)rng_below(rng, 128),
            .form = (uint8_t)rng_below(rng, 128),
            .refused = rng_one_in(rng, 6),
            .holds = rng_one_in(rng, 2) ? UINT64_MAX : rng_below(rng, 4),
        };
    }
    /* One word of people per peer. */
    bool twice = releases[0].peer == releases[1].peer;
    kit->facts.release_count = rng_below(rng, twice ? 2 : 3);
    kit->facts.releases = releases;
}

/* Nothing for the floor to say, so that rules decide. */
static void tame(struct kit_alert *kit, struct rng *rng)
{
    struct tcn_header *header = &kit->alert.header;
    header->label.tlp = (uint8_t)rng_below(rng, 2);
    header->label.onward = TCN_ONWARD_ANY;
    header->label.audience_count = 0;
    header->label.caveat_count = 0;
    header->label.caveat_mask = 0;
    header->agreement = tcn_view_str("");
    header->exercise = tcn_view_str("");
    header->expires_ms = KIT_NOW_MS + 1;
    kit->facts.key_valid = true;
}

void random_alert(struct kit_alert *kit, struct rng *rng, const char *ref)
{
    static const char *const sectors[] = {"energy", "energy-oil", "health"};
    static const char *const regions[] = {"ee", "lv"};
    kit_alert_init(kit, ONE_OF(rng, "ee", "ee", "lv", "fi", "no", "pt"));
    struct tcn_header *header = &kit->alert.header;
    int kind = (int)rng_below(rng, 6);
    header->kind = (enum tcn_kind)kind;
    header->kind_text = tcn_view_str(
        kind == TCN_KIND_UNKNOWN ? ONE_OF(rng, "news", "request-release")
                                 : tcn_kind_word(header->kind));
    header->severity = (uint8_t)rng_below(rng, 5);
    header->confidence = (uint8_t)(49 + rng_below(rng, 52));
    header->confidence = rng_one_in(rng, 5) ? 0 : header->confidence;
    header->revision = rng_below(rng, 4);
    header->category =
        tcn_view_str(ONE_OF(rng, "fraud/phishing", "fraud/other",
                            "malicious-code/ransomware", "availability/dos"));
    header->agreement = tcn_view_str(ONE_OF(
        rng, "", "", ref, "pact#0123456789abcdef", "other#0123456789abcdef"));
    header->exercise = tcn_view_str(ONE_OF(
        rng, "", "", "", "open-2027", "over-2026", "pact-2027", "not-one"));
    header->sector_count =
        (uint8_t)random_list(rng, header->sectors, sectors, COUNT(sectors));
    header->region_count =
        (uint8_t)random_list(rng, header->regions, regions, COUNT(regions));
    random_label(&header->label, rng);
    random_fields(kit, rng);
    kit->alert.envelope.len =
        rng_one_in(rng, 2) ? 65535 + rng_below(rng, 3) : rng_below(rng, 2000);
    kit->facts.key_valid = !rng_one_in(rng, 12);
    kit->facts.sources =
        kit->facts.is_own ? 0 : rng_below(rng, 1u << PEER_COUNT);
    kit->facts.requested = rng_below(rng, 32);
    kit->facts.disagree = rng_one_in(rng, 4) ? rng_below(rng, 32) : 0;
    kit->facts.received_ms =
        KIT_NOW_MS - rng_below(rng, 5) * (uint64_t)TCN_HOUR_MS;
    header->expires_ms = rng_one_in(rng, 12) ? KIT_NOW_MS : KIT_NOW_MS + 1;
    if (rng_one_in(rng, 2)) {
        tame(kit, rng);
    }
    random_releases(kit, rng);
}
