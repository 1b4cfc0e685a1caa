/* Requests, key revocations and audit heads as text: they travel on sticks and
 * by mail. */
#include "alert/audit_head.h"
#include "alert/identity.h"
#include "alert/signature.h"
#include "alert/wire.h"
#include "base/text.h"

#define REQUEST_MAX 256
#define HEAD_MAX    160
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
              tcn_text_copy(cert->member, sizeof cert->member, member) &&
              node.len > 0 &&
              tcn_text_copy(cert->node, sizeof cert->node, node);
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

/* ---- heads of an audit chain ---- */

static void put_head(struct tcn_buf *out, const struct tcn_audit_head *head)
{
    tcn_put_array(out, 6);
    tcn_put_uint(out, 1);
    tcn_put_str(out, tcn_view_str(head->member));
    tcn_put_bin(out, tcn_id_view(&head->cert));
    tcn_put_uint(out, head->n);
    tcn_put_uint(out, head->at_ms);
    tcn_put_bin(out, tcn_id_view(&head->hash));
}

static enum tcn_err hash_head(const struct tcn_audit_head *head,
                              struct tcn_id *id)
{
    uint8_t bytes[HEAD_MAX];
    struct tcn_buf plain = tcn_buf(bytes, sizeof bytes);
    put_head(&plain, head);
    *id = tcn_hash(TCN_PERSONAL_HEAD, tcn_buf_view(&plain));
    return plain.full ? TCN_ERR_SIZE : TCN_ERR_OK;
}

enum tcn_err tcn_head_sign(struct tcn_audit_head *head,
                           const uint8_t sign_seed[32])
{
    struct tcn_id id;
    enum tcn_err err = hash_head(head, &id);
    return err == TCN_ERR_OK
               ? tcn_sign_id(TCN_PERSONAL_HEAD, &id, sign_seed, head->signature)
               : err;
}

enum tcn_err tcn_head_verify(const struct tcn_audit_head *head,
                             const uint8_t sign_pk[TCN_PK_BYTES])
{
    struct tcn_id id;
    enum tcn_err err = hash_head(head, &id);
    bool good = err == TCN_ERR_OK &&
                tcn_verify_id(TCN_PERSONAL_HEAD, &id, head->signature, sign_pk);
    return good ? TCN_ERR_OK : TCN_ERR_SIGNATURE;
}

enum tcn_err tcn_head_to_text(const struct tcn_audit_head *head,
                              struct tcn_buf *out)
{
    uint8_t bytes[HEAD_MAX];
    struct tcn_buf plain = tcn_buf(bytes, sizeof bytes);
    put_head(&plain, head);
    return plain.full ? TCN_ERR_SIZE
                      : put_paper(out, "AUDIT HEAD", tcn_buf_view(&plain),
                                  head->signature);
}

static enum tcn_err decode_head(struct tcn_audit_head *head,
                                struct tcn_view bytes)
{
    enum tcn_err err = tcn_wire_check(bytes);
    if (err != TCN_ERR_OK) {
        return err;
    }
    struct tcn_reader r = tcn_reader(bytes);
    size_t items = tcn_read_array(&r);
    uint64_t version = tcn_read_uint(&r);
    struct tcn_view member = tcn_read_str(&r);
    tcn_read_fixed(&r, head->cert.bytes, sizeof head->cert.bytes);
    head->n = tcn_read_uint(&r);
    head->at_ms = tcn_read_uint(&r);
    tcn_read_fixed(&r, head->hash.bytes, sizeof head->hash.bytes);
    if (tcn_read_end(&r) != TCN_ERR_OK || items != 6 || version != 1 ||
        !tcn_text_is_member(member)) {
        return TCN_ERR_SYNTAX;
    }
    memcpy(head->member, member.data, member.len);
    return TCN_ERR_OK;
}

enum tcn_err tcn_head_from_text(struct tcn_audit_head *head,
                                struct tcn_view text)
{
    uint8_t bytes[PAPER_MAX];
    struct tcn_buf plain = tcn_buf(bytes, sizeof bytes);
    struct tcn_view said, signature;
    *head = (struct tcn_audit_head){.n = 0};
    enum tcn_err err =
        take_paper(text, "AUDIT HEAD", &plain, &said, &signature);
    err = err == TCN_ERR_OK ? decode_head(head, said) : err;
    if (err == TCN_ERR_OK) {
        memcpy(head->signature, signature.data, sizeof head->signature);
    }
    return err;
}
