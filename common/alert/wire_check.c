#include "alert/wire_element.h"
#include "base/limits.h"
#include "base/text.h"

/* Elements still to come in each open array; its depth is bounded, so that the
 * walk needs no memory that a peer could choose. */
struct walk {
    struct tcn_view rest;
    uint64_t left[TCN_DEPTH_MAX];
    unsigned depth;
};

static void skip(struct tcn_view *view, size_t len)
{
    view->data += len;
    view->len -= len;
}

static enum tcn_err take_element(struct walk *walk)
{
    struct tcn_element element;
    enum tcn_err err = tcn_element_read(walk->rest, &element);
    if (err != TCN_ERR_OK) {
        return err;
    }
    skip(&walk->rest, element.head_len);
    size_t len = (size_t)element.value;
    switch (element.type) {
    case TCN_WIRE_ARRAY:
        if (walk->depth == TCN_DEPTH_MAX) {
            return TCN_ERR_DEPTH;
        }
        walk->left[walk->depth++] = element.value;
        return TCN_ERR_OK;
    case TCN_WIRE_STR:
        err = tcn_text_check(tcn_view(walk->rest.data, len));
        /* fall through */
    case TCN_WIRE_BIN: skip(&walk->rest, len); return err;
    default: return TCN_ERR_OK;
    }
}

enum tcn_err tcn_wire_check(struct tcn_view bytes)
{
    struct walk walk = {.rest = bytes};
    enum tcn_err err = take_element(&walk);
    while (err == TCN_ERR_OK && walk.depth > 0) {
        if (walk.left[walk.depth - 1] == 0) {
            walk.depth--;
            continue;
        }
        walk.left[walk.depth - 1]--;
        err = take_element(&walk);
    }
    if (err == TCN_ERR_OK && walk.rest.len > 0) {
        return TCN_ERR_TRAILING;
    }
    return err;
}
