/* Who takes part, as the configuration says it and the policy asks for it:
 * members, the world they stand in, exercises. Types only. */
#pragma once

#include "base/limits.h"
#include "base/view.h"

#define TCN_GROUPS_MAX     8 /* of one member */
#define TCN_ROLES_MAX      16
#define TCN_ROLE_USERS_MAX 32

enum tcn_party_role {
    TCN_ROLE_UNSET,
    TCN_ROLE_NATION,
    TCN_ROLE_PARTNER,
};

struct tcn_party {
    char name[TCN_MEMBER_MAX + 1]; /* member code */
    uint8_t role;                  /* enum tcn_party_role */
    bool eu_set;
    bool eu;
    uint8_t group_count;
    char groups[TCN_GROUPS_MAX][TCN_NAME_MAX + 1];
};

struct tcn_exercise {
    char name[TCN_NAME_MAX + 1];
    uint64_t from_ms;
    uint64_t until_ms;
    char agreement[TCN_NAME_MAX + 1]; /* its name, or "" */
};

struct tcn_observer_class {
    char name[TCN_NAME_MAX + 1];
    bool internal; /* may see AMBER+STRICT and RED */
};

/* observer, operator, admin, or a name that holds of a policy ask for */
struct tcn_role {
    char name[TCN_NAME_MAX + 1];
    size_t user_count;
    char users[TCN_ROLE_USERS_MAX][TCN_NAME_MAX + 1];
    size_t group_count; /* of the system: any of their users */
    char groups[TCN_ROLE_USERS_MAX][TCN_NAME_MAX + 1];
};

/* What names in a policy may refer to. parties[0 .. peer_count) are the linked
 * peers, and their index is the peer number everywhere in the node; the rest
 * are pinned only. Our own member is not among them. All borrowed. */
struct tcn_world {
    const char *self;
    const struct tcn_party *parties;
    size_t party_count;
    size_t peer_count; /* <= TCN_PEERS_MAX */
    const struct tcn_exercise *exercises;
    size_t exercise_count;
    const struct tcn_observer_class *observers;
    size_t observer_count;
    const struct tcn_role *roles;
    size_t role_count;
};
