/* What happens to a mesh core. Bytes are decoded before the core sees them;
 * every pointer is borrowed for the duration of one step. */
#pragma once

#include "alert/alert.h"
#include "mesh/frame.h"
#include "policy/policy.h"

/* Certificates of ours that wait for their time. */
#define TCN_ANNOUNCED_MAX 4

enum tcn_event_kind {
    TCN_EVENT_TICK,      /* the deadline has come */
    TCN_EVENT_LINK_UP,   /* we can send to the peer; `random` is fresh */
    TCN_EVENT_LINK_DOWN, /* what was sent since may be lost, from its end */
    TCN_EVENT_FRAME,     /* a peer, known by its key, sent a frame */
    TCN_EVENT_MALFORMED, /* ... that could not be decoded */
    TCN_EVENT_VERIFIED,  /* answers VERIFY, in any order, once each */
    TCN_EVENT_SUBMIT,    /* an operator gives an alert that we signed */
    TCN_EVENT_LOADED,    /* answers LOAD */
    TCN_EVENT_SERVED,    /* answers SERVE */
    TCN_EVENT_REFUSALS,  /* answers READ_REFUSALS */
    TCN_EVENT_HELD,      /* answers READ_HELD */
    TCN_EVENT_POLICY,    /* the policy was replaced */
    TCN_EVENT_KEYS,      /* a card or certificate came in */
    TCN_EVENT_REVOKED,   /* a key revocation was proven, or is known */
    TCN_EVENT_ANNOUNCE,  /* a certificate of ours that takes over later */
    TCN_EVENT_AGAIN,     /* people or time have changed what may be done */
};

/* What the store knows of an alert beside its bytes: since when it is here, and
 * what people decided about it. */
struct tcn_receipt {
    uint64_t received_ms;
    bool quarantined;   /* nobody has looked at it yet: it stays here */
    uint64_t requested; /* as in struct tcn_facts */
    size_t release_count;
    const struct tcn_release *releases;
};

/* A refusal we recorded: row n of a lane of the peer's ledger. */
struct tcn_refusal {
    uint8_t lane;
    uint64_t n;
    enum tcn_err reason;
    uint64_t retry_at_ms; /* for "early"; 0 = when its reason goes away */
};

struct tcn_event {
    enum tcn_event_kind kind;
    uint8_t peer; /* its number, where a peer is concerned */
    uint64_t now_ms;
    union {
        struct {
            uint8_t random[32];
        } link_up;
        struct {
            const struct tcn_frame *frame;
            /* A PUSH: its envelope, structurally sound (tcn_alert_decode), or
             * NULL and the reason. A PUSH that is refused must be settled. */
            const struct tcn_alert *alert;
            enum tcn_err err;
        } frame;
        enum tcn_err malformed;
        struct {
            uint8_t lane;
            uint64_t n;
            uint64_t ticket;
            enum tcn_err err; /* OK or why it is not to be believed */
            const struct tcn_alert *alert; /* never NULL */
            /* What tcn_mesh_other() names now, when it is held. */
            const struct tcn_alert *other;
        } verified;
        struct {
            uint64_t ticket;
            const struct tcn_alert *alert;
            const struct tcn_alert *other; /* as in `verified` */
        } submit;
        struct {
            struct tcn_id id;
            const struct tcn_alert *alert;  /* NULL: contents are gone */
            const struct tcn_receipt *told; /* NULL: it came just now */
        } loaded;
        struct {
            uint8_t lane;
            uint64_t n;
            bool found; /* whether the ledger has that row */
            struct tcn_id id;
            uint8_t form;
            struct tcn_mark mark;
            const struct tcn_alert *alert; /* NULL: contents are gone */
            const struct tcn_receipt *told;
        } served;
        struct {
            size_t count;
            const struct tcn_refusal *rows; /* ascending (lane, n) */
            bool last;
        } refusals;
        struct {
            /* 33 bytes each: id, form, with TCN_HELD_YOURS where the peer
             * is the origin. */
            struct tcn_view rows;
            bool last;
        } held;
        struct {
            const struct tcn_policy *policy; /* borrowed until the next one */
        } policy;
        struct {
            struct tcn_id cert;
            const char *member;
        } revoked;
        struct {
            struct tcn_id cert;
        } announce;
        struct {
            struct tcn_id id;
        } again;
    };
};
