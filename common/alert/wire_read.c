#include "alert/wire_element.h"

struct tcn_reader tcn_reader(struct tcn_view bytes)
{
    /* An absent view has no place that zero could be added to. */
    const uint8_t *end = bytes.data == NULL ? NULL : bytes.data + bytes.len;
    return (struct tcn_reader){.at = bytes.data, .end = end, .err = TCN_ERR_OK};
}

static struct tcn_view rest_of(const struct tcn_reader *r)
{
    return tcn_view(r->at, (size_t)(r->end - r->at));
}

enum tcn_wire_type tcn_read_peek(const struct tcn_reader *r)
{
    struct tcn_element element;
    if (r->err != TCN_ERR_OK ||
        tcn_element_read(rest_of(r), &element) != TCN_ERR_OK) {
        return TCN_WIRE_END;
    }
    return element.type;
}

/* Takes the head of an element of that type; false latches the error. */
static bool take(struct tcn_reader *r, enum tcn_wire_type type, uint64_t *value)
{
    struct tcn_element element;
    if (r->err != TCN_ERR_OK) {
        return false;
    }
    r->err = tcn_element_read(rest_of(r), &element);
    if (r->err == TCN_ERR_OK && element.type != type) {
        r->err = TCN_ERR_TYPE;
    }
    if (r->err != TCN_ERR_OK) {
        return false;
    }
    r->at += element.head_len;
    *value = element.value;
    return true;
}

uint64_t tcn_read_uint(struct tcn_reader *r)
{
    uint64_t value;
    return take(r, TCN_WIRE_UINT, &value) ? value : 0;
}

bool tcn_read_bool(struct tcn_reader *r)
{
    uint64_t value;
    return take(r, TCN_WIRE_BOOL, &value) && value != 0;
}

void tcn_read_nil(struct tcn_reader *r)
{
    uint64_t value;
    (void)take(r, TCN_WIRE_NIL, &value);
}

static struct tcn_view take_bytes(struct tcn_reader *r, enum tcn_wire_type type)
{
    uint64_t len;
    if (!take(r, type, &len)) {
        return tcn_view(NULL, 0);
    }
    struct tcn_view view = tcn_view(r->at, (size_t)len);
    r->at += len;
    return view;
}

struct tcn_view tcn_read_str(struct tcn_reader *r)
{
    return take_bytes(r, TCN_WIRE_STR);
}

struct tcn_view tcn_read_bin(struct tcn_reader *r)
{
    return take_bytes(r, TCN_WIRE_BIN);
}

size_t tcn_read_array(struct tcn_reader *r)
{
    uint64_t count;
    return take(r, TCN_WIRE_ARRAY, &count) ? (size_t)count : 0;
}

void tcn_read_fixed(struct tcn_reader *r, void *out, size_t len)
{
    struct tcn_view view = tcn_read_bin(r);
    if (r->err == TCN_ERR_OK && view.len != len) {
        r->err = TCN_ERR_TYPE;
    }
    if (r->err == TCN_ERR_OK) {
        memcpy(out, view.data, len);
    } else {
        memset(out, 0, len);
    }
}

struct tcn_view tcn_read_any(struct tcn_reader *r)
{
    const uint8_t *start = r->at;
    uint64_t left = 1;
    /* One more element for each that an array announces: no recursion. */
    while (left > 0 && r->err == TCN_ERR_OK) {
        struct tcn_element element;
        r->err = tcn_element_read(rest_of(r), &element);
        if (r->err != TCN_ERR_OK) {
            return tcn_view(NULL, 0);
        }
        r->at += element.head_len;
        left--;
        if (element.type == TCN_WIRE_ARRAY) {
            left += element.value;
        } else if (element.type == TCN_WIRE_STR ||
                   element.type == TCN_WIRE_BIN) {
            r->at += element.value;
        }
    }
    if (r->err != TCN_ERR_OK) {
        return tcn_view(NULL, 0);
    }
    return tcn_view(start, (size_t)(r->at - start));
}

enum tcn_err tcn_read_end(const struct tcn_reader *r)
{
    if (r->err != TCN_ERR_OK) {
        return r->err;
    }
    return r->at == r->end ? TCN_ERR_OK : TCN_ERR_TRAILING;
}
