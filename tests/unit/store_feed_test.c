/* The way of an observer's row: from the outbox to feed.db, once, under the
 * number it was given first, whatever is lost on the way. */
#include "unit/store_rig.h"

#include "store/feed.h"

static void tell(struct rig *rig, unsigned count)
{
    const struct tcn_feed_row row = {.observers = "soc",
                                     .at_ms = 5,
                                     .topic = "alert.low.ee.alert",
                                     .body = tcn_view_str("{}")};
    size_t moved = 0;
    OK(rig, tcn_store_begin(rig->store));
    for (unsigned i = 0; i < count; i++) {
        OK(rig, tcn_store_feed(rig->store, &row));
    }
    OK(rig, tcn_store_commit(rig->store));
    OK(rig, tcn_store_feed_flush(rig->store, &moved));
    assert_int_equal(moved, count);
}

static int64_t waiting(struct rig *rig)
{
    return rig_number(rig, rig->store->db, "SELECT count(*) FROM outbox");
}

/* 1..count, each once; rows stand in the order in which they were told. */
static void holds(struct rig *rig, int64_t count)
{
    static const char *const all[] = {
        "SELECT count(*) FROM feed", "SELECT max(seq) FROM feed",
        "SELECT count(DISTINCT seq) FROM feed", "SELECT sum(seq=k) FROM feed"};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        int64_t got = rig_number(rig, rig->store->feed, all[i]);
        if (got != count) {
            fail_msg("%s: %lld, not %lld", all[i], (long long)got,
                     (long long)count);
        }
    }
}

static void a_row_leaves_the_outbox_when_it_is_synced(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    tell(rig, 3);
    commit_range(rig, 1, 1);
    assert_int_equal(waiting(rig), 3);
    OK(rig, tcn_store_feed_sync(rig->store));
    commit_range(rig, 2, 2);
    assert_int_equal(waiting(rig), 0);
    holds(rig, 3);
}

static void many_rows_are_synced_unasked(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    tell(rig, 2000);
    commit_range(rig, 1, 1);
    assert_int_equal(waiting(rig), 0);
    holds(rig, 2000);
}

/* SQLite gives the numbers of an empty table again. */
static void rows_go_on_behind_an_outbox_that_was_emptied(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    for (unsigned i = 1; i <= 5; i++) {
        tell(rig, i % 2 == 0 ? 700 : 3);
        OK(rig, tcn_store_feed_sync(rig->store));
        commit_range(rig, i, i);
    }
    holds(rig, 3 + 700 + 3 + 700 + 3);
}

static void die_after_telling(struct rig *rig)
{
    rig_open(rig);
    tell(rig, 2);
    tell(rig, 3);
    commit_range(rig, 1, 1);
}

static void what_a_loss_of_power_took_comes_again(void **state)
{
    struct rig *rig = *state;
    size_t moved = 0;
    rig_open(rig);
    tell(rig, 4);
    rig_close(rig);
    rig_killed(rig, die_after_telling);
    /* Nothing of it had been synced. */
    assert_int_equal(remove(rig_path(rig, "feed.db-wal")), 0);
    rig_open(rig);
    holds(rig, 4);
    OK(rig, tcn_store_feed_flush(rig->store, &moved));
    assert_int_equal(moved, 5);
    holds(rig, 9);
    tell(rig, 1);
    holds(rig, 10);
}

static void what_was_copied_before_a_crash_is_synced_too(void **state)
{
    struct rig *rig = *state;
    size_t moved = 0;
    rig_killed(rig, die_after_telling);
    rig_open(rig);
    OK(rig, tcn_store_feed_flush(rig->store, &moved));
    assert_int_equal(moved, 0);
    commit_range(rig, 2, 2);
    assert_int_equal(waiting(rig), 5); /* nobody has synced them yet */
    OK(rig, tcn_store_feed_sync(rig->store));
    commit_range(rig, 3, 3);
    assert_int_equal(waiting(rig), 0);
    holds(rig, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(a_row_leaves_the_outbox_when_it_is_synced),
        RIG_TEST(many_rows_are_synced_unasked),
        RIG_TEST(rows_go_on_behind_an_outbox_that_was_emptied),
        RIG_TEST(what_a_loss_of_power_took_comes_again),
        RIG_TEST(what_was_copied_before_a_crash_is_synced_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
