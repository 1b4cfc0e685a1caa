/* A copy is of one moment, and a store that was put back knows that it is old.
 */
#include "store/audit.h"
#include "store/backup.h"
#include "store/feed.h"
#include "store/ledger.h"

#include "unit/store_rig.h"

static void not_random(void *out, size_t len)
{
    memset(out, 0xa5, len);
}

static const struct tcn_store_progress quiet = {NULL, NULL};

/* Both files of a snapshot, into a directory below the store's. */
static void copy_out(struct rig *rig, struct tcn_store *snapshot)
{
    char path[256];
    assert_int_equal(mkdir(rig_path(rig, "copy"), 0750), 0);
    for (unsigned i = 0; i < TCN_STORE_FILES; i++) {
        (void)snprintf(path, sizeof path, "%s/copy/%s", rig->dir,
                       tcn_store_file_names[i]);
        FILE *made = fopen(path, "wx");
        assert_non_null(made);
        (void)fclose(made);
        assert_int_equal(chmod(path, i == 0 ? 0600 : 0640), 0);
        enum tcn_err err = tcn_store_snapshot_copy(
            snapshot, (enum tcn_store_file)i, path, quiet);
        if (err != TCN_ERR_OK) {
            fail_msg("%s: %s: %s", path, tcn_err_word(err),
                     tcn_store_message(snapshot));
        }
    }
}

static void open_copy(struct rig *rig)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/copy", rig->dir);
    rig_close(rig);
    OK(rig, tcn_store_open(&rig->store, path));
}

static void a_copy_is_of_one_moment(void **state)
{
    struct rig *rig = *state;
    struct tcn_store *snapshot = NULL;
    uint64_t bytes = 0;
    rig_open(rig);
    commit_range(rig, 1, 500);
    IS(TCN_ERR_OK, tcn_store_snapshot(&snapshot, rig->dir));
    commit_range(rig, 501, 1500); /* after it, and larger than the cache */
    IS(TCN_ERR_OK, tcn_store_snapshot_size(snapshot, TCN_STORE_NODE, &bytes));
    assert_true(bytes > 500 * 2048);
    copy_out(rig, snapshot);
    commit_range(rig, 1501, 1502); /* the node was not held up */
    tcn_store_close(snapshot);
    open_copy(rig);
    assert_int_equal(
        rig_number(rig, rig->store->db, "SELECT count(*) FROM alerts"), 500);
    assert_true(is_held(rig, 500));
    assert_false(is_held(rig, 501));
}

static void write_three(struct rig *rig)
{
    rig_open(rig);
    commit_range(rig, 1, 3);
}

static void what_a_crash_left_in_the_wal_is_in_the_copy(void **state)
{
    struct rig *rig = *state;
    struct tcn_store *snapshot = NULL;
    rig_killed(rig, write_three);
    assert_int_equal(access(rig_path(rig, "node.db-wal"), F_OK), 0);
    IS(TCN_ERR_OK, tcn_store_snapshot(&snapshot, rig->dir));
    copy_out(rig, snapshot);
    tcn_store_close(snapshot);
    open_copy(rig);
    assert_true(is_held(rig, 3));
}

static void a_damaged_store_gives_no_copy(void **state)
{
    struct rig *rig = *state;
    struct tcn_store *snapshot = NULL;
    char to[128];
    rig_open(rig);
    commit_range(rig, 1, 300);
    rig_close(rig);
    FILE *file = fopen(rig_path(rig, "node.db"), "r+");
    assert_non_null(file);
    static const char noise[8192] = "noise";
    assert_int_equal(fseek(file, 40 * 8192, SEEK_SET), 0);
    assert_int_equal(fwrite(noise, 1, sizeof noise, file), sizeof noise);
    (void)fclose(file);
    (void)snprintf(to, sizeof to, "%s/copy.db", rig->dir);
    file = fopen(to, "wx");
    assert_non_null(file);
    (void)fclose(file);
    IS(TCN_ERR_OK, tcn_store_snapshot(&snapshot, rig->dir));
    IS(TCN_ERR_CORRUPT,
       tcn_store_snapshot_copy(snapshot, TCN_STORE_NODE, to, quiet));
    assert_non_null(strstr(tcn_store_message(snapshot), "damaged"));
    tcn_store_close(snapshot);
}

