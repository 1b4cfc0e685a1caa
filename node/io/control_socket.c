#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "io/control.h"

/* Half of what the kernel doubles for its own bookkeeping. */
static const int socket_buffer_bytes = 2 * (int)TCN_CONTROL_MAX;

static enum tcn_err open_socket(int *fd, struct sockaddr_un *address,
                                const char *path)
{
    *fd = -1;
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address->sun_path) {
        return TCN_ERR_SIZE;
    }
    memcpy(address->sun_path, path, strlen(path) + 1);
    *fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (*fd < 0) {
        return TCN_ERR_IO;
    }
    (void)setsockopt(*fd, SOL_SOCKET, SO_SNDBUF, &socket_buffer_bytes,
                     sizeof socket_buffer_bytes);
    return TCN_ERR_OK;
}

static enum tcn_err error_of_errno(void)
{
    switch (errno) {
    case ENOENT:
    case ECONNREFUSED: return TCN_ERR_UNREACHABLE;
    case EACCES:
    case EPERM: return TCN_ERR_PERMISSION;
    case EADDRINUSE: return TCN_ERR_BUSY;
    default: return TCN_ERR_IO;
    }
}

enum tcn_err tcn_control_connect(int *fd, const char *path)
{
    struct sockaddr_un address;
    enum tcn_err err = open_socket(fd, &address, path);
    if (err == TCN_ERR_OK &&
        connect(*fd, (struct sockaddr *)&address, sizeof address) != 0) {
        err = error_of_errno();
    }
    if (err != TCN_ERR_OK && *fd >= 0) {
        close(*fd);
        *fd = -1;
    }
    return err;
}

/* The socket file of a node that is gone may be replaced; of one that answers,
 * never. */
static bool is_stale(const char *path)
{
    int fd = -1;
    enum tcn_err err = tcn_control_connect(&fd, path);
    if (fd >= 0) {
        close(fd);
    }
    return err == TCN_ERR_UNREACHABLE;
}

enum tcn_err tcn_control_listen(int *fd, const char *path)
{
    struct sockaddr_un address;
    struct stat info;
    enum tcn_err err = open_socket(fd, &address, path);
    if (err != TCN_ERR_OK) {
        return err;
    }
    if (lstat(path, &info) == 0 && S_ISSOCK(info.st_mode) && is_stale(path)) {
        (void)unlink(path);
    }
    /* Everybody may connect; who may do what is decided per uid and group. */
    if (bind(*fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        chmod(path, 0666) != 0 || listen(*fd, 32) != 0 ||
        fcntl(*fd, F_SETFL, O_NONBLOCK) != 0) {
        err = error_of_errno();
        close(*fd);
        *fd = -1;
    }
    return err;
}

enum tcn_err tcn_control_peer(int fd, struct tcn_control_peer *peer)
{
    *peer = (struct tcn_control_peer){0};
    struct ucred cred;
    socklen_t len = sizeof cred;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0) {
        return TCN_ERR_IO;
    }
    gid_t groups[64];
    len = sizeof groups;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) != 0) {
        len = 0; /* more than 64 groups, or none: the primary one counts */
    }
    peer->uid = cred.uid;
    peer->pid = (unsigned)cred.pid;
    peer->groups[peer->group_count++] = cred.gid;
    for (size_t i = 0; i < len / sizeof groups[0]; i++) {
        peer->groups[peer->group_count++] = groups[i];
    }
    const struct passwd *user = getpwuid(cred.uid);
    if (user != NULL) {
        (void)snprintf(peer->user, sizeof peer->user, "%s", user->pw_name);
    } else {
        (void)snprintf(peer->user, sizeof peer->user, "%u", cred.uid);
    }
    return TCN_ERR_OK;
}
