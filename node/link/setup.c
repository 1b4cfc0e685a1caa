#include "link/link.h"

#include <malloc.h>
#include <sodium.h>

#include "io/log.h"
#include "io/sandbox.h"
#include "io/zmq_options.h"
#include "link/endpoint.h"

#include <czmq.h>

/* What libzmq, its threads and our own buffers may take; a peer costs at most
 * its frames in libzmq (64 in and 32 out on the fast lane, 64 and 8 on the bulk
 * lane) and in our queues, both ways. */
#define MEMORY_BASE (512ull * 1024 * TCN_KIB)
#define MEMORY_PER_PEER                                                        \
    (168ull * TCN_MAXMSGSIZE + 2ull * LANE_COUNT * QUEUE_MAX)

enum tcn_err setup_read_keys(struct link_keys *keys, struct tcn_view payload,
                             struct tcn_buf *message)
{
    uint8_t derived[32];
    if (payload.len < sizeof *keys) {
        tcn_buf_put_str(message, "a KEY message is wrong\n");
        return TCN_ERR_FORMAT;
    }
    memcpy(keys, payload.data, sizeof *keys);
    if (crypto_scalarmult_base(derived, keys->curve_sk) != 0 ||
        sodium_memcmp(derived, keys->curve_pk, sizeof derived) != 0) {
        tcn_buf_put_str(message,
                        "the link key does not fit its certificate: make a new "
                        "certificate (tocsin cert request)\n");
        return TCN_ERR_KEY;
    }
    return TCN_ERR_OK;
}

void setup_key(struct tcn_link *link, struct tcn_view payload)
{
    char text[TCN_SENTENCE_MAX];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    if (link->has_key) {
        link_refuse(link, "KEY came twice before START\n");
        return;
    }
    enum tcn_err err = setup_read_keys(link->keys, payload, &message);
    link->has_key = true;
    tcn_pipe_forget(&link->pipe);
    if (err != TCN_ERR_OK) {
        link_fail(link, &message);
    }
}

void setup_former(struct tcn_link *link, struct tcn_view payload)
{
    char text[TCN_SENTENCE_MAX];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    if (!link->has_key || link->former_keys != NULL) {
        link_refuse(link, "KEY_FORMER came before KEY, or twice\n");
        return;
    }
    link->former_keys = sodium_malloc(sizeof *link->former_keys);
    enum tcn_err err =
        link->former_keys == NULL
            ? TCN_ERR_NO_MEMORY
            : setup_read_keys(link->former_keys, payload, &message);
    tcn_pipe_forget(&link->pipe);
    if (err != TCN_ERR_OK) {
        link_fail(link, &message);
    }
}

void setup_listen(struct tcn_link *link, struct tcn_view payload)
{
    char text[TCN_SENTENCE_MAX * 2];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    if (endpoint_check(payload, true, &message) != TCN_ERR_OK) {
        link_fail(link, &message);
        return;
    }
    if (link->listen_count == LISTEN_MAX) {
        link_refuse(link, "more than 16 endpoints to listen on\n");
        return;
    }
    char *endpoint = link->listen[link->listen_count++];
    memcpy(endpoint, payload.data, payload.len);
    endpoint[payload.len] = '\0';
}

static enum tcn_err open_all(struct tcn_link *link, struct tcn_buf *message)
{
    enum tcn_err err = peers_check(link, link->keys, message);
    if (err == TCN_ERR_OK) {
        err = tcn_zmq_init(message);
    }
    if (err == TCN_ERR_OK && tcn_zap_open(&link->zap) != TCN_ERR_OK) {
        tcn_buf_put_str(message, "the authentication handler cannot start\n");
        err = TCN_ERR_IO;
    }
    if (err == TCN_ERR_OK) {
        err = listener_open(link, &link->listener, link->keys, NULL, message);
    }
    for (size_t i = 0; err == TCN_ERR_OK && i < TCN_PEERS_MAX; i++) {
        if (link->peers[i].known) {
            err = dial_open(link, &link->peers[i], message);
        }
    }
    return err;
}

static size_t count_peers(const struct tcn_link *link)
{
    size_t count = 0;
    for (size_t i = 0; i < TCN_PEERS_MAX; i++) {
        count += link->peers[i].known;
    }
    return count;
}

void setup_limit_memory(const struct tcn_link *link)
{
    uint64_t bytes = MEMORY_BASE + count_peers(link) * MEMORY_PER_PEER;
    uint64_t most = MEMORY_BASE + TCN_PEERS_MAX * MEMORY_PER_PEER;
    if (tcn_sandbox_limit_memory(bytes, most) != TCN_ERR_OK) {
        struct tcn_log_line line = tcn_log(TCN_LOG_WARNING, "memory-unbounded");
        tcn_log_end(&line);
    }
}

void setup_start(struct tcn_link *link)
{
    char text[TCN_SENTENCE_MAX + 2 * TCN_ENDPOINT_MAX];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    if (!link->has_key || link->started) {
        link_refuse(link, "START came before KEY, or twice\n");
        return;
    }
    /* Each arena of malloc reserves 64 MiB of address space per thread. */
    (void)mallopt(M_ARENA_MAX, 2);
    setup_limit_memory(link);
    if (open_all(link, &message) != TCN_ERR_OK) {
        link_fail(link, &message);
        return;
    }
    link->started = true;
    struct tcn_view none = tcn_view(NULL, 0);
    if (tcn_pipe_put(&link->pipe, TCN_MSG_READY, TCN_MSG_NO_PEER, none, none) !=
        TCN_ERR_OK) {
        link->ended = true;
        return;
    }
    struct tcn_log_line line = tcn_log(TCN_LOG_INFO, "ready");
    tcn_log_uint(&line, "listen", link->listen_count);
    tcn_log_uint(&line, "peers", count_peers(link));
    tcn_log_end(&line);
}

void setup_fini(struct tcn_link *link)
{
    sodium_free(link->former_keys);
    sodium_free(link->keys); /* wipes; libzmq's copies end with its sockets */
    for (size_t i = 0; i < TCN_PEERS_MAX; i++) {
        dial_close(&link->peers[i]);
        for (enum lane lane = 0; lane < LANE_COUNT; lane++) {
            frame_queue_clear(&link->peers[i].incoming[lane]);
        }
    }
    listener_close(&link->former);
    listener_close(&link->listener);
    tcn_zap_close(&link->zap);
    tcn_pipe_fini(&link->pipe);
    zsys_shutdown();
}
