/* The store when things go wrong: crashes, full disks, damage, wrong hands. */
#include "unit/store_rig.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#define NODE_VERSION 5
#define FEED_VERSION 1
#define TEXT_OF(n)   #n
#define IN_TEXT(n)   TEXT_OF(n)

/* ---- settings ---- */

static void the_settings_are_in_effect(void **state)
{
    struct rig *rig = *state;
    static const struct {
        const char *pragma;
        int64_t want;
    } rows[] = {
        {"PRAGMA page_size", 8192},
        {"PRAGMA secure_delete", 1},
        {"PRAGMA foreign_keys", 1},
        {"PRAGMA trusted_schema", 0},
        {"PRAGMA cell_size_check", 1},
        {"PRAGMA mmap_size", 0},
        {"PRAGMA writable_schema", 0},
        {"SELECT journal_mode='wal' FROM pragma_journal_mode", 1},
    };
    rig_open(rig);
    sqlite3 *files[] = {rig->store->db, rig->store->feed};
    for (size_t i = 0; i < 2 * sizeof rows / sizeof rows[0]; i++) {
        int64_t got = rig_number(rig, files[i % 2], rows[i / 2].pragma);
        if (got != rows[i / 2].want) {
            fail_msg("file %zu, %s: %lld", i % 2, rows[i / 2].pragma,
                     (long long)got);
        }
    }
    /* The outbox keeps what of feed.db is not synced. */
    assert_int_equal(rig_number(rig, files[0], "PRAGMA synchronous"), 2);
    assert_int_equal(rig_number(rig, files[1], "PRAGMA synchronous"), 1);
}

static void what_the_store_does_not_need_is_off(void **state)
{
    struct rig *rig = *state;
    static const char *const refused[] = {
        "SELECT load_extension('libm.so.6')",
        "ATTACH '/tmp/other.db' AS other",
        "UPDATE sqlite_schema SET sql='x'",
        "SELECT \"no such column\" FROM meta",
        "INSERT INTO meta(name, value) VALUES('a', 1)", /* STRICT */
    };
    rig_open(rig);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        if (sqlite3_exec(rig->store->db, refused[i], NULL, NULL, NULL) ==
            SQLITE_OK) {
            fail_msg("%s was not refused", refused[i]);
        }
    }
}

static void each_file_carries_its_version(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    assert_int_equal(rig_number(rig, rig->store->db, "PRAGMA user_version"),
                     NODE_VERSION);
    assert_int_equal(rig_number(rig, rig->store->feed, "PRAGMA user_version"),
                     FEED_VERSION);
}

/* ---- whose files ---- */

static unsigned mode_of(struct rig *rig, const char *name)
{
    struct stat info;
    if (stat(rig_path(rig, name), &info) != 0) {
        fail_msg("%s: %s", name, strerror(errno));
    }
    return info.st_mode & 0777;
}

static void files_have_their_modes_under_any_umask(void **state)
{
    struct rig *rig = *state;
    static const mode_t masks[] = {0000, 0022, 0077};
    for (size_t i = 0; i < sizeof masks / sizeof masks[0]; i++) {
        mode_t before = umask(masks[i]);
        rig_open(rig);
        OK(rig, tcn_store_set(rig->store, "a", tcn_view_str("b")));
        assert_int_equal(mode_of(rig, "node.db"), 0600);
        assert_int_equal(mode_of(rig, "node.db-wal"), 0600);
        assert_int_equal(mode_of(rig, "node.db-shm"), 0600);
        assert_int_equal(mode_of(rig, "feed.db"), 0640);
        assert_int_equal(mode_of(rig, "feed.db-wal"), 0640);
        assert_int_equal(mode_of(rig, "feed.db-shm"), 0640);
        rig_close(rig);
        (void)umask(before);
        (void)remove(rig_path(rig, "node.db"));
        (void)remove(rig_path(rig, "feed.db"));
    }
}

