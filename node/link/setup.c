#include "link/link.h"

#include <malloc.h>
#include <sodium.h>

#include "base/text.h"
#include "io/log.h"
#include "io/sandbox.h"
#include "io/zmq_options.h"
#include "link/endpoint.h"

#include <czmq.h>

/* What libzmq, its threads and our own buffers may take; a peer costs at most
 * its frames in libzmq (64 in, 32 out) and in our two queues. */
#define MEMORY_BASE     (512ull * 1024 * TCN_KIB)
#define MEMORY_PER_PEER (96ull * TCN_MAXMSGSIZE + 2ull * QUEUE_MAX)

static void refuse(struct tcn_link *link, const char *sentence)
{
    char text[TCN_SENTENCE_MAX];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    tcn_buf_put_str(&message, sentence);
    link_fail(link, &message);
}

void setup_key(struct tcn_link *link, struct tcn_view payload)
{
    uint8_t derived[32];
    if (link->has_key || payload.len < sizeof *link->keys) {
        refuse(link, "a KEY message is wrong\n");
        return;
    }
    memcpy(link->keys, payload.data, sizeof *link->keys);
    link->has_key = true;
    tcn_pipe_forget(&link->pipe);
    if (crypto_scalarmult_base(derived, link->keys->curve_sk) != 0 ||
        sodium_memcmp(derived, link->keys->curve_pk, sizeof derived) != 0) {
        refuse(link, "the link key does not fit its certificate: make a new "
                     "certificate (tocsin cert request)\n");
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
        refuse(link, "more than 16 endpoints to listen on\n");
        return;
    }
    char *endpoint = link->listen[link->listen_count++];
    memcpy(endpoint, payload.data, payload.len);
    endpoint[payload.len] = '\0';
}

/* Splits "member NUL endpoint" into the peer. */
static enum tcn_err parse_peer(struct peer *peer, struct tcn_view rest,
                               struct tcn_buf *message)
{
    const uint8_t *nul = memchr(rest.data, '\0', rest.len);
    size_t name_len = nul == NULL ? 0 : (size_t)(nul - rest.data);
    if (nul == NULL || !tcn_text_is_member(tcn_view(rest.data, name_len))) {
        tcn_buf_put_str(message, "a PEER message is wrong\n");
        return TCN_ERR_FORMAT;
    }
    struct tcn_view endpoint = tcn_view(nul + 1, rest.len - name_len - 1);
    memcpy(peer->name, rest.data, name_len);
    if (endpoint.len == 0) {
        return TCN_ERR_OK;
    }
    enum tcn_err err = endpoint_check(endpoint, false, message);
    if (err == TCN_ERR_OK) {
        memcpy(peer->endpoint, endpoint.data, endpoint.len);
    }
    return err;
}

void setup_peer(struct tcn_link *link, uint8_t number, struct tcn_view payload)
{
    char text[TCN_SENTENCE_MAX * 2];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    if (number >= TCN_PEERS_MAX || link->peers[number].known ||
        payload.len <= 32) {
        refuse(link, "a PEER message is wrong\n");
        return;
    }
    struct peer *peer = &link->peers[number];
    peer->number = number;
    memcpy(peer->curve_pk, payload.data, sizeof peer->curve_pk);
    struct tcn_view rest = tcn_view(payload.data + 32, payload.len - 32);
    if (parse_peer(peer, rest, &message) != TCN_ERR_OK) {
        link_fail(link, &message);
        return;
    }
    peer->known = true;
    struct tcn_zap_pin *pin = &link->pins[link->pin_count++];
    pin->peer = number;
    memcpy(pin->curve_pk, peer->curve_pk, sizeof pin->curve_pk);
}

/* Keys must tell the peers and us apart. */
static enum tcn_err check_keys(const struct tcn_link *link,
                               struct tcn_buf *message)
{
    for (size_t i = 0; i < link->pin_count; i++) {
        const struct peer *peer = &link->peers[link->pins[i].peer];
        const char *other = NULL;
        if (memcmp(peer->curve_pk, link->keys->curve_pk, 32) == 0) {
            other = "this node itself";
        }
        for (size_t j = 0; j < i; j++) {
            if (memcmp(link->pins[j].curve_pk, peer->curve_pk, 32) == 0) {
                other = link->peers[link->pins[j].peer].name;
            }
        }
        if (other != NULL || sodium_is_zero(peer->curve_pk, 32)) {
            tcn_buf_printf(message,
                           "the card of %s has the link key of %s: ask %s for "
                           "its right card\n",
                           peer->name, other == NULL ? "nobody" : other,
                           peer->name);
            return TCN_ERR_KEY;
        }
    }
    return TCN_ERR_OK;
}

static enum tcn_err open_all(struct tcn_link *link, struct tcn_buf *message)
{
    enum tcn_err err = check_keys(link, message);
    if (err == TCN_ERR_OK) {
        err = tcn_zmq_init(message);
    }
    if (err == TCN_ERR_OK) {
        err = listener_open(link, message);
    }
    for (size_t i = 0; err == TCN_ERR_OK && i < TCN_PEERS_MAX; i++) {
        if (link->peers[i].known) {
            err = outgoing_open(link, &link->peers[i], message);
        }
    }
    return err;
}

static void limit_memory(const struct tcn_link *link)
{
    /* Each arena of malloc reserves 64 MiB of address space per thread. */
    (void)mallopt(M_ARENA_MAX, 2);
    uint64_t bytes = MEMORY_BASE + link->pin_count * MEMORY_PER_PEER;
    if (tcn_sandbox_limit_memory(bytes) != TCN_ERR_OK) {
        struct tcn_log_line line = tcn_log(TCN_LOG_WARNING, "memory-unbounded");
        tcn_log_end(&line);
    }
}

void setup_start(struct tcn_link *link)
{
    char text[TCN_SENTENCE_MAX + 2 * TCN_ENDPOINT_MAX];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    if (!link->has_key || link->started) {
        refuse(link, "START came before KEY, or twice\n");
        return;
    }
    limit_memory(link);
    enum tcn_err err = open_all(link, &message);
    /* libzmq keeps copies in its sockets; this process is not dumpable. */
    sodium_free(link->keys); /* wipes */
    link->keys = NULL;
    if (err != TCN_ERR_OK) {
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
    tcn_log_uint(&line, "peers", link->pin_count);
    tcn_log_end(&line);
}

void setup_fini(struct tcn_link *link)
{
    sodium_free(link->keys);
    for (size_t i = 0; i < TCN_PEERS_MAX; i++) {
        outgoing_close(&link->peers[i]);
        frame_queue_clear(&link->peers[i].incoming);
    }
    tcn_monitor_close(&link->listener_monitor);
    zsock_destroy(&link->listener);
    tcn_zap_close(&link->zap);
    tcn_pipe_fini(&link->pipe);
    zsys_shutdown();
}
