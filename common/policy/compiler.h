/* From statements to a compiled policy; private to common/policy. Every
 * function here that reads text moves the cursor and fails it on a mistake. */
#pragma once

#include "lang/token.h"
#include "policy/internal.h"

/* What stands around a condition, and so which facts exist for it. */
enum scope {
    SCOPE_PEER,      /* export and import */
    SCOPE_OBSERVERS, /* no peer */
    SCOPE_ORIGINATE, /* no peer, no source */
    SCOPE_FILTER,    /* neither, and the names of members are not known */
};

/* Every statement that decides is hashed, and the world. */
#define HASHES_MAX                                                             \
    (TCN_RULES_MAX + TCN_AGREEMENTS_MAX + GROUPS_MAX + TCN_CLASS_COUNT + 2)

struct compiler {
    struct tcn_policy *policy;
    struct tcn_cursor c;
    enum scope scope;
    unsigned tests; /* in the condition that is being read */
    const struct tcn_source *sources;
    struct tcn_span place; /* up to there lines were counted */
    unsigned line;
    size_t hash_count;
    struct tcn_id hashes[HASHES_MAX];
};

/* Each reads a statement behind its keyword. */
void compile_rule(struct compiler *compiler, const struct tcn_token *keyword);
void compile_agreement(struct compiler *compiler,
                       const struct tcn_token *keyword);
void compile_test(struct compiler *compiler, const struct tcn_token *keyword);
void compile_retain(struct compiler *compiler, const struct tcn_token *keyword);
void compile_assert(struct compiler *compiler, const struct tcn_token *keyword);

/* ---- parts of statements ---- */

/* A condition; the index of its root, NO_NODE after a problem. */
uint16_t compile_condition(struct compiler *compiler, enum scope scope);

/* A value of a fact; false after a problem. */
bool compile_value(struct compiler *compiler, enum fact fact,
                   struct value *value);
uint8_t compile_class(struct compiler *compiler);   /* one, as a bit */
uint8_t compile_classes(struct compiler *compiler); /* { A, B } as a mask */

/* [CLASS|rest] DURATION of a `retain`; the second call ends the list. */
void compile_retention(struct compiler *compiler, struct retention *retention);
void finish_retention(struct retention *retention);

/* `any`, a name, or a set of names, as a mask. */
uint64_t compile_targets(struct compiler *compiler, enum tcn_hook hook);

/* [when C] [unless C] ; */
void compile_conditions(struct compiler *compiler, enum scope scope,
                        uint16_t *when, uint16_t *unless);

/* The canonical text of the statement that began there, without its newline. */
struct tcn_view statement_text(struct compiler *compiler,
                               const struct tcn_token *keyword);
/* What was read since `from`, as people like to read it, in one line. */
struct tcn_view line_text(struct compiler *compiler,
                          const struct tcn_token *from);

/* ---- world.c: names that are known ---- */
/* Party number of a member code, or -1; our own member is party_count. */
int world_party(const struct tcn_policy *policy, struct tcn_view member);
int world_observers(const struct tcn_policy *policy, struct tcn_view name);
bool world_has_group(const struct tcn_policy *policy, struct tcn_view name);
uint64_t world_group(const struct tcn_policy *policy, struct tcn_view name);

/* Report a name that is not known, with the nearest that is. */
void fail_member(struct compiler *compiler, const struct tcn_token *token);
void fail_group(struct compiler *compiler, const struct tcn_token *token);
void fail_observers(struct compiler *compiler, const struct tcn_token *token);

/* ---- hash.c ---- */
/* Of the canonical text of a statement; false when out of memory. */
bool hash_tokens(const struct tcn_token *from, const struct tcn_token *to,
                 struct tcn_id *out);
/* Of all statement hashes and the world, whatever their order. */
bool hash_policy(struct compiler *compiler);
