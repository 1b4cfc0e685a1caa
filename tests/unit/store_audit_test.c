/* The audit chain: nobody changes a row, takes one out or cuts the end off
 * without being found out. */
#include "store/audit.h"

#include "unit/store_rig.h"

static void note(struct rig *rig, unsigned number)
{
    char subject[16];
    (void)snprintf(subject, sizeof subject, "alert-%u", number);
    const struct tcn_audit_row row = {.at_ms = 1000 + number,
                                      .actor = "anna",
                                      .action = "send",
                                      .subject = subject,
                                      .detail = "tlp green"};
    OK(rig, tcn_store_audit(rig->store, &row));
}

static void chain_is(struct rig *rig, enum tcn_err want, uint64_t want_n,
                     const char *what)
{
    uint64_t n = 99;
    enum tcn_err err = tcn_store_audit_verify(rig->store, &n);
    if (err != want || n != want_n) {
        fail_msg("%s: %s at %llu instead of %s at %llu", what,
                 tcn_err_word(err), (unsigned long long)n, tcn_err_word(want),
                 (unsigned long long)want_n);
    }
}

struct listed {
    char text[400];
    size_t len;
    unsigned left;
};

static enum tcn_err take(void *ctx, const struct tcn_audit_row *row)
{
    struct listed *listed = ctx;
    int len =
        snprintf(listed->text + listed->len, sizeof listed->text - listed->len,
                 "%llu %llu %s %s %s %s; ", (unsigned long long)row->n,
                 (unsigned long long)row->at_ms, row->actor, row->action,
                 row->subject, row->detail);
    listed->len += (size_t)len;
    return --listed->left == 0 ? TCN_ERR_CAPACITY : TCN_ERR_OK;
}

static void the_chain_begins_with_the_store(void **state)
{
    struct rig *rig = *state;
    struct listed listed = {.left = 9};
    rig_open(rig);
    chain_is(rig, TCN_ERR_OK, 1, "new");
    rig_reopen(rig);
    chain_is(rig, TCN_ERR_OK, 1, "opened again");
    OK(rig, tcn_store_audit_each(rig->store, 0,
                                 (struct tcn_audit_taker){take, &listed}));
    assert_string_equal(listed.text, "1 0 node store-created  ; ");
}

static void rows_are_read_in_order_from_anywhere(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    for (unsigned i = 2; i <= 5; i++) {
        note(rig, i);
    }
    rig_reopen(rig);
    chain_is(rig, TCN_ERR_OK, 5, "five rows");
    struct listed listed = {.left = 2};
    const struct tcn_audit_taker taker = {take, &listed};
    IS(TCN_ERR_CAPACITY, tcn_store_audit_each(rig->store, 2, taker));
    assert_string_equal(listed.text, "3 1003 anna send alert-3 tlp green; "
                                     "4 1004 anna send alert-4 tlp green; ");
}

static void a_rollback_takes_the_row_and_its_number_back(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    OK(rig, tcn_store_begin(rig->store));
    note(rig, 2);
    tcn_store_rollback(rig->store);
    chain_is(rig, TCN_ERR_OK, 1, "rolled back");
    note(rig, 2);
    chain_is(rig, TCN_ERR_OK, 2, "noted again");
}

static void every_change_is_found_at_its_row(void **state)
{
    struct rig *rig = *state;
    static const struct {
        const char *sql;
        uint64_t n;
    } rows[] = {
        {"UPDATE audit SET detail='tlp clear' WHERE n=3", 3},
        {"UPDATE audit SET actor='jaan' WHERE n=2", 2},
        {"UPDATE audit SET action='revoke' WHERE n=5", 5},
        {"UPDATE audit SET subject='alert-9' WHERE n=4", 4},
        {"UPDATE audit SET at=at+1 WHERE n=1", 1},
        {"UPDATE audit SET hash=zeroblob(32) WHERE n=4", 4},
        {"UPDATE audit SET hash=x'00' WHERE n=4", 4},
        /* what one field loses the next one gains */
        {"UPDATE audit SET action='sendalert', subject='-3' WHERE n=3", 3},
        {"DELETE FROM audit WHERE n=3", 3},
        {"DELETE FROM audit WHERE n=1", 1},
        {"DELETE FROM audit WHERE n=5", 5},
        {"DELETE FROM audit WHERE n>2", 3},
        {"DELETE FROM audit", 1},
        {"INSERT INTO audit SELECT 6,at,actor,action,subject,detail,hash "
         "FROM audit WHERE n=5",
         6},
        {"UPDATE audit SET n=CASE n WHEN 2 THEN -3 WHEN 3 THEN -2 ELSE n END "
         "WHERE n IN (2,3)",
         2},
        {"DELETE FROM meta WHERE name='audit-head'", 6},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        rig_open(rig);
        for (unsigned n = 2; n <= 5; n++) {
            note(rig, n);
        }
        rig_close(rig);
        (void)rig_sql(rig, "node.db", rows[i].sql);
        rig_open(rig);
        chain_is(rig, TCN_ERR_CORRUPT, rows[i].n, rows[i].sql);
        rig_close(rig);
        (void)remove(rig_path(rig, "node.db"));
    }
}

