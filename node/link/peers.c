/* Who is admitted: the peers tocsind names, each with the keys of its valid
 * certificates. They may change at any time; what uses a key that is not named
 * any more is cut, because libzmq asks about keys at a handshake only. */
#include "link/link.h"

#include "base/assert.h"
#include "base/text.h"
#include "link/endpoint.h"

/* A PEER message, taken apart. */
struct named {
    const uint8_t *keys; /* views the message */
    size_t key_count;
    char name[TCN_MEMBER_MAX + 1];
    char endpoint[TCN_ENDPOINT_MAX];
};

static const uint8_t *key_at(const struct named *named, size_t i)
{
    return named->keys + 32 * i;
}

/* "count, keys, member NUL endpoint". FORMAT: it is none. */
static enum tcn_err parse(struct named *named, struct tcn_view payload,
                          struct tcn_view *endpoint)
{
    *named = (struct named){0};
    size_t count = payload.len == 0 ? 0 : payload.data[0];
    if (count == 0 || count > TCN_PEER_KEYS_MAX ||
        payload.len <= 1 + 32 * count) {
        return TCN_ERR_FORMAT;
    }
    named->keys = payload.data + 1;
    named->key_count = count;
    const uint8_t *name = named->keys + 32 * count;
    size_t rest = payload.len - 1 - 32 * count;
    const uint8_t *nul = memchr(name, '\0', rest);
    size_t name_len = nul == NULL ? 0 : (size_t)(nul - name);
    if (nul == NULL || !tcn_text_is_member(tcn_view(name, name_len))) {
        return TCN_ERR_FORMAT;
    }
    memcpy(named->name, name, name_len);
    *endpoint = tcn_view(nul + 1, rest - name_len - 1);
    return TCN_ERR_OK;
}

/* ---- keys ---- */

const struct gone_key *peers_gone(const struct tcn_link *link,
                                  struct tcn_view key)
{
    for (size_t i = 0; i < GONE_MAX; i++) {
        if (link->gone[i].name[0] != '\0' &&
            tcn_view_equal(key, tcn_view(link->gone[i].curve_pk, 32))) {
            return &link->gone[i];
        }
    }
    return NULL;
}

/* Not admitted any more, and what it admitted is cut. */
static void drop_key(struct tcn_link *link, struct peer *peer,
                     const uint8_t key[32])
{
    const struct tcn_zap_pin *pin = tcn_zap_find(&link->zap, tcn_view(key, 32));
    struct gone_key *gone = &link->gone[link->gone_next];
    link->gone_next = (link->gone_next + 1) % GONE_MAX;
    memcpy(gone->curve_pk, key, 32);
    memcpy(gone->name, peer->name, sizeof gone->name);
    gone->number = peer->number;
    tcn_assert(pin != NULL && pin->peer == peer->number);
    inbound_shut_pin(peer, pin->serial);
    tcn_zap_unpin(&link->zap, key);
}

static bool is_named(const struct named *named, const uint8_t key[32])
{
    for (size_t i = 0; i < named->key_count; i++) {
        if (memcmp(key_at(named, i), key, 32) == 0) {
            return true;
        }
    }
    return false;
}

static void put_clash(struct tcn_buf *message, const struct peer *peer,
                      const char *whose)
{
    tcn_buf_printf(message,
                   "the card of %s has the link key of %s: ask %s for its "
                   "right card\n",
                   peer->name, whose, peer->name);
}

/* Pins a key unless it is pinned as this peer's already. KEY with a message:
 * it is somebody else's, or none. */
static enum tcn_err add_key(struct tcn_link *link, struct peer *peer,
                            const uint8_t key[32], struct tcn_buf *message)
{
    const struct tcn_zap_pin *pin = tcn_zap_find(&link->zap, tcn_view(key, 32));
    const char *whose = "nobody";
    if (pin != NULL && pin->peer == peer->number) {
        return TCN_ERR_OK;
    }
    if (pin != NULL) {
        whose = link->peers[pin->peer].name;
    } else if (link->has_key && memcmp(key, link->keys->curve_pk, 32) == 0) {
        whose = "this node itself";
    } else if (tcn_zap_pin(&link->zap, peer->number, key) == TCN_ERR_OK) {
        return TCN_ERR_OK;
    }
    put_clash(message, peer, whose);
    return TCN_ERR_KEY;
}

/* Gives the peer the named keys, in their order; one that cannot be its own is
 * left out, and why is the error. */
static enum tcn_err take_keys(struct tcn_link *link, struct peer *peer,
                              const struct named *named,
                              struct tcn_buf *message)
{
    enum tcn_err err = TCN_ERR_OK;
    for (size_t i = 0; i < peer->key_count; i++) {
        if (!is_named(named, peer->keys[i])) {
            drop_key(link, peer, peer->keys[i]);
        }
    }
    peer->key_count = 0;
    for (size_t i = 0; i < named->key_count; i++) {
        const uint8_t *key = key_at(named, i);
        enum tcn_err why = add_key(link, peer, key, message);
        if (why == TCN_ERR_OK) {
            memcpy(peer->keys[peer->key_count++], key, 32);
        } else {
            err = why;
        }
    }
    return err;
}

