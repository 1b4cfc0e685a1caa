/* What libzmq says about the connections of one socket, in plain words. A wrong
 * key looks like a dead peer to everybody but this. */
#pragma once

#include "base/buf.h"
#include "base/err.h"

struct _zsock_t;

enum tcn_monitor_kind {
    TCN_MONITOR_OTHER,
    TCN_MONITOR_LISTENING,    /* a listener is bound; fd */
    TCN_MONITOR_ACCEPTED,     /* it took a connection, nothing is known; fd */
    TCN_MONITOR_TRYING,       /* a connection is being made */
    TCN_MONITOR_CLOSED,       /* it was not made; a listener is closed; fd */
    TCN_MONITOR_RETRY,        /* the next try is scheduled */
    TCN_MONITOR_UP,           /* the handshake succeeded */
    TCN_MONITOR_DOWN,         /* a connection is gone; fd */
    TCN_MONITOR_REFUSED,      /* our key was refused */
    TCN_MONITOR_WRONG_KEY,    /* a box could not be opened: another key */
    TCN_MONITOR_NO_HANDSHAKE, /* it went wrong in another way */
    /* Not from libzmq: what its caller gathers from several sockets. */
    TCN_MONITOR_ALL_UP,   /* every lane stands */
    TCN_MONITOR_ONE_LANE, /* for long, one stands and the other does not */
    TCN_MONITOR_KEY_OVER, /* it came with a key that is not pinned any more */
};

struct tcn_monitor {
    struct _zsock_t *socket; /* poll it for reading */
    struct _zsock_t *watched;
    int fd; /* libzmq's, of the last event where it names one */
};

/* Watches a socket of the same thread, which must outlive it. IO. */
TCN_MUST_USE enum tcn_err tcn_monitor_open(struct tcn_monitor *monitor,
                                           struct _zsock_t *watched);
void tcn_monitor_close(struct tcn_monitor *monitor);

/* The next event, in order; false when none waits. */
bool tcn_monitor_next(struct tcn_monitor *monitor, enum tcn_monitor_kind *kind);

/* How it goes with one outgoing socket. */
struct tcn_try {
    enum {
        TCN_TRY_NONE,  /* nothing was begun */
        TCN_TRY_GOES,  /* since since_ms */
        TCN_TRY_ENDED, /* it failed */
        TCN_TRY_OVER,  /* it had succeeded: the next is no failure of it */
    } phase;
    uint64_t since_ms;
};

/* Why a link to one peer does not stand, gathered from the events of its
 * outgoing sockets. */
struct tcn_diagnosis {
    const char *peer; /* set by the caller, borrowed, like the next one */
    const char *endpoint;
    unsigned keys;    /* of its that we hold; all were tried when we ask */
    bool knew_us;     /* it took a key of ours that we have replaced since */
    const char *word; /* the last one told, static; NULL = none */
};

#define TCN_SENTENCE_MAX 240

/* Takes an event of one of the sockets at a time of the steady clock; `try` is
 * NULL for those that are of none. True when it brought something new to tell:
 * `diagnosis->word` ("refused", "old-card", "nobody-listens", "no-answer",
 * "no-address", "handshake", "lost", "one-lane", "key-over") and a sentence.
 * ALL_UP forgets what was told. */
bool tcn_diagnose(struct tcn_diagnosis *diagnosis, struct tcn_try *try,
                  enum tcn_monitor_kind kind, uint64_t now_ms,
                  struct tcn_buf *sentence);
