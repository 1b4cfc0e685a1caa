/* What the tests of the store share: a directory of its own for each test, made
 * alerts, and a way around the store to look at and to damage its files. */
#pragma once

#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "alert/wire.h"
#include "store/internal.h"

struct rig {
    char dir[64];
    struct tcn_store *store;
};

/* ---- a directory ---- */

static inline int rig_setup(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    (void)snprintf(rig->dir, sizeof rig->dir, "/tmp/tocsin-store-XXXXXX");
    *state = rig;
    return mkdtemp(rig->dir) == NULL ? -1 : 0;
}

static inline int rig_remove(const char *path, const struct stat *info,
                             int type, struct FTW *at)
{
    (void)info;
    (void)type;
    (void)at;
    return remove(path);
}

static inline int rig_teardown(void **state)
{
    struct rig *rig = *state;
    tcn_store_close(rig->store);
    (void)nftw(rig->dir, rig_remove, 16, FTW_DEPTH | FTW_PHYS);
    free(rig);
    return 0;
}

#define RIG_TEST(name)                                                         \
    cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

/* ---- the store ---- */

static inline void ok_at(struct rig *rig, enum tcn_err err, int line)
{
    if (err != TCN_ERR_OK) {
        fail_msg("line %d: %s: %s", line, tcn_err_word(err),
                 rig->store == NULL ? "" : tcn_store_message(rig->store));
    }
}
#define OK(rig, call) ok_at(rig, call, __LINE__)

static inline void is_at(enum tcn_err got, enum tcn_err want, int line)
{
    if (got != want) {
        fail_msg("line %d: %s instead of %s", line, tcn_err_word(got),
                 tcn_err_word(want));
    }
}
#define IS(want, call) is_at(call, want, __LINE__)

static inline void rig_open(struct rig *rig)
{
    OK(rig, tcn_store_open(&rig->store, rig->dir));
}

static inline void rig_close(struct rig *rig)
{
    tcn_store_close(rig->store);
    rig->store = NULL;
}

static inline void rig_reopen(struct rig *rig)
{
    rig_close(rig);
    rig_open(rig);
}

/* Fails to open: the error, and the message has this text in it. */
static inline void rig_refused(struct rig *rig, enum tcn_err want,
                               const char *text)
{
    struct tcn_store *store = NULL;
    enum tcn_err err = tcn_store_open(&store, rig->dir);
    char said[800];
    (void)snprintf(said, sizeof said, "%s", tcn_store_message(store));
    tcn_store_close(store);
    if (err != want || strstr(said, text) == NULL) {
        fail_msg("%s (%s), wanted %s (%s)", tcn_err_word(err), said,
                 tcn_err_word(want), text);
    }
}

/* ---- around the store ---- */

static inline const char *rig_path(struct rig *rig, const char *name)
{
    static char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", rig->dir, name);
    return path;
}

/* The first column of the first row as a number. */
static inline int64_t rig_sql(struct rig *rig, const char *file,
                              const char *text)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    int64_t number = -1;
    if (sqlite3_open(rig_path(rig, file), &db) != SQLITE_OK ||
        sqlite3_prepare_v2(db, text, -1, &stmt, NULL) != SQLITE_OK) {
        fail_msg("%s: %s", text, sqlite3_errmsg(db));
    }
    int code = sqlite3_step(stmt);
    if (code == SQLITE_ROW) {
        number = sqlite3_column_int64(stmt, 0);
    } else if (code != SQLITE_DONE) {
        fail_msg("%s: %s", text, sqlite3_errmsg(db));
    }
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return number;
}

/* The same through the store's own connection. */
static inline int64_t rig_number(struct rig *rig, sqlite3 *db, const char *text)
{
    int64_t number = -1;
    OK(rig, store_number(rig->store, db, text, &number));
    return number;
}

/* Runs in a process of its own, which then dies without a chance to tidy up. */
static inline void rig_killed(struct rig *rig, void (*act)(struct rig *rig))
{
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        act(rig);
        (void)raise(SIGKILL);
        _exit(1);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) {
        fail_msg("the process was to be killed, but its status is %d", status);
    }
}

/* ---- alerts ---- */

struct made {
    struct tcn_alert alert;
    struct tcn_stored row;
    uint8_t title[160];
    uint8_t envelope[2048];
};

static inline struct tcn_id made_id(unsigned number)
{
    struct tcn_id id;
    for (size_t i = 0; i < sizeof id.bytes; i++) {
        id.bytes[i] = (uint8_t)(number * 37 + i * 11);
    }
    id.bytes[30] = (uint8_t)(number >> 8);
    id.bytes[31] = (uint8_t)number;
    return id;
}

static inline void made_title(struct made *made, const char *text)
{
    struct tcn_buf out = tcn_buf(made->title, sizeof made->title);
    tcn_put_str(&out, tcn_view_str(text));
    made->alert.fields[0].name = tcn_view_str("title");
    made->alert.fields[0].value = tcn_buf_view(&out);
    made->alert.fields[0].bytes = tcn_buf_view(&out);
    made->alert.field_count = 1;
}

/* Alert `number`: made by lv in a thread of its own. */
static inline void make(struct made *made, unsigned number)
{
    *made = (struct made){0};
    for (size_t i = 0; i < sizeof made->envelope; i++) {
        made->envelope[i] = (uint8_t)(number + i * 7);
    }
    made->alert.envelope = tcn_view(made->envelope, sizeof made->envelope);
    made->alert.id = made_id(number);
    made->alert.form = 1;
    made->alert.present = 7;
    made_title(made, "a title");
    made->row = (struct tcn_stored){
        .id = made_id(number),
        .cert = made_id(50000),
        .origin = "lv",
        .received_from = "fi",
        .seq = number,
        .created_ms = 1000 + number,
        .expires_ms = 900000 + number,
        .received_ms = 2000 + number,
        .revision = 1,
        .kind = TCN_KIND_ALERT,
        .severity = 3,
        .tlp = 2,
        .form = 1,
        .present = 7,
        .status = TCN_STATUS_LIVE,
    };
    memcpy(made->row.thread.bytes, &number, sizeof number);
}

static inline void put_range(struct rig *rig, unsigned from, unsigned to)
{
    static struct made made;
    for (unsigned i = from; i <= to; i++) {
        make(&made, i);
        OK(rig, tcn_store_put(rig->store, &made.alert, &made.row));
    }
}

static inline void commit_range(struct rig *rig, unsigned from, unsigned to)
{
    OK(rig, tcn_store_begin(rig->store));
    put_range(rig, from, to);
    OK(rig, tcn_store_commit(rig->store));
}

static inline bool is_held(struct rig *rig, unsigned number)
{
    const struct tcn_id id = made_id(number);
    enum tcn_err err = tcn_store_get(rig->store, &id, NULL, NULL);
    if (err != TCN_ERR_NOT_FOUND) {
        OK(rig, err);
    }
    return err == TCN_ERR_OK;
}