static void a_directory_that_everybody_may_write_is_refused(void **state)
{
    struct rig *rig = *state;
    assert_int_equal(chmod(rig->dir, 01777), 0);
    rig_refused(rig, TCN_ERR_PERMISSION, "run `chmod o-w /tmp/");
    assert_int_equal(access(rig_path(rig, "node.db"), F_OK), -1);
    assert_int_equal(chmod(rig->dir, 0700), 0);
    rig_open(rig);
}

static void files_that_others_may_get_at_are_refused(void **state)
{
    struct rig *rig = *state;
    static const struct {
        const char *name;
        mode_t mode;
        const char *said;
    } rows[] = {
        {"node.db", 0640, "run `chmod 600 "}, {"node.db", 0604, "chmod 600"},
        {"node.db", 0602, "chmod 600"},       {"feed.db", 0644, "chmod 640 "},
        {"feed.db", 0660, "chmod 640 "},
    };
    rig_open(rig);
    rig_close(rig);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct stat info;
        (void)stat(rig_path(rig, rows[i].name), &info);
        (void)chmod(rig_path(rig, rows[i].name), rows[i].mode);
        rig_refused(rig, TCN_ERR_PERMISSION, rows[i].said);
        (void)chmod(rig_path(rig, rows[i].name), info.st_mode & 0777);
        rig_open(rig);
        rig_close(rig);
    }
}

static void a_link_in_the_place_of_a_file_is_refused(void **state)
{
    struct rig *rig = *state;
    static const char *const names[] = {"lock", "node.db", "feed.db"};
    for (size_t i = 0; i < 3; i++) {
        char target[128];
        (void)snprintf(target, sizeof target, "%s", rig_path(rig, "elsewhere"));
        (void)remove(rig_path(rig, names[i]));
        assert_int_equal(symlink(target, rig_path(rig, names[i])), 0);
        rig_refused(rig, TCN_ERR_PERMISSION, names[i]);
        assert_int_equal(access(target, F_OK), -1);
        (void)remove(rig_path(rig, names[i]));
    }
}

