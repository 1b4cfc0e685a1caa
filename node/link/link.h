/* tocsin-link from the inside: one process, one thread of ours beside those of
 * libzmq, no state that matters.
 *   main.c      options, sandbox      setup.c     KEY, LISTEN, PEER, START
 *   loop.c      what is ready         report.c    what tocsind is told
 *   listener.c  frames from peers     outgoing.c  frames to peers
 *
 * Nothing blocks and everything is bounded: frames that wait for a slow peer or
 * a busy tocsind wait in a queue of QUEUE_MAX bytes per peer and direction;
 * what would not fit cuts that peer's connections, and both nodes resume from
 * their ledgers. The listener is always read, because a reader that pauses
 * misses heartbeats; credit keeps an honest peer far below the bound. */
#pragma once

#include <sys/socket.h>

#include "io/monitor.h"
#include "io/pipe.h"
#include "io/self_test.h"
#include "io/zap.h"
#include "link/frame_queue.h"

/* Two windows of credit, and room for HELLO, ACK and the like. */
#define QUEUE_MAX (2 * (size_t)TCN_FAST_BYTES + 256 * TCN_KIB)

#define LISTEN_MAX   16
#define INBOUND_MAX  4 /* connections of one peer that a CUT can find */
#define RENEW_MS     (12 * TCN_HOUR_MS) /* CURVE has no re-key */
#define FILES_WANTED 8192
enum lane {
    LANE_FAST, /* critical alerts, revocations, control; now all frames */
    LANE_COUNT,
};

/* One lane to one peer: a DEALER that lives as long as the process; connect
 * and disconnect alone open and close what it stands for. */
struct outgoing {
    struct _zsock_t *socket; /* NULL = the peer cannot be dialled */
    struct tcn_monitor monitor;
    struct tcn_diagnosis diagnosis;
    bool dialled;
    bool up;
    struct frame_queue queue;
    uint64_t redial_ms; /* steady clock; 0 = libzmq sees to it */
    uint64_t backoff_ms;
    uint64_t renew_ms; /* 0 = not up */
};

/* A connection that a frame came in on. */
struct inbound {
    int fd;        /* libzmq's */
    socklen_t len; /* 0 = none */
    bool is_shut;  /* by us: what libzmq had read of it is not taken */
    struct sockaddr_storage from; /* proves that fd is still the same one */
};

struct peer {
    bool known;
    uint8_t number;
    char name[TCN_MEMBER_MAX + 1];
    char endpoint[TCN_ENDPOINT_MAX];
    uint8_t curve_pk[32];
    struct outgoing lanes[LANE_COUNT];
    struct frame_queue incoming; /* waits for tocsind */
    struct inbound inbound[INBOUND_MAX];
    size_t inbound_next;
    bool was_cut;     /* and nothing has come on a new connection */
    bool told_up;     /* the last word tocsind has is UP */
    bool interrupted; /* ... but it went down since */
};

struct link_keys {
    uint8_t curve_pk[32];
    uint8_t curve_sk[32];
};

/* Counted between two notes. */
struct oddities {
    uint64_t strangers;  /* refused keys */
    uint64_t handshakes; /* failed before a key was seen */
    uint64_t unknown;    /* frames without a known sender */
    uint64_t oversized;  /* empty ones too */
    uint64_t multipart;
    uint64_t undeliverable; /* SEND to a peer that is down */
    char address[64];       /* of the last stranger */
};

struct tcn_link {
    struct tcn_pipe pipe;
    bool has_key;
    bool started;
    bool ended; /* leave the loop */
    int exit_code;
    struct link_keys *keys; /* gone after START */
    char listen[LISTEN_MAX][TCN_ENDPOINT_MAX];
    size_t listen_count;
    struct peer peers[TCN_PEERS_MAX];
    struct tcn_zap_pin pins[TCN_PEERS_MAX];
    size_t pin_count;
    struct tcn_zap zap;
    struct _zsock_t *listener;
    struct tcn_monitor listener_monitor;
    struct oddities odd;
    uint64_t odd_note_ms; /* no note before */
    uint64_t renew_ms;    /* interval */
    size_t drain_next;    /* whose queue is drained first */
};

/* ---- loop.c ---- */ /* Serves until the pipe closes or something fails; the
                          exit code. */
int link_run(struct tcn_link *link);
/* Says FAILED with the sentence and ends the loop with exit code 1. */
void link_fail(struct tcn_link *link, struct tcn_buf *message);

/* ---- setup.c ---- */
void setup_key(struct tcn_link *link, struct tcn_view payload);
void setup_listen(struct tcn_link *link, struct tcn_view payload);
void setup_peer(struct tcn_link *link, uint8_t number, struct tcn_view payload);
void setup_start(struct tcn_link *link);
void setup_fini(struct tcn_link *link);

/* ---- listener.c ---- */
TCN_MUST_USE enum tcn_err listener_open(struct tcn_link *link,
                                        struct tcn_buf *message);
/* Takes what has come, a bounded batch. */
void listener_receive(struct tcn_link *link);
void listener_watch(struct tcn_link *link);
/* Shuts the connections that the peer opened to us. */
void listener_shut(struct peer *peer);

/* ---- outgoing.c ---- */
TCN_MUST_USE enum tcn_err outgoing_open(struct tcn_link *link,
                                        struct peer *peer, struct tcn_buf *out);
void outgoing_close(struct peer *peer);
void outgoing_send(struct tcn_link *link, struct peer *peer,
                   struct tcn_view frame);
/* Sends what waits; reads the events; does what is due. */
void outgoing_drain(struct outgoing *out);
void outgoing_watch(struct tcn_link *link, struct peer *peer);
void outgoing_tick(struct tcn_link *link, struct peer *peer);
/* Both ways; what waited is dropped; dials anew. */
void peer_cut(struct tcn_link *link, struct peer *peer);

/* ---- report.c ---- */
void report_frame(struct tcn_link *link, struct peer *peer,
                  struct tcn_view frame);
/* UP or DOWN, as it is now; an interruption in between is told as both. */
void report_state(struct tcn_link *link, struct peer *peer);
void report_note(struct tcn_link *link, uint8_t peer, const char *word,
                 struct tcn_view sentence);
void report_oddities(struct tcn_link *link);
/* Moves what waits into the pipe and the pipe into the socket. */
void report_flush(struct tcn_link *link);
