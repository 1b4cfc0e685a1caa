/* Keys inside tocsind: whom we believe, which of our own pairs is in force, and
 * what becomes of alerts whose key is revoked (suspects.h). */
#pragma once

#include "alert/build.h"
#include "base/idmap.h"
#include "daemon/suspects.h"
#include "io/keys.h"
#include "io/pipe.h"

struct tcn_node;

#define CERTS_MAX     4096
#define KREVS_AT_ONCE 8
/* People are told of an end this long ahead. */
#define CERT_NOTICE_MS (21 * TCN_DAY_MS)

/* ---- keyring.c: certificates by id, each signed by a pinned root ---- */

struct known_cert {
    struct tcn_cert cert;
    uint8_t bytes[TCN_CERT_MAX];
    size_t len;
    uint8_t signature[TCN_SIG_BYTES];
    uint64_t suspect_since_ms; /* 0 = not revoked; else what proves it: */
    uint8_t krev_bytes[TCN_KREV_MAX];
    size_t krev_len;
    uint8_t krev_signature[TCN_SIG_BYTES];
};

struct keyring {
    struct known_cert *certs; /* CERTS_MAX, allocated as they come */
    size_t count;
    size_t cap;
    struct tcn_idmap map;
    struct tcn_idmap_slot *slots;
    struct tcn_roots roots;
    bool changed; /* since the link was told */
    bool untold;  /* observers do not know of all that is revoked */
    struct tcn_id revoked[KREVS_AT_ONCE]; /* the core is to be told */
    size_t revoked_count;
};

struct curve_keys {
    size_t count;
    uint8_t keys[TCN_PEER_KEYS_MAX][32]; /* the newest first */
};

/* Everything that is pinned or stored, inside a transaction. */
TCN_MUST_USE enum tcn_err keyring_load(struct tcn_node *node);
/* The same in place of what is there, which stays after an error. */
TCN_MUST_USE enum tcn_err keyring_renew(struct tcn_node *node);
/* In two steps: what is there is put aside; it comes back after an error, else
 * it is freed. */
struct keyring keyring_aside(struct tcn_node *node);
void keyring_settle(struct tcn_node *node, struct keyring before,
                    enum tcn_err err);
void keyring_fini(struct keyring *ring);
/* Keeps a certificate whose member is pinned (or is us) and whose root signed
 * it; durable. UNPINNED, CERT_SIGNATURE, CERT, CAPACITY or of the store. */
TCN_MUST_USE enum tcn_err keyring_add(struct tcn_node *node,
                                      struct tcn_view bytes,
                                      struct tcn_view signature, bool durable);
/* The same of what a peer says, durable: whose root signs any number has his
 * share of the room, CAPACITY, and not that of others. */
TCN_MUST_USE enum tcn_err keyring_hear(struct tcn_node *node,
                                       struct tcn_view bytes,
                                       struct tcn_view signature);
TCN_MUST_USE enum tcn_err keyring_add_card(struct tcn_node *node,
                                           const struct tcn_card *card);
TCN_MUST_USE enum tcn_err keyring_revoke(struct tcn_node *node,
                                         struct tcn_view bytes,
                                         struct tcn_view signature,
                                         bool durable);
const struct known_cert *keyring_find(const struct keyring *ring,
                                      const struct tcn_id *id);
bool keyring_is_revoked(const struct keyring *ring, const struct tcn_id *id);
/* The root pinned for a member, or NULL. */
const uint8_t *keyring_root(const struct tcn_node *node,
                            struct tcn_view member);
/* What a signature has to prove of an alert: UNPINNED, CERT_UNKNOWN,
 * CERT_REVOKED, CERT_MEMBER, CERT_TIME; `proof` NULL: only the first three. */
TCN_MUST_USE enum tcn_err keyring_prove(struct tcn_node *node,
                                        const struct tcn_alert *alert,
                                        struct tcn_proof *proof);
/* All of it here and now: these or what tcn_alert_verify() says. */
TCN_MUST_USE enum tcn_err keyring_verify(struct tcn_node *node,
                                         struct tcn_alert *alert);
/* The link keys of a peer's certificates that are neither over nor revoked. */
void keyring_curve_keys(const struct tcn_node *node, unsigned peer,
                        struct curve_keys *out);
/* Of those not revoked the one that ends last, or NULL. */
const struct tcn_cert *keyring_last_cert(const struct tcn_node *node,
                                         unsigned peer);
/* In plain words why a peer has no link key, and what to do. */
void keyring_explain(const struct tcn_node *node, unsigned peer,
                     struct tcn_buf *out);

/* ---- keylife.c: our own pairs ---- */

struct keylife {
    struct tcn_key_chain chain;
    /* When each was announced to peers; 0 = it is used as soon as it may. */
    uint64_t announced_ms[TCN_KEY_PAIRS_MAX];
    uint64_t notice_ms; /* steady: when ends are logged next */
};

/* Which own key the link is known to have. */
struct link_key {
    uint8_t curve_pk[32];
    bool has_former; /* it serves the one before, too */
    uint8_t former_pk[32];
    uint64_t retry_ms; /* steady: when it is told again at the earliest */
};

/* Reads the pairs; node->keys is one of them afterwards. */
TCN_MUST_USE enum tcn_err keylife_open(struct tcn_node *node,
                                       struct tcn_buf *message);
void keylife_close(struct tcn_node *node);
/* After the keyring, inside a transaction: revocations that were left in files,
 * times of announcement, the pair in force. */
TCN_MUST_USE enum tcn_err keylife_start(struct tcn_node *node);
/* Tells a core that is built what it has to announce. */
void keylife_restore(struct tcn_node *node);
/* Reads the pairs again and announces what is new; nothing has changed after an
 * error. */
TCN_MUST_USE enum tcn_err
keylife_reload(struct tcn_node *node, const char *actor, struct tcn_buf *text);
/* The pair takes over as soon as its certificate begins. NOT_FOUND. */
TCN_MUST_USE enum tcn_err keylife_hasten(struct tcn_node *node,
                                         const struct tcn_id *cert);
/* Turns to the next pair when its time has come; logs what ends. */
void keylife_tick(struct tcn_node *node);
/* Whether we may sign; else the sentence says what to do. */
TCN_MUST_USE enum tcn_err keylife_ready(const struct tcn_node *node,
                                        struct tcn_buf *said);
/* The pair that takes over next and when; NULL = none. */
const struct tcn_cert *keylife_next(const struct tcn_node *node,
                                    uint64_t *turn_ms);
/* The pair before the one in force, while its certificate is good. */
const struct tcn_node_keys *keylife_former(const struct tcn_node *node);

/* ---- keyfiles.c ---- */
/* Key revocations in files beside the keys; one that is wrong is logged. */
TCN_MUST_USE enum tcn_err keyfiles_revoke(struct tcn_node *node);
