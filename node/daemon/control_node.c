/* The node itself: backup, reload and stop. */
#include <stdlib.h>

#include "daemon/control.h"

/* The files are read by whoever asks; that it was done is not a secret. */
enum tcn_err verb_backup(struct verb_call *call)
{
    bool keys = tcn_pairs_bool(call->pairs, "keys");
    enum tcn_err err = audit_note(call->node, call->client->peer.user, "backup",
                                  "", keys ? "with keys" : "");
    return err == TCN_ERR_OK ? shell_commit(call->node) : err;
}

enum tcn_err verb_reload(struct verb_call *call)
{
    uint8_t *text = malloc(TCN_SETUP_MESSAGE);
    if (text == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    struct tcn_buf out = tcn_buf(text, TCN_SETUP_MESSAGE);
    enum tcn_err err = node_reload(call->node, call->client->peer.user, &out);
    reply_lines(call->client, tcn_buf_view(&out));
    free(text);
    if (err != TCN_ERR_OK) {
        tcn_buf_put_str(call->said, "nothing has changed");
    }
    return err;
}

enum tcn_err verb_stop(struct verb_call *call)
{
    call->node->stopping = true;
    return TCN_ERR_OK;
}
