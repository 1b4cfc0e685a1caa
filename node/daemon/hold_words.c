/* What people say about a hold: two persons are two uids, and each counts for
 * the rules whose role it has. Everything is in the audit, in the transaction
 * of what it tells of. */
#include "daemon/control.h"
#include "daemon/requests.h"

static void put_cut(struct tcn_buf *out, uint8_t cut)
{
    const char *between = " without ";
    for (unsigned c = 0; c < TCN_CLASS_COUNT; c++) {
        if ((cut >> c & 1) != 0) {
            tcn_buf_printf(out, "%s%s", between, tcn_class_word(c));
            between = ", ";
        }
    }
}

static enum tcn_err note(struct tcn_node *node, const char *action,
                         const struct hold_word *word, const char *detail)
{
    char hex[17], text[TCN_HOLD_RULES_TEXT + 100];
    struct tcn_buf id = tcn_buf(hex, sizeof hex);
    struct tcn_buf more = tcn_buf(text, sizeof text);
    tcn_text_hex(&id, tcn_view(word->id->bytes, 8));
    if (word->peer[0] != '\0') {
        tcn_buf_printf(&more, "to %s", word->peer);
        put_cut(&more, word->cut);
        tcn_buf_printf(&more, " by %s", detail);
    }
    return audit_note(node, word->person->user, action, tcn_buf_text(&id),
                      tcn_buf_text(&more));
}

/* ---- who counts for which rule ---- */

/* The next of the names, or false. */
static bool next_name(const char **names, char name[TCN_RULE_NAME_MAX + 1])
{
    size_t len = strcspn(*names, " ");
    if (len == 0 || len > TCN_RULE_NAME_MAX) {
        return false;
    }
    memcpy(name, *names, len);
    name[len] = '\0';
    *names += len + ((*names)[len] == ' ');
    return true;
}

