/* Alerts in the store: what is put comes back, in the order asked for. */
#include "unit/store_rig.h"

#include "store/audit.h"
#include "store/ledger.h"

static void an_alert_comes_back_as_it_was_put(void **state)
{
    struct rig *rig = *state;
    static struct made made;
    rig_open(rig);
    make(&made, 7);
    made.row.has_ref = true;
    made.row.ref = made_id(3);
    OK(rig, tcn_store_put(rig->store, &made.alert, &made.row));
    rig_reopen(rig);

    struct tcn_stored row;
    uint8_t bytes[4096];
    struct tcn_buf envelope = tcn_buf(bytes, sizeof bytes);
    OK(rig, tcn_store_get(rig->store, &made.row.id, &row, &envelope));
    assert_true(tcn_view_equal(tcn_buf_view(&envelope), made.alert.envelope));
    assert_string_equal(row.title, "a title");
    assert_true(row.has_contents);
    assert_int_equal(row.size_bytes, made.alert.envelope.len);
    /* The rest is what went in. */
    struct tcn_stored want = made.row;
    want.has_contents = true;
    memcpy(want.title, row.title, sizeof want.title);
    assert_memory_equal(&row.id, &want.id, sizeof row.id);
    assert_memory_equal(&row.cert, &want.cert, sizeof row.cert);
    assert_memory_equal(&row.thread, &want.thread, sizeof row.thread);
    assert_memory_equal(&row.ref, &want.ref, sizeof row.ref);
    assert_true(row.has_ref);
    assert_string_equal(row.origin, want.origin);
    assert_string_equal(row.received_from, want.received_from);
    assert_int_equal(row.seq, want.seq);
    assert_int_equal(row.created_ms, want.created_ms);
    assert_int_equal(row.expires_ms, want.expires_ms);
    assert_int_equal(row.received_ms, want.received_ms);
    assert_int_equal(row.revision, want.revision);
    assert_int_equal(row.kind, want.kind);
    assert_int_equal(row.severity, want.severity);
    assert_int_equal(row.tlp, want.tlp);
    assert_int_equal(row.form, want.form);
    assert_int_equal(row.present, want.present);
    assert_int_equal(row.status, want.status);
}

static void a_title_is_cut_where_a_character_ends(void **state)
{
    struct rig *rig = *state;
    static struct made made;
    rig_open(rig);
    make(&made, 1);
    char text[131];
    memset(text, 'a', 126);
    memcpy(text + 126, "\xc3\xb5\xc3", 4); /* two bytes over the edge */
    text[128] = '\0';
    made_title(&made, text);
    OK(rig, tcn_store_put(rig->store, &made.alert, &made.row));
    struct tcn_stored row;
    OK(rig, tcn_store_get(rig->store, &made.row.id, &row, NULL));
    assert_int_equal(strlen(row.title), 126);
}

static void a_title_is_cut_however_long_it_is(void **state)
{
    struct rig *rig = *state;
    static struct made made;
    static uint8_t value[60000], text[sizeof value - 8];
    struct tcn_buf out = tcn_buf(value, sizeof value);
    rig_open(rig);
    make(&made, 1);
    memset(text, 'a', sizeof text);
    tcn_put_str(&out, tcn_view(text, sizeof text));
    assert_false(out.full);
    made.alert.fields[0].value = tcn_buf_view(&out);
    OK(rig, tcn_store_put(rig->store, &made.alert, &made.row));
    struct tcn_stored row;
    OK(rig, tcn_store_get(rig->store, &made.row.id, &row, NULL));
    assert_int_equal(strlen(row.title), sizeof row.title - 1);
}

static void an_alert_without_a_title_has_an_empty_one(void **state)
{
    struct rig *rig = *state;
    static struct made made;
    rig_open(rig);
    make(&made, 1);
    made.alert.field_count = 0;
    OK(rig, tcn_store_put(rig->store, &made.alert, &made.row));
    struct tcn_stored row;
    OK(rig, tcn_store_get(rig->store, &made.row.id, &row, NULL));
    assert_string_equal(row.title, "");
    assert_false(row.has_ref);
}

static void the_same_id_is_not_put_twice(void **state)
{
    struct rig *rig = *state;
    static struct made made;
    rig_open(rig);
    put_range(rig, 1, 1);
    make(&made, 1);
    made.row.seq = 2;
    IS(TCN_ERR_EXISTS, tcn_store_put(rig->store, &made.alert, &made.row));
}

