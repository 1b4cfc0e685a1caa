/* The clients of the control socket. */
#include "daemon/control.h"
#include "daemon/policies.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/log.h"

/* Of CLIENTS_MAX; administrators have all that the others leave. */
#define CLIENTS_EACH    8 /* of one user */
#define CLIENTS_NO_ROLE 4

static struct client *client_new(struct tcn_node *node, int fd)
{
    struct client *client = calloc(1, sizeof *client);
    if (client == NULL) {
        return NULL;
    }
    client->node = node;
    client->fd = fd;
    client->row_bytes = malloc(TCN_CONTROL_MAX);
    client->message_bytes = malloc(TCN_CONTROL_MAX);
    if (client->row_bytes == NULL || client->message_bytes == NULL ||
        tcn_control_peer(fd, &client->peer) != TCN_ERR_OK) {
        free(client->row_bytes);
        free(client->message_bytes);
        free(client);
        return NULL;
    }
    client->role = role_of(node, &client->peer);
    return client;
}

static void free_replies(struct reply *reply)
{
    while (reply != NULL) {
        struct reply *next = reply->next;
        free(reply);
        reply = next;
    }
}

static void client_free(struct client *client)
{
    free_replies(client->first);
    submit_forget(client);
    trial_free(client->trial);
    free(client->staged.text);
    free(client->row_bytes);
    free(client->message_bytes);
    free(client);
}

void control_close(struct tcn_node *node, size_t slot)
{
    struct client *client = node->clients[slot];
    if (client == NULL) {
        return;
    }
    close(client->fd);
    client_free(client);
    node->clients[slot] = NULL;
}

static void refuse_busy(int fd)
{
    uint8_t bytes[256];
    struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
    tcn_control_put_end(&out, TCN_ERR_BUSY,
                        "the node serves as many clients as it can: try again",
                        "");
    (void)send(fd, out.data, out.len, MSG_NOSIGNAL);
    close(fd);
}

/* The socket is open to every user of the machine; nobody keeps another from
 * it. Who has no role is only told so. */
static bool has_enough(const struct tcn_node *node, const struct client *client)
{
    size_t count = 0;
    bool none = client->role == TCN_CONTROL_NONE;
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        const struct client *other = node->clients[i];
        if (other != NULL) {
            count += none ? other->role == TCN_CONTROL_NONE
                          : other->peer.uid == client->peer.uid;
        }
    }
    return client->role != TCN_CONTROL_ADMIN &&
           count >= (none ? CLIENTS_NO_ROLE : CLIENTS_EACH);
}

static void take_in(struct tcn_node *node, size_t slot, int fd)
{
    struct client *client = client_new(node, fd);
    if (client == NULL) {
        close(fd);
    } else if (has_enough(node, client)) {
        refuse_busy(fd);
        client_free(client);
    } else {
        node->clients[slot] = client;
    }
}

void control_accept(struct tcn_node *node)
{
    int fd =
        accept4(node->control_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        return;
    }
    int buffer = 2 * (int)TCN_CONTROL_MAX;
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    for (size_t slot = 0; slot < CLIENTS_MAX; slot++) {
        if (node->clients[slot] == NULL) {
            take_in(node, slot, fd);
            return;
        }
    }
    refuse_busy(fd);
}

static bool flush(struct client *client)
{
    while (client->first != NULL) {
        struct reply *reply = client->first;
        ssize_t n = send(client->fd, reply->bytes, reply->len, MSG_NOSIGNAL);
        if (n < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        client->queued -= reply->len;
        client->first = reply->next;
        free(reply);
    }
    client->last = NULL;
    return true;
}

/* Ends a submission that is under way; what came of it is not kept. */
static void refuse_message(struct tcn_node *node, struct client *client,
                           enum tcn_err err, const char *sentence)
{
    client->submission.left = 0;
    control_settle(node, client);
    submit_forget(client);
    reply_end(client, err, sentence);
}

static void take(struct tcn_node *node, struct client *client,
                 struct tcn_view bytes)
{
    struct tcn_control_msg msg;
    enum tcn_err err = tcn_control_decode(&msg, bytes);
    if (err != TCN_ERR_OK) {
        refuse_message(node, client, err,
                       "this is not a message of the control socket");
    } else if (client->submission.left > 0) {
        submit_draft(node, client, tcn_pairs_bin(&msg.pairs, "draft"));
    } else {
        verb_run(node, client, &msg);
    }
}

enum received { CAME, NOTHING, GONE };

static enum received receive_one(struct tcn_node *node, struct client *client)
{
    static uint8_t bytes[TCN_CONTROL_MAX + 1];
    ssize_t n = recv(client->fd, bytes, sizeof bytes, 0);
    if (n < 0) {
        return errno == EAGAIN || errno == EINTR ? NOTHING : GONE;
    }
    if (n == 0) {
        return GONE;
    }
    if ((size_t)n > TCN_CONTROL_MAX) {
        refuse_message(node, client, TCN_ERR_SIZE, "this message is too large");
    } else {
        take(node, client, tcn_view(bytes, (size_t)n));
    }
    return CAME;
}

/* One request per turn, or what has come of submissions: everybody is served.
 * False: the client is gone. */
static bool receive(struct tcn_node *node, struct client *client)
{
    enum received received;
    size_t left = 2 * DRAFTS_AT_ONCE; /* each draft may have a request */
    do {
        received = receive_one(node, client);
    } while (received == CAME && !client->overflow && client->first == NULL &&
             (client->submission.left > 0 || client->waiting != NULL) &&
             node->submitted < DRAFTS_AT_ONCE && --left > 0);
    return received != GONE;
}

void control_settle(struct tcn_node *node, const struct client *client)
{
    if (client->waiting != NULL) {
        enum tcn_err err = shell_commit(node);
        (void)err; /* it is in the answers */
    }
}

void control_answer(struct tcn_node *node, enum tcn_err err)
{
    for (size_t i = 0; i < CLIENTS_MAX && node->submitted > 0; i++) {
        struct client *client = node->clients[i];
        if (client != NULL && client->waiting != NULL) {
            submit_answer(client, err);
            client->overflow |= !flush(client);
        }
    }
    node->submitted = 0;
}

short control_events(const struct client *client)
{
    /* Who does not read is not asked for more. */
    if (client->first != NULL) {
        return POLLOUT;
    }
    return POLLIN;
}

void control_serve(struct tcn_node *node, size_t slot, short events)
{
    struct client *client = node->clients[slot];
    bool alive = true;
    if ((events & (POLLIN | POLLHUP)) != 0 &&
        node->submitted < DRAFTS_AT_ONCE) {
        alive = receive(node, client);
    }
    alive = alive && flush(client) && !client->overflow;
    if (!alive || (events & (POLLERR | POLLNVAL)) != 0) {
        control_close(node, slot);
    }
}
