/* Requests and key revocations as text: they travel on sticks and by mail. */
#include "alert/identity.h"
#include "alert/signature.h"
#include "alert/wire.h"
#include "base/text.h"

#define REQUEST_MAX 256
#define PAPER_MAX   (REQUEST_MAX + TCN_SIG_BYTES + 16)

/* Two bin: what is said, and the signature over it. */
static enum tcn_err put_paper(struct tcn_buf *out, const char *title,
                              struct tcn_view bytes, const uint8_t *signature)
{
    uint8_t plain[PAPER_MAX];
    struct tcn_buf both = tcn_buf(plain, sizeof plain);
    tcn_put_array(&both, 2);
    tcn_put_bin(&both, bytes);
    tcn_put_bin(&both, tcn_view(signature, TCN_SIG_BYTES));
    tcn_armour_put(out, title, tcn_buf_view(&both));
    return both.full || out->full ? TCN_ERR_SIZE : TCN_ERR_OK;
}

static enum tcn_err take_paper(struct tcn_view text, const char *title,
                               struct tcn_buf *plain, struct tcn_view *bytes,
                               struct tcn_view *signature)
{
    enum tcn_err err = tcn_armour_take(text, title, plain);
    err = err == TCN_ERR_OK ? tcn_wire_check(tcn_buf_view(plain)) : err;
    if (err != TCN_ERR_OK) {
        return err;
    }
    struct tcn_reader r = tcn_reader(tcn_buf_view(plain));
    size_t items = tcn_read_array(&r);
    *bytes = tcn_read_bin(&r);
    *signature = tcn_read_bin(&r);
    bool ok = tcn_read_end(&r) == TCN_ERR_OK && items == 2 &&
              signature->len == TCN_SIG_BYTES;
    return ok ? TCN_ERR_OK : TCN_ERR_ARMOUR;
}

/* ---- requests ---- */

static void put_request(struct tcn_buf *out, const struct tcn_cert *cert)
{
    tcn_put_array(out, 8);
    tcn_put_uint(out, 1);
    tcn_put_str(out, tcn_view_str(cert->member));
    tcn_put_str(out, tcn_view_str(cert->node));
    tcn_put_uint(out, cert->serial);
    tcn_put_bin(out, tcn_view(cert->sign_pk, sizeof cert->sign_pk));
    tcn_put_bin(out, tcn_view(cert->curve_pk, sizeof cert->curve_pk));
    tcn_put_bin(out, tcn_view(cert->seal_pk, sizeof cert->seal_pk));
    tcn_put_bin(out, tcn_view(cert->duty_pk, sizeof cert->duty_pk));
}

enum tcn_err tcn_request_to_text(const struct tcn_cert *cert,
                                 const uint8_t sign_seed[32],
                                 struct tcn_buf *out)
{
    uint8_t bytes[REQUEST_MAX];
    uint8_t signature[TCN_SIG_BYTES];
    struct tcn_buf plain = tcn_buf(bytes, sizeof bytes);
    put_request(&plain, cert);
    struct tcn_id id = tcn_hash(TCN_PERSONAL_REQUEST, tcn_buf_view(&plain));
    enum tcn_err err = plain.full ? TCN_ERR_SIZE
                                  : tcn_sign_id(TCN_PERSONAL_REQUEST, &id,
                                                sign_seed, signature);
    return err == TCN_ERR_OK ? put_paper(out, "CERTIFICATE REQUEST",
                                         tcn_buf_view(&plain), signature)
                             : err;
}

static bool take_name(char *out, size_t cap, struct tcn_view text)
{
    if (text.len == 0 || text.len >= cap || memchr(text.data, 0, text.len)) {
        return false;
    }
    memcpy(out, text.data, text.len);
    out[text.len] = '\0';
    return true;
}

static enum tcn_err decode_request(struct tcn_cert *cert, struct tcn_view bytes)
{
    *cert = (struct tcn_cert){0};
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
    tcn_read_fixed(&r, cert->sign_pk, sizeof cert->sign_pk);
    tcn_read_fixed(&r, cert->curve_pk, sizeof cert->curve_pk);
    tcn_read_fixed(&r, cert->seal_pk, sizeof cert->seal_pk);
    tcn_read_fixed(&r, cert->duty_pk, sizeof cert->duty_pk);
    bool ok = tcn_read_end(&r) == TCN_ERR_OK && items == 8 && version == 1 &&
              tcn_text_is_member(member) &&
              take_name(cert->member, sizeof cert->member, member) &&
              take_name(cert->node, sizeof cert->node, node);
    return ok ? TCN_ERR_OK : TCN_ERR_CERT;
}

enum tcn_err tcn_request_from_text(struct tcn_cert *cert, struct tcn_view text)
{
    uint8_t bytes[PAPER_MAX];
    struct tcn_buf plain = tcn_buf(bytes, sizeof bytes);
    struct tcn_view request, signature;
    enum tcn_err err =
        take_paper(text, "CERTIFICATE REQUEST", &plain, &request, &signature);
    err = err == TCN_ERR_OK ? decode_request(cert, request) : err;
    if (err != TCN_ERR_OK) {
        return err;
    }
    struct tcn_id id = tcn_hash(TCN_PERSONAL_REQUEST, request);
    return tcn_verify_id(TCN_PERSONAL_REQUEST, &id, signature.data,
                         cert->sign_pk)
               ? TCN_ERR_OK
               : TCN_ERR_SIGNATURE;
}

void tcn_request_fingerprint(struct tcn_buf *out, const struct tcn_cert *cert)
{
    uint8_t bytes[REQUEST_MAX];
    struct tcn_buf plain = tcn_buf(bytes, sizeof bytes);
    put_request(&plain, cert);
    struct tcn_id id = tcn_hash(TCN_PERSONAL_REQUEST, tcn_buf_view(&plain));
    tcn_text_base32(out, tcn_view(id.bytes, 16));
}

/* ---- key revocations ---- */

enum tcn_err tcn_krev_to_text(struct tcn_view bytes,
                              const uint8_t signature[TCN_SIG_BYTES],
                              struct tcn_buf *out)
{
    return put_paper(out, "KEY REVOCATION", bytes, signature);
}

enum tcn_err tcn_krev_from_text(struct tcn_view text, struct tcn_buf *plain,
                                struct tcn_view *bytes,
                                struct tcn_view *signature)
{
    return take_paper(text, "KEY REVOCATION", plain, bytes, signature);
}
