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
