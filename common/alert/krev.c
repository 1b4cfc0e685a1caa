#include "alert/identity.h"
#include "alert/signature.h"
#include "alert/wire.h"
#include "base/text.h"

enum tcn_err tcn_krev_decode(struct tcn_krev *krev, struct tcn_view bytes)
{
    *krev = (struct tcn_krev){0};
    if (bytes.len > TCN_CERT_MAX) {
        return TCN_ERR_SIZE;
    }
    enum tcn_err err = tcn_wire_check(bytes);
    if (err != TCN_ERR_OK) {
        return err;
    }
    struct tcn_reader r = tcn_reader(bytes);
    size_t items = tcn_read_array(&r);
    uint64_t version = tcn_read_uint(&r);
    struct tcn_view member = tcn_read_str(&r);
    tcn_read_fixed(&r, krev->cert.bytes, sizeof krev->cert.bytes);
    krev->suspect_since_ms = tcn_read_uint(&r);
    krev->serial = tcn_read_uint(&r);
    if (tcn_read_end(&r) != TCN_ERR_OK || items != 5 || version != 1 ||
        !tcn_text_is_member(member)) {
        return TCN_ERR_KREV;
    }
    memcpy(krev->member, member.data, member.len);
    return TCN_ERR_OK;
}

enum tcn_err tcn_krev_encode(const struct tcn_krev *krev, struct tcn_buf *out)
{
    if (!tcn_text_is_member(tcn_view_str(krev->member))) {
        return TCN_ERR_KREV;
    }
    tcn_put_array(out, 5);
    tcn_put_uint(out, 1);
    tcn_put_str(out, tcn_view_str(krev->member));
    tcn_put_bin(out, tcn_id_view(&krev->cert));
    tcn_put_uint(out, krev->suspect_since_ms);
    tcn_put_uint(out, krev->serial);
    return out->full ? TCN_ERR_SIZE : TCN_ERR_OK;
}

enum tcn_err tcn_krev_sign(struct tcn_view bytes, const uint8_t seed[32],
                           uint8_t signature[TCN_SIG_BYTES])
{
    struct tcn_id id = tcn_hash(TCN_PERSONAL_KREV, bytes);
    return tcn_sign_id(TCN_PERSONAL_KREV, &id, seed, signature);
}

enum tcn_err tcn_krev_verify(struct tcn_view bytes,
                             const uint8_t signature[TCN_SIG_BYTES],
                             const uint8_t root_pk[TCN_PK_BYTES],
                             const struct tcn_cert *cert)
{
    struct tcn_krev krev;
    enum tcn_err err = tcn_krev_decode(&krev, bytes);
    if (err != TCN_ERR_OK) {
        return err;
    }
    struct tcn_id id = tcn_hash(TCN_PERSONAL_KREV, bytes);
    bool about = tcn_id_equal(&krev.cert, &cert->id) &&
                 strcmp(krev.member, cert->member) == 0;
    bool proven =
        tcn_verify_id(TCN_PERSONAL_KREV, &id, signature, root_pk) ||
        tcn_verify_id(TCN_PERSONAL_KREV, &id, signature, cert->duty_pk);
    return about && proven ? TCN_ERR_OK : TCN_ERR_KREV_SIGNATURE;
}
