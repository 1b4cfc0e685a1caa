/* Every signature of Tocsin is Ed25519 over a personal string, padded to 16
 * bytes, and a 32-byte hash: one purpose can never pass for another. Private to
 * common/alert. */
#pragma once

#include "alert/hash.h"

TCN_MUST_USE enum tcn_err tcn_sign_id(enum tcn_personal personal,
                                      const struct tcn_id *id,
                                      const uint8_t seed[32],
                                      uint8_t signature[64]);
bool tcn_verify_id(enum tcn_personal personal, const struct tcn_id *id,
                   const uint8_t signature[64], const uint8_t pk[32]);
