/* What a peer may cost us, and what we think of one that broke rules. Only
 * provable or self-inflicted faults count: a signature that is wrong, a frame
 * that is malformed or over its grant, an offer that is not served. A refusal
 * by policy is never one. Nothing of it is shared, and it is forgotten.
 *
 *          score >= 10             score >= 100
 *   OK ----------------> QUARANTINE -------------> BLOCKED
 *    ^ score < 5            |    ^    an hour later    |
 *    '----------------------'    '--------------------' */
#include "mesh/internal.h"

#define THOUSAND      1000u
#define QUARANTINE_AT (10 * THOUSAND)
#define OK_BELOW      (5 * THOUSAND)
#define BLOCK_AT      (100 * THOUSAND)
#define BLOCKED_MS    TCN_HOUR_MS
#define FORGET_MS     (30 * TCN_SECOND_MS) /* one point */

/* Signatures to check a second: what one core does in a third of it. Frames: an
 * honest peer sends one a row, and few besides. */
#define VERIFY_RATE       4000u
#define VERIFY_BURST      8192u
#define FRAME_RATE        20000u
#define FRAME_BURST       40000u
#define QUARANTINE_FACTOR 20u

/* Critical alerts and revocations of one origin that overtake others. */
#define QUOTA_BURST   10u
#define QUOTA_EACH_MS TCN_MINUTE_MS

static void forget(struct tcn_mesh *mesh, struct peer *peer)
{
    uint64_t points = (mesh->now_ms - peer->score_ms) * THOUSAND / FORGET_MS;
    if (points > 0) {
        peer->score -= points < peer->score ? (uint32_t)points : peer->score;
        peer->score_ms = mesh->now_ms;
    }
    if (peer->standing == TCN_PEER_QUARANTINE && peer->score < OK_BELOW) {
        peer->standing = TCN_PEER_OK;
    }
}

static uint32_t weight(enum tcn_err err)
{
    switch (err) {
    case TCN_ERR_UNSERVED: return THOUSAND / 4;
    case TCN_ERR_CREDIT:
    case TCN_ERR_RATE: return THOUSAND / 10;
    default: return THOUSAND;
    }
}

static void block(struct tcn_mesh *mesh, unsigned number, enum tcn_err err)
{
    struct peer *peer = &mesh->peers[number];
    peer->standing = TCN_PEER_BLOCKED;
    peer->blocked_until_ms = mesh->now_ms + BLOCKED_MS;
    peer->score = QUARANTINE_AT;
    if (peer->established) {
        send_frame(mesh, number, TCN_LANE_FAST, TCN_FRAME_BYE)->bye =
            TCN_BYE_PROTOCOL;
    }
    close_session(mesh, number);
    peer->heard = false;
    alarm_about(mesh, TCN_ALARM_BLOCKED, number, NULL, err);
    effect(mesh, TCN_EFFECT_BLOCK, number)->n = peer->blocked_until_ms;
}

void fault(struct tcn_mesh *mesh, unsigned number, enum tcn_err err)
{
    struct peer *peer = &mesh->peers[number];
    peer->last_fault = err;
    if (is_milestone(++peer->faults)) {
        alarm_about(mesh, TCN_ALARM_FAULT, number, NULL, err);
    }
    if (is_blocked(mesh, number)) {
        return; /* what it sends in its hour makes the hour no longer */
    }
    forget(mesh, peer);
    peer->score += weight(err);
    if (peer->standing == TCN_PEER_OK && peer->score >= QUARANTINE_AT) {
        peer->standing = TCN_PEER_QUARANTINE;
        alarm_about(mesh, TCN_ALARM_QUARANTINE, number, NULL, err);
    } else if (peer->standing == TCN_PEER_QUARANTINE &&
               peer->score >= BLOCK_AT) {
        block(mesh, number, err);
    }
}

