#include "interop/relay.h"

#include "interop/link_rig.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONNECTIONS_MAX 256
#define CHUNK           65536

enum order { CUT, LIMIT, COUNT };

struct message {
    enum order order;
    unsigned value;
    unsigned came;
    unsigned stand;
};

/* Two sockets; what came in on one and does not go out yet is waited for. */
struct connection {
    int fd[2]; /* -1 = closed */
};

struct state {
    int listener;
    struct sockaddr_in target;
    struct connection list[CONNECTIONS_MAX];
    unsigned came;
    unsigned most;
};

static unsigned standing(const struct state *state)
{
    unsigned count = 0;
    for (unsigned i = 0; i < state->came; i++) {
        count += state->list[i].fd[0] >= 0;
    }
    return count;
}

static void end(struct connection *connection)
{
    for (int side = 0; side < 2; side++) {
        if (connection->fd[side] >= 0) {
            close(connection->fd[side]);
            connection->fd[side] = -1;
        }
    }
}

static void take(struct state *state)
{
    int in = accept4(state->listener, NULL, NULL, SOCK_CLOEXEC);
    if (in < 0 || state->came == CONNECTIONS_MAX) {
        _exit(1);
    }
    struct connection *connection = &state->list[state->came];
    bool refused = standing(state) >= state->most;
    state->came++;
    *connection = (struct connection){.fd = {in, -1}};
    if (!refused) {
        connection->fd[1] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    }
    if (refused || connect(connection->fd[1], (struct sockaddr *)&state->target,
                           sizeof state->target) != 0) {
        end(connection);
    }
}

/* Blocking writes: the other end always reads. */
static void pass(struct connection *connection, int from)
{
    static uint8_t chunk[CHUNK];
    ssize_t n = recv(connection->fd[from], chunk, sizeof chunk, 0);
    for (ssize_t done = 0; n > 0 && done < n;) {
        ssize_t m = send(connection->fd[!from], chunk + done,
                         (size_t)(n - done), MSG_NOSIGNAL);
        if (m <= 0) {
            n = -1;
        }
        done += m;
    }
    if (n <= 0) {
        end(connection);
    }
}

static void obey(struct state *state, int control)
{
    struct message message;
    if (recv(control, &message, sizeof message, 0) != sizeof message) {
        _exit(0); /* the test has ended */
    }
    if (message.order == CUT && message.value < state->came) {
        end(&state->list[message.value]);
    } else if (message.order == LIMIT) {
        state->most = message.value;
    }
    message.came = state->came;
    message.stand = standing(state);
    if (send(control, &message, sizeof message, MSG_NOSIGNAL) < 0) {
        _exit(0);
    }
}

static void serve(struct state *state, int control)
{
    static struct pollfd ready[2 + 2 * CONNECTIONS_MAX];
    for (;;) {
        nfds_t count = 2 + 2 * (nfds_t)state->came;
        ready[0] = (struct pollfd){.fd = control, .events = POLLIN};
        ready[1] = (struct pollfd){.fd = state->listener, .events = POLLIN};
        for (nfds_t i = 2; i < count; i++) {
            int fd = state->list[(i - 2) / 2].fd[i % 2];
            ready[i] = (struct pollfd){.fd = fd, .events = POLLIN};
        }
        (void)poll(ready, count, -1);
        for (nfds_t i = 2; i < count; i++) {
            struct connection *connection = &state->list[(i - 2) / 2];
            if (ready[i].revents != 0 && connection->fd[i % 2] >= 0) {
                pass(connection, (int)(i % 2));
            }
        }
        if (ready[1].revents != 0) {
            take(state);
        }
        if (ready[0].revents != 0) {
            obey(state, control);
        }
    }
}

void relay_open(struct relay *relay, const char *target)
{
    struct state *state = calloc(1, sizeof *state);
    assert_non_null(state);
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    state->most = CONNECTIONS_MAX;
    state->target = at;
    state->target.sin_port =
        htons((uint16_t)strtoul(strrchr(target, ':') + 1, NULL, 10));
    state->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(state->listener, (struct sockaddr *)&at, len), 0);
    assert_int_equal(listen(state->listener, 16), 0);
    assert_int_equal(getsockname(state->listener, (struct sockaddr *)&at, &len),
                     0);
    (void)snprintf(relay->endpoint, sizeof relay->endpoint,
                   "tcp://127.0.0.1:%u", ntohs(at.sin_port));
    int control[2];
    assert_int_equal(
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control), 0);
    relay->pid = fork();
    assert_true(relay->pid >= 0);
    if (relay->pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(control[0]);
        serve(state, control[1]);
    }
    close(control[1]);
    close(state->listener);
    free(state);
    relay->control = control[0];
}

void relay_close(struct relay *relay)
{
    close(relay->control);
    (void)kill(relay->pid, SIGKILL);
    (void)waitpid(relay->pid, NULL, 0);
}

static struct message ask(struct relay *relay, enum order order, unsigned value)
{
    struct message message = {.order = order, .value = value};
    assert_int_equal(send(relay->control, &message, sizeof message, 0),
                     sizeof message);
    assert_int_equal(recv(relay->control, &message, sizeof message, 0),
                     sizeof message);
    return message;
}

void relay_cut(struct relay *relay, unsigned index)
{
    (void)ask(relay, CUT, index);
}

void relay_limit(struct relay *relay, unsigned most)
{
    (void)ask(relay, LIMIT, most);
}

void relay_count(struct relay *relay, unsigned *came, unsigned *stand)
{
    struct message message = ask(relay, COUNT, 0);
    *came = message.came;
    *stand = message.stand;
}
