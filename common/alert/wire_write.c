#include <msgpack.h>

#include "alert/wire.h"

static int put(void *data, const char *bytes, size_t len)
{
    tcn_buf_put(data, bytes, len);
    return 0; /* overflow latches in the buffer */
}

static msgpack_packer packer_on(struct tcn_buf *out)
{
    msgpack_packer packer;
    msgpack_packer_init(&packer, out, put);
    return packer;
}

void tcn_put_nil(struct tcn_buf *out)
{
    msgpack_packer packer = packer_on(out);
    msgpack_pack_nil(&packer);
}

void tcn_put_bool(struct tcn_buf *out, bool value)
{
    msgpack_packer packer = packer_on(out);
    if (value) {
        msgpack_pack_true(&packer);
    } else {
        msgpack_pack_false(&packer);
    }
}

void tcn_put_uint(struct tcn_buf *out, uint64_t value)
{
    msgpack_packer packer = packer_on(out);
    msgpack_pack_uint64(&packer, value);
}

void tcn_put_str(struct tcn_buf *out, struct tcn_view text)
{
    msgpack_packer packer = packer_on(out);
    msgpack_pack_str(&packer, text.len);
    tcn_buf_put(out, text.data, text.len);
}

void tcn_put_bin(struct tcn_buf *out, struct tcn_view bytes)
{
    msgpack_packer packer = packer_on(out);
    msgpack_pack_bin(&packer, bytes.len);
    tcn_buf_put(out, bytes.data, bytes.len);
}

void tcn_put_array(struct tcn_buf *out, size_t count)
{
    msgpack_packer packer = packer_on(out);
    msgpack_pack_array(&packer, count);
}

size_t tcn_bin_bytes(size_t len)
{
    return len + (len <= UINT8_MAX ? 2 : len <= UINT16_MAX ? 3 : 5);
}
