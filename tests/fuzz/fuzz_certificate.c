/* Certificates and key revocations. The first byte says which ('c' or 'k'),
 * then follow a signature of 64 bytes and the thing itself. */
#include "fuzz/fuzz.h"
#include "unit/alert_made.h"

/* What decodes is in its only form: encoded again, it is the same bytes. */
static void check_cert(const struct tcn_cert *cert, struct tcn_view bytes)
{
    uint8_t room[TCN_CERT_MAX];
    struct tcn_buf out = tcn_buf(room, sizeof room);
    struct tcn_cert again = *cert;
    enum tcn_err err = tcn_cert_encode(&again, &out);
    tcn_assert(err == TCN_ERR_OK);
    tcn_assert(tcn_view_equal(tcn_buf_view(&out), bytes));
    tcn_assert(tcn_id_equal(&again.id, &cert->id));
}

static enum tcn_err try_cert(const struct tcn_card *card, struct tcn_view bytes,
                             const uint8_t *signature)
{
    struct tcn_cert cert;
    enum tcn_err err = tcn_cert_decode(&cert, bytes);
    if (err != TCN_ERR_OK) {
        return err;
    }
    check_cert(&cert, bytes);
    return tcn_cert_verify(&cert, signature, card->root_pk);
}

static enum tcn_err try_krev(const struct tcn_card *card, struct tcn_view bytes,
                             const uint8_t *signature)
{
    struct tcn_krev krev;
    enum tcn_err err = tcn_krev_decode(&krev, bytes);
    if (err == TCN_ERR_OK) {
        uint8_t room[TCN_CERT_MAX];
        struct tcn_buf out = tcn_buf(room, sizeof room);
        err = tcn_krev_encode(&krev, &out);
        tcn_assert(err == TCN_ERR_OK);
        tcn_assert(tcn_view_equal(tcn_buf_view(&out), bytes));
    }
    enum tcn_err verified =
        tcn_krev_verify(bytes, signature, card->root_pk, &card->cert);
    tcn_assert(err == TCN_ERR_OK || verified == err);
    return verified;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tcn_card card;
    if (card.cert_len == 0) {
        tcn_assert(sodium_init() >= 0);
        card = made_card();
    }
    if (size < 65 || (data[0] != 'c' && data[0] != 'k')) {
        return 0;
    }
    struct tcn_view bytes = tcn_view(data + 65, size - 65);
    tcn_fuzz_verdict(data[0] == 'c' ? try_cert(&card, bytes, data + 1)
                                    : try_krev(&card, bytes, data + 1));
    return 0;
}
