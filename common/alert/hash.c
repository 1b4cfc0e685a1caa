#include "alert/hash.h"

#include <sodium.h>

#include "base/assert.h"

static const uint8_t personals[TCN_PERSONAL_COUNT][16] = {
    [TCN_PERSONAL_ALERT] = "tocsin.alert.v1",
    [TCN_PERSONAL_FIELD] = "tocsin.field.v1",
    [TCN_PERSONAL_CERT] = "tocsin.cert.v1",
    [TCN_PERSONAL_ROOT] = "tocsin.root.v1",
    [TCN_PERSONAL_KREV] = "tocsin.krev.v1",
    [TCN_PERSONAL_LEAF] = "tocsin.leaf.v1",
    [TCN_PERSONAL_NODE] = "tocsin.node.v1",
    [TCN_PERSONAL_AGREE] = "tocsin.agree.v1",
    [TCN_PERSONAL_LEDGER] = "tocsin.ledger1",
    [TCN_PERSONAL_AUDIT] = "tocsin.audit.v1",
    [TCN_PERSONAL_THREAD] = "tocsin.thread1",
    [TCN_PERSONAL_REQUEST] = "tocsin.creq.v1",
    [TCN_PERSONAL_HEAD] = "tocsin.head.v1",
    [TCN_PERSONAL_STREAM] = "tocsin.stream1",
};

const uint8_t *tcn_personal_bytes(enum tcn_personal personal)
{
    tcn_assert(personal < TCN_PERSONAL_COUNT);
    return personals[personal];
}

void tcn_hash_parts(enum tcn_personal personal, struct tcn_view key,
                    const struct tcn_view *parts, size_t count, void *out,
                    size_t out_len)
{
    crypto_generichash_blake2b_state state;
    const uint8_t *person = tcn_personal_bytes(personal);
    tcn_assert(out_len >= 1 && out_len <= crypto_generichash_blake2b_BYTES_MAX);
    /* libsodium's minimum of 16 bytes is advice; shorter marks are cut from
     * one of 16, which the specification says. */
    uint8_t wide[crypto_generichash_blake2b_BYTES_MAX];
    size_t wide_len = out_len < 16 ? 16 : out_len;
    tcn_assert(crypto_generichash_blake2b_init_salt_personal(
                   &state, key.data, key.len, wide_len, NULL, person) == 0);
    for (size_t i = 0; i < count; i++) {
        tcn_assert(crypto_generichash_blake2b_update(&state, parts[i].data,
                                                     parts[i].len) == 0);
    }
    tcn_assert(crypto_generichash_blake2b_final(&state, wide, wide_len) == 0);
    memcpy(out, wide, out_len);
}

struct tcn_id tcn_hash(enum tcn_personal personal, struct tcn_view data)
{
    struct tcn_id id;
    tcn_hash_parts(personal, tcn_view(NULL, 0), &data, 1, id.bytes,
                   sizeof id.bytes);
    return id;
}
