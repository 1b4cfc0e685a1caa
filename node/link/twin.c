/* How a listener hands its port to another without a connection being refused
 * or cut. libzmq cannot: zmq_unbind() ends every session that came in by that
 * endpoint (4.3.4: silently, what is sent meanwhile is lost), and two listeners
 * with SO_REUSEPORT would share the newcomers by chance. So both listen, and
 * the kernel is told to give each new connection to the second. */
#include "link/link.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <unistd.h>

#define BACKLOG 100 /* as libzmq's own */

static bool set_on(int fd, int level, int option)
{
    int on = 1;
    return setsockopt(fd, level, option, &on, sizeof on) == 0;
}

/* Whether the other family is served too must be the same on both. */
static bool copy_v6only(int from, int to)
{
    int value;
    socklen_t len = sizeof value;
    return getsockopt(from, IPPROTO_IPV6, IPV6_V6ONLY, &value, &len) == 0 &&
           setsockopt(to, IPPROTO_IPV6, IPV6_V6ONLY, &value, sizeof value) == 0;
}

/* A program of one instruction for the group that listens on this address: the
 * one at place 1. The older is at 0: it was there first, or moved there when
 * the one before it was closed. When one is alone the kernel finds nobody at
 * place 1, and takes the one there is. */
static bool steer_to_second(int fd)
{
    struct sock_filter second = BPF_STMT(BPF_RET | BPF_K, 1);
    struct sock_fprog program = {.len = 1, .filter = &second};
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program,
                      sizeof program) == 0;
}

static bool listen_beside(int first, int second)
{
    struct sockaddr_storage at = {0};
    socklen_t len = sizeof at;
    return getsockname(first, (struct sockaddr *)&at, &len) == 0 &&
           (at.ss_family != AF_INET6 || copy_v6only(first, second)) &&
           set_on(second, SOL_SOCKET, SO_REUSEADDR) &&
           set_on(second, SOL_SOCKET, SO_REUSEPORT) &&
           /* Late, so that until now a port in use was an error. */
           set_on(first, SOL_SOCKET, SO_REUSEPORT) &&
           bind(second, (const struct sockaddr *)&at, len) == 0 &&
           listen(second, BACKLOG) == 0 && steer_to_second(second);
}

int twin_open(int fd, int *out)
{
    int family;
    socklen_t len = sizeof family;
    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &len) != 0) {
        return errno;
    }
    int twin = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (twin < 0) {
        return errno;
    }
    if (!listen_beside(fd, twin)) {
        int why = errno;
        close(twin);
        return why;
    }
    *out = twin;
    return 0;
}
