#include "alert/alert.h"
#include "alert/hash.h"
#include "alert/wire.h"
#include "base/text.h"

/* Whole classes only: a class is open in a copy, or it is not. */
static enum tcn_err check_form(struct tcn_alert *alert)
{
    uint8_t open = 0;
    uint8_t closed = 0;
    for (size_t i = 0; i < alert->field_count; i++) {
        const struct tcn_field *field = &alert->fields[i];
        uint8_t bit = TCN_CLASS_BIT(field->cls);
        if (field->bytes.data == NULL) {
            closed |= bit;
        } else {
            open |= bit;
        }
    }
    alert->form = open;
    if ((open & closed) != 0) {
        return TCN_ERR_FORM;
    }
    return (closed & TCN_CLASS_BIT(TCN_CLASS_KEEP)) != 0 ? TCN_ERR_KEEP
                                                         : TCN_ERR_OK;
}

/* [a-z][a-z0-9-]{0,31} */
static bool is_field_name(struct tcn_view name)
{
    return tcn_text_is_word(name, 1, 32, true) && name.data[0] >= 'a' &&
           name.data[0] <= 'z';
}

static bool is_plain(struct tcn_reader *r)
{
    enum tcn_wire_type type = tcn_read_peek(r);
    (void)tcn_read_any(r);
    return type == TCN_WIRE_STR || type == TCN_WIRE_UINT;
}

/* A str, a uint, or an array of at most 16 of those. */
static bool is_value(struct tcn_view value)
{
    struct tcn_reader r = tcn_reader(value);
    if (tcn_read_peek(&r) != TCN_WIRE_ARRAY) {
        return is_plain(&r);
    }
    size_t count = tcn_read_array(&r);
    if (count > TCN_VALUES_MAX) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!is_plain(&r)) {
            return false;
        }
    }
    return true;
}

static enum tcn_err check_open_field(struct tcn_field *field,
                                     const uint8_t *leaf)
{
    struct tcn_id hash = tcn_hash(TCN_PERSONAL_FIELD, field->bytes);
    if (memcmp(hash.bytes, leaf, sizeof hash.bytes) != 0) {
        return TCN_ERR_LEAF;
    }
    enum tcn_err err = tcn_wire_check(field->bytes);
    if (err != TCN_ERR_OK) {
        return err;
    }
    struct tcn_reader r = tcn_reader(field->bytes);
    size_t items = tcn_read_array(&r);
    struct tcn_view salt = tcn_read_bin(&r);
    uint64_t cls = tcn_read_uint(&r);
    field->name = tcn_read_str(&r);
    field->value = tcn_read_any(&r);
    if (items != 4 || tcn_read_end(&r) != TCN_ERR_OK || salt.len != 16 ||
        cls != field->cls || !is_field_name(field->name) ||
        !is_value(field->value)) {
        return TCN_ERR_FIELD;
    }
    /* A stricter class than its own is the originator's choice; KEEP is only
     * for names that are KEEP by themselves. */
    bool keep = cls == TCN_CLASS_KEEP;
    bool own_keep = tcn_field_class(field->name) == TCN_CLASS_KEEP;
    return keep && !own_keep ? TCN_ERR_FIELD_CLASS : TCN_ERR_OK;
}

enum tcn_err tcn_alert_check_fields(struct tcn_alert *alert)
{
    enum tcn_err err = check_form(alert);
    for (size_t i = 0; i < alert->field_count && err == TCN_ERR_OK; i++) {
        if (alert->fields[i].bytes.data != NULL) {
            err = check_open_field(&alert->fields[i],
                                   alert->header.leaves.data + 32 * i);
        }
    }
    return err;
}

const struct tcn_field *tcn_alert_find(const struct tcn_alert *alert,
                                       const char *name)
{
    for (size_t i = 0; i < alert->field_count; i++) {
        if (tcn_view_is(alert->fields[i].name, name)) {
            return &alert->fields[i];
        }
    }
    return NULL;
}

static void put_plain(struct tcn_buf *out, struct tcn_reader *r)
{
    if (tcn_read_peek(r) == TCN_WIRE_UINT) {
        tcn_buf_printf(out, "%llu", (unsigned long long)tcn_read_uint(r));
    } else {
        struct tcn_view text = tcn_read_str(r);
        tcn_buf_put(out, text.data, text.len);
    }
}

void tcn_field_put_text(struct tcn_buf *out, const struct tcn_field *field)
{
    struct tcn_reader r = tcn_reader(field->value);
    if (tcn_read_peek(&r) != TCN_WIRE_ARRAY) {
        put_plain(out, &r);
        return;
    }
    size_t count = tcn_read_array(&r);
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            tcn_buf_put_str(out, " ");
        }
        put_plain(out, &r);
    }
}
