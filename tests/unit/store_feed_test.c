/* The way of an observer's row: from the outbox to feed.db, once, under the
 * number it was given first, whatever is lost on the way. */
#include "unit/store_rig.h"

#include "store/feed.h"

/* What is rendered anew says so; alerts beyond 100 are no longer shown. */
static enum tcn_err render_anew(void *ctx, const struct tcn_id *id,
                                struct tcn_feed_row *row)
{
    *(unsigned *)ctx += 1;
    assert_string_equal(row->observers, "soc");
    assert_int_equal(row->at_ms, 5);
    row->topic = "alert.low.ee.alert";
    row->body = tcn_view_str("{\"anew\":1}");
    return id->bytes[31] <= 100 ? TCN_ERR_OK : TCN_ERR_NOT_FOUND;
}

/* Rows that reached feed.db; *rendered of them anew. */
static size_t flush(struct rig *rig, unsigned *rendered)
{
    const struct tcn_feed_renderer renderer = {render_anew, rendered};
    size_t moved = 0;
    *rendered = 0;
    OK(rig, tcn_store_feed_flush(rig->store, &renderer, &moved));
    return moved;
}

static void put_rows(struct rig *rig, unsigned count, unsigned alert,
                     const char *body)
{
    const struct tcn_id id = made_id(alert);
    const struct tcn_feed_row row = {.observers = "soc",
                                     .at_ms = 5,
                                     .topic = "alert.low.ee.alert",
                                     .body = tcn_view_str(body)};
    for (unsigned i = 0; i < count; i++) {
        OK(rig, tcn_store_feed(rig->store, &id, &row));
    }
}

static void note(struct rig *rig, unsigned count, unsigned alert)
{
    OK(rig, tcn_store_begin(rig->store));
    put_rows(rig, count, alert, "{}");
    OK(rig, tcn_store_commit(rig->store));
}

/* The first flush of a store looks for what was lost before. */
static void start(struct rig *rig)
{
    unsigned rendered;
    rig_open(rig);
    (void)flush(rig, &rendered);
}

static void tell(struct rig *rig, unsigned count)
{
    unsigned rendered;
    note(rig, count, 1);
    assert_int_equal(flush(rig, &rendered), count);
    assert_int_equal(rendered, 0);
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
    start(rig);
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
    start(rig);
    tell(rig, 2000);
    commit_range(rig, 1, 1);
    assert_int_equal(waiting(rig), 0);
    holds(rig, 2000);
}

/* SQLite gives the numbers of an empty table again. */
static void rows_go_on_behind_an_outbox_that_was_emptied(void **state)
{
    struct rig *rig = *state;
    start(rig);
    for (unsigned i = 1; i <= 5; i++) {
        tell(rig, i % 2 == 0 ? 700 : 3);
        OK(rig, tcn_store_feed_sync(rig->store));
        commit_range(rig, i, i);
    }
    holds(rig, 3 + 700 + 3 + 700 + 3);
}

static void die_after_telling(struct rig *rig)
{
    start(rig);
    tell(rig, 2);
    tell(rig, 3);
    commit_range(rig, 1, 1);
}

static void die_before_the_flush(struct rig *rig)
{
    start(rig);
    tell(rig, 2);
    note(rig, 3, 7);
    note(rig, 1, 101);
    note(rig, 1, 8);
}

static int64_t in_feed(struct rig *rig, const char *where)
{
    char text[200];
    (void)snprintf(text, sizeof text, "SELECT count(*) FROM feed WHERE %s",
                   where);
    return rig_number(rig, rig->store->feed, text);
}

static void what_was_not_written_before_a_crash_is_rendered(void **state)
{
    struct rig *rig = *state;
    unsigned rendered;
    rig_killed(rig, die_before_the_flush);
    rig_open(rig);
    holds(rig, 2);
    assert_int_equal(flush(rig, &rendered), 5);
    assert_int_equal(rendered, 7); /* those that were there too */
    holds(rig, 7);
    assert_int_equal(in_feed(rig, "CAST(body AS TEXT)='{}' AND seq<3"), 2);
    assert_int_equal(in_feed(rig, "CAST(body AS TEXT) LIKE '%anew%'"), 4);
    tell(rig, 1);
    holds(rig, 8);
}

/* A stream has no hole, and shows nobody what is not for him any more. */
static void what_may_not_be_shown_any_more_is_a_keepalive(void **state)
{
    struct rig *rig = *state;
    unsigned rendered;
    rig_killed(rig, die_before_the_flush);
    rig_open(rig);
    (void)flush(rig, &rendered);
    assert_int_equal(
        in_feed(rig, "topic='keepalive' AND length(body)=2 AND misp IS NULL"),
        1);
    assert_int_equal(in_feed(rig, "topic='keepalive' AND seq=6"), 1);
}

