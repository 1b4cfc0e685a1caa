/* Alerts as the node has them: out of the store or off the wire, decoded and
 * ready to be decided on. */
#pragma once

#include "mesh/mesh.h"
#include "store/store.h"

struct tcn_node;

/* An alert with the bytes it views. */
struct held_copy {
    struct tcn_alert alert;
    uint8_t bytes[TCN_ENVELOPE_MAX];
};

/* A copy of its own of an envelope, decoded; no hash and no signature is
 * checked. SIZE, or what tcn_alert_decode() says. */
TCN_MUST_USE enum tcn_err held_keep(struct held_copy *copy,
                                    struct tcn_view envelope);
/* A copy with these classes only; of two copies as one. Fields checked; the
 * alerts may not be in `copy`. */
TCN_MUST_USE enum tcn_err held_cut(struct held_copy *copy,
                                   const struct tcn_alert *alert, uint8_t form);
TCN_MUST_USE enum tcn_err held_merge(struct held_copy *copy,
                                     const struct tcn_alert *held,
                                     const struct tcn_alert *more);
/* From the store, fields checked; `row` may be NULL. NOT_FOUND also when the
 * contents are gone; CORRUPT when it is no longer what was stored. */
TCN_MUST_USE enum tcn_err held_load(struct tcn_node *node,
                                    const struct tcn_id *id,
                                    struct held_copy *copy,
                                    struct tcn_stored *row);
/* Of one that is gone or damaged nothing can be done: the others go on. */
bool held_is_absent(enum tcn_err err);

/* What tcn_mesh_other() names, in node->other; NULL when nothing is there to
 * compare with, and for a withdrawal, which nothing stops. */
TCN_MUST_USE enum tcn_err held_other(struct tcn_node *node,
                                     const struct tcn_header *header,
                                     const struct tcn_alert **other);

/* What policy decides about observers by (`fresh`: the row that was just
 * stored, or NULL). The alert must outlive the facts. */
struct tcn_facts held_facts_shown(struct tcn_node *node,
                                  const struct tcn_alert *alert,
                                  const struct tcn_stored *fresh);
/* ... and about peers: with what people have said of it (`row`; NULL = it is
 * not stored yet). */
struct tcn_facts held_facts(struct tcn_node *node,
                            const struct tcn_alert *alert,
                            const struct tcn_stored *row);

/* The word of its kind, of an unknown one from the alert while it is there. */
#define TCN_KIND_TEXT 25
const char *kind_of(struct tcn_node *node, const struct tcn_stored *row,
                    char text[TCN_KIND_TEXT]);
/* TCN_PEERS_MAX: no peer of that name. */
unsigned peer_number(const struct tcn_node *node, const char *member);
