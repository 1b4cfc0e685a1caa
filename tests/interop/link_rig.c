#include "interop/link_rig.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/file.h"

#define PIPE_BYTES (8 * (size_t)TCN_MSG_MAX)

uint64_t rig_now_ms(void)
{
    return tcn_steady_ms();
}

unsigned rig_free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    close(fd);
    return ntohs(at.sin_port);
}

size_t rig_sockets(const char *endpoint, const char *state)
{
    static const char *const tables[] = {"/proc/net/tcp", "/proc/net/tcp6"};
    unsigned long port = strtoul(strrchr(endpoint, ':') + 1, NULL, 10);
    size_t count = 0;
    for (size_t i = 0; i < 2; i++) {
        char line[512];
        FILE *file = fopen(tables[i], "r");
        while (file != NULL && fgets(line, sizeof line, file) != NULL) {
            char local[64], remote[64], is[8];
            bool row =
                sscanf(line, "%*s %63s %63s %7s", local, remote, is) == 3;
            const char *colon = row ? strchr(local, ':') : NULL;
            count += colon != NULL && strtoul(colon + 1, NULL, 16) == port &&
                     strcmp(is, state) == 0;
        }
        if (file != NULL) {
            (void)fclose(file);
        }
    }
    return count;
}

void rig_program(char *path, size_t cap)
{
    ssize_t n = readlink("/proc/self/exe", path, cap - 32);
    assert_true(n > 0);
    path[n] = '\0';
    (void)snprintf(strrchr(path, '/'), 32, "/tocsin-link");
}

void rig_make_keys(struct rig_keys *keys)
{
    assert_int_equal(crypto_box_keypair(keys->pk, keys->sk), 0);
}

void rig_init(struct rig_node *node, const char *name)
{
    assert_true(sodium_init() >= 0);
    *node = (struct rig_node){.name = name, .pid = -1, .pipe.fd = -1};
    rig_make_keys(&node->keys);
    (void)snprintf(node->endpoint, sizeof node->endpoint, "tcp://127.0.0.1:%u",
                   rig_free_port());
}

static void forget(struct rig_node *node)
{
    for (size_t i = 0; i < node->said_count; i++) {
        free(node->said[i].payload);
    }
    node->said_count = 0;
}

void rig_kill(struct rig_node *node)
{
    if (node->pid > 0) {
        (void)kill(node->pid, SIGKILL);
        (void)waitpid(node->pid, NULL, 0);
        node->pid = -1;
    }
    tcn_pipe_fini(&node->pipe);
    forget(node);
}

void rig_fini(struct rig_node *node)
{
    rig_kill(node);
    free(node->said);
    node->said = NULL;
}

void rig_spawn(struct rig_node *node, const char *user)
{
    char text[512];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    struct tcn_child child;
    if (tcn_child_spawn(&child, "tocsin-link", user, &message) != TCN_ERR_OK) {
        fail_msg("%s", tcn_buf_text(&message));
    }
    rig_adopt(node, child.pid, child.fd);
}

static void put_key(struct rig_node *node, const struct rig_keys *keys)
{
    uint8_t key[64 + 4] = {0};
    memcpy(key, keys->pk, 32);
    memcpy(key + 32, keys->sk, 32);
    memcpy(key + 64, "test", 4);
    rig_put(node, TCN_MSG_KEY, TCN_MSG_NO_PEER, key, sizeof key);
}

void rig_renew(struct rig_node *node, const struct rig_keys *keys)
{
    put_key(node, keys);
    struct rig_message keyed = rig_expect(node, TCN_MSG_KEYED, TCN_MSG_NO_PEER);
    assert_int_equal(keyed.len, 32);
    assert_memory_equal(keyed.payload, keys->pk, 32);
    rig_free(&keyed);
    node->keys = *keys;
}

void rig_adopt(struct rig_node *node, int pid, int fd)
{
    node->pid = pid;
    assert_int_equal(tcn_pipe_init(&node->pipe, fd, PIPE_BYTES), TCN_ERR_OK);
    put_key(node, &node->keys);
}

/* That the other end is gone shows when reading. */
static void flush(struct rig_node *node)
{
    enum tcn_err ignored = tcn_pipe_flush(&node->pipe);
    (void)ignored;
}

