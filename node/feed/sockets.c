#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "feed/feed.h"

/* Whether a process listens there. libzmq would take its place silently. */
static bool is_served(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof at.sun_path) {
        return false; /* binding says what is wrong */
    }
    (void)snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* Any other error (its queue is full, no right to connect) is no sign of
     * its death. */
    bool served = fd < 0 ||
                  connect(fd, (struct sockaddr *)&at, sizeof at) == 0 ||
                  (errno != ECONNREFUSED && errno != ENOENT);
    if (fd >= 0) {
        (void)close(fd);
    }
    return served;
}

/* libzmq removes whatever has the name of its socket, and we only what a dead
 * feed has left. */
static bool make_way(const char *path, struct tcn_buf *message)
{
    struct stat info;
    if (lstat(path, &info) != 0) {
        return true; /* nothing there; or binding says what is wrong */
    }
    if (!S_ISSOCK(info.st_mode)) {
        tcn_buf_printf(message,
                       "%s: is not a socket: move it away, or name another "
                       "place for the observers' socket\n",
                       path);
        return false;
    }
    if (is_served(path)) {
        tcn_buf_printf(message,
                       "%s: another process serves this socket: stop it, or "
                       "name another place for the observers' socket\n",
                       path);
        return false;
    }
    if (unlink(path) != 0) {
        tcn_buf_printf(message, "%s: cannot be replaced: %s\n", path,
                       strerror(errno));
        return false;
    }
    return true;
}

/* Nobody proves who he is there, so it must not be open to the network. */
static bool is_local(const char *endpoint)
{
    char host[64] = "";
    uint8_t address[4];
    if (strncmp(endpoint, "ipc://", 6) == 0 ||
        strncmp(endpoint, "tcp://[::1]:", 12) == 0) {
        return true;
    }
    return sscanf(endpoint, "tcp://%63[0-9.]:", host) == 1 &&
           inet_pton(AF_INET, host, address) == 1 && address[0] == 127;
}

static zsock_t *new_socket(int type)
{
    zsock_t *sock = zsock_new(type);
    if (sock != NULL) {
        int queue = type == ZMQ_ROUTER ? REPLAY_QUEUE : PUBLISH_QUEUE;
        zsock_set_sndhwm(sock, queue);
        zsock_set_rcvhwm(sock, PUBLISH_QUEUE);
        zsock_set_linger(sock, 0);
        zsock_set_ipv6(sock, 1);
        zsock_set_maxmsgsize(sock, REQUEST_BYTES_MAX);
        if (type == ZMQ_ROUTER) {
            zsock_set_router_mandatory(sock, 1);
        }
    }
    return sock;
}

static zsock_t *open_one(int type, const char *endpoint,
                         struct tcn_buf *message)
{
    bool is_ipc = strncmp(endpoint, "ipc://", 6) == 0;
    if (is_ipc && !make_way(endpoint + 6, message)) {
        return NULL;
    }
    zsock_t *sock = new_socket(type);
    if (sock == NULL) {
        tcn_buf_printf(message, "%s: out of sockets\n", endpoint);
        return NULL;
    }
    if (zsock_bind(sock, "%s", endpoint) < 0) {
        tcn_buf_printf(message, "%s: cannot listen here: %s\n", endpoint,
                       zmq_strerror(zmq_errno()));
        zsock_destroy(&sock);
    }
    return sock;
}

static zsock_t *open_misp(const char *endpoint, struct tcn_buf *message)
{
    if (!is_local(endpoint)) {
        tcn_buf_printf(message,
                       "%s: would be open to the network, and nobody proves "
                       "who he is there: use tcp://127.0.0.1:PORT\n",
                       endpoint);
        return NULL;
    }
    return open_one(ZMQ_PUB, endpoint, message);
}

static bool open_class(struct observers *observers, struct tcn_buf *message)
{
    char endpoint[300];
    (void)snprintf(endpoint, sizeof endpoint, "ipc://%s.sock",
                   observers->socket);
    observers->pub = open_one(ZMQ_PUB, endpoint, message);
    (void)snprintf(endpoint, sizeof endpoint, "ipc://%s-replay.sock",
                   observers->socket);
    if (observers->pub != NULL) {
        observers->replay = open_one(ZMQ_ROUTER, endpoint, message);
    }
    if (observers->replay != NULL && observers->misp[0] != '\0') {
        observers->misp_pub = open_misp(observers->misp, message);
        return observers->misp_pub != NULL;
    }
    return observers->replay != NULL;
}

bool sockets_open(struct feed *feed, struct tcn_buf *message)
{
    (void)umask(0117); /* the group may connect, others may not */
    for (size_t i = 0; i < feed->count; i++) {
        struct observers *observers = &feed->list[i];
        uint64_t first;
        if (!open_class(observers, message)) {
            return false;
        }
        /* Subscribers begin now; what was before is replayed on request. */
        if (tcn_feed_range(feed->store, observers->name, &first,
                           &observers->published) != TCN_ERR_OK) {
            tcn_buf_printf(message, "%s: feed.db cannot be read\n", feed->dir);
            return false;
        }
    }
    return true;
}

void sockets_close(struct feed *feed)
{
    for (size_t i = 0; i < feed->count; i++) {
        zsock_destroy(&feed->list[i].pub);
        zsock_destroy(&feed->list[i].replay);
        zsock_destroy(&feed->list[i].misp_pub);
    }
}