static void more_open_classes_replace_the_copy(void **state)
{
    struct rig *rig = *state;
    static struct made made;
    rig_open(rig);
    put_range(rig, 1, 2);
    make(&made, 1);
    uint8_t more[100] = "more";
    made.alert.envelope = tcn_view(more, sizeof more);
    made.alert.form = 3;
    made_title(&made, "now to be seen");
    OK(rig, tcn_store_merge(rig->store, &made.alert, 3));

    struct tcn_stored row;
    uint8_t bytes[4096];
    struct tcn_buf envelope = tcn_buf(bytes, sizeof bytes);
    OK(rig, tcn_store_get(rig->store, &made.row.id, &row, &envelope));
    assert_true(tcn_view_equal(tcn_buf_view(&envelope), made.alert.envelope));
    assert_int_equal(row.form, 3);
    assert_int_equal(row.seq, 3);
    assert_int_equal(row.size_bytes, sizeof more);
    assert_string_equal(row.title, "now to be seen");
}

static void a_status_changes(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    put_range(rig, 1, 1);
    const struct tcn_id id = made_id(1);
    OK(rig, tcn_store_status(rig->store, &id, TCN_STATUS_REVOKED));
    struct tcn_stored row;
    OK(rig, tcn_store_get(rig->store, &id, &row, NULL));
    assert_int_equal(row.status, TCN_STATUS_REVOKED);
}

static void contents_go_and_the_row_stays(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    put_range(rig, 1, 1);
    const struct tcn_id id = made_id(1);
    OK(rig, tcn_store_purge(rig->store, &id, false));
    struct tcn_stored row;
    uint8_t bytes[4096];
    struct tcn_buf envelope = tcn_buf(bytes, sizeof bytes);
    OK(rig, tcn_store_get(rig->store, &id, &row, &envelope));
    assert_int_equal(envelope.len, 0);
    assert_false(row.has_contents);
    assert_int_equal(row.size_bytes, 0);
    assert_string_equal(row.title, "");
    assert_int_equal(row.seq, 1);
}

/* Nobody reads from the disk what is over. */
static void contents_that_went_are_not_in_the_file(void **state)
{
    struct rig *rig = *state;
    static struct made made;
    static uint8_t file[1024 * 1024];
    rig_open(rig);
    make(&made, 1);
    memset(made.envelope, 'Q', sizeof made.envelope);
    OK(rig, tcn_store_put(rig->store, &made.alert, &made.row));
    OK(rig, tcn_store_purge(rig->store, &made.row.id, false));
    rig_close(rig);
    FILE *in = fopen(rig_path(rig, "node.db"), "rb");
    assert_non_null(in);
    size_t len = fread(file, 1, sizeof file, in);
    (void)fclose(in);
    assert_in_range(len, 8192, sizeof file - 1);
    assert_null(memmem(file, len, "QQQQQQQQ", 8));
}

static void count_in(struct rig *rig, const char *table, int64_t want)
{
    char text[80];
    (void)snprintf(text, sizeof text, "SELECT count(*) FROM %s", table);
    int64_t got = rig_number(rig, rig->store->db, text);
    if (got != want) {
        fail_msg("%s: %lld rows instead of %lld", table, (long long)got,
                 (long long)want);
    }
}

static void a_purge_of_the_whole_leaves_nothing_of_the_id(void **state)
{
    struct rig *rig = *state;
    const struct tcn_id id = made_id(1);
    const struct tcn_id other = made_id(2);
    const uint8_t key[32] = {1};
    rig_open(rig);
    put_range(rig, 1, 2);
    struct tcn_decision decision = {.id = id, .peer = "fi", .rule = "floor:x"};
    OK(rig, tcn_store_decide(rig->store, &decision));
    OK(rig, tcn_store_epoch(rig->store, "fi", key, key));
    struct tcn_ledger_row row = {.epoch = {1}, .n = 1, .id = id, .form = 1};
    OK(rig, tcn_store_export(rig->store, "fi", &row));
    row.n = 2;
    row.id = other;
    OK(rig, tcn_store_export(rig->store, "fi", &row));
    OK(rig, tcn_store_purge(rig->store, &id, true));
    assert_false(is_held(rig, 1));
    assert_true(is_held(rig, 2));
    count_in(rig, "alerts", 1);
    count_in(rig, "sources", 1);
    count_in(rig, "decisions", 0);
    count_in(rig, "exports", 1);
    count_in(rig, "ledger", 1);
    /* The last row of a ledger is what a resuming peer is compared with. */
    OK(rig, tcn_store_purge(rig->store, &other, true));
    count_in(rig, "exports", 0);
    count_in(rig, "ledger", 1);
}

