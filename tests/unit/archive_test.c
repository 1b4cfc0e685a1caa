/* An archive gives back what was put in, or says that it does not. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "io/archive.h"
#include "io/file.h"

#define NOW_MS (1800000000000ull)

struct place {
    char dir[64];
    char path[128];
    char big[128]; /* a file that takes several pieces */
    uint8_t *bytes;
    size_t len;
};

static const char *const names[] = {
    "tocsin-backup",
    "conf/policy/a-directory-with-a-long-name-that-goes-on/"
    "and-another-one-below-it-which-is-as-long/and-still-one/10-national.conf",
    "empty",
    "store/node.db",
};
#define NAME_COUNT (sizeof names / sizeof names[0])
#define BIG_BYTES  (200 * 1024 + 7)

static int setup(void **state)
{
    static uint8_t big[BIG_BYTES];
    struct place *place = calloc(1, sizeof *place);
    char said[256];
    struct tcn_buf message = tcn_buf(said, sizeof said);
    (void)snprintf(place->dir, sizeof place->dir, "/tmp/tocsin-archive-XXXXXX");
    assert_non_null(mkdtemp(place->dir));
    (void)snprintf(place->path, sizeof place->path, "%s/backup", place->dir);
    (void)snprintf(place->big, sizeof place->big, "%s/big", place->dir);
    for (size_t i = 0; i < sizeof big; i++) {
        big[i] = (uint8_t)(i * 31 + i / 251);
    }
    assert_int_equal(tcn_file_write(place->big, 0600, true,
                                    tcn_view(big, sizeof big), &message),
                     TCN_ERR_OK);
    *state = place;
    return 0;
}

static int teardown(void **state)
{
    struct place *place = *state;
    (void)unlink(place->path);
    (void)unlink(place->big);
    (void)rmdir(place->dir);
    free(place->bytes);
    free(place);
    return 0;
}

#define PLACE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static enum tcn_err fill(struct place *place, struct tcn_archive *archive)
{
    enum tcn_err err =
        tcn_archive_put(archive, names[0], 0644, tcn_view_str("member ee\n"));
    if (err == TCN_ERR_OK) {
        err = tcn_archive_put(archive, names[1], 0644,
                              tcn_view_str("deny export to any;"));
    }
    if (err == TCN_ERR_OK) {
        err = tcn_archive_put(archive, names[2], 0644, tcn_view_str(""));
    }
    return err == TCN_ERR_OK
               ? tcn_archive_put_file(archive, names[3], 0600, place->big)
               : err;
}

static void write_it(struct place *place)
{
    struct tcn_archive *archive = NULL;
    char said[256];
    struct tcn_buf message = tcn_buf(said, sizeof said);
    assert_int_equal(tcn_archive_create(&archive, place->path, NOW_MS),
                     TCN_ERR_OK);
    assert_int_equal(fill(place, archive), TCN_ERR_OK);
    assert_int_not_equal(access(place->path, F_OK), 0);
    assert_int_equal(tcn_archive_finish(archive), TCN_ERR_OK);
    tcn_archive_close(archive);
    assert_int_equal(tcn_file_read(place->path, 1 << 20, &place->bytes,
                                   &place->len, &message),
                     TCN_ERR_OK);
}

/* Reads everything; *digest goes over names and bytes. */
static enum tcn_err read_it(const char *path, uint64_t *digest, char *said,
                            size_t said_cap)
{
    struct tcn_archive *archive = NULL;
    struct tcn_archive_member member;
    uint64_t sum = 14695981039346656037ull;
    enum tcn_err err = tcn_archive_open(&archive, path);
    while (err == TCN_ERR_OK &&
           (err = tcn_archive_next(archive, &member)) == TCN_ERR_OK) {
        struct tcn_view piece = tcn_view_str(member.name);
        do {
            for (size_t i = 0; i < piece.len; i++) {
                sum = (sum ^ piece.data[i]) * 1099511628211ull;
            }
        } while ((err = tcn_archive_read(archive, &piece)) == TCN_ERR_OK);
        err = err == TCN_ERR_NOT_FOUND ? TCN_ERR_OK : err;
    }
    (void)snprintf(said, said_cap, "%s", tcn_archive_message(archive));
    tcn_archive_close(archive);
    *digest = sum;
    return err == TCN_ERR_NOT_FOUND && said[0] == '\0' ? TCN_ERR_OK : err;
}

/* In place: nothing here waits for the disk. */
static void rewrite(struct place *place, size_t at, const uint8_t *bytes,
                    size_t len)
{
    int fd = open(place->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, len, (off_t)at), (ssize_t)len);
    close(fd);
}

