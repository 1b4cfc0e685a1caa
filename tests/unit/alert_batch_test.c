/* One signature over many alerts, and who may speak in whose name when. */
#include <setjmp.h>
#include <stdarg.h>

#include "unit/alert_made.h"

#include <cmocka.h>

#define SMALL_MAX 1024

static struct tcn_card card;
static struct tcn_draft draft;
static struct tcn_alert alert;
static uint64_t threads; /* each alert begins its own */

/* A signed batch: `count` envelopes of at most SMALL_MAX bytes. */
struct batch {
    size_t count;
    struct tcn_buf *bufs;
    struct tcn_buf **outs;
    uint8_t *room;
};

static void batch_fini(struct batch *batch)
{
    free(batch->bufs);
    free(batch->outs);
    free(batch->room);
}

static enum tcn_err sign(struct batch *batch, size_t count, size_t room)
{
    struct tcn_unsigned *raw = calloc(count, sizeof *raw);
    const struct tcn_unsigned **list = calloc(count, sizeof *list);
    *batch = (struct batch){.count = count,
                            .bufs = calloc(count, sizeof *batch->bufs),
                            .outs = calloc(count, sizeof *batch->outs),
                            .room = calloc(count, SMALL_MAX)};
    assert_true(raw && list && batch->bufs && batch->outs && batch->room);
    for (size_t i = 0; i < count; i++) {
        made_draft(&draft);
        threads++;
        memcpy(draft.header.thread.bytes, &threads, sizeof threads);
        made_add(&draft, TCN_CLASS_KEEP, "title", "one of many");
        assert_int_equal(
            made_unsigned(&raw[i], &draft, &card.cert, (unsigned)i),
            TCN_ERR_OK);
        batch->bufs[i] = tcn_buf(batch->room + i * SMALL_MAX, room);
        batch->outs[i] = &batch->bufs[i];
        list[i] = &raw[i];
    }
    struct tcn_signer signer = {&card.cert, made_sign_seed};
    enum tcn_err err = tcn_batch_sign(&signer, list, count, batch->outs);
    for (size_t i = 0; i < count; i++) {
        tcn_unsigned_fini(&raw[i]);
    }
    free(raw);
    free(list);
    return err;
}

static enum tcn_err verdict_on(struct tcn_view bytes, struct tcn_roots *roots)
{
    enum tcn_err err = tcn_alert_decode(&alert, bytes);
    return err == TCN_ERR_OK ? tcn_alert_verify(&alert, &card.cert, roots)
                             : err;
}

static size_t levels_for(size_t count)
{
    size_t levels = 0;
    while ((1u << levels) < count) {
        levels++;
    }
    return levels;
}

static void every_alert_of_a_batch_stands_alone(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 2, 3, 5, 8, 64, 65};
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        struct batch batch;
        assert_int_equal(sign(&batch, counts[c], SMALL_MAX), TCN_ERR_OK);
        for (size_t i = 0; i < batch.count; i++) {
            enum tcn_err err = verdict_on(tcn_buf_view(&batch.bufs[i]), NULL);
            if (err != TCN_ERR_OK || alert.index != i ||
                alert.path.len != 32 * levels_for(counts[c])) {
                fail_msg("%zu of %zu: %s, index %u, path of %zu", i, counts[c],
                         tcn_err_word(err), alert.index, alert.path.len);
            }
        }
        batch_fini(&batch);
    }
}

static void the_largest_batch_costs_one_signature(void **state)
{
    (void)state;
    struct batch batch;
    static struct tcn_roots roots;
    assert_int_equal(sign(&batch, TCN_BATCH_MAX, SMALL_MAX), TCN_ERR_OK);
    for (size_t i = 0; i < batch.count; i++) {
        assert_int_equal(verdict_on(tcn_buf_view(&batch.bufs[i]), &roots),
                         TCN_ERR_OK);
    }
    assert_int_equal(roots.count, 1);
    assert_int_equal(alert.path.len, 32 * TCN_BATCH_LEVELS_MAX);
    batch_fini(&batch);
}

/* What is remembered of a batch helps nobody who forges one of its alerts. */
static void a_known_root_proves_nothing_else(void **state)
{
    (void)state;
    struct batch batch;
    static struct tcn_roots roots;
    assert_int_equal(sign(&batch, 5, SMALL_MAX), TCN_ERR_OK);
    struct tcn_view bytes = tcn_buf_view(&batch.bufs[3]);
    assert_int_equal(verdict_on(bytes, &roots), TCN_ERR_OK);
    assert_int_equal(roots.count, 1);
    const struct {
        const char *what;
        size_t at;
    } rows[] = {
        {"the signature", (size_t)(alert.signature.data - bytes.data)},
        {"the blind", (size_t)(alert.blind.data - bytes.data)},
        {"the path", (size_t)(alert.path.data - bytes.data) + 40},
        {"the thread", (size_t)(alert.header_bytes.data - bytes.data) + 45},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        batch.bufs[3].data[rows[i].at] ^= 1;
        enum tcn_err err = verdict_on(bytes, &roots);
        if (err != TCN_ERR_SIGNATURE) {
            fail_msg("%s changed: %s", rows[i].what, tcn_err_word(err));
        }
        batch.bufs[3].data[rows[i].at] ^= 1;
    }
    assert_int_equal(roots.count, 1);
    assert_int_equal(verdict_on(bytes, &roots), TCN_ERR_OK);
    batch_fini(&batch);
}