static void what_was_rolled_back_is_not_told(void **state)
{
    struct rig *rig = *state;
    start(rig);
    tell(rig, 2);
    OK(rig, tcn_store_begin(rig->store));
    put_rows(rig, 3, 1, "{\"never\":1}");
    tcn_store_rollback(rig->store);
    tell(rig, 1);
    holds(rig, 3);
    assert_int_equal(in_feed(rig, "CAST(body AS TEXT) LIKE '%never%'"), 0);
}

/* 16 bodies of 1 MiB are more than is kept at hand. */
static void what_is_too_much_to_keep_is_rendered(void **state)
{
    struct rig *rig = *state;
    unsigned rendered;
    start(rig);
    char *body = calloc(1, 1024 * 1024 + 1);
    memset(body, ' ', 1024 * 1024);
    OK(rig, tcn_store_begin(rig->store));
    put_rows(rig, 16, 1, body);
    OK(rig, tcn_store_commit(rig->store));
    free(body);
    assert_int_equal(flush(rig, &rendered), 16);
    assert_int_equal(rendered, 16);
    holds(rig, 16);
    tell(rig, 1);
    holds(rig, 17);
}

static void after_a_failed_flush_nothing_is_missing(void **state)
{
    struct rig *rig = *state;
    unsigned rendered = 0;
    size_t moved = 9;
    const struct tcn_feed_renderer renderer = {render_anew, &rendered};
    start(rig);
    tell(rig, 1);
    note(rig, 2, 1);
    OK(rig, store_execute(rig->store, rig->store->feed, "PRAGMA query_only=1"));
    IS(TCN_ERR_PERMISSION, tcn_store_feed_flush(rig->store, &renderer, &moved));
    assert_int_equal(moved, 0);
    note(rig, 2, 1);
    OK(rig, store_execute(rig->store, rig->store->feed, "PRAGMA query_only=0"));
    assert_int_equal(flush(rig, &rendered), 4);
    assert_int_equal(rendered, 4);
    holds(rig, 5);
    tell(rig, 1);
    holds(rig, 6);
}

static void what_a_loss_of_power_took_comes_again(void **state)
{
    struct rig *rig = *state;
    unsigned rendered;
    start(rig);
    tell(rig, 4);
    rig_close(rig);
    rig_killed(rig, die_after_telling);
    /* Nothing of it had been synced. */
    assert_int_equal(remove(rig_path(rig, "feed.db-wal")), 0);
    rig_open(rig);
    holds(rig, 4);
    assert_int_equal(flush(rig, &rendered), 5);
    holds(rig, 9);
    tell(rig, 1);
    holds(rig, 10);
}

static void what_was_written_before_a_crash_is_synced_too(void **state)
{
    struct rig *rig = *state;
    unsigned rendered;
    rig_killed(rig, die_after_telling);
    rig_open(rig);
    assert_int_equal(flush(rig, &rendered), 0);
    commit_range(rig, 2, 2);
    assert_int_equal(waiting(rig), 5); /* nobody has synced them yet */
    OK(rig, tcn_store_feed_sync(rig->store));
    commit_range(rig, 3, 3);
    assert_int_equal(waiting(rig), 0);
    holds(rig, 5);
}

static void the_last_row_outlives_what_it_said(void **state)
{
    struct rig *rig = *state;
    static const char loud[] = "SELECT count(*) FROM feed WHERE "
                               "topic<>'keepalive' OR body<>CAST('{}' AS BLOB) "
                               "OR misp IS NOT NULL";
    start(rig);
    tell(rig, 3); /* at 5 ms */
    OK(rig, tcn_store_feed_trim(rig->store, 5));
    holds(rig, 3);
    OK(rig, tcn_store_feed_trim(rig->store, 6));
    assert_int_equal(rig_number(rig, rig->store->feed, loud), 0);
    assert_int_equal(
        rig_number(rig, rig->store->feed, "SELECT count(*) FROM feed"), 1);
    tell(rig, 1);
    assert_int_equal(
        rig_number(rig, rig->store->feed, "SELECT max(seq) FROM feed"), 4);
    assert_int_equal(rig_number(rig, rig->store->feed, loud), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(a_row_leaves_the_outbox_when_it_is_synced),
        RIG_TEST(many_rows_are_synced_unasked),
        RIG_TEST(rows_go_on_behind_an_outbox_that_was_emptied),
        RIG_TEST(what_a_loss_of_power_took_comes_again),
        RIG_TEST(what_was_written_before_a_crash_is_synced_too),
        RIG_TEST(what_was_not_written_before_a_crash_is_rendered),
        RIG_TEST(what_may_not_be_shown_any_more_is_a_keepalive),
        RIG_TEST(what_was_rolled_back_is_not_told),
        RIG_TEST(what_is_too_much_to_keep_is_rendered),
        RIG_TEST(after_a_failed_flush_nothing_is_missing),
        RIG_TEST(the_last_row_outlives_what_it_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
