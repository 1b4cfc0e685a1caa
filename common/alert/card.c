#include "alert/identity.h"
#include "alert/wire.h"
#include "base/text.h"

enum tcn_err tcn_card_decode(struct tcn_card *card, struct tcn_view bytes)
{
    *card = (struct tcn_card){0};
    enum tcn_err err = tcn_wire_check(bytes);
    if (err != TCN_ERR_OK) {
        return err;
    }
    struct tcn_reader r = tcn_reader(bytes);
    size_t items = tcn_read_array(&r);
    tcn_read_fixed(&r, card->root_pk, sizeof card->root_pk);
    struct tcn_view cert = tcn_read_bin(&r);
    tcn_read_fixed(&r, card->signature, sizeof card->signature);
    if (tcn_read_end(&r) != TCN_ERR_OK || items != 3 ||
        cert.len > sizeof card->cert_bytes) {
        return TCN_ERR_CARD;
    }
    memcpy(card->cert_bytes, cert.data, cert.len);
    card->cert_len = cert.len;
    err = tcn_cert_decode(&card->cert, cert);
    return err != TCN_ERR_OK
               ? err
               : tcn_cert_verify(&card->cert, card->signature, card->root_pk);
}

enum tcn_err tcn_card_encode(const struct tcn_card *card, struct tcn_buf *out)
{
    tcn_put_array(out, 3);
    tcn_put_bin(out, tcn_view(card->root_pk, sizeof card->root_pk));
    tcn_put_bin(out, tcn_view(card->cert_bytes, card->cert_len));
    tcn_put_bin(out, tcn_view(card->signature, sizeof card->signature));
    return out->full ? TCN_ERR_SIZE : TCN_ERR_OK;
}

enum tcn_err tcn_card_from_text(struct tcn_card *card, struct tcn_view text)
{
    uint8_t bytes[TCN_CERT_MAX + 256];
    struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
    enum tcn_err err = tcn_armour_take(text, "CARD", &out);
    return err != TCN_ERR_OK ? err : tcn_card_decode(card, tcn_buf_view(&out));
}

enum tcn_err tcn_card_to_text(const struct tcn_card *card, struct tcn_buf *out)
{
    uint8_t bytes[TCN_CERT_MAX + 256];
    struct tcn_buf plain = tcn_buf(bytes, sizeof bytes);
    enum tcn_err err = tcn_card_encode(card, &plain);
    if (err == TCN_ERR_OK) {
        tcn_armour_put(out, "CARD", tcn_buf_view(&plain));
    }
    return out->full ? TCN_ERR_SIZE : err;
}

void tcn_fingerprint_put(struct tcn_buf *out, const char *member,
                         const uint8_t root_pk[TCN_PK_BYTES])
{
    uint8_t hash[32];
    const struct tcn_view parts[] = {
        tcn_view(member, strlen(member) + 1), /* the NUL is part of it */
        tcn_view(root_pk, TCN_PK_BYTES),
    };
    tcn_hash_parts(TCN_PERSONAL_ROOT, tcn_view(NULL, 0), parts, 2, hash,
                   sizeof hash);
    tcn_text_base32(out, tcn_view(hash, sizeof hash));
}