void rig_put(struct rig_node *node, uint8_t type, uint8_t peer,
             const void *payload, size_t len)
{
    struct tcn_view bytes = tcn_view(payload, len);
    uint64_t deadline = rig_now_ms() + RIG_WAIT_MS;
    while (tcn_pipe_put(&node->pipe, type, peer, bytes, tcn_view(NULL, 0)) !=
           TCN_ERR_OK) {
        assert_true(rig_now_ms() < deadline);
        (void)rig_pump(node, 10);
    }
    flush(node);
}

void rig_send(struct rig_node *node, uint8_t peer, const void *frame,
              size_t len)
{
    rig_put(node, TCN_MSG_SEND, peer, frame, len);
}

void rig_send_bulk(struct rig_node *node, uint8_t peer, const void *frame,
                   size_t len)
{
    rig_put(node, TCN_MSG_SEND_BULK, peer, frame, len);
}

void rig_listen(struct rig_node *node, const char *endpoint)
{
    rig_put(node, TCN_MSG_LISTEN, TCN_MSG_NO_PEER, endpoint, strlen(endpoint));
}

static void put_peer(struct rig_node *node, uint8_t number,
                     const struct rig_node *peer, const char *endpoint,
                     struct tcn_view keys)
{
    uint8_t payload[512];
    struct tcn_buf out = tcn_buf(payload, sizeof payload);
    uint8_t count = (uint8_t)(keys.len / 32);
    tcn_buf_put(&out, &count, 1);
    tcn_buf_put(&out, keys.data, keys.len);
    tcn_buf_put(&out, peer->name, strlen(peer->name) + 1);
    tcn_buf_put_str(&out, endpoint);
    rig_put(node, TCN_MSG_PEER, number, payload, out.len);
}

void rig_peer(struct rig_node *node, uint8_t number,
              const struct rig_node *peer, const char *endpoint)
{
    put_peer(node, number, peer, endpoint == NULL ? peer->endpoint : endpoint,
             tcn_view(peer->keys.pk, 32));
}

void rig_peer_keys(struct rig_node *node, uint8_t number,
                   const struct rig_node *peer,
                   const struct rig_keys *const *keys, size_t count)
{
    uint8_t list[32 * TCN_PEER_KEYS_MAX];
    assert_true(count <= TCN_PEER_KEYS_MAX);
    for (size_t i = 0; i < count; i++) {
        memcpy(list + 32 * i, keys[i]->pk, 32);
    }
    put_peer(node, number, peer, peer->endpoint, tcn_view(list, 32 * count));
}

void rig_start(struct rig_node *node, const struct rig_node *const *peers,
               size_t count)
{
    rig_spawn(node, NULL);
    rig_listen(node, node->endpoint);
    for (size_t i = 0; i < count; i++) {
        if (peers[i] != NULL) {
            rig_peer(node, (uint8_t)i, peers[i], NULL);
        }
    }
    rig_put(node, TCN_MSG_START, TCN_MSG_NO_PEER, NULL, 0);
    struct rig_message ready = rig_expect(node, TCN_MSG_READY, TCN_MSG_NO_PEER);
    rig_free(&ready);
}

