/* Who may do what: uids and groups as the kernel says them, roles as the
 * configuration names them. */
#include <grp.h>
#include <unistd.h>

#include "daemon/control.h"

static bool has_group(const struct tcn_control_peer *peer, const char *name)
{
    const struct group *group = getgrnam(name);
    for (size_t i = 0; group != NULL && i < peer->group_count; i++) {
        if (peer->groups[i] == group->gr_gid) {
            return true;
        }
    }
    return false;
}

static bool is_listed(const struct tcn_role *role,
                      const struct tcn_control_peer *peer)
{
    for (size_t i = 0; i < role->user_count; i++) {
        if (strcmp(role->users[i], peer->user) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < role->group_count; i++) {
        if (has_group(peer, role->groups[i])) {
            return true;
        }
    }
    return false;
}

static enum tcn_control_role role_named(const char *name)
{
    static const struct {
        const char *name;
        enum tcn_control_role role;
    } roles[] = {
        {"observer", TCN_CONTROL_OBSERVER},
        {"operator", TCN_CONTROL_OPERATOR},
        {"admin", TCN_CONTROL_ADMIN},
    };
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (strcmp(roles[i].name, name) == 0) {
            return roles[i].role;
        }
    }
    return TCN_CONTROL_NONE; /* a role that only policies know */
}

enum tcn_control_role role_of(const struct tcn_node *node,
                              const struct tcn_control_peer *peer)
{
    if (peer->uid == 0 || peer->uid == geteuid()) {
        return TCN_CONTROL_ADMIN;
    }
    const struct tcn_conf *conf = &node->setup->conf;
    enum tcn_control_role best = TCN_CONTROL_NONE;
    for (size_t i = 0; i < conf->role_count; i++) {
        enum tcn_control_role role = role_named(conf->roles[i].name);
        if (role > best && is_listed(&conf->roles[i], peer)) {
            best = role;
        }
    }
    return best;
}
