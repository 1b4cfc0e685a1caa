#include "io/control.h"

void tcn_control_put(struct tcn_buf *out, const char *first,
                     struct tcn_view pairs, size_t pair_count)
{
    tcn_put_array(out, 2);
    tcn_put_str(out, tcn_view_str(first));
    tcn_put_array(out, pair_count * 2);
    tcn_buf_put(out, pairs.data, pairs.len);
}

void tcn_control_put_text(struct tcn_buf *out, struct tcn_view text)
{
    tcn_put_array(out, 2);
    tcn_put_str(out, tcn_view_str("text"));
    tcn_put_str(out, text);
}

void tcn_control_put_end(struct tcn_buf *out, enum tcn_err err,
                         const char *sentence, const char *notice)
{
    bool more = notice[0] != '\0';
    tcn_put_array(out, more ? 4 : 3);
    tcn_put_str(out, tcn_view_str("end"));
    tcn_put_str(out, tcn_view_str(tcn_err_word(err)));
    tcn_put_str(out, tcn_view_str(sentence));
    if (more) {
        tcn_put_str(out, tcn_view_str(notice));
    }
}

static enum tcn_err read_pairs(struct tcn_reader *r, struct tcn_pairs *pairs)
{
    size_t count = tcn_read_array(r);
    if (count % 2 != 0 || count / 2 > TCN_CONTROL_KEYS_MAX) {
        return TCN_ERR_FRAME;
    }
    for (size_t i = 0; i < count / 2; i++) {
        pairs->list[i].key = tcn_read_str(r);
        pairs->list[i].value = tcn_read_any(r);
    }
    pairs->count = count / 2;
    return r->err;
}

enum tcn_err tcn_control_decode(struct tcn_control_msg *msg,
                                struct tcn_view bytes)
{
    *msg = (struct tcn_control_msg){0};
    enum tcn_err err = tcn_wire_check(bytes);
    if (err != TCN_ERR_OK) {
        return err;
    }
    struct tcn_reader r = tcn_reader(bytes);
    size_t count = tcn_read_array(&r);
    msg->first = tcn_read_str(&r);
    if (count < 2 || count > 4) {
        return TCN_ERR_FRAME;
    }
    if (count == 2 && tcn_read_peek(&r) == TCN_WIRE_ARRAY) {
        err = read_pairs(&r, &msg->pairs);
    } else {
        msg->first_text = tcn_read_str(&r);
        msg->second_text = count > 2 ? tcn_read_str(&r) : tcn_view(NULL, 0);
        msg->notice = count > 3 ? tcn_read_str(&r) : tcn_view(NULL, 0);
    }
    if (err != TCN_ERR_OK || tcn_read_end(&r) != TCN_ERR_OK) {
        return TCN_ERR_FRAME;
    }
    return TCN_ERR_OK;
}

/* A reader on the value of a key; a key that is absent reads as an error. */
static struct tcn_reader value_of(const struct tcn_pairs *pairs,
                                  const char *key)
{
    for (size_t i = 0; i < pairs->count; i++) {
        if (tcn_view_is(pairs->list[i].key, key)) {
            return tcn_reader(pairs->list[i].value);
        }
    }
    return tcn_reader(tcn_view(NULL, 0));
}

bool tcn_pairs_has(const struct tcn_pairs *pairs, const char *key)
{
    struct tcn_reader r = value_of(pairs, key);
    return tcn_read_peek(&r) != TCN_WIRE_END;
}

struct tcn_view tcn_pairs_str(const struct tcn_pairs *pairs, const char *key)
{
    struct tcn_reader r = value_of(pairs, key);
    return tcn_read_str(&r);
}

struct tcn_view tcn_pairs_bin(const struct tcn_pairs *pairs, const char *key)
{
    struct tcn_reader r = value_of(pairs, key);
    return tcn_read_bin(&r);
}

uint64_t tcn_pairs_uint(const struct tcn_pairs *pairs, const char *key)
{
    struct tcn_reader r = value_of(pairs, key);
    return tcn_read_uint(&r);
}

bool tcn_pairs_bool(const struct tcn_pairs *pairs, const char *key)
{
    struct tcn_reader r = value_of(pairs, key);
    return tcn_read_bool(&r);
}

size_t tcn_pairs_list(const struct tcn_pairs *pairs, const char *key,
                      struct tcn_view *out, size_t max)
{
    struct tcn_reader r = value_of(pairs, key);
    size_t count = tcn_read_array(&r);
    size_t taken = 0;
    for (size_t i = 0; i < count && taken < max; i++) {
        out[taken] = tcn_read_str(&r);
        taken += r.err == TCN_ERR_OK;
    }
    return taken;
}

static void put_key(struct tcn_buf *out, size_t *count, const char *key)
{
    tcn_put_str(out, tcn_view_str(key));
    *count += 1;
}

void tcn_pair_str(struct tcn_buf *out, size_t *count, const char *key,
                  struct tcn_view value)
{
    put_key(out, count, key);
    tcn_put_str(out, value);
}

void tcn_pair_uint(struct tcn_buf *out, size_t *count, const char *key,
                   uint64_t value)
{
    put_key(out, count, key);
    tcn_put_uint(out, value);
}

void tcn_pair_bool(struct tcn_buf *out, size_t *count, const char *key,
                   bool value)
{
    put_key(out, count, key);
    tcn_put_bool(out, value);
}

void tcn_pair_bin(struct tcn_buf *out, size_t *count, const char *key,
                  struct tcn_view value)
{
    put_key(out, count, key);
    tcn_put_bin(out, value);
}

void tcn_pair_list(struct tcn_buf *out, size_t *count, const char *key,
                   const struct tcn_view *values, size_t value_count)
{
    put_key(out, count, key);
    tcn_put_array(out, value_count);
    for (size_t i = 0; i < value_count; i++) {
        tcn_put_str(out, values[i]);
    }
}