static void where_there_is_no_store_none_is_made(void **state)
{
    struct rig *rig = *state;
    struct tcn_store *snapshot = NULL;
    IS(TCN_ERR_NOT_FOUND, tcn_store_snapshot(&snapshot, rig->dir));
    assert_non_null(strstr(tcn_store_message(snapshot), "no store here"));
    tcn_store_close(snapshot);
    assert_int_not_equal(access(rig_path(rig, "node.db"), F_OK), 0);
}

static void hand_over(struct rig *rig, unsigned number)
{
    struct tcn_ledger_row row = {
        .lane = 1, .n = number, .id = made_id(number), .form = 3, .at_ms = 5};
    memset(row.epoch, 7, sizeof row.epoch);
    memset(row.mark, (int)number, sizeof row.mark);
    OK(rig, tcn_store_export(rig->store, "lv", &row));
}

static void what_was_put_back_begins_new_epochs(void **state)
{
    struct rig *rig = *state;
    struct tcn_peer_row before, after, stranger;
    char feed_before[17], feed_after[17];
    struct tcn_feed *feed = NULL;
    uint8_t epoch[8], key[32], value[16];
    uint64_t rows = 0;
    memset(epoch, 7, sizeof epoch);
    memset(key, 9, sizeof key);
    rig_open(rig);
    OK(rig, tcn_store_begin(rig->store));
    put_range(rig, 1, 2);
    OK(rig, tcn_store_epoch(rig->store, "lv", epoch, key));
    OK(rig, tcn_store_held_done(rig->store, "lv"));
    hand_over(rig, 1);
    hand_over(rig, 2);
    OK(rig, tcn_store_commit(rig->store));
    OK(rig, tcn_store_peer(rig->store, "lv", &before));
    assert_int_equal(before.lanes[1].top, 2);
    assert_true(before.held_done);
    OK(rig, tcn_feed_open(&feed, rig->dir));
    OK(rig, tcn_feed_epoch(feed, feed_before));

    OK(rig, tcn_store_restored(rig->store, "root", 4711, not_random));
    OK(rig, tcn_store_peer(rig->store, "lv", &after));
    OK(rig, tcn_feed_epoch(feed, feed_after));
    tcn_feed_close(feed);
    assert_true(after.has_ledger && !after.held_done);
    assert_memory_not_equal(after.epoch, before.epoch, sizeof after.epoch);
    assert_memory_not_equal(after.key, before.key, sizeof after.key);
    assert_int_equal(after.lanes[1].top, 0);
    assert_string_not_equal(feed_before, feed_after);
    /* Where it went is not forgotten: withdrawals follow. */
    assert_int_equal(rig_number(rig, rig->store->db,
                                "SELECT count(*) FROM exports WHERE form=0"),
                     2);
    OK(rig, tcn_store_peer(rig->store, "fi", &stranger));
    assert_false(stranger.has_ledger); /* never linked: nothing to begin */
    struct tcn_buf restored = tcn_buf(value, sizeof value);
    OK(rig, tcn_store_value(rig->store, "restored", &restored));
    struct tcn_reader r = tcn_reader(tcn_buf_view(&restored));
    assert_int_equal(tcn_read_uint(&r), 4711);
    OK(rig, tcn_store_audit_verify(rig->store, &rows));
    assert_int_equal(rig_number(rig, rig->store->db,
                                "SELECT count(*) FROM audit WHERE "
                                "action='restore' AND actor='root'"),
                     1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(a_copy_is_of_one_moment),
        RIG_TEST(what_a_crash_left_in_the_wal_is_in_the_copy),
        RIG_TEST(a_damaged_store_gives_no_copy),
        RIG_TEST(where_there_is_no_store_none_is_made),
        RIG_TEST(what_was_put_back_begins_new_epochs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
