#include "io/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/assert.h"

#define LENGTH_BYTES 4 /* counts what follows it */
#define HEAD_BYTES   2 /* type, peer */
#define OVERHEAD     (LENGTH_BYTES + HEAD_BYTES)

enum tcn_err tcn_pipe_init(struct tcn_pipe *pipe, int fd, size_t out_cap)
{
    /* Twice the largest message: a whole one always fits behind the rest of
     * another, so that reading never stalls. */
    size_t in_cap = 2 * (LENGTH_BYTES + (size_t)TCN_MSG_MAX);
    *pipe = (struct tcn_pipe){.fd = fd, .in_cap = in_cap, .out_cap = out_cap};
    pipe->in = malloc(in_cap);
    pipe->out = malloc(out_cap);
    if (pipe->in == NULL || pipe->out == NULL) {
        tcn_pipe_fini(pipe);
        return TCN_ERR_NO_MEMORY;
    }
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) {
        tcn_pipe_fini(pipe);
        return TCN_ERR_IO;
    }
    return TCN_ERR_OK;
}

void tcn_pipe_fini(struct tcn_pipe *pipe)
{
    if (pipe->fd >= 0) {
        close(pipe->fd);
    }
    if (pipe->in != NULL) {
        sodium_memzero(pipe->in, pipe->in_high);
    }
    if (pipe->out != NULL) {
        sodium_memzero(pipe->out, pipe->out_high);
    }
    free(pipe->in);
    free(pipe->out);
    *pipe = (struct tcn_pipe){.fd = -1};
}

