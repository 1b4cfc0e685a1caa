#include "alert/alert.h"
#include "alert/wire.h"
#include "base/assert.h"

/* Everything but the fields stays byte for byte. */
static void begin_copy(const struct tcn_alert *alert, struct tcn_buf *out)
{
    tcn_put_array(out, 4);
    tcn_put_bin(out, alert->header_bytes);
    tcn_put_array(out, 4);
    tcn_put_bin(out, alert->signature);
    tcn_put_bin(out, alert->blind);
    tcn_put_uint(out, alert->index);
    tcn_put_bin(out, alert->path);
    tcn_put_array(out, alert->field_count);
}

static void put_field(struct tcn_buf *out, struct tcn_view bytes)
{
    if (bytes.data == NULL) {
        tcn_put_nil(out);
    } else {
        tcn_put_bin(out, bytes);
    }
}

static enum tcn_err end_copy(struct tcn_buf *out)
{
    tcn_put_nil(out);
    return out->full ? TCN_ERR_SIZE : TCN_ERR_OK;
}

enum tcn_err tcn_alert_redact(const struct tcn_alert *alert, uint8_t form,
                              struct tcn_buf *out)
{
    uint8_t open = form | TCN_CLASS_BIT(TCN_CLASS_KEEP);
    begin_copy(alert, out);
    for (size_t i = 0; i < alert->field_count; i++) {
        const struct tcn_field *field = &alert->fields[i];
        bool shown = (open & TCN_CLASS_BIT(field->cls)) != 0;
        put_field(out, shown ? field->bytes : tcn_view(NULL, 0));
    }
    return end_copy(out);
}

enum tcn_err tcn_alert_merge(const struct tcn_alert *held,
                             const struct tcn_alert *more, struct tcn_buf *out)
{
    tcn_assert(tcn_id_equal(&held->id, &more->id));
    begin_copy(held, out);
    for (size_t i = 0; i < held->field_count; i++) {
        struct tcn_view bytes = held->fields[i].bytes;
        put_field(out, bytes.data != NULL ? bytes : more->fields[i].bytes);
    }
    return end_copy(out);
}