int rig_exit_status(struct rig_node *node)
{
    uint64_t deadline = rig_now_ms() + RIG_WAIT_MS;
    int status = 0;
    while (waitpid(node->pid, &status, WNOHANG) == 0) {
        if (rig_now_ms() >= deadline) {
            fail_msg("%s does not end", node->name);
        }
        (void)poll(NULL, 0, 5);
    }
    node->pid = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void keep(struct rig_node *node, const struct tcn_msg *msg)
{
    if (node->said_count == node->said_cap) {
        node->said_cap = node->said_cap == 0 ? 64 : 2 * node->said_cap;
        node->said = realloc(node->said, node->said_cap * sizeof node->said[0]);
        assert_non_null(node->said);
    }
    uint8_t *copy = malloc(msg->payload.len + 1);
    assert_non_null(copy);
    memcpy(copy, msg->payload.data, msg->payload.len);
    copy[msg->payload.len] = '\0';
    node->said[node->said_count++] = (struct rig_message){
        .type = msg->type,
        .peer = msg->peer,
        .len = msg->payload.len,
        .payload = copy,
    };
}

bool rig_pump(struct rig_node *node, int wait_ms)
{
    struct pollfd ready = {.fd = node->pipe.fd, .events = POLLIN};
    if (tcn_pipe_waits(&node->pipe)) {
        ready.events |= POLLOUT;
    }
    (void)poll(&ready, 1, wait_ms);
    flush(node);
    enum tcn_err err = tcn_pipe_fill(&node->pipe);
    assert_int_not_equal(err, TCN_ERR_FRAME);
    struct tcn_msg msg;
    while (tcn_pipe_next(&node->pipe, &msg)) {
        keep(node, &msg);
    }
    return err == TCN_ERR_OK;
}

void rig_flush(struct rig_node *node)
{
    uint64_t deadline = rig_now_ms() + RIG_WAIT_MS;
    while (tcn_pipe_waits(&node->pipe)) {
        assert_true(rig_now_ms() < deadline);
        (void)rig_pump(node, 5);
    }
}

static bool fits(const struct rig_message *message, uint8_t type, uint8_t peer,
                 const char *word)
{
    return message->type == type && message->peer == peer &&
           (word == NULL || strcmp((char *)message->payload, word) == 0);
}

static bool take(struct rig_node *node, uint8_t type, uint8_t peer,
                 const char *word, struct rig_message *out)
{
    for (size_t i = 0; i < node->said_count; i++) {
        if (fits(&node->said[i], type, peer, word)) {
            *out = node->said[i];
            node->said_count--;
            memmove(&node->said[i], &node->said[i + 1],
                    (node->said_count - i) * sizeof node->said[0]);
            return true;
        }
    }
    return false;
}

static struct rig_message await(struct rig_node *node, uint8_t type,
                                uint8_t peer, const char *word)
{
    struct rig_message out = {0};
    uint64_t deadline = rig_now_ms() + RIG_WAIT_MS;
    bool alive = true;
    while (!take(node, type, peer, word, &out)) {
        if (!alive || rig_now_ms() >= deadline) {
            for (size_t i = 0; i < node->said_count && i < 20; i++) {
                const struct rig_message *m = &node->said[i];
                print_message(
                    "  %s said type %u peer %u %s%s%s\n", node->name, m->type,
                    m->peer, m->type == TCN_MSG_RECV ? "" : (char *)m->payload,
                    m->type == TCN_MSG_NOTE ? ": " : "",
                    m->type == TCN_MSG_NOTE
                        ? (char *)m->payload + strlen((char *)m->payload) + 1
                        : "");
            }
            fail_msg("%s never said type %u, peer %u, %s", node->name, type,
                     peer, word == NULL ? "" : word);
        }
        alive = rig_pump(node, 20);
    }
    return out;
}

struct rig_message rig_expect(struct rig_node *node, uint8_t type, uint8_t peer)
{
    return await(node, type, peer, NULL);
}

struct rig_message rig_expect_note(struct rig_node *node, uint8_t peer,
                                   const char *word)
{
    return await(node, TCN_MSG_NOTE, peer, word);
}

void rig_expect_up(struct rig_node *node, uint8_t peer)
{
    struct rig_message up = rig_expect(node, TCN_MSG_UP, peer);
    rig_free(&up);
}

void rig_expect_down(struct rig_node *node, uint8_t peer)
{
    struct rig_message down = rig_expect(node, TCN_MSG_DOWN, peer);
    rig_free(&down);
}

void rig_expect_text(struct rig_node *node, uint8_t peer, const char *text)
{
    struct rig_message got = rig_expect(node, TCN_MSG_RECV, peer);
    assert_string_equal((char *)got.payload, text);
    rig_free(&got);
}

static void cross(struct rig_node *from, uint8_t to_at_from,
                  struct rig_node *to, uint8_t from_at_to)
{
    rig_send(from, to_at_from, "fast", 4);
    rig_expect_text(to, from_at_to, "fast");
    rig_send_bulk(from, to_at_from, "bulk", 4);
    rig_expect_text(to, from_at_to, "bulk");
}

void rig_exchange(struct rig_node *a, uint8_t b_at_a, struct rig_node *b,
                  uint8_t a_at_b)
{
    cross(a, b_at_a, b, a_at_b);
    cross(b, a_at_b, a, b_at_a);
}

void rig_expect_none(struct rig_node *node, uint8_t type, int wait_ms)
{
    uint64_t deadline = rig_now_ms() + (uint64_t)wait_ms;
    while (rig_now_ms() < deadline) {
        (void)rig_pump(node, 10);
        assert_int_equal(rig_count(node, type), 0);
    }
}

size_t rig_count(const struct rig_node *node, uint8_t type)
{
    size_t count = 0;
    for (size_t i = 0; i < node->said_count; i++) {
        count += node->said[i].type == type;
    }
    return count;
}

void rig_free(struct rig_message *message)
{
    free(message->payload);
    message->payload = NULL;
}
