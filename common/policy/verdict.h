/* What a decision starts from and what it comes to. Types only. */
#pragma once

#include "alert/alert.h"
#include "alert/party.h"

/* Why the floor says no. X(NAME, word, sentence) */
#define TCN_FLOOR_REASONS(X)                                                   \
    X(NONE, "none", "the floor allows it")                                     \
    X(KEY, "key-state", "its certificate or key is not valid")                 \
    X(EXPIRED, "expired", "it has expired")                                    \
    X(EXERCISE, "exercise", "its exercise is not open here")                   \
    X(AUDIENCE, "audience", "the peer is not in the audience")                 \
    X(TLP, "tlp", "above GREEN only named members may get it")                 \
    X(RED, "red", "RED goes only from its originator")                         \
    X(ONWARD, "onward", "the originator does not allow onward sharing")        \
    X(ORCON, "orcon", "only the originator may share it")                      \
    X(CAVEAT, "caveat", "it has a caveat that is not known here")              \
    X(PARTNER, "no-partner", "the originator excludes partners")               \
    X(AGREEMENT, "agreement", "its agreement is not in force here")            \
    X(INTERNAL, "internal", "only internal observers may see it")

enum tcn_floor {
#define TCN_FLOOR_VALUE(name, word, sentence) TCN_FLOOR_##name,
    TCN_FLOOR_REASONS(TCN_FLOOR_VALUE)
#undef TCN_FLOOR_VALUE
        TCN_FLOOR_COUNT
};

/* What is known about an alert at the moment of the decision. */
struct tcn_facts {
    const struct tcn_alert *alert; /* as we hold it: header, open fields */
    bool is_own;                   /* its origin is our member */
    bool key_valid;                /* signature, certificate and key state */
    uint64_t sources;              /* peers that gave it to us, one bit each */
    uint64_t disagree; /* peers with another text of its agreement */
    uint64_t now_ms;
    uint64_t received_ms; /* by us: delays count from there; 0 = not known,
                             and no delay ends */
    uint64_t requested;   /* peers for which its release was asked and somebody
                             here has agreed to it */
    size_t release_count; /* what people decided about holds of it */
    const struct tcn_release *releases;
};

/* What people decided about one peer: bound to it, to the alert, and to the
 * form that was held. */
struct tcn_release {
    uint8_t peer;
    uint8_t asked;  /* the form that was held */
    uint8_t form;   /* what may go of it */
    bool refused;   /* or expired: nothing goes until it is opened again */
    uint64_t holds; /* hold rules that are satisfied, one bit each */
};

/* The values are kept in stores. */
enum tcn_outcome {
    TCN_DENY = 0, /* whatever is not decided is denied */
    TCN_HOLD = 1, /* a person decides: a hold, or on import the quarantine */
    TCN_ALLOW = 2,
    TCN_DELAY = 3, /* it may go later */
};

enum tcn_hook {
    TCN_HOOK_EXPORT,
    TCN_HOOK_IMPORT,
    TCN_HOOK_SHOW,
    TCN_HOOK_ORIGINATE,
};

#define TCN_RULE_DEFAULT UINT16_MAX /* no rule matched: the default */

struct tcn_verdict {
    uint8_t hook;      /* enum tcn_hook */
    uint8_t outcome;   /* enum tcn_outcome */
    uint8_t form;      /* classes that may be open, now or later; 0 on DENY */
    uint8_t floor;     /* enum tcn_floor; NONE when the local policy decided */
    bool refused;      /* DENY: it was held, and refused or not approved in time
                        */
    uint16_t rule;     /* the deciding rule, or TCN_RULE_DEFAULT */
    uint64_t holds;    /* HOLD, refused: those that match, by their numbers */
    uint64_t until_ms; /* DELAY: when it may go */
};
