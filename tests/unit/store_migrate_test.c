/* A store of an older version is brought up: nothing that peers rely on is
 * lost. */
#include "store/audit.h"
#include "store/exercises.h"
#include "store/ledger.h"

#include "unit/alert_made.h"
#include "unit/store_rig.h"

#include <sys/stat.h>

/* Version 1 as it was released: one lane. */
static const char version_1[] =
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value BLOB NOT NULL)"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE alerts(seq INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE,"
    " origin TEXT NOT NULL, thread BLOB NOT NULL, revision INTEGER NOT NULL,"
    " kind INTEGER NOT NULL, created INTEGER NOT NULL,"
    " expires INTEGER NOT NULL, received INTEGER NOT NULL,"
    " received_from TEXT NOT NULL, severity INTEGER NOT NULL,"
    " tlp INTEGER NOT NULL, form INTEGER NOT NULL, present INTEGER NOT NULL,"
    " status INTEGER NOT NULL, cert BLOB NOT NULL, ref BLOB,"
    " title TEXT NOT NULL, envelope BLOB) STRICT;"
    "CREATE INDEX alerts_thread ON alerts(thread);"
    "CREATE INDEX alerts_received ON alerts(received);"
    "CREATE TABLE sources(id BLOB NOT NULL,"
    " peer TEXT NOT NULL, PRIMARY KEY(id, peer)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX sources_peer ON sources(peer, id);"
    "CREATE TABLE peers(member TEXT PRIMARY KEY, epoch BLOB, key BLOB,"
    " held_done INTEGER NOT NULL DEFAULT 0, top INTEGER NOT NULL DEFAULT 0,"
    " top_mark BLOB, settled_epoch BLOB,"
    " settled_n INTEGER NOT NULL DEFAULT 0, settled_mark BLOB,"
    " scanned INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;"
    "CREATE TABLE ledger(peer TEXT NOT NULL, epoch BLOB NOT NULL,"
    " n INTEGER NOT NULL, id BLOB NOT NULL, form INTEGER NOT NULL,"
    " mark BLOB NOT NULL, policy BLOB NOT NULL, at INTEGER NOT NULL,"
    " PRIMARY KEY(peer, epoch, n)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX ledger_id ON ledger(id, peer);"
    "CREATE TABLE exports(peer TEXT NOT NULL, id BLOB NOT NULL,"
    " form INTEGER NOT NULL, PRIMARY KEY(id, peer)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE refusals(peer TEXT NOT NULL, n INTEGER NOT NULL,"
    " id BLOB NOT NULL, reason TEXT NOT NULL, retry_at INTEGER NOT NULL,"
    " at INTEGER NOT NULL, PRIMARY KEY(peer, n)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE decisions(id BLOB NOT NULL, peer TEXT NOT NULL,"
    " hook INTEGER NOT NULL, outcome INTEGER NOT NULL,"
    " form INTEGER NOT NULL, rule TEXT NOT NULL, policy BLOB NOT NULL,"
    " at INTEGER NOT NULL, PRIMARY KEY(id, peer, hook))"
    " STRICT, WITHOUT ROWID;"
    "CREATE INDEX decisions_denied ON decisions(peer, at)"
    " WHERE hook=0 AND outcome=0;"
    "CREATE TABLE audit(n INTEGER PRIMARY KEY, at INTEGER NOT NULL,"
    " actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL,"
    " detail TEXT NOT NULL, hash BLOB NOT NULL) STRICT;"
    "CREATE TABLE certs(id BLOB PRIMARY KEY, bytes BLOB NOT NULL,"
    " signature BLOB NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE krevs(cert BLOB PRIMARY KEY, bytes BLOB NOT NULL,"
    " signature BLOB NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE imports(thread BLOB PRIMARY KEY, digest BLOB NOT NULL)"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE feed_seq(observers TEXT PRIMARY KEY,"
    " seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE outbox(k INTEGER PRIMARY KEY, observers TEXT NOT NULL,"
    " seq INTEGER NOT NULL, at INTEGER NOT NULL, topic TEXT NOT NULL,"
    " body BLOB NOT NULL, misp BLOB, UNIQUE(observers, seq)) STRICT;";

/* What a node of that version had: fi knows 3 rows of ours and we 5 of its; lv
 * was never met, and se only said something. */
#define ID "x'0707070707070707070707070707070707070707070707070707070707070707'"
static const char contents[] =
    "INSERT INTO peers VALUES('fi',x'6100000000000000',x'0101',1,3,"
    " x'0307000000000000',x'6200000000000000',5,x'0509000000000000',42),"
    " ('lv',NULL,NULL,0,0,NULL,NULL,0,NULL,0),"
    " ('se',NULL,NULL,0,0,NULL,x'6300000000000000',7,x'07',0);"
    "INSERT INTO ledger VALUES"
    " ('fi',x'6100000000000000',1,zeroblob(32),1,x'0101010101010101',"
    " zeroblob(32),101),"
    " ('fi',x'6100000000000000',3," ID ",3,x'0307000000000000',"
    " " ID ",103),"
    " ('fi',x'6000000000000000',1,zeroblob(32),1,x'0101010101010101',"
    " zeroblob(32),99);"
    "INSERT INTO exports VALUES('fi'," ID ",3);"
    "INSERT INTO decisions VALUES(" ID ",'lv',0,0,0,'no-amber',zeroblob(32),7),"
    " (zeroblob(32),'fi',1,0,0,'default',zeroblob(32),8);"
    "INSERT INTO refusals VALUES('fi',2," ID ",'unpinned',0,502),"
    " ('fi',4," ID ",'early',1004,504),('se',1," ID ",'capacity',0,501);";

static void run_sql(struct rig *rig, const char *statements)
{
    sqlite3 *db = NULL;
    char *said = NULL;
    mode_t before = umask(0077);
    assert_int_equal(sqlite3_open(rig_path(rig, "node.db"), &db), SQLITE_OK);
    (void)umask(before);
    if (sqlite3_exec(db, statements, NULL, NULL, &said) != SQLITE_OK) {
        fail_msg("%s", said);
    }
    sqlite3_close(db);
}

static void make_version_1(struct rig *rig)
{
    run_sql(rig, version_1);
    run_sql(rig, contents);
    run_sql(rig, "PRAGMA application_id=1413697073; PRAGMA user_version=1;");
}

static struct tcn_peer_row peer_of(struct rig *rig, const char *peer)
{
    struct tcn_peer_row row;
    OK(rig, tcn_store_peer(rig->store, peer, &row));
    return row;
}

static struct tcn_row_number bulk(uint64_t n)
{
    return (struct tcn_row_number){.lane = 1, .n = n};
}

static void a_ledger_of_one_lane_is_the_bulk_one(void **state)
{
    struct rig *rig = *state;
    struct tcn_ledger_row row;
    make_version_1(rig);
    rig_open(rig);
    struct tcn_peer_row fi = peer_of(rig, "fi");
    assert_true(fi.has_ledger);
    assert_true(fi.held_done);
    assert_int_equal(fi.epoch[0], 0x61);
    assert_int_equal(fi.scanned_seq, 42);
    assert_int_equal(fi.lanes[1].top, 3);
    assert_int_equal(fi.lanes[1].top_mark[0], 3);
    assert_int_equal(fi.lanes[1].top_mark[1], 7);
    assert_int_equal(fi.lanes[0].top, 0);
    OK(rig, tcn_store_ledger_row(rig->store, "fi", bulk(3), &row));
    assert_int_equal(row.lane, 1);
    assert_int_equal(row.id.bytes[31], 7);
    assert_int_equal(row.policy.bytes[0], 7);
    assert_int_equal(row.form, 3);
    assert_int_equal(row.mark[1], 7);
    assert_int_equal(row.at_ms, 103);
    IS(TCN_ERR_NOT_FOUND,
       tcn_store_ledger_row(rig->store, "fi", (struct tcn_row_number){0, 3},
                            &row));
    assert_int_equal(rig_number(rig, rig->store->db,
                                "SELECT count(*) FROM ledger WHERE lane=1"),
                     3); /* that of the older epoch too */
}

static void what_was_settled_stays_settled(void **state)
{
    struct rig *rig = *state;
    make_version_1(rig);
    rig_open(rig);
    struct tcn_peer_row fi = peer_of(rig, "fi");
    assert_true(fi.has_settled);
    assert_int_equal(fi.settled_epoch[0], 0x62);
    assert_int_equal(fi.lanes[1].settled_n, 5);
    assert_int_equal(fi.lanes[1].settled_mark[1], 9);
    assert_int_equal(fi.lanes[0].settled_n, 0);
    struct tcn_peer_row se = peer_of(rig, "se");
    assert_false(se.has_ledger);
    assert_int_equal(se.lanes[1].settled_n, 7);
    assert_false(peer_of(rig, "lv").has_settled);
}

static enum tcn_err take_refusal(void *ctx, const char *peer,
                                 const struct tcn_refusal_row *row)
{
    struct tcn_buf *out = ctx;
    assert_int_equal(row->id.bytes[0], 7);
    assert_int_equal(row->at_ms, 500 + row->at.n);
    tcn_buf_printf(out, "%s:%u.%u=%s@%u ", peer, row->at.lane,
                   (unsigned)row->at.n, tcn_err_word(row->err),
                   (unsigned)row->retry_at_ms);
    return TCN_ERR_OK;
}

static void refusals_are_kept(void **state)
{
    struct rig *rig = *state;
    char text[200];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    make_version_1(rig);
    rig_open(rig);
    OK(rig, tcn_store_refusals(rig->store, NULL, bulk(0), 9,
                               (struct tcn_refusal_taker){take_refusal, &out}));
    assert_string_equal(tcn_buf_text(&out),
                        "fi:1.4=early@1004 fi:1.2=unpinned@0 "
                        "se:1.1=capacity@0 ");
}

/* The next row of each lane, and a second start. */
static void a_store_that_was_brought_up_goes_on(void **state)
{
    struct rig *rig = *state;
    make_version_1(rig);
    rig_open(rig);
    for (uint8_t lane = 0; lane < TCN_LANE_COUNT; lane++) {
        const struct tcn_ledger_row row = {.epoch = {0x61},
                                           .lane = lane,
                                           .n = lane == 1 ? 4 : 1,
                                           .id = made_id(lane),
                                           .form = 1};
        OK(rig, tcn_store_export(rig->store, "fi", &row));
    }
    const uint8_t mark[8] = {8};
    OK(rig, tcn_store_cursor(rig->store, "fi", bulk(6), mark));
    OK(rig, tcn_store_took(rig->store, "fi", bulk(2)));
    rig_reopen(rig);
    struct tcn_peer_row fi = peer_of(rig, "fi");
    assert_int_equal(fi.lanes[0].top, 1);
    assert_int_equal(fi.lanes[1].top, 4);
    assert_int_equal(fi.lanes[1].settled_n, 6);
    assert_int_equal(
        rig_number(rig, rig->store->db, "SELECT count(*) FROM refusals"), 2);
    assert_int_equal(rig_number(rig, rig->store->db, "PRAGMA user_version"), 5);
}

static struct tcn_id id_of(uint8_t byte)
{
    struct tcn_id id;
    memset(id.bytes, byte, sizeof id.bytes);
    return id;
}

static enum tcn_err take_export(void *ctx, const char *peer,
                                const struct tcn_ledger_row *row)
{
    struct tcn_buf *out = ctx;
    tcn_buf_printf(out, "%s has %u of %u by %u/%u; ", peer, row->form,
                   row->id.bytes[0], row->lane, (unsigned)row->n);
    return TCN_ERR_OK;
}

static enum tcn_err take_decision(void *ctx,
                                  const struct tcn_decision *decision)
{
    tcn_buf_printf(ctx, "%s of %u: %s; ", decision->peer, decision->id.bytes[0],
                   decision->rule);
    return TCN_ERR_OK;
}

static const char *said_of(struct rig *rig, uint8_t byte)
{
    static uint8_t room[400];
    struct tcn_buf out = tcn_buf(room, sizeof room);
    const struct tcn_id id = id_of(byte);
    OK(rig, tcn_store_exports(rig->store, &id,
                              (struct tcn_ledger_taker){take_export, &out}));
    OK(rig,
       tcn_store_decisions(rig->store, &id, NULL, 0,
                           (struct tcn_decision_taker){take_decision, &out}));
    return tcn_buf_text(&out);
}

/* None of these ids has an alert in that file. */
static void what_was_said_of_ids_is_still_said(void **state)
{
    struct rig *rig = *state;
    make_version_1(rig);
    rig_open(rig);
    assert_string_equal(said_of(rig, 7),
                        "fi has 3 of 7 by 1/3; lv of 7: no-amber; ");
    assert_string_equal(said_of(rig, 0), "fi of 0: default; ");
    assert_string_equal(said_of(rig, 1), "");
    struct tcn_ledger_row again = {.id = id_of(7), .form = 4};
    OK(rig, tcn_store_begin(rig->store));
    OK(rig, tcn_store_export(rig->store, "fi", &again));
    OK(rig, tcn_store_commit(rig->store));
    assert_string_equal(said_of(rig, 7),
                        "fi has 7 of 7 by 1/3; lv of 7: no-amber; ");
    assert_int_equal(
        rig_number(rig, rig->store->db, "SELECT count(*) FROM unheld"), 2);
}

/* A fresh store and one that was brought up have the same tables. */
static void both_ways_lead_to_the_same_schema(void **state)
{
    struct rig *rig = *state;
    static const char hash[] =
        "SELECT count(*) + 1000*sum(length(name)) FROM (SELECT t.name AS t,"
        " c.name AS name FROM sqlite_schema t, pragma_table_info(t.name) c"
        " WHERE t.type='table')";
    static const char indexes[] =
        "SELECT count(*) + 1000*sum(length(name)) FROM sqlite_schema"
        " WHERE type='index' AND sql IS NOT NULL";
    rig_open(rig);
    int64_t columns = rig_number(rig, rig->store->db, hash);
    int64_t named = rig_number(rig, rig->store->db, indexes);
    rig_close(rig);
    assert_int_equal(remove(rig_path(rig, "node.db")), 0);
    make_version_1(rig);
    rig_open(rig);
    assert_int_equal(rig_number(rig, rig->store->db, hash), columns);
    assert_int_equal(rig_number(rig, rig->store->db, indexes), named);
}

static void put_of(struct rig *rig, uint64_t seq, const char *exercise)
{
    static struct tcn_draft draft;
    static struct made_bytes bytes;
    static struct tcn_alert alert;
    struct tcn_card card = made_card();
    struct tcn_stored row = {.seq = seq};
    made_full_draft(&draft);
    draft.header.thread.bytes[0] = (uint8_t)seq;
    draft.header.exercise = tcn_view_str(exercise);
    OK(rig, made_alert(&bytes, &draft, &card.cert));
    OK(rig, tcn_alert_decode(&alert, made_view(&bytes)));
    OK(rig, tcn_alert_check_fields(&alert));
    row.id = alert.id;
    (void)snprintf(row.origin, sizeof row.origin, "ee");
    (void)snprintf(row.received_from, sizeof row.received_from, "fi");
    OK(rig, tcn_store_put(rig->store, &alert, &row));
}

static enum tcn_err take_count(void *ctx,
                               const struct tcn_exercise_count *count)
{
    struct tcn_exercise_count *only = ctx;
    assert_string_equal(only->name, "");
    *only = *count;
    return TCN_ERR_OK;
}

/* The alerts of the store in a file of version 1. */
static void take_back_to_version_1(struct rig *rig)
{
    static const char take_apart[] =
        "DROP INDEX alerts_thread; DROP INDEX alerts_received;"
        "DROP INDEX alerts_exercise; ALTER TABLE alerts RENAME TO newer;"
        "DROP TABLE meta; DROP TABLE sources; DROP TABLE peers;"
        "DROP TABLE lanes; DROP TABLE ledger; DROP TABLE exports;"
        "DROP TABLE refusals; DROP TABLE decisions; DROP TABLE audit;"
        "DROP TABLE certs; DROP TABLE krevs; DROP TABLE imports;"
        "DROP TABLE feed_seq; DROP TABLE outbox; DROP TABLE holds;"
        "DROP TABLE approvals; DROP TABLE delays; DROP TABLE quarantine;"
        "DROP TABLE requests; DROP TABLE acks; DROP TABLE heads;"
        "DROP TABLE unheld;";
    static const char put_in[] =
        "INSERT INTO alerts SELECT seq,id,origin,thread,revision,kind,created,"
        "expires,received,received_from,severity,tlp,form,present,status,cert,"
        "ref,title,envelope FROM newer; DROP TABLE newer;"
        "PRAGMA user_version=1;";
    run_sql(rig, take_apart);
    run_sql(rig, version_1);
    run_sql(rig, put_in);
}

/* Versions before 4 did not say to which exercise an alert belongs, those
 * before 5 not which alert observers were told of. */
static void alerts_of_a_version_before_know_their_exercise(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    put_of(rig, 1, "");
    put_of(rig, 2, "locked-2027");
    put_of(rig, 3, "locked-2027");
    rig_close(rig);
    take_back_to_version_1(rig);
    run_sql(rig,
            "INSERT INTO outbox VALUES(4,'soc',9,5,'t',CAST(json_object("
            "'id',(SELECT lower(hex(id)) FROM alerts WHERE seq=2)) "
            "AS BLOB),NULL),(5,'soc',10,5,'t',CAST('<xml>' AS BLOB),NULL)");
    rig_open(rig);
    assert_int_equal(rig_number(rig, rig->store->db,
                                "SELECT sum(n * ifnull(k, 100)) FROM outbox"),
                     4 * 2 + 5 * 100);
    struct tcn_exercise_count only = {.name = ""};
    OK(rig, tcn_store_exercises(
                rig->store, (struct tcn_exercise_taker){take_count, &only}));
    assert_string_equal(only.name, "locked-2027");
    assert_int_equal(only.alerts, 2);
    assert_int_equal(only.exported, 0);
    assert_int_equal(rig_number(rig, rig->store->db,
                                "SELECT count(*) FROM sources s JOIN alerts a"
                                " ON a.k=s.k AND a.received_from=s.peer"),
                     3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(a_ledger_of_one_lane_is_the_bulk_one),
        RIG_TEST(what_was_settled_stays_settled),
        RIG_TEST(refusals_are_kept),
        RIG_TEST(what_was_said_of_ids_is_still_said),
        RIG_TEST(a_store_that_was_brought_up_goes_on),
        RIG_TEST(alerts_of_a_version_before_know_their_exercise),
        RIG_TEST(both_ways_lead_to_the_same_schema),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
