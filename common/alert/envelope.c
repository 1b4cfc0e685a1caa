#include "alert/alert.h"
#include "alert/hash.h"
#include "alert/header.h"
#include "alert/wire.h"

static bool read_signature(struct tcn_alert *alert, struct tcn_reader *r)
{
    if (tcn_read_array(r) != 4) {
        return false;
    }
    alert->signature = tcn_read_bin(r);
    alert->blind = tcn_read_bin(r);
    uint64_t index = tcn_read_uint(r);
    alert->path = tcn_read_bin(r);
    size_t levels = alert->path.len / 32;
    alert->index = (uint32_t)index;
    return r->err == TCN_ERR_OK && alert->signature.len == 64 &&
           alert->blind.len == 16 && alert->path.len % 32 == 0 &&
           levels <= TCN_BATCH_LEVELS_MAX && index < (1u << levels);
}

/* The fourth place is for sealing, a later version. */
static enum tcn_err read_seal(struct tcn_reader *r)
{
    if (tcn_read_peek(r) != TCN_WIRE_NIL) {
        return TCN_ERR_SEAL;
    }
    tcn_read_nil(r);
    return TCN_ERR_OK;
}

static bool read_field(struct tcn_field *field, uint8_t cls,
                       struct tcn_reader *r)
{
    *field = (struct tcn_field){.cls = cls};
    if (tcn_read_peek(r) == TCN_WIRE_NIL) {
        tcn_read_nil(r);
        return true;
    }
    field->bytes = tcn_read_bin(r);
    return r->err == TCN_ERR_OK;
}

static enum tcn_err read_fields(struct tcn_alert *alert, struct tcn_view fields)
{
    struct tcn_reader r = tcn_reader(fields);
    const struct tcn_view classes = alert->header.classes;
    if (tcn_read_array(&r) != classes.len) {
        return TCN_ERR_FIELDS;
    }
    alert->field_count = (uint16_t)classes.len;
    for (size_t i = 0; i < classes.len; i++) {
        if (!read_field(&alert->fields[i], classes.data[i], &r)) {
            return TCN_ERR_FIELDS;
        }
        alert->present |= TCN_CLASS_BIT(classes.data[i]);
    }
    return TCN_ERR_OK;
}

enum tcn_err tcn_alert_decode(struct tcn_alert *alert, struct tcn_view envelope)
{
    alert->envelope = envelope;
    alert->form = 0;
    alert->present = 0;
    alert->field_count = 0;
    if (envelope.len > TCN_ENVELOPE_MAX) {
        return TCN_ERR_SIZE;
    }
    enum tcn_err err = tcn_wire_check(envelope);
    if (err != TCN_ERR_OK) {
        return err;
    }
    struct tcn_reader r = tcn_reader(envelope);
    if (tcn_read_array(&r) != 4) {
        return TCN_ERR_ENVELOPE;
    }
    alert->header_bytes = tcn_read_bin(&r);
    if (!read_signature(alert, &r) || tcn_read_peek(&r) != TCN_WIRE_ARRAY) {
        return TCN_ERR_ENVELOPE;
    }
    struct tcn_view fields = tcn_read_any(&r);
    err = read_seal(&r);
    if (err == TCN_ERR_OK) {
        err = tcn_header_decode(&alert->header, alert->header_bytes);
    }
    if (err == TCN_ERR_OK) {
        err = read_fields(alert, fields);
    }
    alert->id = tcn_hash(TCN_PERSONAL_ALERT, alert->header_bytes);
    return err;
}