static void a_directory_that_is_none_or_too_long_is_refused(void **state)
{
    struct rig *rig = *state;
    int fd = open(rig_path(rig, "file"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
    struct tcn_store *store = NULL;
    IS(TCN_ERR_PERMISSION, tcn_store_open(&store, rig_path(rig, "file")));
    assert_non_null(strstr(tcn_store_message(store), "not a directory"));
    tcn_store_close(store);

    char path[400];
    memset(path, '/', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    IS(TCN_ERR_IO, tcn_store_open(&store, path));
    assert_non_null(strstr(tcn_store_message(store), "too long"));
    tcn_store_close(store);
}

static void a_second_node_on_one_store_is_refused(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    rig_refused(rig, TCN_ERR_BUSY, rig_path(rig, "lock"));
    /* and the first one is none the worse for it */
    commit_range(rig, 1, 1);
    rig_close(rig);
    rig_open(rig);
    assert_true(is_held(rig, 1));
}

/* ---- crashes ---- */

static void die_in_the_middle(struct rig *rig)
{
    rig_open(rig);
    commit_range(rig, 1, 10);
    OK(rig, tcn_store_begin(rig->store));
    put_range(rig, 11, 3000); /* more than the cache: part is in the WAL */
}

static void a_killed_node_keeps_what_was_committed(void **state)
{
    struct rig *rig = *state;
    rig_killed(rig, die_in_the_middle);
    struct stat info;
    assert_int_equal(stat(rig_path(rig, "node.db-wal"), &info), 0);
    assert_in_range(info.st_size, 1000000, 100000000);
    rig_open(rig);
    for (unsigned i = 1; i <= 10; i++) {
        assert_true(is_held(rig, i));
    }
    assert_int_equal(
        rig_number(rig, rig->store->db, "SELECT count(*) FROM alerts"), 10);
    commit_range(rig, 11, 20);
}

static void die_after_two_commits(struct rig *rig)
{
    rig_open(rig);
    commit_range(rig, 1, 10);
    commit_range(rig, 11, 20);
}

/* The end of the log never reached the disk, or arrived as garbage. */
static void tear(struct rig *rig, off_t lost, bool garbage)
{
    int fd = open(rig_path(rig, "node.db-wal"), O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    off_t size = lseek(fd, 0, SEEK_END);
    assert_true(size > lost);
    if (garbage) {
        uint8_t noise[512];
        memset(noise, 0x5a, sizeof noise);
        assert_int_equal(pwrite(fd, noise, sizeof noise, size - lost), 512);
    } else {
        assert_int_equal(ftruncate(fd, size - lost), 0);
    }
    close(fd);
}

static void a_torn_commit_is_there_whole_or_not_at_all(void **state)
{
    struct rig *rig = *state;
    static const struct {
        off_t lost;
        bool garbage;
    } rows[] = {{1, false},  {600, false}, {8192, false}, {30000, false},
                {600, true}, {8192, true}, {30000, true}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        rig_killed(rig, die_after_two_commits);
        tear(rig, rows[i].lost, rows[i].garbage);
        rig_open(rig);
        for (unsigned n = 1; n <= 20; n++) {
            if (is_held(rig, n) != (n <= 10)) {
                fail_msg("torn by %lld: alert %u", (long long)rows[i].lost, n);
            }
        }
        rig_close(rig);
        (void)remove(rig_path(rig, "node.db"));
        (void)remove(rig_path(rig, "feed.db"));
    }
}

/* ---- versions ---- */

static void a_newer_version_is_refused_and_left_alone(void **state)
{
    struct rig *rig = *state;
    static const char *const names[] = {"node.db", "feed.db"};
    static const char *const back[] = {
        "PRAGMA user_version=" IN_TEXT(NODE_VERSION),
        "PRAGMA user_version=" IN_TEXT(FEED_VERSION)};
    for (size_t i = 0; i < 2; i++) {
        rig_open(rig);
        rig_close(rig);
        (void)rig_sql(rig, names[i], "PRAGMA user_version=99");
        rig_refused(rig, TCN_ERR_DOWNGRADE, "install that version again");
        rig_refused(rig, TCN_ERR_DOWNGRADE, names[i]);
        assert_int_equal(rig_sql(rig, names[i], "PRAGMA user_version"), 99);
        (void)rig_sql(rig, names[i], back[i]);
        rig_open(rig);
        rig_close(rig);
    }
}

static void somebody_elses_database_is_refused(void **state)
{
    struct rig *rig = *state;
    mode_t before = umask(0077);
    (void)rig_sql(rig, "node.db", "CREATE TABLE photos(name TEXT)");
    (void)umask(before);
    rig_refused(rig, TCN_ERR_CORRUPT, "not a store of this program");
    assert_int_equal(rig_sql(rig, "node.db", "SELECT count(*) FROM photos"), 0);
}

static enum tcn_err fill_two(struct tcn_store *store)
{
    return store_execute(store, store->db,
                         "INSERT INTO notes(text, length) "
                         "SELECT name, length(value) FROM meta;");
}

/* Those before are the store's own. */
static const struct step steps[NODE_VERSION + 2] = {
    [NODE_VERSION] =
        {"CREATE TABLE notes(text TEXT NOT NULL, length INTEGER) STRICT;",
         fill_two},
    [NODE_VERSION +
        1] = {"ALTER TABLE notes ADD COLUMN third INTEGER NOT NULL DEFAULT 3;",
              NULL},
};

static void an_older_store_is_brought_up_step_by_step(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    OK(rig, tcn_store_set(rig->store, "policy", tcn_view_str("12345")));
    rig_reopen(rig);
    sqlite3 *db = rig->store->db;
    OK(rig, store_known(rig->store, db, NODE_VERSION + 2));
    OK(rig, store_migrate(rig->store, db, steps, NODE_VERSION + 2));
    assert_int_equal(rig_number(rig, db, "PRAGMA user_version"),
                     NODE_VERSION + 2);
    assert_int_equal(
        rig_number(rig, db,
                   "SELECT length + third FROM notes WHERE text='policy'"),
        8);
    OK(rig, store_migrate(rig->store, db, steps,
                          NODE_VERSION + 2)); /* nothing left to do */
    rig_close(rig);
    rig_refused(rig, TCN_ERR_DOWNGRADE,
                "this program knows " IN_TEXT(NODE_VERSION));
}

static enum tcn_err fill_badly(struct tcn_store *store)
{
    enum tcn_err err = fill_two(store);
    return err == TCN_ERR_OK ? TCN_ERR_DISK_FULL : err;
}

static void a_step_that_fails_changes_nothing(void **state)
{
    struct rig *rig = *state;
    static const struct step bad_sql[NODE_VERSION + 1] = {
        [NODE_VERSION] = {
            "CREATE TABLE notes(text TEXT, length INTEGER); CREATE nonsense;",
            NULL}};
    static const struct step bad_fill[NODE_VERSION + 1] = {
        [NODE_VERSION] = {"CREATE TABLE notes(text TEXT, length INTEGER);",
                          fill_badly}};
    rig_open(rig);
    sqlite3 *db = rig->store->db;
    IS(TCN_ERR_IO, store_migrate(rig->store, db, bad_sql, NODE_VERSION + 1));
    IS(TCN_ERR_DISK_FULL,
       store_migrate(rig->store, db, bad_fill, NODE_VERSION + 1));
    assert_int_equal(rig_number(rig, db, "PRAGMA user_version"), NODE_VERSION);
    assert_int_equal(
        rig_number(rig, db,
                   "SELECT count(*) FROM sqlite_schema WHERE name='notes'"),
        0);
    commit_range(rig, 1, 1);
}

static void empty_files_become_a_store(void **state)
{
    struct rig *rig = *state;
    int fd =
        open(rig_path(rig, "node.db"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
    rig_open(rig);
    commit_range(rig, 1, 1);
}

/* ---- a full disk ---- */

static enum tcn_err fill_up(struct rig *rig, unsigned *next)
{
    static struct made made;
    enum tcn_err err = tcn_store_begin(rig->store);
    for (unsigned i = 0; i < 64 && err == TCN_ERR_OK; i++) {
        make(&made, (*next)++);
        err = tcn_store_put(rig->store, &made.alert, &made.row);
    }
    err = err == TCN_ERR_OK ? tcn_store_commit(rig->store) : err;
    if (err != TCN_ERR_OK) {
        tcn_store_rollback(rig->store);
    }
    return err;
}

static void until_full(struct rig *rig, unsigned *next)
{
    enum tcn_err err = TCN_ERR_OK;
    while (err == TCN_ERR_OK) {
        assert_in_range(*next, 1, 60000);
        err = fill_up(rig, next);
    }
    if (err != TCN_ERR_DISK_FULL) {
        fail_msg("%s: %s", tcn_err_word(err), tcn_store_message(rig->store));
    }
    const char *said = tcn_store_message(rig->store);
    if (strstr(said, rig_path(rig, "node.db")) == NULL ||
        strstr(said, "make room") == NULL) {
        fail_msg("%s", said);
    }
}

static void a_full_database_says_so_and_goes_on_with_room(void **state)
{
    struct rig *rig = *state;
    unsigned next = 1;
    rig_open(rig);
    (void)rig_number(rig, rig->store->db, "PRAGMA max_page_count=200");
    until_full(rig, &next);
    int64_t rows =
        rig_number(rig, rig->store->db, "SELECT count(*) FROM alerts");
    assert_int_equal(rows % 64, 0); /* whole transactions */
    (void)rig_number(rig, rig->store->db, "PRAGMA max_page_count=100000");
    OK(rig, fill_up(rig, &next));
    rig_reopen(rig);
    assert_int_equal(
        rig_number(rig, rig->store->db, "SELECT count(*) FROM alerts"),
        rows + 64);
}

static void mount_small(struct rig *rig)
{
    if (unshare(CLONE_NEWNS) != 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", rig->dir, "tmpfs", 0, "size=2m,mode=0700") != 0) {
        print_message("not allowed to mount here: %s\n", strerror(errno));
        (void)raise(SIGKILL);
    }
}

static void fill_a_small_disk(struct rig *rig)
{
    unsigned next = 1;
    char ballast[128];
    mount_small(rig);
    (void)snprintf(ballast, sizeof ballast, "%s", rig_path(rig, "ballast"));
    int fd = open(ballast, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0 && posix_fallocate(fd, 0, 600 * 1024) == 0);
    close(fd);
    rig_open(rig);
    until_full(rig, &next);
    int64_t rows =
        rig_number(rig, rig->store->db, "SELECT count(*) FROM alerts");
    assert_true(rows > 0);
    assert_int_equal(rows % 64, 0);
    assert_int_equal(unlink(ballast), 0);
    OK(rig, fill_up(rig, &next));
    rig_reopen(rig);
    assert_int_equal(
        rig_number(rig, rig->store->db, "SELECT count(*) FROM alerts"),
        rows + 64);
}

static void a_full_disk_loses_no_commit_and_heals(void **state)
{
    rig_killed(*state, fill_a_small_disk);
}

static void open_on_a_full_disk(struct rig *rig)
{
    mount_small(rig);
    int fd =
        open(rig_path(rig, "ballast"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    static const uint8_t zeros[4096];
    while (write(fd, zeros, sizeof zeros) == sizeof zeros) {
    }
    close(fd);
    rig_refused(rig, TCN_ERR_DISK_FULL, "node.db");
}

static void a_store_is_not_made_on_a_full_disk(void **state)
{
    rig_killed(*state, open_on_a_full_disk);
}

static void fill_a_small_file(struct rig *rig)
{
    unsigned next = 1;
    const struct rlimit limit = {1024 * 1024, 1024 * 1024};
    rig_open(rig);
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    until_full(rig, &next);
}

static void a_limit_of_the_process_is_a_full_disk_too(void **state)
{
    rig_killed(*state, fill_a_small_file);
}

/* Dirty pages fill the cache, so that a page can only be read when another is
 * written, and that fails: SQLite rolls all of it back, by itself. */
static void read_in_a_full_cache(struct rig *rig)
{
    const struct rlimit limit = {1, RLIM_INFINITY};
    static struct made made;
    unsigned at = 1;
    rig_open(rig);
    commit_range(rig, 1, 4000);
    rig_reopen(rig);
    OK(rig, tcn_store_begin(rig->store));
    put_range(rig, 4001, 7000);
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    struct tcn_id id = made_id(at);
    while (tcn_store_get(rig->store, &id, NULL, NULL) == TCN_ERR_OK) {
        assert_true(at < 4000);
        id = made_id(++at);
    }
    assert_int_equal(
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY}),
        0);
    assert_true(sqlite3_get_autocommit(rig->store->db) != 0);
    make(&made, 7001);
    IS(TCN_ERR_DISK_FULL, tcn_store_put(rig->store, &made.alert, &made.row));
    IS(TCN_ERR_DISK_FULL, tcn_store_commit(rig->store));
    tcn_store_rollback(rig->store);
    assert_false(is_held(rig, 7001));
    commit_range(rig, 7002, 7002);
}

static void what_follows_a_lost_transaction_is_lost_too(void **state)
{
    struct rig *rig = *state;
    rig_killed(rig, read_in_a_full_cache);
    rig_open(rig);
    assert_false(is_held(rig, 4001));
    assert_false(is_held(rig, 7001));
    assert_true(is_held(rig, 7002));
}

/* ---- damage ---- */

static void overwrite(struct rig *rig, const char *name, off_t at, size_t len)
{
    uint8_t noise[8192];
    memset(noise, 0xff, sizeof noise);
    int fd = open(rig_path(rig, name), O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, noise, len, at), len);
    close(fd);
}

static int64_t page_of(struct rig *rig, const char *name)
{
    char text[120];
    (void)snprintf(text, sizeof text,
                   "SELECT rootpage FROM sqlite_schema WHERE name='%s'", name);
    return rig_sql(rig, "node.db", text);
}

static void a_damaged_page_is_found_at_the_start(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    commit_range(rig, 1, 200);
    rig_close(rig);
    overwrite(rig, "node.db", (off_t)(page_of(rig, "alerts") - 1) * 8192, 8192);
    rig_refused(rig, TCN_ERR_CORRUPT, "restore a backup");
    rig_refused(rig, TCN_ERR_CORRUPT, rig_path(rig, "node.db"));
}

static void damage_in_the_feed_names_the_feed(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    rig_close(rig);
    overwrite(rig, "feed.db", 8192, 8192);
    rig_refused(rig, TCN_ERR_CORRUPT, rig_path(rig, "feed.db"));
}

static void what_is_no_database_is_damaged(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    rig_close(rig);
    overwrite(rig, "node.db", 0, 100);
    rig_refused(rig, TCN_ERR_CORRUPT, rig_path(rig, "node.db"));
}

static void a_large_store_is_checked_without_its_bulk_and_says_so(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    assert_string_equal(tcn_store_message(rig->store), "");
    commit_range(rig, 1, 200);
    OK(rig, store_check(rig->store, rig->store->db, "alerts", 1000));
    assert_non_null(strstr(tcn_store_message(rig->store),
                           "the table \"alerts\" was not checked"));
    rig_close(rig);
    /* The rest is looked at. */
    overwrite(rig, "node.db", (off_t)(page_of(rig, "audit") - 1) * 8192, 8192);
    struct tcn_store damaged = {.lock_fd = -1};
    assert_int_equal(sqlite3_open(rig_path(rig, "node.db"), &damaged.db), 0);
    IS(TCN_ERR_OK, store_check(&damaged, damaged.db, "audit", 1000));
    IS(TCN_ERR_CORRUPT, store_check(&damaged, damaged.db, "alerts", 1000));
    sqlite3_close(damaged.db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(the_settings_are_in_effect),
        RIG_TEST(what_the_store_does_not_need_is_off),
        RIG_TEST(each_file_carries_its_version),
        RIG_TEST(files_have_their_modes_under_any_umask),
        RIG_TEST(a_directory_that_everybody_may_write_is_refused),
        RIG_TEST(files_that_others_may_get_at_are_refused),
        RIG_TEST(a_link_in_the_place_of_a_file_is_refused),
        RIG_TEST(a_directory_that_is_none_or_too_long_is_refused),
        RIG_TEST(a_second_node_on_one_store_is_refused),
        RIG_TEST(a_killed_node_keeps_what_was_committed),
        RIG_TEST(a_torn_commit_is_there_whole_or_not_at_all),
        RIG_TEST(a_newer_version_is_refused_and_left_alone),
        RIG_TEST(somebody_elses_database_is_refused),
        RIG_TEST(an_older_store_is_brought_up_step_by_step),
        RIG_TEST(a_step_that_fails_changes_nothing),
        RIG_TEST(empty_files_become_a_store),
        RIG_TEST(a_full_database_says_so_and_goes_on_with_room),
        RIG_TEST(a_full_disk_loses_no_commit_and_heals),
        RIG_TEST(a_store_is_not_made_on_a_full_disk),
        RIG_TEST(a_limit_of_the_process_is_a_full_disk_too),
        RIG_TEST(what_follows_a_lost_transaction_is_lost_too),
        RIG_TEST(a_damaged_page_is_found_at_the_start),
        RIG_TEST(damage_in_the_feed_names_the_feed),
        RIG_TEST(what_is_no_database_is_damaged),
        RIG_TEST(a_large_store_is_checked_without_its_bulk_and_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
