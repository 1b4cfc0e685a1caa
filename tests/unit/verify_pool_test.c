/* Signatures are checked by threads: every task comes back once, with its own
 * verdict, whatever the order; closing does not wait for what nobody takes. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sodium.h>
#include <unistd.h>

#include "daemon/verify_pool.h"

#define WAIT_MS 20000

static uint8_t pk[32], sk[64];

static struct tcn_proof proof_of(unsigned number, bool good)
{
    struct tcn_proof proof = {.is_batch = true};
    uint8_t message[48];
    memset(proof.root.bytes, (int)number, sizeof proof.root.bytes);
    memcpy(message, tcn_personal_bytes(TCN_PERSONAL_ALERT), 16);
    memcpy(message + 16, proof.root.bytes, 32);
    assert_int_equal(crypto_sign_detached(proof.signature, NULL, message,
                                          sizeof message, sk),
                     0);
    proof.signature[0] ^= !good;
    memcpy(proof.sign_pk, pk, sizeof pk);
    return proof;
}

static void take_one(struct verify_pool *pool, unsigned *number, bool *holds)
{
    while (!verify_pool_take(pool, number, holds)) {
        struct pollfd slot = {verify_pool_fd(pool), POLLIN, 0};
        uint64_t count;
        assert_int_equal(poll(&slot, 1, WAIT_MS), 1);
        assert_int_equal(read(slot.fd, &count, sizeof count), sizeof count);
    }
}

static void each_task_comes_back_once_with_its_verdict(void **state)
{
    enum { ROUNDS = 8 };
    struct verify_pool *pool;
    unsigned seen[VERIFY_JOBS_MAX] = {0};
    (void)state;
    assert_int_equal(verify_pool_open(&pool, 4), TCN_ERR_OK);
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < VERIFY_JOBS_MAX; i++) {
            struct tcn_proof proof = proof_of(i, i % 3 != 0);
            verify_pool_put(pool, i, &proof);
        }
        for (unsigned i = 0; i < VERIFY_JOBS_MAX; i++) {
            unsigned number;
            bool holds;
            take_one(pool, &number, &holds);
            assert_int_equal(seen[number]++, round);
            assert_int_equal(holds, number % 3 != 0);
        }
    }
    verify_pool_close(pool);
}

static void closing_drops_what_waits(void **state)
{
    struct verify_pool *pool;
    (void)state;
    assert_int_equal(verify_pool_open(&pool, 1), TCN_ERR_OK);
    for (unsigned i = 0; i < VERIFY_JOBS_MAX; i++) {
        struct tcn_proof proof = proof_of(i, true);
        verify_pool_put(pool, i, &proof);
    }
    verify_pool_close(pool);
    verify_pool_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_task_comes_back_once_with_its_verdict),
        cmocka_unit_test(closing_drops_what_waits),
    };
    if (sodium_init() < 0 || crypto_sign_keypair(pk, sk) != 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
