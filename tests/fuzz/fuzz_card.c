/* A card as somebody mails it: armoured text with anything around it. */
#include "fuzz/fuzz.h"
#include "unit/alert_made.h"

/* Written out again and read back, it is the same card. */
static void check_round_trip(const struct tcn_card *card)
{
    char text[TCN_CARD_TEXT_MAX];
    struct tcn_card again;
    struct tcn_buf out = tcn_buf(text, sizeof text);
    enum tcn_err err = tcn_card_to_text(card, &out);
    tcn_assert(err == TCN_ERR_OK);
    err = tcn_card_from_text(&again, tcn_buf_view(&out));
    tcn_assert(err == TCN_ERR_OK);
    tcn_assert(again.cert_len == card->cert_len);
    tcn_assert(tcn_id_equal(&again.cert.id, &card->cert.id));
    tcn_assert(memcmp(again.root_pk, card->root_pk, 32) == 0);
    tcn_assert(memcmp(again.signature, card->signature, 64) == 0);
}

/* The same bytes without armour: base64 is in the way of a fuzzer. */
static void try_plain(struct tcn_view bytes)
{
    struct tcn_card card;
    if (tcn_card_decode(&card, bytes) == TCN_ERR_OK) {
        check_round_trip(&card);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    if (!ready) {
        tcn_assert(sodium_init() >= 0);
        ready = true;
    }
    struct tcn_card card;
    enum tcn_err err = tcn_card_from_text(&card, tcn_view(data, size));
    tcn_fuzz_verdict(err);
    if (err == TCN_ERR_OK) {
        char print[128];
        struct tcn_buf out = tcn_buf(print, sizeof print);
        tcn_fingerprint_put(&out, card.cert.member, card.root_pk);
        tcn_assert(!out.full);
        check_round_trip(&card);
    }
    try_plain(tcn_view(data, size));
    return 0;
}