static void what_was_put_in_comes_out(void **state)
{
    struct place *place = *state;
    struct tcn_archive *archive = NULL;
    struct tcn_archive_member member;
    struct tcn_view piece;
    struct stat info;
    write_it(place);
    assert_int_equal(stat(place->path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    assert_int_equal(tcn_archive_open(&archive, place->path), TCN_ERR_OK);
    for (size_t i = 0; i < NAME_COUNT; i++) {
        assert_int_equal(tcn_archive_next(archive, &member), TCN_ERR_OK);
        assert_string_equal(member.name, names[i]);
        assert_int_equal(member.mode, i == 3 ? 0600 : 0644);
        if (i == 1) {
            assert_int_equal(tcn_archive_read(archive, &piece), TCN_ERR_OK);
            assert_true(tcn_view_is(piece, "deny export to any;"));
            assert_int_equal(tcn_archive_read(archive, &piece),
                             TCN_ERR_NOT_FOUND);
        }
    }
    assert_int_equal(member.size_bytes, BIG_BYTES); /* passed over, not read */
    assert_int_equal(tcn_archive_next(archive, &member), TCN_ERR_NOT_FOUND);
    tcn_archive_close(archive);
}

/* No file of a backup can be run as its owner, or is written by everybody. */
static void no_more_of_a_mode_is_believed_than_a_backup_has(void **state)
{
    struct place *place = *state;
    static const struct {
        unsigned written, read;
    } rows[] = {{0640, 0640}, {0600, 0600},  {0400, 0600}, {0, 0600},
                {0664, 0664}, {04755, 0755}, {0666, 0664}, {07777, 0775}};
    struct tcn_archive *archive = NULL;
    struct tcn_archive_member member;
    char name[8] = "a";
    assert_int_equal(tcn_archive_create(&archive, place->path, NOW_MS),
                     TCN_ERR_OK);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++, name[0]++) {
        assert_int_equal(
            tcn_archive_put(archive, name, rows[i].written, tcn_view_str("x")),
            TCN_ERR_OK);
    }
    assert_int_equal(tcn_archive_finish(archive), TCN_ERR_OK);
    tcn_archive_close(archive);
    assert_int_equal(tcn_archive_open(&archive, place->path), TCN_ERR_OK);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(tcn_archive_next(archive, &member), TCN_ERR_OK);
        assert_int_equal(member.mode, rows[i].read);
    }
    tcn_archive_close(archive);
}

static void a_directory_has_a_mode_and_nothing_in_it(void **state)
{
    struct place *place = *state;
    static const struct {
        unsigned written, read;
    } rows[] = {
        {0700, 0700}, {0755, 0755}, {02770, 0770}, {0, 0700}, {0777, 0775}};
    struct tcn_archive *archive = NULL;
    struct tcn_archive_member member;
    struct tcn_view piece;
    char name[8] = "a";
    assert_int_equal(tcn_archive_create(&archive, place->path, NOW_MS),
                     TCN_ERR_OK);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++, name[0]++) {
        assert_int_equal(tcn_archive_put_dir(archive, name, rows[i].written),
                         TCN_ERR_OK);
    }
    assert_int_equal(
        tcn_archive_put(archive, "a/file", 0600, tcn_view_str("x")),
        TCN_ERR_OK);
    assert_int_equal(tcn_archive_finish(archive), TCN_ERR_OK);
    tcn_archive_close(archive);
    assert_int_equal(tcn_archive_open(&archive, place->path), TCN_ERR_OK);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(tcn_archive_next(archive, &member), TCN_ERR_OK);
        assert_true(member.is_dir);
        assert_int_equal(member.mode, rows[i].read);
        assert_int_equal(tcn_archive_read(archive, &piece), TCN_ERR_NOT_FOUND);
    }
    assert_int_equal(tcn_archive_next(archive, &member), TCN_ERR_OK);
    assert_false(member.is_dir);
    assert_int_equal(tcn_archive_next(archive, &member), TCN_ERR_NOT_FOUND);
    tcn_archive_close(archive);
}

static void an_existing_file_is_not_touched(void **state)
{
    struct place *place = *state;
    struct tcn_archive *archive = NULL;
    assert_int_equal(tcn_archive_create(&archive, place->big, NOW_MS),
                     TCN_ERR_EXISTS);
    assert_non_null(strstr(tcn_archive_message(archive), "exists already"));
    tcn_archive_close(archive);
    assert_int_equal(access(place->big, F_OK), 0);
}

static void what_is_not_finished_is_not_there(void **state)
{
    struct place *place = *state;
    struct tcn_archive *archive = NULL;
    char temporary[256];
    assert_int_equal(tcn_archive_create(&archive, place->path, NOW_MS),
                     TCN_ERR_OK);
    (void)snprintf(temporary, sizeof temporary, "%.200s",
                   tcn_archive_temporary(archive));
    assert_int_equal(fill(place, archive), TCN_ERR_OK);
    assert_int_equal(access(temporary, F_OK), 0);
    tcn_archive_close(archive);
    assert_int_not_equal(access(place->path, F_OK), 0);
    assert_int_not_equal(access(temporary, F_OK), 0);
}

