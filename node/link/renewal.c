/* Another key for this node while it runs: a second listener takes over the
 * port, and what stands under the key before stays until its peers make their
 * connections anew, which they do twice a day, or until that key is over; ours
 * likewise. Until then nothing is cut; when it cannot be done the old key
 * stays. Who was away while the new one was announced refuses it, and is
 * dialled with the old one (dial.c): HELLO then brings him the new certificate.
 */
#include "link/link.h"

#include <poll.h>
#include <sodium.h>

#include "io/file.h"
#include "io/log.h"

#define PATIENCE_MS 1000 /* for libzmq to end a listener */

static void log_key(const char *event, const struct link_keys *keys)
{
    struct tcn_log_line line = tcn_log(TCN_LOG_INFO, event);
    tcn_log_id(&line, "key", tcn_view(keys->curve_pk, 32));
    tcn_log_end(&line);
}

static void close_former(struct tcn_link *link)
{
    if (link->former.socket != NULL) {
        listener_close(&link->former);
        struct tcn_log_line line = tcn_log(TCN_LOG_INFO, "old-key-over");
        tcn_log_end(&line);
    }
}

void renewal_tick(struct tcn_link *link)
{
    if (link->former.connections == 0) {
        close_former(link);
    }
}

static bool is_under_former(const struct tcn_link *link,
                            const struct peer *peer)
{
    return peer->under_former ||
           (dial_is_up(peer) && peer->up_under <= link->renewals);
}

void renewal_over(struct tcn_link *link)
{
    close_former(link);
    sodium_free(link->former_keys); /* wipes */
    link->former_keys = NULL;
    for (size_t i = 0; i < TCN_PEERS_MAX; i++) {
        struct peer *peer = &link->peers[i];
        if (peer->known && is_under_former(link, peer)) {
            dial_again(link, peer, peer->key);
        }
    }
}

/* Who takes over a port is told apart by places (twin.c): never three. */
static enum tcn_err make_room(struct tcn_link *link, struct tcn_buf *message)
{
    uint64_t deadline = tcn_steady_ms() + PATIENCE_MS;
    close_former(link);
    while (!listener_is_gone(&link->former)) {
        if (tcn_steady_ms() >= deadline) {
            tcn_buf_put_str(message, "the listener before does not end\n");
            return TCN_ERR_IO;
        }
        (void)poll(NULL, 0, 1);
    }
    return TCN_ERR_OK;
}

/* Connections that do not stand yet are made under the new key. */
static void dial_under_new_key(struct tcn_link *link)
{
    for (size_t i = 0; i < TCN_PEERS_MAX; i++) {
        struct peer *peer = &link->peers[i];
        if (peer->known && !dial_is_up(peer)) {
            dial_again(link, peer, peer->key);
        }
    }
}

static enum tcn_err take_over(struct tcn_link *link,
                              const struct link_keys *keys,
                              struct tcn_buf *message)
{
    struct listener fresh;
    enum tcn_err err = peers_check(link, keys, message);
    if (err == TCN_ERR_OK) {
        err = make_room(link, message);
    }
    if (err != TCN_ERR_OK) {
        return err;
    }
    err = listener_open(link, &fresh, keys, &link->listener, message);
    if (err != TCN_ERR_OK) {
        listener_close(&fresh);
        link->former = fresh; /* to be waited for by the next one */
        return err;
    }
    link->former = link->listener;
    link->listener = fresh;
    return TCN_ERR_OK;
}

static enum tcn_err renew(struct tcn_link *link, struct link_keys *keys,
                          struct tcn_view payload, struct tcn_buf *message)
{
    enum tcn_err err = setup_read_keys(keys, payload, message);
    tcn_pipe_forget(&link->pipe);
    if (err == TCN_ERR_OK &&
        sodium_memcmp(keys->curve_pk, link->keys->curve_pk, 32) == 0) {
        return TCN_ERR_EXISTS; /* it is in force */
    }
    return err == TCN_ERR_OK ? take_over(link, keys, message) : err;
}

static void note_kept(struct tcn_link *link, struct tcn_buf *why)
{
    char text[TCN_SENTENCE_MAX + 2 * TCN_ENDPOINT_MAX];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    tcn_buf_put_str(&out, "the new link key is not in force: ");
    tcn_buf_put(&out, why->data, why->len);
    while (out.len > 0 && text[out.len - 1] == '\n') {
        out.len--;
    }
    report_note(link, TCN_MSG_NO_PEER, "key-kept", tcn_buf_view(&out));
}

void renewal_key(struct tcn_link *link, struct tcn_view payload)
{
    char text[TCN_SENTENCE_MAX + TCN_ENDPOINT_MAX];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    struct link_keys *keys = sodium_malloc(sizeof *keys);
    enum tcn_err err = TCN_ERR_NO_MEMORY;
    if (keys != NULL) {
        err = renew(link, keys, payload, &message);
    }
    if (err == TCN_ERR_OK) {
        struct link_keys *oldest = link->former_keys;
        link->former_keys = link->keys;
        link->keys = keys;
        keys = oldest;
        link->renewals++;
        log_key("new-key", link->keys);
        dial_under_new_key(link);
    } else if (err != TCN_ERR_EXISTS) {
        note_kept(link, &message);
    }
    sodium_free(keys); /* wipes */
    report_key(link);
}
