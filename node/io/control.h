/* The control socket: AF_UNIX SOCK_SEQPACKET at RUN/control.sock. One datagram
 * is one message, an array of the encoding profile. Verbs, parameters and
 * replies: node/io/CONTROL.md.
 *
 *   request  [verb, [key, value, key, value, ...]]
 *   reply    ["row", [key, value, ...]] any number, ["text", str] any number,
 *            then ["end", word, sentence]: word "ok" or an error word; or
 *            ["end", word, sentence, notice]: what everybody is to be told
 * A value is a str, uint, bool, bin or an array of str. */
#pragma once

#include "alert/wire.h"
#include "base/limits.h"

#define TCN_CONTROL_KEYS_MAX 64
#define TCN_WARNINGS_MAX     8 /* in one row */

enum tcn_control_role {
    TCN_CONTROL_NONE,
    TCN_CONTROL_OBSERVER, /* read */
    TCN_CONTROL_OPERATOR, /* inject and explain */
    TCN_CONTROL_ADMIN,    /* peers, policy, keys */
};

/* A parsed list of pairs; views point into the message. */
struct tcn_pairs {
    size_t count;
    struct {
        struct tcn_view key;
        struct tcn_view value; /* one encoded element */
    } list[TCN_CONTROL_KEYS_MAX];
};

/* Appends [first, [pairs...]] or [first, text...]; `pairs` holds an even number
 * of already encoded elements. */
void tcn_control_put(struct tcn_buf *out, const char *first,
                     struct tcn_view pairs, size_t pair_count);
void tcn_control_put_text(struct tcn_buf *out, struct tcn_view text);
/* `notice` "" = none. */
void tcn_control_put_end(struct tcn_buf *out, enum tcn_err err,
                         const char *sentence, const char *notice);

/* Strict: FRAME or an error of the profile. For "text" and "end" the texts are
 * in `first_text`, `second_text`. */
struct tcn_control_msg {
    struct tcn_view first;
    struct tcn_pairs pairs;
    struct tcn_view first_text;
    struct tcn_view second_text;
    struct tcn_view notice;
};
TCN_MUST_USE enum tcn_err tcn_control_decode(struct tcn_control_msg *msg,
                                             struct tcn_view bytes);

/* A value by key: empty, 0 or false when absent or of another type. */
bool tcn_pairs_has(const struct tcn_pairs *pairs, const char *key);
struct tcn_view tcn_pairs_str(const struct tcn_pairs *pairs, const char *key);
struct tcn_view tcn_pairs_bin(const struct tcn_pairs *pairs, const char *key);
uint64_t tcn_pairs_uint(const struct tcn_pairs *pairs, const char *key);
bool tcn_pairs_bool(const struct tcn_pairs *pairs, const char *key);
/* Strings of an array value: count, at most `max`. */
size_t tcn_pairs_list(const struct tcn_pairs *pairs, const char *key,
                      struct tcn_view *out, size_t max);

/* Writers of one pair into a buffer, counting it. */
void tcn_pair_str(struct tcn_buf *out, size_t *count, const char *key,
                  struct tcn_view value);
void tcn_pair_uint(struct tcn_buf *out, size_t *count, const char *key,
                   uint64_t value);
void tcn_pair_bool(struct tcn_buf *out, size_t *count, const char *key,
                   bool value);
void tcn_pair_bin(struct tcn_buf *out, size_t *count, const char *key,
                  struct tcn_view value);
void tcn_pair_list(struct tcn_buf *out, size_t *count, const char *key,
                   const struct tcn_view *values, size_t value_count);

/* The socket. Both ends raise SO_SNDBUF so that a datagram of TCN_CONTROL_MAX
 * passes. UNREACHABLE when nobody listens, PERMISSION, IO. */
TCN_MUST_USE enum tcn_err tcn_control_connect(int *fd, const char *path);
TCN_MUST_USE enum tcn_err tcn_control_listen(int *fd, const char *path);
/* Uid, gid and supplementary groups of the other end (SO_PEERCRED,
 * SO_PEERGROUPS). */
struct tcn_control_peer {
    unsigned uid;
    unsigned pid;
    size_t group_count;
    unsigned groups[65];
    char user[33]; /* its name, or the number */
};
TCN_MUST_USE enum tcn_err tcn_control_peer(int fd,
                                           struct tcn_control_peer *peer);
