#include "alert/identity.h"
#include "alert/signature.h"
#include "alert/wire.h"
#include "base/text.h"

static bool is_node_name(struct tcn_view name)
{
    return name.len >= 1 && name.len <= TCN_NAME_MAX &&
           memchr(name.data, '\0', name.len) == NULL;
}

static bool in_range(const struct tcn_cert *cert)
{
    return tcn_text_is_member(tcn_view_str(cert->member)) &&
           is_node_name(tcn_view_str(cert->node)) &&
           cert->not_before_ms < cert->not_after_ms &&
           cert->not_after_ms - cert->not_before_ms <= TCN_CERT_LIFE_MAX_MS;
}

enum tcn_err tcn_cert_decode(struct tcn_cert *cert, struct tcn_view bytes)
{
    *cert = (struct tcn_cert){0};
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
    struct tcn_view node = tcn_read_str(&r);
    cert->serial = tcn_read_uint(&r);
    cert->not_before_ms = tcn_read_uint(&r);
    cert->not_after_ms = tcn_read_uint(&r);
    tcn_read_fixed(&r, cert->sign_pk, sizeof cert->sign_pk);
    tcn_read_fixed(&r, cert->curve_pk, sizeof cert->curve_pk);
    tcn_read_fixed(&r, cert->seal_pk, sizeof cert->seal_pk);
    tcn_read_fixed(&r, cert->duty_pk, sizeof cert->duty_pk);
    bool ok = tcn_read_end(&r) == TCN_ERR_OK && items == 10 && version == 1 &&
              tcn_text_copy(cert->member, sizeof cert->member, member) &&
              tcn_text_copy(cert->node, sizeof cert->node, node) &&
              in_range(cert);
    cert->id = tcn_hash(TCN_PERSONAL_CERT, bytes);
    return ok ? TCN_ERR_OK : TCN_ERR_CERT;
}

enum tcn_err tcn_cert_encode(struct tcn_cert *cert, struct tcn_buf *out)
{
    size_t start = out->len;
    if (!in_range(cert)) {
        return TCN_ERR_CERT;
    }
    tcn_put_array(out, 10);
    tcn_put_uint(out, 1);
    tcn_put_str(out, tcn_view_str(cert->member));
    tcn_put_str(out, tcn_view_str(cert->node));
    tcn_put_uint(out, cert->serial);
    tcn_put_uint(out, cert->not_before_ms);
    tcn_put_uint(out, cert->not_after_ms);
    tcn_put_bin(out, tcn_view(cert->sign_pk, sizeof cert->sign_pk));
    tcn_put_bin(out, tcn_view(cert->curve_pk, sizeof cert->curve_pk));
    tcn_put_bin(out, tcn_view(cert->seal_pk, sizeof cert->seal_pk));
    tcn_put_bin(out, tcn_view(cert->duty_pk, sizeof cert->duty_pk));
    if (out->full) {
        return TCN_ERR_SIZE;
    }
    cert->id = tcn_hash(TCN_PERSONAL_CERT,
                        tcn_view(out->data + start, out->len - start));
    return TCN_ERR_OK;
}

enum tcn_err tcn_cert_sign(const struct tcn_id *id, const uint8_t root_seed[32],
                           uint8_t signature[TCN_SIG_BYTES])
{
    return tcn_sign_id(TCN_PERSONAL_CERT, id, root_seed, signature);
}

enum tcn_err tcn_cert_verify(const struct tcn_cert *cert,
                             const uint8_t signature[TCN_SIG_BYTES],
                             const uint8_t root_pk[TCN_PK_BYTES])
{
    return tcn_verify_id(TCN_PERSONAL_CERT, &cert->id, signature, root_pk)
               ? TCN_ERR_OK
               : TCN_ERR_CERT_SIGNATURE;
}
