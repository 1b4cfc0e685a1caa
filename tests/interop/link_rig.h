/* Real tocsin-link processes on loopback, driven as tocsind drives them. Every
 * wait has a deadline; what a process says is kept until it is asked for. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "io/child.h"
#include "io/pipe.h"

#define RIG_WAIT_MS 10000

struct rig_message {
    uint8_t type;
    uint8_t peer;
    size_t len;
    uint8_t *payload; /* with a NUL behind */
};

struct rig_keys {
    uint8_t pk[32];
    uint8_t sk[32];
};

struct rig_node {
    const char *name;
    struct rig_keys keys;
    char endpoint[64];
    int pid;
    struct tcn_pipe pipe;
    struct rig_message *said;
    size_t said_count;
    size_t said_cap;
};

/* A key pair and a free port of loopback; no process yet. */
void rig_init(struct rig_node *node, const char *name);
void rig_fini(struct rig_node *node);

/* Starts the process (as `user`, NULL = as we are) and gives it the key. */
void rig_spawn(struct rig_node *node, const char *user);
/* The same with a process that somebody else started on `fd`. */
void rig_adopt(struct rig_node *node, int pid, int fd);
void rig_put(struct rig_node *node, uint8_t type, uint8_t peer,
             const void *payload, size_t len);
void rig_listen(struct rig_node *node, const char *endpoint);
/* `endpoint` NULL = the peer's own. */
void rig_peer(struct rig_node *node, uint8_t number,
              const struct rig_node *peer, const char *endpoint);
/* PEER with these keys, the newest first. */
void rig_peer_keys(struct rig_node *node, uint8_t number,
                   const struct rig_node *peer,
                   const struct rig_keys *const *keys, size_t count);
/* All of the above with START; up to READY. */
void rig_start(struct rig_node *node, const struct rig_node *const *peers,
               size_t count);
/* KEY after START: the process answers with the key in force, which becomes the
 * node's; it must be `keys`. */
void rig_renew(struct rig_node *node, const struct rig_keys *keys);
void rig_make_keys(struct rig_keys *keys);
/* kill -9, and forgets what it said. */
void rig_kill(struct rig_node *node);
/* The exit status after the pipe was closed or it failed; -1 = a signal. */
int rig_exit_status(struct rig_node *node);

void rig_send(struct rig_node *node, uint8_t peer, const void *frame,
              size_t len);
void rig_send_bulk(struct rig_node *node, uint8_t peer, const void *frame,
                   size_t len);
/* Writes and reads what there is; false once it is gone. */
bool rig_pump(struct rig_node *node, int wait_ms);
/* Until all that was put has been written. */
void rig_flush(struct rig_node *node);

/* Takes the first message of a type (and peer) out of what it said, waiting for
 * it; the test fails when it does not come. Free it with rig_free(). */
struct rig_message rig_expect(struct rig_node *node, uint8_t type,
                              uint8_t peer);
/* The same, for a note with this word. */
struct rig_message rig_expect_note(struct rig_node *node, uint8_t peer,
                                   const char *word);
void rig_expect_up(struct rig_node *node, uint8_t peer);
void rig_expect_down(struct rig_node *node, uint8_t peer);
/* The next frame from a peer has this text. */
void rig_expect_text(struct rig_node *node, uint8_t peer, const char *text);
/* A frame each way on each lane; how they number each other. */
void rig_exchange(struct rig_node *a, uint8_t b_at_a, struct rig_node *b,
                  uint8_t a_at_b);
/* Looks for that long whether anything of this type is said. */
void rig_expect_none(struct rig_node *node, uint8_t type, int wait_ms);
/* How many of a type have been said and not been taken. */
size_t rig_count(const struct rig_node *node, uint8_t type);
void rig_free(struct rig_message *message);

/* The path of the program beside this test. */
void rig_program(char *path, size_t cap);
uint64_t rig_now_ms(void);
/* The sockets of this state at a port, from the tables of the kernel. */
#define RIG_CONNECTED "01"
#define RIG_LISTENING "0A"
size_t rig_sockets(const char *endpoint, const char *state);
/* A port of 127.0.0.1 that was free a moment ago. */
unsigned rig_free_port(void);
