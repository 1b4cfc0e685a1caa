/* An alert's envelope, as a peer may send it. What decodes must be in its only
 * form; what holds together must survive every redaction and merge. */
#include "fuzz/fuzz.h"
#include "unit/alert_made.h"

static struct tcn_alert seen;
static struct tcn_alert left;
static struct tcn_alert right;
static struct made_bytes whole;
static struct made_bytes left_bytes;
static struct made_bytes right_bytes;

static void cut(const struct tcn_alert *alert, uint8_t form,
                struct made_bytes *bytes, struct tcn_alert *copy)
{
    struct tcn_buf out = tcn_buf(bytes->data, sizeof bytes->data);
    enum tcn_err err = tcn_alert_redact(alert, form, &out);
    tcn_assert(err == TCN_ERR_OK);
    bytes->len = out.len;
    err = tcn_alert_decode(copy, made_view(bytes));
    tcn_assert(err == TCN_ERR_OK);
    tcn_assert(tcn_id_equal(&copy->id, &alert->id));
}

/* Written again, it is the same bytes. */
static void check_canonical(const struct tcn_alert *alert)
{
    struct tcn_buf out = tcn_buf(whole.data, sizeof whole.data);
    enum tcn_err err = tcn_alert_redact(alert, TCN_CLASS_ALL, &out);
    tcn_assert(err == TCN_ERR_OK);
    tcn_assert(tcn_view_equal(tcn_buf_view(&out), alert->envelope));
}

/* Two copies that together hold everything merge into the whole. */
static void check_copies(const struct tcn_alert *alert)
{
    uint8_t form = alert->id.bytes[0];
    cut(alert, form, &left_bytes, &left);
    cut(alert, (uint8_t)~form, &right_bytes, &right);
    enum tcn_err err = tcn_alert_check_fields(&left);
    tcn_assert(err == TCN_ERR_OK);
    uint8_t open = form | TCN_CLASS_BIT(TCN_CLASS_KEEP);
    tcn_assert(left.form == (alert->form & open));
    err = tcn_alert_check_fields(&right);
    tcn_assert(err == TCN_ERR_OK);
    struct tcn_buf out = tcn_buf(whole.data, sizeof whole.data);
    err = tcn_alert_merge(&left, &right, &out);
    tcn_assert(err == TCN_ERR_OK);
    tcn_assert(tcn_view_equal(tcn_buf_view(&out), alert->envelope));
}

/* What readers of the alert do with it. */
static void use(const struct tcn_alert *alert)
{
    static uint8_t text[TCN_ENVELOPE_MAX];
    for (size_t i = 0; i < alert->field_count; i++) {
        struct tcn_buf out = tcn_buf(text, sizeof text);
        tcn_field_put_text(&out, &alert->fields[i]);
        tcn_assert(!out.full);
    }
    (void)tcn_alert_find(alert, "title");
    enum tcn_err err = tcn_alert_follows(&alert->header, &alert->header);
    tcn_assert(err == TCN_ERR_OK);
    err = tcn_alert_remarks(&alert->header, &alert->header);
    tcn_assert(err == TCN_ERR_OK);
}

/* A peer cannot make leaves fit, but an originator can: so that the fields get
 * their share too, the leaves of a copy are made to fit what stands there. */
static void make_leaves_fit(struct made_bytes *bytes)
{
    size_t leaves = (size_t)(seen.header.leaves.data - seen.envelope.data);
    for (size_t i = 0; i < seen.field_count; i++) {
        if (seen.fields[i].bytes.data != NULL) {
            struct tcn_id leaf =
                tcn_hash(TCN_PERSONAL_FIELD, seen.fields[i].bytes);
            memcpy(bytes->data + leaves + 32 * i, leaf.bytes, 32);
        }
    }
}

static void try_as_originator(struct tcn_view envelope)
{
    static struct made_bytes copy;
    memcpy(copy.data, envelope.data, envelope.len);
    copy.len = envelope.len;
    make_leaves_fit(&copy);
    enum tcn_err err = tcn_alert_decode(&seen, made_view(&copy));
    tcn_assert(err == TCN_ERR_OK);
    err = tcn_alert_check_fields(&seen);
    tcn_assert(err != TCN_ERR_LEAF);
    if (err == TCN_ERR_OK) {
        check_copies(&seen);
        use(&seen);
    }
}

/* What is remembered of a batch never changes a verdict. */
static enum tcn_err verify(const struct tcn_cert *cert)
{
    static struct tcn_roots roots;
    roots.count = roots.next = 0;
    enum tcn_err first = tcn_alert_verify(&seen, cert, &roots);
    enum tcn_err second = tcn_alert_verify(&seen, cert, &roots);
    tcn_assert(first == second && roots.count <= 1);
    return first;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tcn_card card;
    if (card.cert_len == 0) {
        tcn_assert(sodium_init() >= 0);
        card = made_card();
    }
    struct tcn_view envelope = tcn_view(data, size);
    enum tcn_err err = tcn_alert_decode(&seen, envelope);
    bool decoded = err == TCN_ERR_OK;
    if (decoded) {
        check_canonical(&seen);
        err = verify(&card.cert);
    }
    tcn_fuzz_verdict(err);
    if (err == TCN_ERR_OK) {
        check_copies(&seen);
        use(&seen);
    }
    if (decoded) {
        try_as_originator(envelope);
    }
    return 0;
}
