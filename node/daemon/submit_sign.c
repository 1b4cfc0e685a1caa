/* Drafts of one submission that carry the same label and agreement share one
 * signature. */
#include <stdlib.h>

#include "daemon/submit.h"

/* The bytes of a header from its label to its agreement. */
static struct tcn_view label_of(const struct tcn_unsigned *alert)
{
    struct tcn_reader r = tcn_reader(tcn_view(alert->bytes, alert->header_len));
    (void)tcn_read_array(&r);
    for (int i = 0; i < 13; i++) {
        (void)tcn_read_any(&r);
    }
    struct tcn_view label = tcn_read_any(&r);
    struct tcn_view agreement = tcn_read_any(&r);
    return tcn_view(label.data,
                    (size_t)(agreement.data + agreement.len - label.data));
}

static enum tcn_err sign_group(struct tcn_node *node, struct piece *pieces,
                               const size_t *members, size_t count)
{
    const struct tcn_unsigned *alerts[DRAFTS_AT_ONCE];
    struct tcn_buf buffers[DRAFTS_AT_ONCE];
    struct tcn_buf *outs[DRAFTS_AT_ONCE];
    for (size_t i = 0; i < count; i++) {
        struct piece *piece = &pieces[members[i]];
        piece->envelope = malloc(TCN_ENVELOPE_MAX);
        if (piece->envelope == NULL) {
            return TCN_ERR_NO_MEMORY;
        }
        alerts[i] = &piece->unsigned_alert;
        buffers[i] = tcn_buf(piece->envelope, TCN_ENVELOPE_MAX);
        outs[i] = &buffers[i];
    }
    struct tcn_signer signer = {&node->keys->card.cert, node->keys->sign_seed};
    enum tcn_err err = tcn_batch_sign(&signer, alerts, count, outs);
    for (size_t i = 0; i < count; i++) {
        struct piece *piece = &pieces[members[i]];
        piece->envelope_len = buffers[i].len;
        piece->err = buffers[i].full ? TCN_ERR_SIZE : err;
        uint8_t *fit = realloc(piece->envelope, buffers[i].len + 1);
        piece->envelope = fit == NULL ? piece->envelope : fit;
    }
    return err;
}

void submit_sign(struct tcn_node *node, struct piece *pieces, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!pieces[i].made || pieces[i].batched) {
            continue;
        }
        size_t members[DRAFTS_AT_ONCE];
        size_t size = 0;
        pieces[i].label = label_of(&pieces[i].unsigned_alert);
        for (size_t j = i; j < count; j++) {
            if (pieces[j].made && !pieces[j].batched &&
                tcn_view_equal(pieces[i].label,
                               label_of(&pieces[j].unsigned_alert))) {
                pieces[j].batched = true;
                members[size++] = j;
            }
        }
        enum tcn_err err = sign_group(node, pieces, members, size);
        for (size_t j = 0; err != TCN_ERR_OK && j < size; j++) {
            pieces[members[j]].err = err;
        }
    }
}