static void later_rows_do_not_heal_a_chain_that_was_cut(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    for (unsigned n = 2; n <= 5; n++) {
        note(rig, n);
    }
    rig_close(rig);
    (void)rig_sql(rig, "node.db", "DELETE FROM audit WHERE n>=4");
    rig_open(rig);
    note(rig, 6);
    note(rig, 7);
    chain_is(rig, TCN_ERR_CORRUPT, 4, "cut, then written on");
}

static void a_chain_whose_end_is_unknown_is_not_written_on(void **state)
{
    struct rig *rig = *state;
    const struct tcn_audit_row row = {
        .actor = "a", .action = "b", .subject = "", .detail = ""};
    rig_open(rig);
    rig_close(rig);
    (void)rig_sql(rig, "node.db", "DELETE FROM meta");
    rig_open(rig);
    IS(TCN_ERR_CORRUPT, tcn_store_audit(rig->store, &row));
    assert_non_null(strstr(tcn_store_message(rig->store), "audit chain"));
}

static void a_row_that_is_too_long_is_refused(void **state)
{
    struct rig *rig = *state;
    static char much[20000];
    memset(much, 'x', sizeof much - 1);
    const struct tcn_audit_row row = {
        .actor = "a", .action = "b", .subject = "", .detail = much};
    rig_open(rig);
    IS(TCN_ERR_SIZE, tcn_store_audit(rig->store, &row));
    chain_is(rig, TCN_ERR_OK, 1, "after a refusal");
}

static enum tcn_err take_head(void *ctx, const struct tcn_audit_head *head)
{
    struct tcn_audit_head *last = ctx;
    uint64_t count = last->at_ms + 1;
    *last = *head;
    last->at_ms = count;
    return TCN_ERR_OK;
}

static void heads_stand_beside_their_rows(void **state)
{
    struct rig *rig = *state;
    struct tcn_audit_head head = {.at_ms = 77, .cert = made_id(3)};
    struct tcn_audit_head last = {.at_ms = 0};
    struct tcn_id hash;
    rig_open(rig);
    IS(TCN_ERR_NOT_FOUND, tcn_store_head_last(rig->store, &head));
    for (unsigned n = 2; n <= 4; n++) {
        note(rig, n);
        OK(rig, tcn_store_audit_end(rig->store, &head.n, &head.hash));
        assert_int_equal(head.n, n);
        head.signature[63] = (uint8_t)n;
        OK(rig, tcn_store_head_put(rig->store, &head));
    }
    note(rig, 5);
    rig_reopen(rig);
    OK(rig,
       tcn_store_heads(rig->store, (struct tcn_head_taker){take_head, &last}));
    assert_int_equal(last.at_ms, 3);
    assert_int_equal(last.n, 4);
    OK(rig, tcn_store_head_last(rig->store, &head));
    assert_int_equal(head.at_ms, 77);
    assert_int_equal(head.signature[63], 4);
    OK(rig, tcn_store_audit_hash(rig->store, 4, &hash));
    assert_memory_equal(&hash, &head.hash, sizeof hash);
    IS(TCN_ERR_NOT_FOUND, tcn_store_audit_hash(rig->store, 6, &hash));
    chain_is(rig, TCN_ERR_OK, 5, "heads are no rows");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(the_chain_begins_with_the_store),
        RIG_TEST(rows_are_read_in_order_from_anywhere),
        RIG_TEST(a_rollback_takes_the_row_and_its_number_back),
        RIG_TEST(every_change_is_found_at_its_row),
        RIG_TEST(later_rows_do_not_heal_a_chain_that_was_cut),
        RIG_TEST(a_chain_whose_end_is_unknown_is_not_written_on),
        RIG_TEST(heads_stand_beside_their_rows),
        RIG_TEST(a_row_that_is_too_long_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
