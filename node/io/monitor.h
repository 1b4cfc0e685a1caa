/* What libzmq says about the connections of one socket, in plain words. A wrong
 * key looks like a dead peer to everybody but this. */
#pragma once

#include "base/buf.h"
#include "base/err.h"

struct _zsock_t;

enum tcn_monitor_kind {
    TCN_MONITOR_OTHER,
    TCN_MONITOR_TRYING,       /* a connection is being made */
    TCN_MONITOR_TRY_ENDED,    /* it was not made */
    TCN_MONITOR_RETRY,        /* the next try is scheduled */
    TCN_MONITOR_UP,           /* the handshake succeeded */
    TCN_MONITOR_DOWN,         /* a connection is gone */
    TCN_MONITOR_REFUSED,      /* our key was refused */
    TCN_MONITOR_WRONG_KEY,    /* a box could not be opened: another key */
    TCN_MONITOR_NO_HANDSHAKE, /* it went wrong in another way */
};

struct tcn_monitor {
    struct _zsock_t *socket; /* poll it for reading */
    struct _zsock_t *watched;
};

/* Watches a socket of the same thread, which must outlive it. IO. */
TCN_MUST_USE enum tcn_err tcn_monitor_open(struct tcn_monitor *monitor,
                                           struct _zsock_t *watched);
void tcn_monitor_close(struct tcn_monitor *monitor);

/* The next event, in order; false when none waits. */
bool tcn_monitor_next(struct tcn_monitor *monitor, enum tcn_monitor_kind *kind);

/* Why a link to one peer does not stand, gathered from the events of its
 * outgoing socket. */
struct tcn_diagnosis {
    const char *peer; /* both set by the caller, borrowed */
    const char *endpoint;
    enum {
        TCN_TRY_NONE,  /* nothing was begun */
        TCN_TRY_GOES,  /* since since_ms */
        TCN_TRY_ENDED, /* it failed */
        TCN_TRY_OVER,  /* it had succeeded: the next is no failure of it */
    } phase;
    uint64_t since_ms;
    const char *word; /* the last one told, static; NULL = none */
};

#define TCN_SENTENCE_MAX 200

/* Takes an event at a time of the steady clock. True when it brought something
 * new to tell: `diagnosis->word` ("refused", "nobody-listens", "no-answer",
 * "no-address", "handshake", "lost") and a sentence. UP forgets what was
 * told. */
bool tcn_diagnose(struct tcn_diagnosis *diagnosis, enum tcn_monitor_kind kind,
                  uint64_t now_ms, struct tcn_buf *sentence);
