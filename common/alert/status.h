/* What a node holds an alert to be. Kept beside the alert, never in it. */
#pragma once

enum tcn_status {
    TCN_STATUS_LIVE,
    TCN_STATUS_SUPERSEDED, /* a higher revision is known */
    TCN_STATUS_REVOKED,
    TCN_STATUS_EQUIVOCAL, /* its origin signed another one in its place */
    TCN_STATUS_EXPIRED,
    TCN_STATUS_COUNT,
};

/* "live", "superseded", "revoked", "equivocal", "expired"; "?" out of range. */
const char *tcn_status_word(unsigned status);

/* How far the question to people is that a hold asks. Kept in stores. */
enum tcn_hold_state {
    TCN_HOLD_WAITING,
    TCN_HOLD_RELEASED,
    TCN_HOLD_REFUSED, /* final until it is reopened */
    TCN_HOLD_EXPIRED, /* the same */
    TCN_HOLD_STATES,
};
