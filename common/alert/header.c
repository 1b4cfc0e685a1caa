#include "alert/header.h"

#include "alert/wire.h"
#include "base/text.h"

/* Items 0 to 19 in their order, each read by a small function that returns its
 * own reason. A reason is given where the item stands, so that the first wrong
 * item decides. */

static bool take_uint(struct tcn_reader *r, uint64_t max, uint64_t *out)
{
    *out = tcn_read_uint(r);
    return r->err == TCN_ERR_OK && *out <= max;
}

static bool is_kind(struct tcn_view text)
{
    return tcn_text_is_word(text, 1, 24, false);
}

static bool is_sector(struct tcn_view text)
{
    return tcn_text_is_word(text, 2, 32, false);
}

static bool is_region(struct tcn_view text)
{
    return tcn_text_is_word(text, 2, 8, true);
}

/* [a-z][a-z-]{0,31}/[a-z][a-z-]{0,31} */
static bool is_category(struct tcn_view text)
{
    const uint8_t *slash =
        text.len == 0 ? NULL : memchr(text.data, '/', text.len);
    if (slash == NULL) {
        return false;
    }
    size_t first = (size_t)(slash - text.data);
    struct tcn_view class = tcn_view(text.data, first);
    struct tcn_view type = tcn_view(slash + 1, text.len - first - 1);
    return tcn_text_is_word(class, 1, 32, false) && class.data[0] != '-' &&
           tcn_text_is_word(type, 1, 32, false) && type.data[0] != '-';
}

static bool is_hex(struct tcn_view text)
{
    for (size_t i = 0; i < text.len; i++) {
        bool digit = text.data[i] >= '0' && text.data[i] <= '9';
        bool letter = text.data[i] >= 'a' && text.data[i] <= 'f';
        if (!digit && !letter) {
            return false;
        }
    }
    return true;
}

/* "" or NAME# and 16 hex digits */
static bool is_agreement(struct tcn_view text)
{
    if (text.len == 0) {
        return true;
    }
    if (text.len < 18 || text.data[text.len - 17] != '#') {
        return false;
    }
    return tcn_text_is_word(tcn_view(text.data, text.len - 17), 1, 32, true) &&
           is_hex(tcn_view(text.data + text.len - 16, 16));
}

static bool is_exercise(struct tcn_view text)
{
    return text.len == 0 || tcn_text_is_word(text, 1, 32, true);
}

/* ref and revision are tied to the kinds we know. */
static enum tcn_err check_kind(const struct tcn_header *header, size_t ref_len)
{
    if (ref_len != 0 && ref_len != 32) {
        return TCN_ERR_REF;
    }
    if (header->kind == TCN_KIND_UNKNOWN) {
        return TCN_ERR_OK;
    }
    bool revises =
        header->kind == TCN_KIND_UPDATE || header->kind == TCN_KIND_REVOKE;
    if ((header->revision > 0) != revises) {
        return TCN_ERR_REVISION;
    }
    return (ref_len == 0) == (header->kind == TCN_KIND_ALERT) ? TCN_ERR_OK
                                                              : TCN_ERR_REF;
}

static enum tcn_err read_identity(struct tcn_header *header,
                                  struct tcn_reader *r)
{
    uint64_t value;
    if (!take_uint(r, 1, &value) || value != 1) {
        return TCN_ERR_VERSION;
    }
    header->origin = tcn_read_str(r);
    if (r->err != TCN_ERR_OK || !tcn_text_is_member(header->origin)) {
        return TCN_ERR_ORIGIN;
    }
    tcn_read_fixed(r, header->cert.bytes, sizeof header->cert.bytes);
    tcn_read_fixed(r, header->thread.bytes, sizeof header->thread.bytes);
    if (!take_uint(r, INT32_MAX, &value)) {
        return TCN_ERR_HEADER;
    }
    header->revision = (uint32_t)value;
    header->kind_text = tcn_read_str(r);
    if (r->err != TCN_ERR_OK || !is_kind(header->kind_text)) {
        return TCN_ERR_KIND;
    }
    header->kind = (enum tcn_kind)tcn_kind_find(header->kind_text);
    return TCN_ERR_OK;
}

