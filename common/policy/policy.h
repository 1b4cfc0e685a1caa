/* The sovereignty filters: a compiled policy, the floor under it, and the one
 * question everything comes down to: what may happen to this alert, towards
 * this peer? Unknown, undecided and erroneous all mean no.
 * Rules: common/policy/LANGUAGE.md. */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "lang/source.h"
#include "policy/verdict.h"

const char *tcn_floor_word(enum tcn_floor reason);
const char *tcn_floor_sentence(enum tcn_floor reason);

struct tcn_policy;

/* Parses, checks and compiles the policy and agreement statements of all
 * sources (others are left to common/conf). Nothing is kept of the sources;
 * copies what it needs of `world`. On error *out is NULL and `problems` says
 * why. SYNTAX, NOT_YET, CAPACITY or NO_MEMORY. Free with tcn_policy_free(). */
TCN_MUST_USE enum tcn_err tcn_policy_load(struct tcn_policy **out,
                                          const struct tcn_world *world,
                                          const struct tcn_source *sources,
                                          size_t source_count,
                                          struct tcn_problems *problems);

/* Receive only, for a node without a valid policy: everything the import side
 * can verify is accepted, nothing is sent, nothing is shown to observers. NULL
 * when out of memory. */
struct tcn_policy *tcn_policy_receive_only(const struct tcn_world *world);

void tcn_policy_free(struct tcn_policy *policy);

/* Hash of everything that can change a decision. */
const struct tcn_id *tcn_policy_hash(const struct tcn_policy *policy);

/* "EE national" and 14; "" and 0 when there is no policy statement. */
const char *tcn_policy_name(const struct tcn_policy *policy);
uint64_t tcn_policy_version(const struct tcn_policy *policy);

/* Rules are numbered from 0 in the order of their names. */
#define TCN_RULE_NAME_MAX (TCN_NAME_MAX + 8) /* with "pending:" */
size_t tcn_policy_rule_count(const struct tcn_policy *policy);
const char *tcn_policy_rule_name(const struct tcn_policy *policy,
                                 uint16_t rule); /* "default" when none */
/* With those of a policy that waits to be confirmed. */
struct tcn_rule_info {
    const char *name;
    const char *verb; /* "allow" */
    enum tcn_hook hook;
};
size_t tcn_policy_rule_total(const struct tcn_policy *policy);
struct tcn_rule_info tcn_policy_rule(const struct tcn_policy *policy,
                                     size_t number);

/* Hold rules have numbers of their own, in the order of their names. */
struct tcn_hold_rule {
    const char *name;
    unsigned approvals;
    const char *role;
    uint64_t within_ms;
};
size_t tcn_policy_hold_count(const struct tcn_policy *policy);
struct tcn_hold_rule tcn_policy_hold(const struct tcn_policy *policy,
                                     size_t number);

/* How long the values of a class are kept after they came; 0 = as long as the
 * alert. The shorter of what the policy and the agreement `ref` say. */
uint64_t tcn_policy_retain_ms(const struct tcn_policy *policy, unsigned cls,
                              struct tcn_view agreement_ref);

/* How soon the agreement wants an ack of that severity; 0 = it says nothing. */
uint64_t tcn_policy_ack_ms(const struct tcn_policy *policy,
                           struct tcn_view agreement_ref, unsigned severity);

/* The choke points, one per hook. Pure; allocate nothing. `peer` and `observer`
 * are numbers of the world the policy was loaded with. */
struct tcn_verdict tcn_policy_export(const struct tcn_policy *policy,
                                     const struct tcn_facts *facts,
                                     unsigned peer);
/* The same for all peers at once: one verdict for each, in their order. */
void tcn_policy_export_all(const struct tcn_policy *policy,
                           const struct tcn_facts *facts,
                           struct tcn_verdict verdicts[TCN_PEERS_MAX]);
struct tcn_verdict tcn_policy_import(const struct tcn_policy *policy,
                                     const struct tcn_facts *facts,
                                     unsigned peer);
struct tcn_verdict tcn_policy_show(const struct tcn_policy *policy,
                                   const struct tcn_facts *facts,
                                   unsigned observer);
/* Whether a draft of our own may be signed: ALLOW or DENY. What we said can
 * always be taken back. */
struct tcn_verdict tcn_policy_originate(const struct tcn_policy *policy,
                                        const struct tcn_facts *facts);

/* Explains the same decision as text for people: the floor line by line, every
 * rule of the hook with matched or not and by which condition, the deciding one
 * marked, what would be cut, and the verdict, which is returned too. */
struct tcn_verdict tcn_policy_explain(const struct tcn_policy *policy,
                                      enum tcn_hook hook,
                                      const struct tcn_facts *facts,
                                      unsigned number, struct tcn_buf *out);

/* allow, deny, hold, delay; accept, reject, quarantine. */
const char *tcn_verdict_word(const struct tcn_verdict *verdict);

/* Appends one line: "deny by telco-sector" or "allow { KEEP, TECH } by x". */
void tcn_verdict_put(struct tcn_buf *out, const struct tcn_policy *policy,
                     const struct tcn_verdict *verdict);

/* Runs the `test` blocks. Appends a line per failed expectation, with file and
 * line; returns how many failed, and through *run how many were run. */
size_t tcn_policy_run_tests(const struct tcn_policy *policy, size_t *run,
                            struct tcn_buf *out);

/* Agreements of the sources; "NAME#0123456789abcdef" as in a header. */
size_t tcn_policy_agreement_count(const struct tcn_policy *policy);
const char *tcn_policy_agreement_ref(const struct tcn_policy *policy,
                                     size_t number);

bool tcn_policy_is_party(const struct tcn_policy *policy, size_t number,
                         const char *member);
/* Whether we hold exactly that text, it is active, and binds that member. */
bool tcn_policy_binds(const struct tcn_policy *policy,
                      struct tcn_view agreement_ref, const char *member,
                      uint64_t now_ms);

/* What one says; borrows from the policy. */
struct tcn_agreement_info {
    const char *ref;
    uint64_t version;
    uint64_t from_ms, until_ms;
    unsigned max_tlp, onward;
    size_t party_count;
    const char *parties[TCN_PEERS_MAX];
    uint64_t retain_ms[TCN_CLASS_COUNT];
    struct tcn_view text; /* canonical, as it is hashed but for the newline */
};
void tcn_policy_agreement(const struct tcn_policy *policy, size_t number,
                          struct tcn_agreement_info *info);

/* A condition by itself, for `tail --filter`; facts about peers and sources do
 * not exist there. Free with tcn_filter_free(). */
struct tcn_filter;
TCN_MUST_USE enum tcn_err tcn_filter_load(struct tcn_filter **out,
                                          const struct tcn_source *source,
                                          struct tcn_problems *problems);
bool tcn_filter_match(const struct tcn_filter *filter,
                      const struct tcn_alert *alert);
void tcn_filter_free(struct tcn_filter *filter);
