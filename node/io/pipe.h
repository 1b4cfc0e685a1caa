/* Messages between tocsind and its two children over a socketpair: 4 bytes
 * length (big-endian, of what follows), 1 byte type, 1 byte peer, payload.
 * Both ends are non-blocking and bounded. Table of the messages: below. */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"

enum tcn_msg_type {
    /* tocsind to tocsin-link before START, KEY and PEER later too */
    TCN_MSG_KEY = 1, /* curve public 32, curve secret 32, user id text; after
                        START: the new key of this node, see KEYED */
    TCN_MSG_LISTEN,  /* endpoint text; may come several times */
    TCN_MSG_PEER,    /* peer, number of keys (1 to TCN_PEER_KEYS_MAX), so many
                        curve public 32, the newest first, "member NUL endpoint"
                        ("" = the peer dials us and we cannot dial it). For a
                        peer that is known: replaces it; a key that is no longer
                        named is not admitted and what uses it is cut */
    /* tocsind to tocsin-feed, once, before START */
    TCN_MSG_STORE,    /* directory of feed.db */
    TCN_MSG_OBSERVER, /* "class NUL socket prefix NUL misp endpoint" */
    /* to both */
    TCN_MSG_START,
    /* tocsind to tocsin-link */
    TCN_MSG_SEND,      /* peer, one frame of the fast lane */
    TCN_MSG_SEND_BULK, /* peer, one frame of the bulk lane */
    TCN_MSG_CUT,       /* peer: close its connections, both ways, dial anew */
    TCN_MSG_UNPEER,    /* peer: no longer admitted, cut; see UNPEERED */
    TCN_MSG_KEY_OVER,  /* our key before the last KEY is not served any more */
    /* tocsind to tocsin-feed */
    TCN_MSG_POKE, /* there are new rows in feed.db */
    /* from both */
    TCN_MSG_READY,  /* serving; for the link: the self-test has passed */
    TCN_MSG_FAILED, /* text for people: why it cannot start; then it exits */
    /* tocsin-link to tocsind */
    TCN_MSG_UP,   /* peer: both lanes to it are up, authenticated */
    TCN_MSG_DOWN, /* peer: ... are gone, what was sent may be lost */
    TCN_MSG_RECV, /* peer, one frame, from a key of that peer; in order within
                     its lane, fast before bulk */
    TCN_MSG_NOTE, /* peer (255 = none): "word NUL sentence", for peer list */
    TCN_MSG_UNPEERED, /* peer: answers UNPEER; nothing of it follows, its number
                         is free */
    TCN_MSG_KEYED,    /* curve public 32: answers a KEY after START with the key
                         in force; the old one when it failed (a NOTE says why)
                       */
    TCN_MSG_LINE,     /* peer, now and then while it is up: round trip in us and
                         bytes that wait for it or from it, 8 bytes each,
                         big-endian */
    /* tocsind to tocsin-link before START, at most once, after KEY */
    TCN_MSG_KEY_FORMER, /* as KEY: ours before it, for peers that refuse the
                           present one; until KEY_OVER */
    TCN_MSG_TYPE_END,
};

#define TCN_MSG_NO_PEER 255
#define TCN_MSG_MAX     (TCN_MAXMSGSIZE + 16)

/* Certificates of one node overlap when it renews: the present and the next,
 * and what a card and a CERT frame may bring beside. */
#define TCN_PEER_KEYS_MAX 4

struct tcn_msg {
    uint8_t type;
    uint8_t peer;
    struct tcn_view payload; /* valid until the next call on the pipe */
};

struct tcn_pipe {
    int fd;
    uint8_t *in;
    size_t in_cap, in_len, in_at;
    size_t in_high; /* bytes ever used: what lies behind is never touched */
    uint8_t *out;
    size_t out_cap, out_len, out_at;
    size_t out_high;
};

/* Takes `fd` (made non-blocking) and allocates both buffers; out_cap bounds
 * what may wait to be sent. NO_MEMORY, IO. */
TCN_MUST_USE enum tcn_err tcn_pipe_init(struct tcn_pipe *pipe, int fd,
                                        size_t out_cap);
/* Closes the descriptor, wipes and frees the buffers. */
void tcn_pipe_fini(struct tcn_pipe *pipe);
/* Wipes what has been read or sent already, for instance after a KEY. Views of
 * earlier messages become zeros. */
void tcn_pipe_forget(struct tcn_pipe *pipe);

/* Queues a message made of two parts: CAPACITY when it does not fit now, SIZE
 * when it is larger than TCN_MSG_MAX and never will. */
TCN_MUST_USE enum tcn_err tcn_pipe_put(struct tcn_pipe *pipe, uint8_t type,
                                       uint8_t peer, struct tcn_view head,
                                       struct tcn_view tail);
/* The payload bytes that fit now, and all bytes that wait to be written. */
size_t tcn_pipe_room(const struct tcn_pipe *pipe);
size_t tcn_pipe_queued(const struct tcn_pipe *pipe);
bool tcn_pipe_waits(const struct tcn_pipe *pipe); /* wants POLLOUT */

/* Writes what the socket takes now; reads what is there. IO when the other end
 * is gone, FRAME when what it says cannot be a message. Last words before the
 * end are read with OK first: take them with tcn_pipe_next(), the following
 * fill says IO. */
TCN_MUST_USE enum tcn_err tcn_pipe_flush(struct tcn_pipe *pipe);
TCN_MUST_USE enum tcn_err tcn_pipe_fill(struct tcn_pipe *pipe);

/* The next whole message; false when there is none (see fill). */
bool tcn_pipe_next(struct tcn_pipe *pipe, struct tcn_msg *msg);
