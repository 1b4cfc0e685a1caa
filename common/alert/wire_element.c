#include "alert/wire_element.h"

/* A head byte followed by a big-endian number: lengths, counts, integers. */
struct sized {
    uint8_t tag;
    uint8_t width; /* bytes of the number */
    enum tcn_wire_type type;
    uint64_t least; /* smaller ones have a shorter form */
};

static const struct sized sized_heads[] = {
    {0xcc, 1, TCN_WIRE_UINT, 0x80},    {0xcd, 2, TCN_WIRE_UINT, 0x100},
    {0xce, 4, TCN_WIRE_UINT, 0x10000}, {0xcf, 8, TCN_WIRE_UINT, 0x100000000},
    {0xd9, 1, TCN_WIRE_STR, 32},       {0xda, 2, TCN_WIRE_STR, 0x100},
    {0xdb, 4, TCN_WIRE_STR, 0x10000},  {0xc4, 1, TCN_WIRE_BIN, 0},
    {0xc5, 2, TCN_WIRE_BIN, 0x100},    {0xc6, 4, TCN_WIRE_BIN, 0x10000},
    {0xdc, 2, TCN_WIRE_ARRAY, 16},     {0xdd, 4, TCN_WIRE_ARRAY, 0x10000},
};

static const struct sized *find_sized(uint8_t tag)
{
    for (size_t i = 0; i < sizeof sized_heads / sizeof sized_heads[0]; i++) {
        if (sized_heads[i].tag == tag) {
            return &sized_heads[i];
        }
    }
    return NULL;
}

static enum tcn_err read_sized(struct tcn_view bytes, const struct sized *sized,
                               struct tcn_element *element)
{
    if (bytes.len < 1u + sized->width) {
        return TCN_ERR_TRUNCATED;
    }
    uint64_t value = 0;
    for (size_t i = 1; i <= sized->width; i++) {
        value = value << 8 | bytes.data[i];
    }
    element->type = sized->type;
    element->head_len = 1u + sized->width;
    element->value = value;
    return TCN_ERR_OK;
}

/* Everything that one byte says by itself. */
static bool read_single(uint8_t tag, struct tcn_element *element)
{
    element->head_len = 1;
    if (tag <= 0x7f) {
        element->type = TCN_WIRE_UINT;
        element->value = tag;
    } else if (tag >= 0x90 && tag <= 0x9f) {
        element->type = TCN_WIRE_ARRAY;
        element->value = tag & 0x0f;
    } else if (tag >= 0xa0 && tag <= 0xbf) {
        element->type = TCN_WIRE_STR;
        element->value = tag & 0x1f;
    } else if (tag == 0xc0) {
        element->type = TCN_WIRE_NIL;
        element->value = 0;
    } else if (tag == 0xc2 || tag == 0xc3) {
        element->type = TCN_WIRE_BOOL;
        element->value = tag & 1;
    } else {
        return false;
    }
    return true;
}

/* The contents of a str or bin, and one byte for each element of an array. */
static size_t least_behind(const struct tcn_element *element)
{
    switch (element->type) {
    case TCN_WIRE_STR:
    case TCN_WIRE_BIN:
    case TCN_WIRE_ARRAY: return (size_t)element->value;
    default: return 0;
    }
}

enum tcn_err tcn_element_read(struct tcn_view bytes,
                              struct tcn_element *element)
{
    *element = (struct tcn_element){.type = TCN_WIRE_END};
    if (bytes.len == 0) {
        return TCN_ERR_TRUNCATED;
    }
    const struct sized *sized = NULL;
    if (!read_single(bytes.data[0], element)) {
        sized = find_sized(bytes.data[0]);
        if (sized == NULL) {
            return TCN_ERR_TYPE; /* map, float, negative, ext, reserved */
        }
        enum tcn_err err = read_sized(bytes, sized, element);
        if (err != TCN_ERR_OK) {
            return err;
        }
    }
    if (bytes.len - element->head_len < least_behind(element)) {
        return TCN_ERR_TRUNCATED;
    }
    return sized != NULL && element->value < sized->least ? TCN_ERR_ENCODING
                                                          : TCN_ERR_OK;
}