/* No byte of it can be another without being told, except in what fills blocks
 * and then what comes out is the same. */
static void a_byte_that_is_another_is_found_out(void **state)
{
    struct place *place = *state;
    uint64_t good, got;
    char said[512];
    size_t found = 0;
    write_it(place);
    assert_int_equal(read_it(place->path, &good, said, sizeof said),
                     TCN_ERR_OK);
    for (size_t at = 0; at < place->len; at += at < 4096 ? 1 : 97) {
        const uint8_t other = place->bytes[at] ^ 0x15;
        rewrite(place, at, &other, 1);
        enum tcn_err err = read_it(place->path, &got, said, sizeof said);
        rewrite(place, at, &place->bytes[at], 1);
        found += err != TCN_ERR_OK;
        if (err == TCN_ERR_OK && got != good) {
            fail_msg("byte %zu was changed and nobody noticed", at);
        }
        if (err != TCN_ERR_OK && strstr(said, place->path) == NULL) {
            fail_msg("byte %zu: %s: `%s`", at, tcn_err_word(err), said);
        }
    }
    assert_true(found > 4000);
}

static void what_is_cut_off_is_found_out(void **state)
{
    struct place *place = *state;
    uint64_t got;
    char said[512];
    write_it(place);
    /* The last two blocks are zeros that end a tar file. */
    size_t len = (place->len - 1024 - 512) / 256 * 256 + 256;
    while (len > 0) {
        len -= 256;
        assert_int_equal(truncate(place->path, (off_t)len), 0);
        enum tcn_err err = read_it(place->path, &got, said, sizeof said);
        enum tcn_err want = len < 512 ? TCN_ERR_FORMAT : TCN_ERR_CORRUPT;
        if (err != want) {
            fail_msg("cut at %zu: %s (%s)", len, tcn_err_word(err), said);
        }
    }
}

/* A head with this name, and no bytes. */
static void put_head(struct place *place, const char *name, char type)
{
    uint8_t head[512] = {0};
    unsigned sum = 0;
    (void)snprintf((char *)head, 100, "%s", name);
    (void)snprintf((char *)head + 100, 8, "0000644");
    (void)snprintf((char *)head + 124, 12, "00000000000");
    memcpy(head + 257,
           "ustar\0"
           "00",
           8);
    memset(head + 148, ' ', 8);
    head[156] = (uint8_t)type;
    for (size_t i = 0; i < sizeof head; i++) {
        sum += head[i];
    }
    (void)snprintf((char *)head + 148, 8, "%06o", sum);
    rewrite(place, 0, head, sizeof head);
}

static void names_that_lead_elsewhere_are_refused(void **state)
{
    struct place *place = *state;
    static const struct {
        const char *name;
        char type;
    } rows[] = {
        {"/etc/passwd", '0'}, {"../x", '0'},       {"a/../../x", '0'},
        {"a//b", '0'},        {"a/./b", '0'},      {"", '0'},
        {"a\033[31m", '0'},   {"link", '2'},       {"hard", '1'},
        {"../up", '5'},       {"directory/", '5'}, {"device", '3'},
        {"pax", 'x'},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t got;
        char said[512];
        put_head(place, rows[i].name, rows[i].type);
        enum tcn_err err = read_it(place->path, &got, said, sizeof said);
        if (err != TCN_ERR_FORMAT) {
            fail_msg("row %zu: %s (%s)", i, tcn_err_word(err), said);
        }
    }
    uint64_t got;
    char said[512];
    for (size_t i = 0; i < 2; i++) { /* the rows that show the others bite */
        put_head(place, "plain", "05"[i]);
        assert_int_equal(read_it(place->path, &got, said, sizeof said),
                         TCN_ERR_CORRUPT);
    }
}

static void other_files_are_no_archives(void **state)
{
    struct place *place = *state;
    uint64_t got;
    char said[512];
    assert_int_equal(read_it(place->big, &got, said, sizeof said),
                     TCN_ERR_FORMAT);
    assert_non_null(strstr(said, "this is no backup"));
    assert_int_equal(read_it(place->dir, &got, said, sizeof said),
                     TCN_ERR_FORMAT);
    assert_int_equal(read_it("/no/file", &got, said, sizeof said),
                     TCN_ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(what_was_put_in_comes_out),
        PLACE_TEST(no_more_of_a_mode_is_believed_than_a_backup_has),
        PLACE_TEST(a_directory_has_a_mode_and_nothing_in_it),
        PLACE_TEST(an_existing_file_is_not_touched),
        PLACE_TEST(what_is_not_finished_is_not_there),
        PLACE_TEST(a_byte_that_is_another_is_found_out),
        PLACE_TEST(what_is_cut_off_is_found_out),
        PLACE_TEST(names_that_lead_elsewhere_are_refused),
        PLACE_TEST(other_files_are_no_archives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
