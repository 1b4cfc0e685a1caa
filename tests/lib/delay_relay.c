/* Passes TCP on, late: what a long cable does, for kernels without netem.
 *
 *   delay_relay THERE_MS BACK_MS LISTEN=TARGET...   (IPv4, ADDRESS:PORT each)
 *
 * THERE is the way from who connects to the target, BACK the other one. What is
 * on its way is held in a ring of PIPE_BYTES; a full one is not read from, and
 * then TCP itself holds the sender back. Prints "ready" when it listens, and
 * ends with its parent. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ROUTES_MAX      64
#define CONNECTIONS_MAX 512
#define PIPE_BYTES      (1024u * 1024u)
#define MARKS           4096u /* reads on their way, per pipe */
#define READ_MAX        65536u
#define EVENTS          64
#define NEVER           UINT64_MAX
#define UNWATCHED       UINT32_MAX

struct route {
    int listener;
    struct sockaddr_in target;
};

struct mark {
    uint64_t due_us;
    uint32_t len;
};

/* One direction: read from fd[from], written to fd[!from]. */
struct pipe {
    uint8_t *bytes;
    size_t first, len;
    struct mark marks[MARKS];
    unsigned mark_first, mark_count;
    bool ended;  /* nothing more will be read */
    bool closed; /* and the other side was told so */
    bool stuck;  /* the other side takes no more for now */
};

struct connection {
    int fd[2]; /* who connected, the target */
    uint32_t watched[2];
    bool connected;
    struct pipe pipe[2];
};

struct relay {
    int epoll;
    uint64_t delay_us[2];
    unsigned route_count;
    struct route routes[ROUTES_MAX];
    struct connection *list[CONNECTIONS_MAX];
};

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static uint64_t now_us(void)
{
    struct timespec ts = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000u + (uint64_t)ts.tv_nsec / 1000u;
}

/* ---- one pipe ---- */

static bool has_room(const struct pipe *pipe)
{
    return pipe->len < PIPE_BYTES && pipe->mark_count < MARKS;
}

/* Reads once; false: the connection is broken. */
static bool take(struct pipe *pipe, int fd, uint64_t due_us)
{
    size_t at = (pipe->first + pipe->len) % PIPE_BYTES;
    size_t room = PIPE_BYTES - pipe->len;
    room = room > PIPE_BYTES - at ? PIPE_BYTES - at : room;
    room = room > READ_MAX ? READ_MAX : room;
    ssize_t n = recv(fd, pipe->bytes + at, room, MSG_DONTWAIT);
    if (n < 0) {
        return errno == EAGAIN || errno == EINTR;
    }
    unsigned next = (pipe->mark_first + pipe->mark_count++) % MARKS;
    pipe->marks[next] = (struct mark){due_us, (uint32_t)n};
    pipe->len += (size_t)n;
    pipe->ended = n == 0; /* the empty mark carries the end, late as well */
    return true;
}

static uint64_t due_of(const struct pipe *pipe)
{
    return pipe->mark_count == 0 || pipe->stuck
               ? NEVER
               : pipe->marks[pipe->mark_first].due_us;
}

/* Writes what is due; false: the connection is broken. */
static bool give(struct pipe *pipe, int fd, uint64_t now)
{
    while (due_of(pipe) <= now) {
        struct mark *mark = &pipe->marks[pipe->mark_first];
        size_t len = mark->len;
        if (len > PIPE_BYTES - pipe->first) {
            len = PIPE_BYTES - pipe->first;
        }
        ssize_t n = 0;
        if (len == 0) {
            pipe->closed = shutdown(fd, SHUT_WR) == 0;
        } else {
            n = send(fd, pipe->bytes + pipe->first, len,
                     MSG_DONTWAIT | MSG_NOSIGNAL);
        }
        if (n < 0) {
            pipe->stuck = errno == EAGAIN;
            return pipe->stuck || errno == EINTR;
        }
        pipe->first = (pipe->first + (size_t)n) % PIPE_BYTES;
        pipe->len -= (size_t)n;
        mark->len -= (uint32_t)n;
        if (mark->len == 0) {
            pipe->mark_first = (pipe->mark_first + 1) % MARKS;
            pipe->mark_count--;
        }
    }
    return true;
}

/* ---- one connection ---- */

/* An event names (place of the connection, side); routes come after. */
static void watch(struct relay *relay, unsigned place, int side)
{
    struct connection *c = relay->list[place];
    const struct pipe *in = &c->pipe[side];
    uint32_t events = !in->ended && has_room(in) ? EPOLLIN : 0;
    if (c->pipe[!side].stuck || (side == 1 && !c->connected)) {
        events |= EPOLLOUT;
    }
    if (events == c->watched[side] || c->watched[side] == UNWATCHED) {
        return;
    }
    c->watched[side] = events;
    struct epoll_event event = {.events = events,
                                .data.u32 = 2 * place + (unsigned)side};
    if (epoll_ctl(relay->epoll, EPOLL_CTL_MOD, c->fd[side], &event) != 0) {
        fail("epoll_ctl");
    }
}

static void end(struct relay *relay, unsigned place)
{
    struct connection *c = relay->list[place];
    for (int side = 0; side < 2; side++) {
        close(c->fd[side]);
        free(c->pipe[side].bytes);
    }
    free(c);
    relay->list[place] = NULL;
}

static void add(struct relay *relay, int fd, uint32_t name)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = name};
    if (epoll_ctl(relay->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        fail("epoll_ctl");
    }
}

static int connect_to(const struct sockaddr_in *target)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        fail("socket");
    }
    if (connect(fd, (const struct sockaddr *)target, sizeof *target) != 0 &&
        errno != EINPROGRESS) {
        close(fd);
        return -1;
    }
    return fd;
}

