#include <sys/stat.h>
#include <unistd.h>

#include "feed/feed.h"

/* A subscriber that does not read loses messages, and sees it by their numbers;
 * it never holds up the others. */
#define QUEUE_MESSAGES 1000

static bool is_unix_socket(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0 && S_ISSOCK(info.st_mode);
}

static bool answers(const char *endpoint)
{
    zsock_t *probe = zsock_new(ZMQ_SUB);
    zactor_t *monitor = probe == NULL ? NULL : zactor_new(zmonitor, probe);
    bool alive = false;
    if (monitor != NULL) {
        zstr_sendx(monitor, "LISTEN", "CONNECTED", NULL);
        zstr_send(monitor, "START");
        zsock_wait(monitor);
        zsock_set_rcvtimeo(monitor, 100);
        if (zsock_connect(probe, "%s", endpoint) == 0) {
            zmsg_t *msg = zmsg_recv(monitor);
            alive = msg != NULL;
            zmsg_destroy(&msg);
        }
    }
    zactor_destroy(&monitor);
    zsock_destroy(&probe);
    return alive;
}

static zsock_t *open_one(int type, const char *endpoint,
                         struct tcn_buf *message)
{
    const char *path =
        strncmp(endpoint, "ipc://", 6) == 0 ? endpoint + 6 : NULL;
    if (path != NULL && is_unix_socket(path)) {
        if (answers(endpoint)) {
            tcn_buf_printf(message, "%s: another feed is serving this socket\n",
                           path);
            return NULL;
        }
        (void)unlink(path); /* of a feed that is gone */
    }
    zsock_t *sock = zsock_new(type);
    if (sock == NULL) {
        tcn_buf_printf(message, "%s: out of sockets\n", endpoint);
        return NULL;
    }
    zsock_set_sndhwm(sock, QUEUE_MESSAGES);
    zsock_set_rcvhwm(sock, QUEUE_MESSAGES);
    zsock_set_linger(sock, 0);
    zsock_set_maxmsgsize(sock, REQUEST_BYTES_MAX);
    if (type == ZMQ_ROUTER) {
        zsock_set_router_mandatory(sock, 1);
        zsock_set_sndtimeo(sock, 0);
    }
    if (zsock_bind(sock, "%s", endpoint) < 0) {
        tcn_buf_printf(message, "%s: cannot listen here: %s\n", endpoint,
                       zmq_strerror(zmq_errno()));
        zsock_destroy(&sock);
        return NULL;
    }
    if (path != NULL) {
        (void)chmod(path, 0660); /* beside the umask: group may connect */
    }
    return sock;
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
        observers->misp_pub = open_one(ZMQ_PUB, observers->misp, message);
        return observers->misp_pub != NULL;
    }
    return observers->replay != NULL;
}

bool sockets_open(struct feed *feed, struct tcn_buf *message)
{
    (void)umask(0007);
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