static void an_id_is_found_by_its_beginning(void **state)
{
    struct rig *rig = *state;
    static struct made made;
    rig_open(rig);
    static const uint8_t first[3][4] = {{0xab, 0xcd, 0x12, 0x34},
                                        {0xab, 0xcd, 0x12, 0xff},
                                        {0xff, 0xff, 0xff, 0xff}};
    for (unsigned i = 0; i < 3; i++) {
        make(&made, i + 1);
        memcpy(made.alert.id.bytes, first[i], 4);
        made.row.id = made.alert.id;
        OK(rig, tcn_store_put(rig->store, &made.alert, &made.row));
    }
    static const struct {
        const char *prefix;
        enum tcn_err err;
        uint8_t fourth;
    } rows[] = {
        {"abcd123", TCN_ERR_OK, 0x34},
        {"abcd12f", TCN_ERR_OK, 0xff},
        {"abcd1234", TCN_ERR_OK, 0x34},
        {"ffff", TCN_ERR_OK, 0xff},
        {"abcd", TCN_ERR_AMBIGUOUS, 0},
        {"abcd12", TCN_ERR_AMBIGUOUS, 0},
        {"abcd13", TCN_ERR_NOT_FOUND, 0},
        {"0000", TCN_ERR_NOT_FOUND, 0},
        {"abc", TCN_ERR_SYNTAX, 0},
        {"", TCN_ERR_SYNTAX, 0},
        {"abcg", TCN_ERR_SYNTAX, 0},
        {"ab%d", TCN_ERR_SYNTAX, 0},
        {"00000000000000000000000000000000000000000000000000000000000000000",
         TCN_ERR_SYNTAX, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tcn_id id = {0};
        enum tcn_err err =
            tcn_store_find(rig->store, tcn_view_str(rows[i].prefix), &id);
        if (err != rows[i].err ||
            (err == TCN_ERR_OK && id.bytes[3] != rows[i].fourth)) {
            fail_msg("\"%s\": %s, %02x", rows[i].prefix, tcn_err_word(err),
                     id.bytes[3]);
        }
    }
}

/* ---- lists ---- */

struct seen {
    unsigned count;
    uint64_t seqs[32];
    unsigned stop_at;
};

static enum tcn_err see(void *ctx, const struct tcn_stored *row)
{
    struct seen *seen = ctx;
    seen->seqs[seen->count++] = row->seq;
    return seen->count == seen->stop_at ? TCN_ERR_CAPACITY : TCN_ERR_OK;
}

static void saw(const struct seen *seen, const char *want)
{
    char text[200];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    for (unsigned i = 0; i < seen->count; i++) {
        tcn_buf_printf(&out, "%llu ", (unsigned long long)seen->seqs[i]);
    }
    assert_string_equal(tcn_buf_text(&out), want);
}

static void lists_have_their_order_and_bounds(void **state)
{
    struct rig *rig = *state;
    static struct made made;
    rig_open(rig);
    struct tcn_thread thread = {.bytes = {9}};
    for (unsigned i = 5; i >= 1; i--) {
        make(&made, i);
        made.row.received_ms = i == 2 ? 9000 : 1000 + i;
        if (i >= 4) {
            made.row.thread = thread;
            made.row.revision = 10 - i;
        }
        (void)snprintf(made.row.origin, sizeof made.row.origin, "%s",
                       i == 3 ? "ee" : "lv");
        OK(rig, tcn_store_put(rig->store, &made.alert, &made.row));
    }
    struct seen seen = {0};
    OK(rig, tcn_store_each(rig->store, 2, (struct tcn_row_taker){see, &seen}));
    saw(&seen, "3 4 5 ");
    seen = (struct seen){0};
    OK(rig, tcn_store_before(rig->store, INT64_MAX, 2,
                             (struct tcn_row_taker){see, &seen}));
    OK(rig,
       tcn_store_before(rig->store, 4, 9, (struct tcn_row_taker){see, &seen}));
    saw(&seen, "5 4 3 2 1 ");
    seen = (struct seen){0};
    OK(rig, tcn_store_recent(rig->store, 1003, 10,
                             (struct tcn_row_taker){see, &seen}));
    saw(&seen, "2 5 4 3 ");
    seen = (struct seen){0};
    OK(rig,
       tcn_store_recent(rig->store, 0, 2, (struct tcn_row_taker){see, &seen}));
    saw(&seen, "2 5 ");
    seen = (struct seen){0};
    OK(rig, tcn_store_thread(rig->store, "lv", &thread,
                             (struct tcn_row_taker){see, &seen}));
    saw(&seen, "5 4 ");
    seen = (struct seen){0};
    OK(rig, tcn_store_thread(rig->store, "ee", &thread,
                             (struct tcn_row_taker){see, &seen}));
    saw(&seen, "");
}

static void a_taker_stops_a_list_and_the_next_begins_anew(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    put_range(rig, 1, 5);
    struct seen seen = {.stop_at = 2};
    const struct tcn_row_taker taker = {see, &seen};
    IS(TCN_ERR_CAPACITY, tcn_store_each(rig->store, 0, taker));
    saw(&seen, "1 2 ");
    seen = (struct seen){.stop_at = 1};
    IS(TCN_ERR_CAPACITY, tcn_store_each(rig->store, 3, taker));
    saw(&seen, "4 ");
}

struct nested {
    struct rig *rig;
    size_t bytes;
};

static enum tcn_err read_whole(void *ctx, const struct tcn_stored *row)
{
    struct nested *nested = ctx;
    uint8_t bytes[4096];
    struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
    enum tcn_err err = tcn_store_get(nested->rig->store, &row->id, NULL, &out);
    nested->bytes += out.len;
    return err;
}

static void a_taker_may_read_and_write_the_store(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    put_range(rig, 1, 5);
    struct nested nested = {rig, 0};
    OK(rig, tcn_store_each(rig->store, 0,
                           (struct tcn_row_taker){read_whole, &nested}));
    assert_int_equal(nested.bytes, 5 * 2048);
}

struct names {
    char text[200];
    size_t len;
};

static enum tcn_err name_it(void *ctx, const struct tcn_id *id,
                            const char *peer)
{
    struct names *names = ctx;
    int len =
        snprintf(names->text + names->len, sizeof names->text - names->len,
                 "%u:%s ", id->bytes[31], peer);
    names->len += (size_t)len;
    return TCN_ERR_OK;
}

static void sources_are_known_for_one_and_for_all(void **state)
{
    struct rig *rig = *state;
    static struct made made;
    rig_open(rig);
    put_range(rig, 1, 2); /* from fi */
    make(&made, 3);
    made.row.received_from[0] = '\0'; /* made here */
    OK(rig, tcn_store_put(rig->store, &made.alert, &made.row));
    const struct tcn_id two = made_id(2);
    OK(rig, tcn_store_source(rig->store, &two, "ee"));
    OK(rig, tcn_store_source(rig->store, &two, "ee"));
    struct names names = {0};
    OK(rig, tcn_store_sources(rig->store, &two,
                              (struct tcn_name_taker){name_it, &names}));
    assert_string_equal(names.text, "2:ee 2:fi ");
    names = (struct names){0};
    OK(rig, tcn_store_sources(rig->store, NULL,
                              (struct tcn_name_taker){name_it, &names}));
    assert_int_equal(names.len, strlen("2:ee 2:fi 1:fi "));
}

static size_t given_by_fi(struct rig *rig)
{
    static uint8_t bytes[6000 * 33];
    struct tcn_buf rows = tcn_buf(bytes, sizeof bytes);
    struct tcn_id after = {0};
    bool last = false;
    OK(rig, tcn_store_held(rig->store, "fi", &after, &rows, &last));
    assert_true(last);
    return rows.len / 33;
}

/* One per alert from fi, in each of the two orders. */
static void sources_come_and_go_with_their_alerts(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    OK(rig, tcn_store_begin(rig->store));
    put_range(rig, 1, 25);
    tcn_store_rollback(rig->store);
    count_in(rig, "sources", 0);
    commit_range(rig, 1, 25);
    assert_int_equal(given_by_fi(rig), 25);
    const struct tcn_id one = made_id(7);
    OK(rig, tcn_store_purge(rig->store, &one, true));
    assert_int_equal(given_by_fi(rig), 24);
    count_in(rig, "sources", 24);
}

/* An alert that gets a new seq keeps its sources, and hides nobody else's. */
static void a_merge_leaves_no_source_behind(void **state)
{
    struct rig *rig = *state;
    static struct made made;
    rig_open(rig);
    commit_range(rig, 1, 10);
    make(&made, 4);
    OK(rig, tcn_store_merge(rig->store, &made.alert, 11));
    assert_int_equal(given_by_fi(rig), 10);
    commit_range(rig, 12, 14);
    OK(rig, tcn_store_merge(rig->store, &made.alert, 15));
    assert_int_equal(given_by_fi(rig), 13);
}

/* ---- values and imports ---- */

static void values_are_kept_by_name(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    uint8_t bytes[16];
    struct tcn_buf value = tcn_buf(bytes, sizeof bytes);
    IS(TCN_ERR_NOT_FOUND, tcn_store_value(rig->store, "policy", &value));
    OK(rig, tcn_store_set(rig->store, "policy", tcn_view_str("old")));
    OK(rig, tcn_store_set(rig->store, "policy", tcn_view_str("new")));
    OK(rig, tcn_store_set(rig->store, "empty", tcn_view(NULL, 0)));
    rig_reopen(rig);
    OK(rig, tcn_store_value(rig->store, "policy", &value));
    assert_true(tcn_view_is(tcn_buf_view(&value), "new"));
    value.len = 0;
    OK(rig, tcn_store_value(rig->store, "empty", &value));
    assert_int_equal(value.len, 0);
}

static void an_import_is_remembered_by_its_thread(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    const struct tcn_thread thread = {.bytes = {1}};
    const struct tcn_id first = made_id(1);
    const struct tcn_id second = made_id(2);
    struct tcn_id digest;
    IS(TCN_ERR_NOT_FOUND, tcn_store_import(rig->store, &thread, &digest));
    OK(rig, tcn_store_put_import(rig->store, &thread, &first));
    OK(rig, tcn_store_put_import(rig->store, &thread, &second));
    OK(rig, tcn_store_import(rig->store, &thread, &digest));
    assert_true(tcn_id_equal(&digest, &second));
}

static void a_value_beyond_the_limit_is_refused_whole(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    size_t len = 9u * 1024 * 1024;
    uint8_t *much = calloc(1, len);
    assert_non_null(much);
    IS(TCN_ERR_SIZE, tcn_store_set(rig->store, "big", tcn_view(much, len)));
    static struct made made;
    make(&made, 1);
    made.alert.envelope = tcn_view(much, len);
    IS(TCN_ERR_SIZE, tcn_store_put(rig->store, &made.alert, &made.row));
    free(much);
    assert_false(is_held(rig, 1));
    uint8_t bytes[16];
    struct tcn_buf value = tcn_buf(bytes, sizeof bytes);
    IS(TCN_ERR_NOT_FOUND, tcn_store_value(rig->store, "big", &value));
}

static void numbers_beyond_the_range_become_the_greatest(void **state)
{
    struct rig *rig = *state;
    static struct made made;
    rig_open(rig);
    make(&made, 1);
    made.row.expires_ms = UINT64_MAX;
    OK(rig, tcn_store_put(rig->store, &made.alert, &made.row));
    struct tcn_stored row;
    OK(rig, tcn_store_get(rig->store, &made.row.id, &row, NULL));
    assert_true(row.expires_ms == INT64_MAX);
}

/* ---- transactions ---- */

static void a_rollback_undoes_everything_since_begin(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    commit_range(rig, 1, 3);
    OK(rig, tcn_store_begin(rig->store));
    put_range(rig, 4, 6);
    tcn_store_rollback(rig->store);
    tcn_store_rollback(rig->store); /* nothing is left to undo */
    assert_true(is_held(rig, 3));
    assert_false(is_held(rig, 4));
    commit_range(rig, 4, 4);
    rig_reopen(rig);
    assert_true(is_held(rig, 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(an_alert_comes_back_as_it_was_put),
        RIG_TEST(a_title_is_cut_where_a_character_ends),
        RIG_TEST(a_title_is_cut_however_long_it_is),
        RIG_TEST(an_alert_without_a_title_has_an_empty_one),
        RIG_TEST(the_same_id_is_not_put_twice),
        RIG_TEST(more_open_classes_replace_the_copy),
        RIG_TEST(a_status_changes),
        RIG_TEST(contents_go_and_the_row_stays),
        RIG_TEST(contents_that_went_are_not_in_the_file),
        RIG_TEST(a_purge_of_the_whole_leaves_nothing_of_the_id),
        RIG_TEST(an_id_is_found_by_its_beginning),
        RIG_TEST(lists_have_their_order_and_bounds),
        RIG_TEST(a_taker_stops_a_list_and_the_next_begins_anew),
        RIG_TEST(a_taker_may_read_and_write_the_store),
        RIG_TEST(sources_are_known_for_one_and_for_all),
        RIG_TEST(sources_come_and_go_with_their_alerts),
        RIG_TEST(a_merge_leaves_no_source_behind),
        RIG_TEST(values_are_kept_by_name),
        RIG_TEST(an_import_is_remembered_by_its_thread),
        RIG_TEST(a_value_beyond_the_limit_is_refused_whole),
        RIG_TEST(numbers_beyond_the_range_become_the_greatest),
        RIG_TEST(a_rollback_undoes_everything_since_begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