bool is_blocked(struct tcn_mesh *mesh, unsigned number)
{
    struct peer *peer = &mesh->peers[number];
    if (peer->standing == TCN_PEER_BLOCKED &&
        mesh->now_ms >= peer->blocked_until_ms) {
        peer->standing = TCN_PEER_QUARANTINE;
        peer->score_ms = mesh->now_ms;
    }
    return peer->standing == TCN_PEER_BLOCKED;
}

/* ---- token buckets, in thousandths ---- */

static void add_tokens(uint32_t *tokens, uint64_t ms, uint32_t rate,
                       uint32_t burst)
{
    uint64_t full = (uint64_t)burst * THOUSAND;
    uint64_t grown = *tokens + ms * rate; /* a thousandth a millisecond */
    *tokens = (uint32_t)(grown < full ? grown : full);
}

static void refill(struct tcn_mesh *mesh, struct peer *peer)
{
    uint64_t ms = mesh->now_ms - peer->tokens_ms;
    if (mesh->now_ms < peer->tokens_ms || ms > TCN_MINUTE_MS) {
        ms = TCN_MINUTE_MS;
    }
    uint32_t part =
        peer->standing == TCN_PEER_QUARANTINE ? QUARANTINE_FACTOR : 1;
    peer->tokens_ms = mesh->now_ms;
    add_tokens(&peer->verify_tokens, ms, VERIFY_RATE / part,
               VERIFY_BURST / part);
    add_tokens(&peer->frame_tokens, ms, FRAME_RATE / part, FRAME_BURST / part);
}

static bool take(uint32_t *tokens)
{
    bool has = *tokens >= THOUSAND;
    *tokens -= has ? THOUSAND : 0;
    return has;
}

bool may_come(struct tcn_mesh *mesh, unsigned number)
{
    struct peer *peer = &mesh->peers[number];
    forget(mesh, peer);
    refill(mesh, peer);
    if (take(&peer->frame_tokens)) {
        return true;
    }
    fault(mesh, number, TCN_ERR_RATE);
    return false;
}

bool may_verify(struct tcn_mesh *mesh, unsigned number)
{
    return take(&mesh->peers[number].verify_tokens);
}

/* ---- what is critical, by origin and peer, so that what one peer does not get
 * changes nothing for it ---- */

#define QUOTA_ONE 16u

static void quota_refill(struct tcn_mesh *mesh, struct flow_cursor *flow)
{
    uint64_t ms = mesh->now_ms - flow->quota_ms;
    if (flow->quota_ms == 0 || mesh->now_ms < flow->quota_ms ||
        ms >= QUOTA_BURST * QUOTA_EACH_MS) {
        flow->quota_tokens = QUOTA_BURST * QUOTA_ONE;
        flow->quota_ms = mesh->now_ms;
        return;
    }
    uint64_t grown = ms * QUOTA_ONE / QUOTA_EACH_MS;
    uint64_t tokens = flow->quota_tokens + grown;
    flow->quota_ms += grown * QUOTA_EACH_MS / QUOTA_ONE;
    flow->quota_tokens =
        (uint16_t)(tokens < QUOTA_BURST * QUOTA_ONE ? tokens
                                                    : QUOTA_BURST * QUOTA_ONE);
}

bool quota_has(struct tcn_mesh *mesh, unsigned number, uint16_t origin)
{
    struct flow_cursor *flow = &mesh->peers[number].flows[origin];
    quota_refill(mesh, flow);
    return flow->quota_tokens >= QUOTA_ONE;
}

void quota_take(struct tcn_mesh *mesh, unsigned number, uint32_t at)
{
    const struct entry *entry = entry_at(mesh, at);
    struct flow_cursor *flow = &mesh->peers[number].flows[entry->origin];
    tcn_assert(flow->quota_tokens >= QUOTA_ONE);
    flow->quota_tokens = (uint16_t)(flow->quota_tokens - QUOTA_ONE);
    if (flow->quota_tokens < QUOTA_ONE) {
        alarm_about(mesh, TCN_ALARM_QUOTA, number, &entry->id, TCN_ERR_OK);
    }
}
