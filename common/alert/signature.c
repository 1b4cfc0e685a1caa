#include "alert/signature.h"

#include <sodium.h>

static void message_of(uint8_t message[48], enum tcn_personal personal,
                       const struct tcn_id *id)
{
    memcpy(message, tcn_personal_bytes(personal), 16);
    memcpy(message + 16, id->bytes, 32);
}

enum tcn_err tcn_sign_id(enum tcn_personal personal, const struct tcn_id *id,
                         const uint8_t seed[32], uint8_t signature[64])
{
    uint8_t message[48];
    uint8_t pk[crypto_sign_PUBLICKEYBYTES];
    uint8_t sk[crypto_sign_SECRETKEYBYTES];
    message_of(message, personal, id);
    bool ok =
        crypto_sign_seed_keypair(pk, sk, seed) == 0 &&
        crypto_sign_detached(signature, NULL, message, sizeof message, sk) == 0;
    sodium_memzero(sk, sizeof sk);
    return ok ? TCN_ERR_OK : TCN_ERR_KEY;
}

bool tcn_verify_id(enum tcn_personal personal, const struct tcn_id *id,
                   const uint8_t signature[64], const uint8_t pk[32])
{
    uint8_t message[48];
    message_of(message, personal, id);
    return crypto_sign_verify_detached(signature, message, sizeof message,
                                       pk) == 0;
}
