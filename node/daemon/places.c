/* Directories that tocsin-feed needs when it is somebody else: a way to feed.db
 * and a place for its sockets. tmpfiles.d makes those of an installed node;
 * here are those that a configuration puts elsewhere. */
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/node.h"
#include "io/log.h"

#define OBSERVERS_GROUP "tocsin-observers"

struct feed_user {
    uid_t uid;
    gid_t gid;
    gid_t observers;
};

static void complain(const char *path, const char *what)
{
    struct tcn_log_line line = tcn_log(TCN_LOG_WARNING, "feed-place");
    tcn_log_str(&line, "path", path);
    tcn_log_str(&line, "message", what);
    tcn_log_end(&line);
}

/* Root without other capabilities than CHOWN may set the mode only while the
 * directory is its own: so it is made that first, and then given. */
static void give(const char *path, uid_t uid, gid_t gid, mode_t mode)
{
    struct stat info;
    if (stat(path, &info) == 0 && (info.st_mode & 07777) == mode &&
        info.st_uid == uid && info.st_gid == gid) {
        return;
    }
    if (chown(path, geteuid(), getegid()) != 0 || chmod(path, mode) != 0 ||
        chown(path, uid, gid) != 0) {
        complain(path, "cannot be handed to tocsin-feed");
    }
}

/* It gets through, and may list nothing: only feed.db is for its group. */
static void prepare_store(const struct tcn_conf *conf,
                          const struct feed_user *user)
{
    char text[512];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    struct stat info;
    if (tcn_dir_make(conf->store, 0750, &message) != TCN_ERR_OK) {
        return; /* opening the store says it */
    }
    if (stat(conf->store, &info) == 0 && info.st_uid == 0 &&
        (info.st_mode & S_IWOTH) == 0) {
        give(conf->store, 0, user->gid, 02710);
    }
    static const char *const names[] = {"feed.db", "feed.db-wal",
                                        "feed.db-shm"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[TCN_PATH_MAX + 16];
        (void)snprintf(path, sizeof path, "%s/%s", conf->store, names[i]);
        if (lstat(path, &info) == 0 && S_ISREG(info.st_mode) &&
            info.st_gid != user->gid &&
            lchown(path, (uid_t)-1, user->gid) != 0) {
            complain(path, "cannot be handed to tocsin-feed");
        }
    }
}

/* Only below RUN: what lies elsewhere is somebody's own. `user` NULL: ours. */
static void prepare_sockets(const struct tcn_conf *conf, const char *prefix,
                            const struct feed_user *user)
{
    char dir[TCN_PATH_MAX];
    char text[512];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    size_t run = strlen(conf->run);
    (void)snprintf(dir, sizeof dir, "%s", prefix);
    char *slash = strrchr(dir, '/');
    if (slash == NULL || strncmp(dir, conf->run, run) != 0 || dir[run] != '/') {
        return;
    }
    *slash = '\0';
    if (strlen(dir) <= run && user != NULL) {
        complain(conf->run, "tocsin-feed may make no sockets here: name a "
                            "directory of its own, such as RUN/feed/soc");
        return;
    }
    if (tcn_dir_make(dir, 0750, &message) == TCN_ERR_OK && user != NULL) {
        give(dir, user->uid, user->observers, 02750);
    }
}

static void prepare_run(const struct tcn_conf *conf,
                        const struct feed_user *user)
{
    char text[512];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    if (tcn_dir_make(conf->run, 0755, &message) != TCN_ERR_OK) {
        return; /* opening the control socket says it */
    }
    for (size_t i = 0; i < conf->observer_count; i++) {
        prepare_sockets(conf, conf->observer_sockets[i].socket, user);
    }
}

void places_prepare(const struct tcn_node *node)
{
    const struct tcn_conf *conf = &node->setup->conf;
    const struct passwd *entry =
        node->feed.user == NULL ? NULL : getpwnam(node->feed.user);
    if (entry == NULL) {
        prepare_run(conf, NULL); /* all processes are one user */
        return;
    }
    struct feed_user user = {entry->pw_uid, entry->pw_gid, entry->pw_gid};
    const struct group *observers = getgrnam(OBSERVERS_GROUP);
    if (observers != NULL) {
        user.observers = observers->gr_gid;
    }
    prepare_store(conf, &user);
    prepare_run(conf, &user);
}
