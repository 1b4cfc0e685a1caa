#include "cli/party_files.h"

#include <unistd.h>

#include "base/text.h"

void party_path(const struct cli_args *args, const char *folder,
                const char *member, char out[PARTY_PATH_MAX])
{
    char dir[TCN_PATH_MAX];
    cli_directory(args, dir, sizeof dir);
    (void)snprintf(out, PARTY_PATH_MAX, "%s/%s/%s.%s", dir, folder, member,
                   strcmp(folder, "cards") == 0 ? "card" : "conf");
}

bool party_has_file(const struct cli_args *args, const char *folder,
                    const char *member)
{
    char path[PARTY_PATH_MAX];
    party_path(args, folder, member, path);
    return access(path, F_OK) == 0;
}

size_t party_find(const struct tcn_setup *setup, const char *member)
{
    size_t at = 0;
    while (at < setup->conf.party_count &&
           strcmp(setup->conf.parties[at].name, member) != 0) {
        at++;
    }
    return at;
}

bool party_write_member(const struct cli_args *args,
                        const struct tcn_party *party, bool fresh)
{
    static const char *const roles[] = {NULL, "nation", "partner"};
    char text[1024];
    char path[PARTY_PATH_MAX];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    tcn_buf_printf(&out, "member %s {\n    card cards/%s.card;\n", party->name,
                   party->name);
    if (party->eu_set) {
        tcn_buf_printf(&out, "    eu %s;\n", party->eu ? "yes" : "no");
    }
    if (roles[party->role] != NULL) {
        tcn_buf_printf(&out, "    role %s;\n", roles[party->role]);
    }
    for (size_t i = 0; i < party->group_count; i++) {
        tcn_buf_printf(&out, "    group %s;\n", party->groups[i]);
    }
    tcn_buf_put_str(&out, "}\n");
    party_path(args, "members", party->name, path);
    return !out.full && cli_write(path, 0644, fresh, tcn_buf_view(&out));
}

bool party_write_peer(const struct cli_args *args, const char *member,
                      const struct tcn_conf_peer *peer, bool fresh)
{
    char text[512];
    char path[PARTY_PATH_MAX];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    tcn_buf_printf(&out, "peer %s {\n", member);
    if (peer->connect[0] != '\0') {
        tcn_buf_printf(&out, "    connect %s;\n", peer->connect);
    }
    if (peer->since_ms != 0) {
        tcn_buf_put_str(&out, "    since ");
        tcn_time_put_duration(&out, peer->since_ms);
        tcn_buf_put_str(&out, ";\n");
    }
    tcn_buf_put_str(&out, peer->paused ? "    paused;\n}\n" : "}\n");
    party_path(args, "peers", member, path);
    return !out.full && cli_write(path, 0644, fresh, tcn_buf_view(&out));
}

bool party_is_endpoint(const char *text)
{
    struct tcn_view rest = tcn_view_str(text);
    uint64_t port = 0;
    if (rest.len >= TCN_ENDPOINT_MAX || strncmp(text, "tcp://", 6) != 0) {
        return false;
    }
    const char *colon = strrchr(text, ':');
    /* Names, addresses, [addresses]: nothing that the language would read. */
    static const char good[] = "abcdefghijklmnopqrstuvwxyz"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]*%";
    return colon > text + 6 && strspn(text + 6, good) == rest.len - 6 &&
           tcn_text_uint(tcn_view_str(colon + 1), &port) && port > 0 &&
           port <= 65535;
}
