/* The node itself: reload and stop. */
#include <stdlib.h>

#include "daemon/control.h"

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