static enum tcn_err read_life(struct tcn_header *header, struct tcn_reader *r)
{
    header->created_ms = tcn_read_uint(r);
    header->expires_ms = tcn_read_uint(r);
    bool ok = r->err == TCN_ERR_OK && header->created_ms < header->expires_ms &&
              header->expires_ms - header->created_ms <= TCN_LIFE_MAX_MS;
    return ok ? TCN_ERR_OK : TCN_ERR_LIFE;
}

static enum tcn_err read_weight(struct tcn_header *header, struct tcn_reader *r)
{
    uint64_t value;
    size_t count;
    if (!take_uint(r, TCN_SEVERITY_COUNT - 1, &value)) {
        return TCN_ERR_SEVERITY;
    }
    header->severity = (uint8_t)value;
    if (!take_uint(r, 100, &value)) {
        return TCN_ERR_CONFIDENCE;
    }
    header->confidence = (uint8_t)value;
    header->category = tcn_read_str(r);
    if (r->err != TCN_ERR_OK || !is_category(header->category)) {
        return TCN_ERR_CATEGORY;
    }
    if (!tcn_read_set(r, header->sectors, TCN_TAGS_MAX, is_sector, &count)) {
        return TCN_ERR_SECTORS;
    }
    header->sector_count = (uint8_t)count;
    if (!tcn_read_set(r, header->regions, TCN_TAGS_MAX, is_region, &count)) {
        return TCN_ERR_REGIONS;
    }
    header->region_count = (uint8_t)count;
    return TCN_ERR_OK;
}

static enum tcn_err read_handling(struct tcn_header *header,
                                  struct tcn_reader *r)
{
    enum tcn_err err = tcn_label_decode(&header->label, r);
    if (err != TCN_ERR_OK) {
        return err;
    }
    header->agreement = tcn_read_str(r);
    if (r->err != TCN_ERR_OK || !is_agreement(header->agreement)) {
        return TCN_ERR_AGREEMENT;
    }
    header->exercise = tcn_read_str(r);
    if (r->err != TCN_ERR_OK || !is_exercise(header->exercise)) {
        return TCN_ERR_EXERCISE;
    }
    return TCN_ERR_OK;
}

static enum tcn_err read_classes(struct tcn_header *header,
                                 struct tcn_reader *r)
{
    header->classes = tcn_read_bin(r);
    if (r->err != TCN_ERR_OK || header->classes.len > TCN_FIELDS_MAX) {
        return TCN_ERR_CLASSES;
    }
    for (size_t i = 0; i < header->classes.len; i++) {
        uint8_t cls = header->classes.data[i];
        bool forbidden = header->kind == TCN_KIND_REVOKE && cls != 0;
        if (cls >= TCN_CLASS_COUNT || forbidden) {
            return TCN_ERR_CLASSES;
        }
    }
    return TCN_ERR_OK;
}

static enum tcn_err read_contents(struct tcn_header *header,
                                  struct tcn_reader *r)
{
    struct tcn_view ref = tcn_read_bin(r);
    if (r->err != TCN_ERR_OK) {
        return TCN_ERR_REF;
    }
    enum tcn_err err = check_kind(header, ref.len);
    if (err != TCN_ERR_OK) {
        return err;
    }
    header->has_ref = ref.len > 0;
    if (header->has_ref) {
        memcpy(header->ref.bytes, ref.data, ref.len);
    }
    err = read_classes(header, r);
    if (err != TCN_ERR_OK) {
        return err;
    }
    header->leaves = tcn_read_bin(r);
    if (r->err != TCN_ERR_OK ||
        header->leaves.len != 32 * header->classes.len) {
        return TCN_ERR_LEAVES;
    }
    struct tcn_view seal = tcn_read_bin(r);
    return r->err == TCN_ERR_OK && seal.len == 0 ? TCN_ERR_OK : TCN_ERR_SEAL;
}

enum tcn_err tcn_header_decode(struct tcn_header *header, struct tcn_view bytes)
{
    static enum tcn_err (*const parts[])(struct tcn_header *,
                                         struct tcn_reader *) = {
        read_identity, read_life, read_weight, read_handling, read_contents,
    };
    *header = (struct tcn_header){0};
    enum tcn_err err = tcn_wire_check(bytes);
    struct tcn_reader r = tcn_reader(bytes);
    if (err == TCN_ERR_OK && tcn_read_array(&r) != 20) {
        err = TCN_ERR_HEADER;
    }
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        err = err == TCN_ERR_OK ? parts[i](header, &r) : err;
    }
    return err;
}