void tcn_pipe_forget(struct tcn_pipe *pipe)
{
    sodium_memzero(pipe->in, pipe->in_at);
    sodium_memzero(pipe->in + pipe->in_len, pipe->in_high - pipe->in_len);
    sodium_memzero(pipe->out, pipe->out_at);
    sodium_memzero(pipe->out + pipe->out_len, pipe->out_high - pipe->out_len);
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static void put_bytes(struct tcn_pipe *pipe, struct tcn_view bytes)
{
    if (bytes.len > 0) {
        memcpy(pipe->out + pipe->out_len, bytes.data, bytes.len);
        pipe->out_len += bytes.len;
    }
}

static void compact_out(struct tcn_pipe *pipe)
{
    pipe->out_len -= pipe->out_at;
    memmove(pipe->out, pipe->out + pipe->out_at, pipe->out_len);
    pipe->out_at = 0;
}

enum tcn_err tcn_pipe_put(struct tcn_pipe *pipe, uint8_t type, uint8_t peer,
                          struct tcn_view head, struct tcn_view tail)
{
    tcn_assert(type > 0 && type < TCN_MSG_TYPE_END);
    if (head.len > TCN_MSG_MAX - HEAD_BYTES ||
        tail.len > TCN_MSG_MAX - HEAD_BYTES - head.len) {
        return TCN_ERR_SIZE;
    }
    size_t follows = HEAD_BYTES + head.len + tail.len;
    if (LENGTH_BYTES + follows >
        pipe->out_cap - (pipe->out_len - pipe->out_at)) {
        return TCN_ERR_CAPACITY;
    }
    if (LENGTH_BYTES + follows > pipe->out_cap - pipe->out_len) {
        compact_out(pipe);
    }
    uint8_t start[OVERHEAD] = {
        (uint8_t)(follows >> 24),
        (uint8_t)(follows >> 16),
        (uint8_t)(follows >> 8),
        (uint8_t)follows,
        type,
        peer,
    };
    put_bytes(pipe, tcn_view(start, sizeof start));
    put_bytes(pipe, head);
    put_bytes(pipe, tail);
    pipe->out_high = larger(pipe->out_high, pipe->out_len);
    return TCN_ERR_OK;
}

size_t tcn_pipe_room(const struct tcn_pipe *pipe)
{
    size_t left = pipe->out_cap - (pipe->out_len - pipe->out_at);
    size_t room = left < OVERHEAD ? 0 : left - OVERHEAD;
    size_t most = TCN_MSG_MAX - HEAD_BYTES;
    return room < most ? room : most;
}

size_t tcn_pipe_queued(const struct tcn_pipe *pipe)
{
    return pipe->out_len - pipe->out_at;
}

bool tcn_pipe_waits(const struct tcn_pipe *pipe)
{
    return tcn_pipe_queued(pipe) > 0;
}

enum tcn_err tcn_pipe_flush(struct tcn_pipe *pipe)
{
    while (tcn_pipe_waits(pipe)) {
        ssize_t n = send(pipe->fd, pipe->out + pipe->out_at,
                         pipe->out_len - pipe->out_at, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 && (errno == EAGAIN || errno == ENOBUFS)) {
            return TCN_ERR_OK;
        }
        if (n < 0) {
            return TCN_ERR_IO;
        }
        pipe->out_at += (size_t)n;
    }
    pipe->out_at = pipe->out_len = 0;
    return TCN_ERR_OK;
}

/* The length that stands at `at`, of what follows it. */
static size_t length_at(const struct tcn_pipe *pipe, size_t at)
{
    const uint8_t *b = pipe->in + at;
    return (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];
}

/* Looks at the start of every message in the buffer, also of one that is not
 * whole yet: a wrong length would never become whole. */
static enum tcn_err check_starts(const struct tcn_pipe *pipe)
{
    for (size_t at = pipe->in_at; pipe->in_len - at >= LENGTH_BYTES;) {
        size_t follows = length_at(pipe, at);
        size_t left = pipe->in_len - at - LENGTH_BYTES;
        if (follows < HEAD_BYTES || follows > TCN_MSG_MAX) {
            return TCN_ERR_FRAME;
        }
        if (left == 0) {
            return TCN_ERR_OK;
        }
        uint8_t type = pipe->in[at + LENGTH_BYTES];
        if (type == 0 || type >= TCN_MSG_TYPE_END) {
            return TCN_ERR_FRAME;
        }
        if (left < follows) {
            return TCN_ERR_OK;
        }
        at += LENGTH_BYTES + follows;
    }
    return TCN_ERR_OK;
}

enum tcn_err tcn_pipe_fill(struct tcn_pipe *pipe)
{
    pipe->in_len -= pipe->in_at;
    memmove(pipe->in, pipe->in + pipe->in_at, pipe->in_len);
    pipe->in_at = 0;
    size_t before = pipe->in_len;
    while (pipe->in_len < pipe->in_cap) {
        ssize_t n = recv(pipe->fd, pipe->in + pipe->in_len,
                         pipe->in_cap - pipe->in_len, 0);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 && errno == EAGAIN) {
            break;
        }
        if (n <= 0) {
            /* Last words are delivered first: the end is seen again by the
             * next call. */
            if (pipe->in_len > before) {
                break;
            }
            return TCN_ERR_IO;
        }
        pipe->in_len += (size_t)n;
        pipe->in_high = larger(pipe->in_high, pipe->in_len);
    }
    return check_starts(pipe);
}

bool tcn_pipe_next(struct tcn_pipe *pipe, struct tcn_msg *msg)
{
    size_t have = pipe->in_len - pipe->in_at;
    if (have < OVERHEAD) {
        return false;
    }
    size_t follows = length_at(pipe, pipe->in_at);
    tcn_assert(follows >= HEAD_BYTES && follows <= TCN_MSG_MAX); /* by fill */
    if (have - LENGTH_BYTES < follows) {
        return false;
    }
    const uint8_t *start = pipe->in + pipe->in_at + LENGTH_BYTES;
    msg->type = start[0];
    msg->peer = start[1];
    msg->payload = tcn_view(start + HEAD_BYTES, follows - HEAD_BYTES);
    pipe->in_at += LENGTH_BYTES + follows;
    return true;
}