static void an_alert_has_only_its_own_place(void **state)
{
    (void)state;
    struct batch batch;
    assert_int_equal(sign(&batch, 8, SMALL_MAX), TCN_ERR_OK);
    struct tcn_buf *buf = &batch.bufs[5];
    assert_int_equal(verdict_on(tcn_buf_view(buf), NULL), TCN_ERR_OK);
    uint8_t *index = (uint8_t *)memmem(buf->data, buf->len, "\x05\xc4\x60", 3);
    assert_non_null(index);
    for (uint8_t place = 0; place < 16; place++) {
        *index = place;
        enum tcn_err expected = place == 5  ? TCN_ERR_OK
                                : place < 8 ? TCN_ERR_SIGNATURE
                                            : TCN_ERR_ENVELOPE;
        assert_int_equal(verdict_on(tcn_buf_view(buf), NULL), expected);
    }
    batch_fini(&batch);
}

static void only_batches_are_remembered_and_the_oldest_leaves(void **state)
{
    (void)state;
    static struct tcn_roots roots;
    static uint8_t first[SMALL_MAX];
    struct tcn_view first_bytes = {0};
    struct batch batch;
    assert_int_equal(sign(&batch, 1, SMALL_MAX), TCN_ERR_OK);
    assert_int_equal(verdict_on(tcn_buf_view(&batch.bufs[0]), &roots),
                     TCN_ERR_OK);
    assert_int_equal(roots.count, 0);
    batch_fini(&batch);
    for (unsigned n = 0; n <= TCN_ROOTS_MAX; n++) {
        assert_int_equal(sign(&batch, 2, SMALL_MAX), TCN_ERR_OK);
        struct tcn_view bytes = tcn_buf_view(&batch.bufs[0]);
        assert_int_equal(verdict_on(bytes, &roots), TCN_ERR_OK);
        if (n == 0) {
            memcpy(first, bytes.data, bytes.len);
            first_bytes = tcn_view(first, bytes.len);
        }
        batch_fini(&batch);
    }
    assert_int_equal(roots.count, TCN_ROOTS_MAX);
    assert_int_equal(roots.next, 1);
    /* Forgotten, so it is checked and takes the next place. */
    assert_int_equal(verdict_on(first_bytes, &roots), TCN_ERR_OK);
    assert_int_equal(roots.next, 2);
}

static void a_batch_without_room_is_refused(void **state)
{
    (void)state;
    struct batch batch;
    assert_int_equal(sign(&batch, 3, 200), TCN_ERR_SIZE);
    batch_fini(&batch);
}

static void a_certificate_speaks_for_its_member_in_its_time(void **state)
{
    (void)state;
    struct tcn_cert good = card.cert, cert = good;
    struct batch batch;
    assert_int_equal(sign(&batch, 1, SMALL_MAX), TCN_ERR_OK);
    struct tcn_view bytes = tcn_buf_view(&batch.bufs[0]);
    assert_int_equal(tcn_alert_decode(&alert, bytes), TCN_ERR_OK);
    static const struct {
        const char *what;
        uint64_t from, until;
        enum tcn_err err;
    } rows[] = {
        {"from the very moment", MADE_NOW_MS, MADE_NOW_MS + 9, TCN_ERR_OK},
        {"until the very moment", MADE_NOW_MS - 9, MADE_NOW_MS, TCN_ERR_OK},
        {"a moment later", MADE_NOW_MS + 1, MADE_NOW_MS + 9, TCN_ERR_CERT_TIME},
        {"a moment before", 0, MADE_NOW_MS - 1, TCN_ERR_CERT_TIME},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cert.not_before_ms = rows[i].from;
        cert.not_after_ms = rows[i].until;
        enum tcn_err err = tcn_alert_verify(&alert, &cert, NULL);
        if (err != rows[i].err) {
            fail_msg("%s: %s", rows[i].what, tcn_err_word(err));
        }
    }
    cert = good;
    (void)snprintf(cert.member, sizeof cert.member, "ee.energy");
    assert_int_equal(tcn_alert_verify(&alert, &cert, NULL),
                     TCN_ERR_CERT_MEMBER);
    cert = good;
    cert.id.bytes[31] ^= 1;
    assert_int_equal(tcn_alert_verify(&alert, &cert, NULL),
                     TCN_ERR_CERT_MEMBER);
    cert = good;
    memcpy(cert.sign_pk, cert.duty_pk, sizeof cert.sign_pk);
    assert_int_equal(tcn_alert_verify(&alert, &cert, NULL), TCN_ERR_SIGNATURE);
    batch_fini(&batch);
}

static int make_card(void **state)
{
    (void)state;
    card = made_card();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_alert_of_a_batch_stands_alone),
        cmocka_unit_test(the_largest_batch_costs_one_signature),
        cmocka_unit_test(a_known_root_proves_nothing_else),
        cmocka_unit_test(an_alert_has_only_its_own_place),
        cmocka_unit_test(only_batches_are_remembered_and_the_oldest_leaves),
        cmocka_unit_test(a_batch_without_room_is_refused),
        cmocka_unit_test(a_certificate_speaks_for_its_member_in_its_time),
    };
    return cmocka_run_group_tests(tests, make_card, NULL);
}
