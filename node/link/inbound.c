/* The connections that peers opened to us, as far as a frame has come in on
 * them: libzmq names the descriptor with each frame, and never closes one of
 * its own accord because a key is not admitted any more. */
#include "link/link.h"

static bool is_same(const struct inbound *a, const struct inbound *b)
{
    return a->len > 0 && a->len == b->len &&
           memcmp(&a->from, &b->from, a->len) == 0;
}

/* The connection that a descriptor stands for now; len 0 = none. */
static struct inbound look_at(int fd)
{
    struct inbound now = {.fd = fd, .len = sizeof now.from};
    if (fd < 0 ||
        getpeername(fd, (struct sockaddr *)&now.from, &now.len) != 0) {
        now.len = 0;
    }
    return now;
}

/* Counted again, what a flood left behind in libzmq would cut the connection
 * that follows. */
bool inbound_remember(struct peer *peer, const struct tcn_zap_pin *pin, int fd)
{
    struct inbound now = look_at(fd);
    now.serial = pin->serial;
    if (now.len == 0) {
        return !peer->was_cut; /* gone meanwhile */
    }
    struct inbound *place = NULL;
    for (size_t i = 0; i < INBOUND_MAX; i++) {
        struct inbound *known = &peer->inbound[i];
        if (known->is_shut && is_same(known, &now)) {
            return false;
        }
        place = known->len > 0 && known->fd == now.fd ? known : place;
    }
    peer->was_cut = false;
    if (place == NULL) {
        place = &peer->inbound[peer->inbound_next];
        peer->inbound_next = (peer->inbound_next + 1) % INBOUND_MAX;
    }
    *place = now;
    return true;
}

static void shut(struct inbound *was)
{
    struct inbound now = look_at(was->fd);
    if (was->len > 0 && !was->is_shut && is_same(was, &now)) {
        (void)shutdown(was->fd, SHUT_RDWR);
    }
    was->is_shut = true;
}

void inbound_shut(struct peer *peer)
{
    peer->was_cut = true;
    for (size_t i = 0; i < INBOUND_MAX; i++) {
        shut(&peer->inbound[i]);
    }
}

void inbound_shut_pin(struct peer *peer, uint64_t serial)
{
    for (size_t i = 0; i < INBOUND_MAX; i++) {
        if (peer->inbound[i].serial == serial) {
            shut(&peer->inbound[i]);
        }
    }
}

/* Somebody else's descriptor meanwhile? Frames outlive their connection. */
static bool is_in_use(const struct tcn_link *link, const struct inbound *now)
{
    for (size_t i = 0; i < TCN_PEERS_MAX; i++) {
        const struct peer *peer = &link->peers[i];
        for (size_t j = 0; peer->known && j < INBOUND_MAX; j++) {
            if (peer->inbound[j].fd == now->fd && !peer->inbound[j].is_shut &&
                is_same(&peer->inbound[j], now)) {
                return true;
            }
        }
    }
    return false;
}

void inbound_refuse(const struct tcn_link *link, int fd)
{
    struct inbound now = look_at(fd);
    if (now.len > 0 && !is_in_use(link, &now)) {
        (void)shutdown(fd, SHUT_RDWR);
    }
}
