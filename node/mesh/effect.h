/* What a mesh core wants done. The shell carries effects out in the order of
 * the list: first every store effect in one transaction, then, after the
 * commit, sends and answers; queries are answered by later events. Pointers
 * are valid until the next step of the same core. */
#pragma once

#include "alert/status.h"
#include "mesh/event.h"

enum tcn_effect_kind {
    /* Store: durable before anything is sent. */
    TCN_EFFECT_STORE,  /* a new alert: alert, local seq, status, source */
    TCN_EFFECT_MERGE,  /* open more classes of a held one: alert, form, seq */
    TCN_EFFECT_SOURCE, /* this peer gave us the id too: form, what it has */
    TCN_EFFECT_STATUS, /* id, status */
    TCN_EFFECT_REFUSE, /* peer, lane, n, id, err: asked for again perhaps */
    TCN_EFFECT_TOOK,   /* what was refused of peer, lane, n is settled now */
    TCN_EFFECT_CURSOR, /* all up to peer, lane, n is settled: mark */
    TCN_EFFECT_ADOPT,  /* peer began a new epoch of its ledger: settled */
    TCN_EFFECT_EXPORT, /* a ledger row: peer, lane, n, mark, id, form */
    TCN_EFFECT_LACKS,  /* the peer has not got these classes: peer, id, form */
    TCN_EFFECT_EPOCH,  /* our ledger for the peer begins anew: epoch, key; what
                          the peer has of each export is open again: form 0 */
    TCN_EFFECT_HELD,   /* the peer holds id, form from an older epoch */
    TCN_EFFECT_HELD_DONE,
    TCN_EFFECT_DECIDE,  /* a decision: id, hook, peer, verdict */
    TCN_EFFECT_SCANNED, /* all local seq <= seq are decided for the peer */
    TCN_EFFECT_PURGE,   /* id: contents go (whole = false) or the row too */
    TCN_EFFECT_FEED,    /* observers are to learn of id as it is now */
    TCN_EFFECT_CERT,    /* keep a certificate, if its root signed it */
    TCN_EFFECT_KREV,    /* keep a key revocation, if it is proven */
    /* Query. */
    TCN_EFFECT_VERIFY,        /* signature, fields and keys of the event's
                                 alert: peer, lane, n, ticket */
    TCN_EFFECT_LOAD,          /* peer, id */
    TCN_EFFECT_SERVE,         /* peer, lane, n */
    TCN_EFFECT_READ_REFUSALS, /* peer: those behind lane, n */
    TCN_EFFECT_READ_HELD,     /* peer: what it gave us, all epochs */
    /* After the commit. */
    TCN_EFFECT_SEND,   /* peer, frame, on the lane that the frame names; a PUSH
                          is cut to form by the shell */
    TCN_EFFECT_BLOCK,  /* peer: nothing it sends is taken until n (ms) */
    TCN_EFFECT_ANSWER, /* to SUBMIT: ticket, err, id */
    TCN_EFFECT_ALARM,  /* something people should know: peer, alarm, err */
};

enum tcn_alarm {
    TCN_ALARM_CLOCK,        /* our clock is off by more than five minutes */
    TCN_ALARM_CLOCK_OK,     /* ... and no longer */
    TCN_ALARM_EQUIVOCATION, /* id contradicts another one of its origin */
    TCN_ALARM_FAULT,        /* a peer broke a rule: err */
    TCN_ALARM_RESTORED,     /* ledgers disagree; a new epoch begins */
    TCN_ALARM_REFUSED,      /* an alert of a peer was refused: id, err */
    TCN_ALARM_CAPACITY,
    TCN_ALARM_QUOTA,      /* so much that is critical of one origin: id */
    TCN_ALARM_QUARANTINE, /* a peer broke so many rules: err, the last one */
    TCN_ALARM_BLOCKED,    /* ... and more */
    TCN_ALARM_TAKEN_BACK, /* all that we lost of our own is here again */
};

struct tcn_effect {
    enum tcn_effect_kind kind;
    uint8_t peer;
    uint8_t lane; /* enum tcn_lane */
    uint8_t form;
    uint8_t status; /* enum tcn_status */
    bool whole;
    enum tcn_err err;
    enum tcn_alarm alarm;
    enum tcn_hook hook;
    struct tcn_verdict verdict;
    uint64_t n;
    uint64_t seq;
    uint64_t ticket;
    uint64_t retry_at_ms; /* of a REFUSE that waits */
    struct tcn_id id;
    struct tcn_mark mark;
    struct tcn_epoch epoch;
    uint8_t key[32];               /* EPOCH: secret of the marks */
    const struct tcn_alert *alert; /* STORE, MERGE, VERIFY, PUSH */
    struct tcn_view bytes;         /* CERT, KREV */
    struct tcn_view signature;
    /* SEND. PUSH: envelope is empty, made from alert and form. CERT: bytes are
     * empty, the certificate is named by id. HELLO: cert is filled in. */
    struct tcn_frame frame;
};

#define TCN_EFFECTS_MAX 512

struct tcn_effects {
    size_t count;
    struct tcn_effect list[TCN_EFFECTS_MAX];
};