/* The rule of that name as the policy has it now; false when it has gone. */
static bool find_rule(const struct tcn_node *node, const char *name,
                      struct tcn_hold_rule *rule)
{
    const struct tcn_policy *policy = node->setup->policy;
    for (size_t i = 0; i < tcn_policy_hold_count(policy); i++) {
        *rule = tcn_policy_hold(policy, i);
        if (strcmp(rule->name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* The names of those rules whose role the person has. */
static void own_rules(const struct tcn_node *node, const struct tcn_hold *hold,
                      const struct tcn_control_peer *person,
                      char out[TCN_HOLD_RULES_TEXT])
{
    struct tcn_buf rules = tcn_buf(out, TCN_HOLD_RULES_TEXT);
    const char *names = hold->rules;
    char name[TCN_RULE_NAME_MAX + 1];
    struct tcn_hold_rule rule;
    while (next_name(&names, name)) {
        if (find_rule(node, name, &rule) && role_has(node, rule.role, person)) {
            tcn_buf_printf(&rules, "%s%s", rules.len > 0 ? " " : "", name);
        }
    }
    (void)tcn_buf_text(&rules);
}

struct counting {
    const char *name;
    unsigned people;
    uint8_t cut;
};

static enum tcn_err count_one(void *ctx, const struct tcn_approval *approval)
{
    struct counting *counting = ctx;
    const char *names = approval->rules;
    char name[TCN_RULE_NAME_MAX + 1];
    counting->cut |= approval->cut;
    while (next_name(&names, name)) {
        counting->people += strcmp(name, counting->name) == 0;
    }
    return TCN_ERR_OK;
}

/* A rule that has gone meanwhile needs nobody. */
static enum tcn_err count_missing(struct tcn_node *node,
                                  const struct tcn_hold *hold,
                                  struct counting *counting,
                                  struct tcn_hold_rule *rule)
{
    counting->people = 0;
    if (!find_rule(node, counting->name, rule)) {
        *rule = (struct tcn_hold_rule){.name = counting->name, .role = ""};
    }
    return tcn_store_approvals(
        node->store, &hold->id, hold->peer,
        (struct tcn_approval_taker){count_one, counting});
}

enum tcn_err holds_put_needs(struct tcn_node *node, const struct tcn_hold *hold,
                             struct tcn_buf *out)
{
    const char *names = hold->rules;
    char name[TCN_RULE_NAME_MAX + 1];
    while (next_name(&names, name)) {
        struct counting counting = {.name = name};
        struct tcn_hold_rule rule;
        enum tcn_err err = count_missing(node, hold, &counting, &rule);
        if (err != TCN_ERR_OK) {
            return err;
        }
        if (counting.people < rule.approvals) {
            tcn_buf_printf(out, "%s%s: %u more of role %s",
                           out->len > 0 ? "; " : "", name,
                           rule.approvals - counting.people, rule.role);
        }
    }
    return TCN_ERR_OK;
}

/* Whether every rule has its people, and what they cut together. */
static enum tcn_err is_satisfied(struct tcn_node *node,
                                 const struct tcn_hold *hold, bool *satisfied,
                                 uint8_t *cut)
{
    const char *names = hold->rules;
    char name[TCN_RULE_NAME_MAX + 1];
    *satisfied = true;
    *cut = 0;
    while (next_name(&names, name)) {
        struct counting counting = {.name = name};
        struct tcn_hold_rule rule;
        enum tcn_err err = count_missing(node, hold, &counting, &rule);
        if (err != TCN_ERR_OK) {
            return err;
        }
        *satisfied &= counting.people >= rule.approvals;
        *cut |= counting.cut;
    }
    return TCN_ERR_OK;
}

/* ---- words ---- */

static enum tcn_err find_waiting(struct tcn_node *node,
                                 const struct hold_word *word,
                                 struct tcn_hold *hold,
                                 char rules[TCN_HOLD_RULES_TEXT])
{
    enum tcn_err err =
        tcn_store_hold_get(node->store, word->id, word->peer, hold);
    if (err != TCN_ERR_OK) {
        return err;
    }
    own_rules(node, hold, word->person, rules);
    if (rules[0] == '\0') {
        return TCN_ERR_ROLE;
    }
    return hold->state == TCN_HOLD_WAITING ? shell_begin(node) : TCN_ERR_FINAL;
}

enum tcn_err holds_approve(struct tcn_node *node, const struct hold_word *word,
                           bool *done)
{
    struct tcn_hold hold;
    struct tcn_approval approval = {
        .uid = word->person->uid, .cut = word->cut, .at_ms = tcn_now_ms()};
    uint8_t cut;
    *done = false;
    enum tcn_err err = find_waiting(node, word, &hold, approval.rules);
    if (err != TCN_ERR_OK) {
        return err;
    }
    (void)snprintf(approval.user, sizeof approval.user, "%s",
                   word->person->user);
    err = tcn_store_approve(node->store, &hold, &approval);
    err = err == TCN_ERR_OK ? note(node, "hold-approve", word, approval.rules)
                            : err;
    err = err == TCN_ERR_OK ? is_satisfied(node, &hold, done, &cut) : err;
    if (err != TCN_ERR_OK || !*done) {
        return err;
    }
    hold.state = TCN_HOLD_RELEASED;
    hold.form = hold.asked & (uint8_t)~cut;
    err = tcn_store_hold_state(node->store, &hold);
    /* From now on the core may be asked again; it is not lost in a crash. */
    err = err == TCN_ERR_OK
              ? tcn_store_delay(node->store, word->id, word->peer, tcn_now_ms())
              : err;
    struct hold_word all = *word; /* what they cut together */
    all.cut = cut & hold.asked;
    return err == TCN_ERR_OK ? note(node, "hold-release", &all, hold.rules)
                             : err;
}

enum tcn_err holds_refuse(struct tcn_node *node, const struct hold_word *word)
{
    struct tcn_hold hold;
    char rules[TCN_HOLD_RULES_TEXT];
    enum tcn_err err = find_waiting(node, word, &hold, rules);
    if (err != TCN_ERR_OK) {
        return err;
    }
    hold.state = TCN_HOLD_REFUSED;
    err = tcn_store_hold_state(node->store, &hold);
    return err == TCN_ERR_OK ? note(node, "hold-refuse", word, rules) : err;
}

/* The next decision asks people again. */
enum tcn_err holds_reopen(struct tcn_node *node, const struct hold_word *word)
{
    struct tcn_hold hold;
    char rules[TCN_HOLD_RULES_TEXT];
    enum tcn_err err = find_waiting(node, word, &hold, rules);
    if (err != TCN_ERR_FINAL) {
        return err == TCN_ERR_OK ? TCN_ERR_EXISTS : err;
    }
    if (hold.state == TCN_HOLD_RELEASED) {
        return TCN_ERR_EXISTS;
    }
    err = shell_begin(node);
    err = err == TCN_ERR_OK
              ? tcn_store_hold_drop(node->store, word->id, word->peer)
              : err;
    err = err == TCN_ERR_OK
              ? tcn_store_delay(node->store, word->id, word->peer, tcn_now_ms())
              : err;
    return err == TCN_ERR_OK ? note(node, "hold-reopen", word, rules) : err;
}

enum tcn_err holds_accept(struct tcn_node *node, const struct hold_word *word)
{
    enum tcn_err err = tcn_store_quarantined(node->store, word->id);
    if (err != TCN_ERR_OK) {
        return err;
    }
    err = shell_begin(node);
    err = err == TCN_ERR_OK ? tcn_store_quarantine_end(node->store, word->id)
                            : err;
    for (unsigned i = 0; err == TCN_ERR_OK && i < node->setup->conf.peer_count;
         i++) {
        err = tcn_store_delay(node->store, word->id,
                              node->setup->conf.parties[i].name, tcn_now_ms());
    }
    err = err == TCN_ERR_OK ? observers_tell(node, word->id) : err;
    if (err == TCN_ERR_OK) {
        err = held_load(node, word->id, node->loaded, NULL);
    }
    if (err == TCN_ERR_OK) {
        err = requests_came(node, &node->loaded->alert);
    } else if (err == TCN_ERR_NOT_FOUND) {
        err = TCN_ERR_OK; /* its contents are over */
    }
    return err == TCN_ERR_OK ? note(node, "quarantine-end", word, "") : err;
}
