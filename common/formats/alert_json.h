/* An alert for programs (one JSON object on one line) and for people (aligned
 * text). Both take a verified alert: its fields must have been checked. What
 * came from abroad can do nothing to a terminal in either. */
#pragma once

#include "alert/alert.h"
#include "alert/status.h"

/* What this node knows beside the alert. */
struct tcn_alert_facts {
    enum tcn_status status;
    struct tcn_view received_from; /* member, or empty = made here */
    uint64_t received_ms;          /* 0 = not said */
    struct tcn_view key; /* "revoked", "suspect" ...; empty = nothing against
                            it */
    /* For exports. */
    uint64_t first_ms;              /* when its thread began; 0 = not known */
    uint64_t changed_ms;            /* when its status changed; 0 = not known */
    struct tcn_thread subject;      /* of a sighting or ack; with its origin */
    struct tcn_view subject_origin; /* "" = not known */
};

/* Room that always suffices for either form; the worst is a text of which every
 * second character ends a line, each indented in the text for people. */
#define TCN_ALERT_JSON_MAX (12u * TCN_ENVELOPE_MAX)

/* Appends the object without a newline: id, origin, thread, revision, kind,
 * created, expires (RFC 3339), severity (word), confidence, category, sectors,
 * regions, tlp, pap, onward (words), audience, caveats, agreement, exercise,
 * ref (null when there is none), fields [{name, value, class}], withheld (a
 * count), status, received_from, received_at (null when made here, or not
 * said), and `key` only when there is something against it. Overflow latches in
 * the buffer. */
void tcn_alert_put_json(struct tcn_buf *out, const struct tcn_alert *alert,
                        const struct tcn_alert_facts *facts);

/* Appends the text of `tocsin show`: lines ended by \n, no colour. */
void tcn_alert_put_text(struct tcn_buf *out, const struct tcn_alert *alert,
                        const struct tcn_alert_facts *facts);
