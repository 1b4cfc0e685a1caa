#include "alert/header.h"
#include "alert/wire.h"
#include "base/text.h"

bool tcn_read_set(struct tcn_reader *r, struct tcn_view *out, size_t max,
                  bool (*item)(struct tcn_view), size_t *count)
{
    *count = tcn_read_array(r);
    if (r->err != TCN_ERR_OK || *count > max) {
        return false;
    }
    for (size_t i = 0; i < *count; i++) {
        out[i] = tcn_read_str(r);
        if (r->err != TCN_ERR_OK || !item(out[i]) ||
            (i > 0 && tcn_view_compare(out[i - 1], out[i]) >= 0)) {
            return false;
        }
    }
    return true;
}

static bool is_caveat(struct tcn_view text)
{
    return tcn_text_is_word(text, 2, 32, false);
}

static uint8_t caveat_bit(struct tcn_view caveat)
{
    if (tcn_view_is(caveat, "orcon")) {
        return TCN_CAVEAT_ORCON;
    }
    if (tcn_view_is(caveat, "no-partner")) {
        return TCN_CAVEAT_NO_PARTNER;
    }
    if (tcn_view_is(caveat, "no-automation")) {
        return TCN_CAVEAT_NO_AUTOMATION;
    }
    return TCN_CAVEAT_UNKNOWN;
}

/* On the wire onward is exactly one of the lower-case words. */
static bool read_onward(struct tcn_label *label, struct tcn_reader *r)
{
    struct tcn_view word = tcn_read_str(r);
    for (unsigned i = 0; i < TCN_ONWARD_COUNT; i++) {
        if (r->err == TCN_ERR_OK && tcn_view_is(word, tcn_onward_word(i))) {
            label->onward = (uint8_t)i;
            return true;
        }
    }
    return false;
}

enum tcn_err tcn_label_decode(struct tcn_label *label, struct tcn_reader *r)
{
    size_t items = tcn_read_array(r);
    uint64_t tlp = tcn_read_uint(r);
    uint64_t pap = tcn_read_uint(r);
    size_t audience;
    size_t caveats;
    if (items != 5 || r->err != TCN_ERR_OK || tlp >= TCN_TLP_COUNT ||
        pap >= TCN_PAP_COUNT || !read_onward(label, r) ||
        !tcn_read_set(r, label->audience, TCN_AUDIENCE_MAX, tcn_text_is_member,
                      &audience) ||
        !tcn_read_set(r, label->caveats, TCN_CAVEATS_MAX, is_caveat,
                      &caveats)) {
        return TCN_ERR_LABEL;
    }
    label->tlp = (uint8_t)tlp;
    label->pap = (uint8_t)pap;
    label->audience_count = (uint16_t)audience;
    label->caveat_count = (uint16_t)caveats;
    label->caveat_mask = 0;
    for (size_t i = 0; i < caveats; i++) {
        label->caveat_mask |= caveat_bit(label->caveats[i]);
    }
    return TCN_ERR_OK;
}

static void put_set(struct tcn_buf *out, const struct tcn_view *items,
                    size_t count)
{
    tcn_put_array(out, count);
    for (size_t i = 0; i < count; i++) {
        tcn_put_str(out, items[i]);
    }
}

void tcn_label_encode(const struct tcn_label *label, struct tcn_buf *out)
{
    tcn_put_array(out, 5);
    tcn_put_uint(out, label->tlp);
    tcn_put_uint(out, label->pap);
    tcn_put_str(out, tcn_view_str(tcn_onward_word(label->onward)));
    put_set(out, label->audience, label->audience_count);
    put_set(out, label->caveats, label->caveat_count);
}