enum tcn_err peers_check(const struct tcn_link *link,
                         const struct link_keys *own, struct tcn_buf *message)
{
    const struct tcn_zap_pin *pin =
        tcn_zap_find(&link->zap, tcn_view(own->curve_pk, 32));
    if (pin == NULL) {
        return TCN_ERR_OK;
    }
    put_clash(message, &link->peers[pin->peer], "this node itself");
    return TCN_ERR_KEY;
}

/* ---- before START: nothing may be wrong ---- */

static void add_first(struct tcn_link *link, struct peer *peer,
                      const struct named *named, struct tcn_view endpoint)
{
    char text[TCN_SENTENCE_MAX * 2];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    memcpy(peer->name, named->name, sizeof peer->name);
    enum tcn_err err = TCN_ERR_OK;
    if (endpoint.len > 0) {
        err = endpoint_check(endpoint, false, &message);
    }
    if (err == TCN_ERR_OK) {
        memcpy(peer->endpoint, named->endpoint, sizeof peer->endpoint);
        err = take_keys(link, peer, named, &message);
    }
    if (err != TCN_ERR_OK) {
        link_fail(link, &message);
        return;
    }
    peer->known = true;
}

/* ---- after START: the others must not suffer ---- */

void peers_remove(struct tcn_link *link, struct peer *peer)
{
    for (size_t i = 0; i < peer->key_count; i++) {
        drop_key(link, peer, peer->keys[i]);
    }
    dial_close(peer);
    for (enum lane lane = 0; lane < LANE_COUNT; lane++) {
        frame_queue_clear(&peer->incoming[lane]);
    }
    *peer = (struct peer){.number = peer->number, .owes_unpeered = true};
    report_state(link, peer);
}

/* The place in its list of the key that is dialled, or -1. */
static int place_of(const struct peer *peer, const uint8_t key[32])
{
    for (size_t i = 0; i < peer->key_count; i++) {
        if (memcmp(peer->keys[i], key, 32) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static void note(struct tcn_link *link, const struct peer *peer,
                 const char *word, struct tcn_buf *message)
{
    while (message->len > 0 && message->data[message->len - 1] == '\n') {
        message->len--;
    }
    report_note(link, peer->number, word, tcn_buf_view(message));
    message->len = 0;
}

/* Connections under a key that stays are left alone. */
static void follow_keys(struct tcn_link *link, struct peer *peer,
                        const uint8_t dialled[32])
{
    int place = place_of(peer, dialled);
    if (place >= 0 && dial_is_up(peer)) {
        peer->key = (size_t)place;
    } else {
        dial_again(link, peer, 0);
    }
}

static void reopen(struct tcn_link *link, struct peer *peer,
                   struct tcn_buf *message)
{
    bool was_up = dial_is_up(peer);
    dial_close(peer);
    peer->interrupted = was_up;
    report_state(link, peer);
    if (dial_open(link, peer, message) != TCN_ERR_OK) {
        dial_close(peer);
        note(link, peer, "not-dialled", message);
    }
}

static void change(struct tcn_link *link, struct peer *peer,
                   const struct named *named)
{
    char text[TCN_SENTENCE_MAX * 2];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    uint8_t dialled[32];
    memcpy(dialled, peer->keys[peer->key], sizeof dialled);
    bool had_way = peer->lanes[LANE_FAST].socket != NULL;
    bool moved = strcmp(peer->endpoint, named->endpoint) != 0;
    if (take_keys(link, peer, named, &message) != TCN_ERR_OK) {
        note(link, peer, "wrong-card", &message);
    }
    memcpy(peer->endpoint, named->endpoint, sizeof peer->endpoint);
    if (moved || !had_way || peer->key_count == 0) {
        peer->key = 0;
        reopen(link, peer, &message);
    } else {
        follow_keys(link, peer, dialled);
    }
}

static void set_later(struct tcn_link *link, struct peer *peer,
                      struct named *named, struct tcn_view endpoint)
{
    char text[TCN_SENTENCE_MAX * 2];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    if (peer->known && strcmp(peer->name, named->name) != 0) {
        peers_remove(link, peer);
    }
    bool is_new = !peer->known;
    peer->known = true;
    memcpy(peer->name, named->name, sizeof peer->name);
    if (endpoint.len > 0 &&
        endpoint_check(endpoint, false, &message) != TCN_ERR_OK) {
        named->endpoint[0] = '\0';
        note(link, peer, "not-dialled", &message);
    }
    change(link, peer, named);
    if (is_new) {
        setup_limit_memory(link);
    }
}

void peers_set(struct tcn_link *link, uint8_t number, struct tcn_view payload)
{
    struct named named;
    struct tcn_view endpoint;
    if (number >= TCN_PEERS_MAX ||
        parse(&named, payload, &endpoint) != TCN_ERR_OK ||
        (!link->started && link->peers[number].known)) {
        link_refuse(link, "a PEER message is wrong\n");
        return;
    }
    if (endpoint.len < sizeof named.endpoint) {
        memcpy(named.endpoint, endpoint.data, endpoint.len);
    }
    struct peer *peer = &link->peers[number];
    peer->number = number;
    if (link->started) {
        set_later(link, peer, &named, endpoint);
    } else {
        add_first(link, peer, &named, endpoint);
    }
}
