/* The drafts of a submission on their way through. */
#pragma once

#include "daemon/control.h"
#include "daemon/import_names.h"

struct piece {
    uint64_t n;
    const char *outcome;
    enum tcn_err err;
    bool made; /* `unsigned_alert` is to be signed and freed */
    struct tcn_id id;
    struct tcn_unsigned unsigned_alert;
    struct tcn_view label; /* label and agreement as encoded, for grouping */
    bool is_import;
    struct tcn_thread thread;
    struct tcn_id digest;
    struct import_names names;
    bool batched;
    uint8_t *envelope;
    size_t envelope_len;
    const char *rule; /* that does not let it be signed, or NULL */
    struct outlook_warnings *warnings; /* NULL = none */
};

/* Signs what is made and not yet signed: what carries the same label and
 * agreement with one signature. Each piece says what became of it. */
void submit_sign(struct tcn_node *node, struct piece *pieces, size_t count);