static void accept_one(struct relay *relay, const struct route *route)
{
    int in = accept4(route->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    unsigned place = 0;
    while (place < CONNECTIONS_MAX && relay->list[place] != NULL) {
        place++;
    }
    int out =
        in < 0 || place == CONNECTIONS_MAX ? -1 : connect_to(&route->target);
    struct connection *c = out < 0 ? NULL : calloc(1, sizeof *c);
    if (c == NULL) {
        close(out);
        close(in);
        return;
    }
    c->fd[0] = in;
    c->fd[1] = out;
    const int on = 1;
    for (int side = 0; side < 2; side++) {
        (void)setsockopt(c->fd[side], IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        c->pipe[side].bytes = malloc(PIPE_BYTES);
        if (c->pipe[side].bytes == NULL) {
            fail("malloc");
        }
        c->watched[side] = EPOLLIN;
        add(relay, c->fd[side], 2 * place + (unsigned)side);
    }
    relay->list[place] = c;
    watch(relay, place, 1);
}

/* False: it is over. */
static bool serve(struct relay *relay, unsigned place, int side,
                  uint32_t events)
{
    struct connection *c = relay->list[place];
    uint64_t now = now_us();
    if ((events & EPOLLERR) != 0) {
        return false;
    }
    if ((events & EPOLLOUT) != 0) {
        c->connected = true;
        c->pipe[!side].stuck = false;
    }
    struct pipe *in = &c->pipe[side];
    if ((events & EPOLLHUP) != 0 && in->ended) {
        /* Ended both ways; what is still late for the other side goes on. */
        (void)epoll_ctl(relay->epoll, EPOLL_CTL_DEL, c->fd[side], NULL);
        c->watched[side] = UNWATCHED;
    } else if ((events & (EPOLLIN | EPOLLHUP)) != 0 && !in->ended &&
               has_room(in)) {
        return take(in, c->fd[side], now + relay->delay_us[side]);
    }
    return true;
}

/* Moves what is due and returns when the next is. */
static uint64_t pass(struct relay *relay, unsigned place)
{
    struct connection *c = relay->list[place];
    uint64_t now = now_us();
    bool good = true;
    for (int side = 0; side < 2 && good; side++) {
        good = (side == 0 && !c->connected) ||
               give(&c->pipe[side], c->fd[!side], now);
    }
    if (!good || (c->pipe[0].closed && c->pipe[1].closed)) {
        end(relay, place);
        return NEVER;
    }
    watch(relay, place, 0);
    watch(relay, place, 1);
    uint64_t back = due_of(&c->pipe[1]);
    uint64_t there = c->connected ? due_of(&c->pipe[0]) : NEVER;
    return there < back ? there : back;
}

static uint64_t pass_all(struct relay *relay)
{
    uint64_t next = NEVER;
    for (unsigned place = 0; place < CONNECTIONS_MAX; place++) {
        uint64_t due = relay->list[place] == NULL ? NEVER : pass(relay, place);
        next = due < next ? due : next;
    }
    return next;
}

static void loop(struct relay *relay)
{
    for (;;) {
        uint64_t next = pass_all(relay), now = now_us();
        uint64_t wait = next <= now ? 0 : next - now;
        struct timespec ts = {.tv_sec = (time_t)(wait / 1000000u),
                              .tv_nsec = (long)(wait % 1000000u) * 1000};
        struct epoll_event events[EVENTS];
        int n = epoll_pwait2(relay->epoll, events, EVENTS,
                             next == NEVER ? NULL : &ts, NULL);
        for (int i = 0; i < n; i++) {
            unsigned name = events[i].data.u32, place = name / 2;
            if (place >= CONNECTIONS_MAX) {
                accept_one(relay, &relay->routes[name - 2 * CONNECTIONS_MAX]);
            } else if (relay->list[place] != NULL &&
                       !serve(relay, place, (int)(name % 2),
                              events[i].events)) {
                end(relay, place);
            }
        }
    }
}

/* ---- start ---- */

static bool read_address(const char *text, size_t len, struct sockaddr_in *out)
{
    char copy[32];
    if (len >= sizeof copy) {
        return false;
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    char *colon = strchr(copy, ':');
    if (colon == NULL) {
        return false;
    }
    *colon = '\0';
    *out = (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10)),
    };
    return inet_pton(AF_INET, copy, &out->sin_addr) == 1;
}

static bool open_route(struct relay *relay, const char *text)
{
    struct route *route = &relay->routes[relay->route_count];
    struct sockaddr_in at;
    size_t len = strcspn(text, "=");
    if (relay->route_count == ROUTES_MAX || text[len] != '=' ||
        !read_address(text, len, &at) ||
        !read_address(text + len + 1, strlen(text + len + 1), &route->target)) {
        return false;
    }
    const int on = 1;
    route->listener =
        socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    (void)setsockopt(route->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(route->listener, (struct sockaddr *)&at, sizeof at) != 0 ||
        listen(route->listener, 64) != 0) {
        fail(text);
    }
    add(relay, route->listener, 2 * CONNECTIONS_MAX + relay->route_count++);
    return true;
}

int main(int argc, char **argv)
{
    static struct relay relay;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    relay.epoll = epoll_create1(EPOLL_CLOEXEC);
    bool good = argc > 3;
    for (int i = 3; i < argc && good; i++) {
        good = open_route(&relay, argv[i]);
    }
    if (!good) {
        fputs("usage: delay_relay THERE_MS BACK_MS LISTEN=TARGET...\n", stderr);
        return 2;
    }
    relay.delay_us[0] = strtoul(argv[1], NULL, 10) * 1000;
    relay.delay_us[1] = strtoul(argv[2], NULL, 10) * 1000;
    puts("ready");
    (void)fflush(stdout);
    loop(&relay);
}
