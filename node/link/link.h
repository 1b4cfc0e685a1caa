/* tocsin-link from the inside: one process, one thread of ours beside those of
 * libzmq, no state that matters.
 *   main.c      options, sandbox       setup.c     KEY, LISTEN, START
 *   loop.c      what is ready          report.c    what tocsind is told
 *   peers.c     who is admitted        renewal.c   another key for us
 *   listener.c  frames from peers      twin.c      a second one on its port
 *   inbound.c   their connections      dial.c      our connections to peers
 *   outgoing.c  frames to peers        pace.c      how much bulk is under way
 *
 * Nothing blocks and everything is bounded: frames that wait for a slow peer or
 * a busy tocsind wait in a queue of QUEUE_MAX bytes per peer, lane and
 * direction; what would not fit cuts that peer's connections, and both nodes
 * resume from their ledgers. So no lane of no peer ever keeps us from reading
 * what tocsind sends to another. The listener is always read, because a reader
 * that pauses misses heartbeats; credit keeps an honest peer far below the
 * bound. */
#pragma once

#include <sys/socket.h>

#include "io/monitor.h"
#include "io/pipe.h"
#include "io/self_test.h"
#include "io/zap.h"
#include "link/frame_queue.h"

/* Two windows of credit, and room for HELLO, ACK and the like. Credit is per
 * lane, and so is this. */
#define QUEUE_MAX (2 * (size_t)TCN_FAST_BYTES + 256 * TCN_KIB)

#define LISTEN_MAX 16
/* Of one peer that a CUT can find: lanes, old and new. */
#define INBOUND_MAX  8
#define GONE_MAX     64                 /* keys that were pinned once */
#define RENEW_MS     (12 * TCN_HOUR_MS) /* CURVE has no re-key */
#define FILES_WANTED 8192

enum lane {
    LANE_FAST, /* critical alerts, revocations, control */
    LANE_BULK, /* the rest */
    LANE_COUNT,
};

/* What is known of the line that a bulk connection goes over. */
struct pace {
    int fd;                     /* libzmq's */
    socklen_t len;              /* 0 = none */
    struct sockaddr_storage at; /* proves that fd is still the same one */
    uint32_t bytes;             /* SO_SNDBUF */
    uint64_t since_ms;          /* of the two that follow; 0 = never */
    uint64_t acked;
    uint64_t busy_us;
};

/* One lane to one peer: a DEALER that lives as long as the peer; connect and
 * disconnect alone open and close what it stands for. */
struct outgoing {
    struct _zsock_t *socket; /* NULL = the peer cannot be dialled */
    struct tcn_monitor monitor;
    struct tcn_try try;
    bool dialled;
    bool up;
    struct frame_queue queue;
};

/* A connection that a frame came in on. */
struct inbound {
    int fd;          /* libzmq's */
    socklen_t len;   /* 0 = none */
    bool is_shut;    /* by us: what libzmq had read of it is not taken */
    uint64_t serial; /* of the pin that admitted it */
    struct sockaddr_storage from; /* proves that fd is still the same one */
};

struct peer {
    bool known;
    bool owes_unpeered; /* the one who had this number before */
    uint8_t number;
    char name[TCN_MEMBER_MAX + 1];
    char endpoint[TCN_ENDPOINT_MAX];
    uint8_t keys[TCN_PEER_KEYS_MAX][32]; /* pinned, the newest first */
    size_t key_count;

    /* dial.c: both lanes stand or none, under one key */
    struct outgoing lanes[LANE_COUNT];
    struct pace pace; /* of the bulk lane */
    struct tcn_diagnosis diagnosis;
    size_t key;         /* dialled with; the one that worked last */
    size_t tried;       /* keys that failed since something worked */
    uint64_t redial_ms; /* steady clock; 0 = libzmq sees to it */
    uint64_t backoff_ms;
    uint64_t renew_ms; /* 0 = not up */
    uint64_t alone_ms; /* since when one lane stands alone; 0 = not so */
    uint64_t nudge_ms; /* when the other one is dialled anew; 0 = not so */
    uint64_t up_under; /* our key it took last (renewals) */
    bool under_former; /* dialled with our key before: it refused the new one */

