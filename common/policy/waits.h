/* What follows from decisions that wait for people or for time, without saying
 * where that is kept: the daemon and the simulator each have a store for it. */
#pragma once

#include "alert/status.h"
#include "policy/policy.h"

enum tcn_wait {
    TCN_WAIT_OVER,   /* nothing waits any more: a delay is forgotten */
    TCN_WAIT_PEOPLE, /* hold rules ask people */
    TCN_WAIT_TIME,   /* it may go at verdict.until_ms */
    TCN_WAIT_LOOK,   /* it came in, and goes into quarantine if it is new */
    TCN_WAIT_SAME,   /* whatever waits goes on to wait */
};
enum tcn_wait tcn_wait_of(enum tcn_hook hook,
                          const struct tcn_verdict *verdict);

/* A hold outlives its policy, so its rules are kept by name, with blanks
 * between. Those of a verdict; *within_ms is the shortest of their times,
 * UINT64_MAX when there is none. */
void tcn_hold_names(const struct tcn_policy *policy, uint64_t holds,
                    struct tcn_buf *names, uint64_t *within_ms);
/* ... and their numbers in this policy, one bit each; what has gone has none.
 */
uint64_t tcn_hold_bits(const struct tcn_policy *policy, const char *names);
bool tcn_hold_has(const char *names, const char *name);

/* A question to people about one alert and one peer, with the numbers that its
 * rules have now. */
struct tcn_question {
    uint64_t holds;
    uint8_t state; /* enum tcn_hold_state */
    uint8_t asked; /* the form that is held */
    uint8_t form;  /* what may go of it, once released */
};

/* It is held once more. */
enum tcn_hold_again {
    TCN_HOLD_STANDS,    /* the same question, or it is final */
    TCN_HOLD_ASKS_ANEW, /* another question: all approvals are void */
    TCN_HOLD_GOES,      /* covered by its release: the core has to be told */
};
enum tcn_hold_again tcn_hold_again(const struct tcn_question *held,
                                   const struct tcn_question *now);

/* What the core is told of it; false when there is nothing to tell yet. */
bool tcn_hold_told(const struct tcn_question *held, unsigned peer,
                   struct tcn_release *release);

/* The core is asked again about delays that ended after the one time and by the
 * other. *asked_ms: up to when it was; 0 after a start. Up to the millisecond
 * before: more can come due in this one. */
struct tcn_overdue {
    uint64_t after_ms, until_ms;
};
struct tcn_overdue tcn_delays_over(uint64_t asked_ms, uint64_t now_ms);
