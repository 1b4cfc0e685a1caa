/* Asking the search about one policy: spaces for its peers, goals made of
 * rules, and findings told with their example. Private to the checks. */
#pragma once

#include "policy/check.h"
#include "policy/search.h"

#define WORK_MAX 20000 /* steps for one question */

struct inquiry {
    const struct tcn_policy *policy;
    struct tcn_finding_taker taker;
    struct space *spaces[TCN_HOOK_ORIGINATE + 1][TCN_PEERS_MAX];
    struct goal goal;
    struct witness witness;
    bool too_large; /* some question was, since this was cleared */
    char text[512];
    char example[4096];
};

/* NULL when out of memory. */
struct inquiry *inquiry_new(const struct tcn_policy *policy,
                            struct tcn_finding_taker taker);
void inquiry_free(struct inquiry *inquiry);

/* How many peers or observer classes the hook has; one to originate. */
unsigned inquiry_targets(const struct inquiry *inquiry, enum tcn_hook hook);

/* Whether there is anybody that a rule of its kind could be about. */
bool inquiry_is_about(const struct inquiry *inquiry, const struct rule *rule);

/* Begins a goal about that hook and target; false when out of memory. */
bool inquiry_begin(struct inquiry *inquiry, enum tcn_hook hook,
                   unsigned number);
/* The same, with the rule matching there; false also when the rule is not
 * about that target. */
bool inquiry_begin_rule(struct inquiry *inquiry, const struct rule *rule,
                        unsigned number);
/* No rule of that verb matches, but for one (or NULL); with classes only those
 * that are about one of them. */
void inquiry_without(struct inquiry *inquiry, enum verb verb, uint8_t classes,
                     const struct rule *but);

/* Whether there is such an alert. FOUND_ONE: it is in `witness`, and the real
 * evaluation has confirmed that every rule asked for matches, or not. */
enum found inquiry_solve(struct inquiry *inquiry);

/* Tells a finding; with `example` the alert in `witness` and its verdict. */
void inquiry_tell(struct inquiry *inquiry, enum tcn_finding_kind kind,
                  struct tcn_span span, bool example);
void inquiry_say(struct inquiry *inquiry, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