    struct frame_queue incoming[LANE_COUNT]; /* waits for tocsind */
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

struct listener {
    struct _zsock_t *socket; /* NULL = closed */
    struct tcn_monitor monitor;
    int fds[LISTEN_MAX]; /* libzmq's, one per endpoint; known when closed too */
    size_t fd_count;
    size_t connections; /* taken and not gone */
};

/* A key that is not admitted any more, and whose it was. */
struct gone_key {
    uint8_t curve_pk[32];
    char name[TCN_MEMBER_MAX + 1]; /* "" = none */
    uint8_t number;
};

/* Counted between two notes. */
struct oddities {
    uint64_t strangers;  /* refused keys */
    uint64_t handshakes; /* failed before a key was seen */
    uint64_t unknown;    /* frames without a known sender */
    uint64_t oversized;  /* empty ones too */
    uint64_t multipart;
    uint64_t undeliverable;          /* SEND to a peer that is down */
    char address[64];                /* of the last stranger */
    char former[TCN_MEMBER_MAX + 1]; /* who it was once; "" = nobody */
};

struct tcn_link {
    struct tcn_pipe pipe;
    bool has_key;
    bool started;
    bool ended; /* leave the loop */
    int exit_code;
    struct link_keys *keys;        /* locked memory: later dials need them */
    uint64_t renewals;             /* how often they were replaced */
    struct link_keys *former_keys; /* locked; those before, while valid */
    char listen[LISTEN_MAX][TCN_ENDPOINT_MAX];
    size_t listen_count;
    struct peer peers[TCN_PEERS_MAX];
    struct gone_key gone[GONE_MAX];
    size_t gone_next;
    struct tcn_zap zap;
    struct listener listener;
    struct listener former; /* of the key before, while it has connections */
    struct oddities odd;
    uint64_t odd_note_ms; /* no note before */
    uint64_t renew_ms;    /* interval */
    uint64_t lines_ms;    /* when the lines are told next */
    uint64_t due_ms;      /* when the next tick is wanted at the latest */
    size_t fast_next;     /* whose queue is drained first */
    size_t bulk_next;
};

/* ---- loop.c ---- */
/* Serves until the pipe closes or something fails; the exit code. */
int link_run(struct tcn_link *link);
/* Says FAILED with the sentence and ends the loop with exit code 1. */
void link_fail(struct tcn_link *link, struct tcn_buf *message);
/* The same with a sentence of our own. */
void link_refuse(struct tcn_link *link, const char *sentence);

/* ---- setup.c ---- */
void setup_key(struct tcn_link *link, struct tcn_view payload);
void setup_former(struct tcn_link *link, struct tcn_view payload);
void setup_listen(struct tcn_link *link, struct tcn_view payload);
void setup_start(struct tcn_link *link);
void setup_fini(struct tcn_link *link);
/* Reads "public, secret, ..."; KEY with a message when they do not belong
 * together. */
TCN_MUST_USE enum tcn_err setup_read_keys(struct link_keys *keys,
                                          struct tcn_view payload,
                                          struct tcn_buf *message);
/* As many bytes of memory as the known peers need. */
void setup_limit_memory(const struct tcn_link *link);

/* ---- peers.c ---- */
/* PEER, before and after START. */
void peers_set(struct tcn_link *link, uint8_t number, struct tcn_view payload);
/* UNPEER. */
void peers_remove(struct tcn_link *link, struct peer *peer);
/* Whose a refused key was once, or NULL. */
const struct gone_key *peers_gone(const struct tcn_link *link,
                                  struct tcn_view key);
/* KEY with a message when a key of a peer is our own. */
TCN_MUST_USE enum tcn_err peers_check(const struct tcn_link *link,
                                      const struct link_keys *own,
                                      struct tcn_buf *message);

/* ---- renewal.c ---- */
/* KEY after START. */
void renewal_key(struct tcn_link *link, struct tcn_view payload);
/* KEY_OVER: the key before is not used any more, by anybody. */
void renewal_over(struct tcn_link *link);
/* Closes the listener of the key before when nobody uses it. */
void renewal_tick(struct tcn_link *link);

/* ---- listener.c ---- */
/* Binds to every endpoint, with that key, and proves that it lets no stranger
 * in. `beside` NULL: it is the first; else the one it takes over from. */
TCN_MUST_USE enum tcn_err listener_open(struct tcn_link *link,
                                        struct listener *listener,
                                        const struct link_keys *keys,
                                        const struct listener *beside,
                                        struct tcn_buf *message);
/* libzmq ends it in its own time: see listener_is_gone(). */
void listener_close(struct listener *listener);
/* Whether nothing of it listens any more. */
bool listener_is_gone(const struct listener *listener);
/* Takes what has come, a bounded batch. */
void listener_receive(struct tcn_link *link, struct listener *listener);
void listener_watch(struct tcn_link *link, struct listener *listener);

/* ---- twin.c ---- */
/* A second socket that listens where `fd` does; from then on the newest of the
 * two gets every new connection, and those that stand stay where they are. An
 * errno, 0 = OK. */
TCN_MUST_USE int twin_open(int fd, int *out);

/* ---- inbound.c ---- */
/* Remembers the connection of a frame, so that it can be shut. False: it was,
 * and the frame is not to be taken. */
bool inbound_remember(struct peer *peer, const struct tcn_zap_pin *pin, int fd);
/* Shuts what the peer opened to us: all, or what one pin admitted. */
void inbound_shut(struct peer *peer);
void inbound_shut_pin(struct peer *peer, uint64_t serial);
/* Shuts a connection whose pin is gone. */
void inbound_refuse(const struct tcn_link *link, int fd);

/* ---- dial.c ---- */
TCN_MUST_USE enum tcn_err dial_open(struct tcn_link *link, struct peer *peer,
                                    struct tcn_buf *message);
void dial_close(struct peer *peer);
/* Hangs up and dials anew, in a moment, `key` first. */
void dial_again(struct tcn_link *link, struct peer *peer, size_t key);
/* Reads the events; does what is due. */
void dial_watch(struct tcn_link *link, struct peer *peer);
void dial_tick(struct tcn_link *link, struct peer *peer);
/* Tells what an event means for the peer, if it is news. */
void dial_tell(struct tcn_link *link, struct peer *peer, struct tcn_try *try,
               enum tcn_monitor_kind kind);
bool dial_is_up(const struct peer *peer);
/* Both ways; what waited is dropped; dials anew. */
void peer_cut(struct tcn_link *link, struct peer *peer);

/* ---- pace.c ---- */
void pace_start(struct pace *pace, int fd);
void pace_tick(struct pace *pace);
/* The round trip on that connection in us, as the kernel has it; 0 = unknown.
 */
uint64_t pace_round_trip_us(const struct pace *pace);

/* ---- outgoing.c ---- */
void outgoing_send(struct tcn_link *link, struct peer *peer, enum lane lane,
                   struct tcn_view frame);
/* Sends what waits, the fast lane first. */
void outgoing_drain(struct peer *peer);

/* ---- report.c ---- */
void report_frame(struct tcn_link *link, struct peer *peer, enum lane lane,
                  struct tcn_view frame);
/* UP or DOWN, as it is now; an interruption in between is told as both. */
void report_state(struct tcn_link *link, struct peer *peer);
void report_note(struct tcn_link *link, uint8_t peer, const char *word,
                 struct tcn_view sentence);
/* The key in force, in answer to a KEY. */
void report_key(struct tcn_link *link);
void report_oddities(struct tcn_link *link);
void report_lines(struct tcn_link *link);
/* Moves what waits into the pipe and the pipe into the socket. */
void report_flush(struct tcn_link *link);
