/* Export ledgers, cursors, refusals, decisions and proofs in the store. */
#include "store/audit.h"
#include "store/ledger.h"

#include "unit/store_rig.h"

static const uint8_t epoch_a[8] = {'a'};
static const uint8_t epoch_b[8] = {'b'};
static const uint8_t key_a[32] = {1};

enum { FAST, BULK };

static struct tcn_row_number at(unsigned lane, uint64_t n)
{
    return (struct tcn_row_number){.lane = (uint8_t)lane, .n = n};
}

/* On the bulk lane. */
static struct tcn_ledger_row ledger_row(const uint8_t epoch[8], uint64_t n,
                                        unsigned alert, uint8_t form)
{
    struct tcn_ledger_row row = {
        .lane = BULK,
        .n = n,
        .id = made_id(alert),
        .form = form,
        .mark = {(uint8_t)n, 7},
        .policy = made_id(40000),
        .at_ms = 100 + n,
    };
    memcpy(row.epoch, epoch, sizeof row.epoch);
    return row;
}

static struct tcn_ledger_row fast_row(const uint8_t epoch[8], uint64_t n,
                                      unsigned alert, uint8_t form)
{
    struct tcn_ledger_row row = ledger_row(epoch, n, alert, form);
    row.lane = FAST;
    row.mark[1] = 8;
    return row;
}

static void export(struct rig *rig, const char *peer, struct tcn_ledger_row row)
{
    OK(rig, tcn_store_export(rig->store, peer, &row));
}

static struct tcn_peer_row peer_of(struct rig *rig, const char *peer)
{
    struct tcn_peer_row row;
    OK(rig, tcn_store_peer(rig->store, peer, &row));
    return row;
}

/* ---- our ledger ---- */

static void an_unknown_peer_is_all_zero(void **state)
{
    struct rig *rig = *state;
    static const struct tcn_peer_row zero;
    rig_open(rig);
    struct tcn_peer_row row = peer_of(rig, "fi");
    assert_memory_equal(&row, &zero, sizeof zero);
}

static void a_ledger_is_remembered_across_a_restart(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    OK(rig, tcn_store_epoch(rig->store, "fi", epoch_a, key_a));
    export(rig, "fi", ledger_row(epoch_a, 1, 11, 1));
    export(rig, "fi", ledger_row(epoch_a, 2, 12, 3));
    OK(rig, tcn_store_held_done(rig->store, "fi"));
    OK(rig, tcn_store_scanned(rig->store, "fi", 77));
    rig_reopen(rig);

    struct tcn_peer_row peer = peer_of(rig, "fi");
    assert_true(peer.has_ledger);
    assert_true(peer.held_done);
    assert_false(peer.has_settled);
    assert_memory_equal(peer.epoch, epoch_a, 8);
    assert_memory_equal(peer.key, key_a, 32);
    assert_int_equal(peer.lanes[BULK].top, 2);
    assert_int_equal(peer.lanes[BULK].top_mark[0], 2);
    assert_int_equal(peer.lanes[FAST].top, 0);
    assert_int_equal(peer.scanned_seq, 77);

    struct tcn_ledger_row row;
    const struct tcn_ledger_row want = ledger_row(epoch_a, 2, 12, 3);
    OK(rig, tcn_store_ledger_row(rig->store, "fi", at(BULK, 2), &row));
    assert_memory_equal(row.epoch, want.epoch, 8);
    assert_memory_equal(row.mark, want.mark, 8);
    assert_true(tcn_id_equal(&row.id, &want.id));
    assert_true(tcn_id_equal(&row.policy, &want.policy));
    assert_int_equal(row.lane, BULK);
    assert_int_equal(row.n, 2);
    assert_int_equal(row.form, 3);
    assert_int_equal(row.at_ms, want.at_ms);
    IS(TCN_ERR_NOT_FOUND,
       tcn_store_ledger_row(rig->store, "fi", at(BULK, 3), &row));
    IS(TCN_ERR_NOT_FOUND,
       tcn_store_ledger_row(rig->store, "lv", at(BULK, 1), &row));
    IS(TCN_ERR_NOT_FOUND,
       tcn_store_ledger_row(rig->store, "fi", at(FAST, 2), &row));
}

static void a_new_epoch_begins_at_one_and_hides_the_old_rows(void **state)
{
    struct rig *rig = *state;
    struct tcn_ledger_row row;
    rig_open(rig);
    OK(rig, tcn_store_epoch(rig->store, "fi", epoch_a, key_a));
    export(rig, "fi", ledger_row(epoch_a, 1, 11, 1));
    export(rig, "fi", ledger_row(epoch_a, 2, 12, 1));
    export(rig, "fi", fast_row(epoch_a, 1, 13, 1));
    OK(rig, tcn_store_held_done(rig->store, "fi"));
    OK(rig, tcn_store_scanned(rig->store, "fi", 5));
    OK(rig, tcn_store_epoch(rig->store, "fi", epoch_b, key_a));
    struct tcn_peer_row peer = peer_of(rig, "fi");
    for (unsigned lane = 0; lane < TCN_LANE_COUNT; lane++) {
        assert_int_equal(peer.lanes[lane].top, 0);
        assert_int_equal(peer.lanes[lane].top_mark[0], 0);
    }
    assert_int_equal(peer.scanned_seq, 0);
    assert_false(peer.held_done);
    IS(TCN_ERR_NOT_FOUND,
       tcn_store_ledger_row(rig->store, "fi", at(BULK, 2), &row));
    export(rig, "fi", ledger_row(epoch_b, 1, 12, 1));
    OK(rig, tcn_store_ledger_row(rig->store, "fi", at(BULK, 1), &row));
    const struct tcn_id want = made_id(12);
    assert_true(tcn_id_equal(&row.id, &want));
}

static void each_lane_numbers_its_own_rows(void **state)
{
    struct rig *rig = *state;
    struct tcn_ledger_row row;
    rig_open(rig);
    OK(rig, tcn_store_epoch(rig->store, "fi", epoch_a, key_a));
    export(rig, "fi", ledger_row(epoch_a, 1, 11, 1));
    export(rig, "fi", fast_row(epoch_a, 1, 12, 1));
    export(rig, "fi", ledger_row(epoch_a, 2, 13, 1));
    rig_reopen(rig);
    struct tcn_peer_row peer = peer_of(rig, "fi");
    assert_int_equal(peer.lanes[FAST].top, 1);
    assert_int_equal(peer.lanes[FAST].top_mark[1], 8);
    assert_int_equal(peer.lanes[BULK].top, 2);
    assert_int_equal(peer.lanes[BULK].top_mark[1], 7);
    OK(rig, tcn_store_ledger_row(rig->store, "fi", at(FAST, 1), &row));
    assert_int_equal(row.id.bytes[31], 12);
    assert_int_equal(row.lane, FAST);
    OK(rig, tcn_store_ledger_row(rig->store, "fi", at(BULK, 1), &row));
    assert_int_equal(row.id.bytes[31], 11);
    IS(TCN_ERR_NOT_FOUND,
       tcn_store_ledger_row(rig->store, "fi", at(FAST, 2), &row));
}

/* Its mark is what the next row of its lane is chained to. */
static void the_last_row_of_a_lane_outlives_its_alert(void **state)
{
    struct rig *rig = *state;
    struct tcn_ledger_row row;
    rig_open(rig);
    OK(rig, tcn_store_epoch(rig->store, "fi", epoch_a, key_a));
    put_range(rig, 11, 13);
    export(rig, "fi", ledger_row(epoch_a, 1, 11, 1));
    export(rig, "fi", ledger_row(epoch_a, 2, 12, 1));
    export(rig, "fi", fast_row(epoch_a, 1, 13, 1));
    for (unsigned i = 11; i <= 13; i++) {
        const struct tcn_id id = made_id(i);
        OK(rig, tcn_store_purge(rig->store, &id, true));
    }
    IS(TCN_ERR_NOT_FOUND,
       tcn_store_ledger_row(rig->store, "fi", at(BULK, 1), &row));
    OK(rig, tcn_store_ledger_row(rig->store, "fi", at(BULK, 2), &row));
    OK(rig, tcn_store_ledger_row(rig->store, "fi", at(FAST, 1), &row));
}

static void a_lane_that_cannot_be_is_damage(void **state)
{
    struct rig *rig = *state;
    struct tcn_peer_row row;
    rig_open(rig);
    OK(rig, tcn_store_epoch(rig->store, "fi", epoch_a, key_a));
    rig_close(rig);
    (void)rig_sql(rig, "node.db",
                  "INSERT INTO lanes(peer,lane) VALUES('fi',2)");
    rig_open(rig);
    IS(TCN_ERR_CORRUPT, tcn_store_peer(rig->store, "fi", &row));
}

static void a_number_is_given_once(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    OK(rig, tcn_store_epoch(rig->store, "fi", epoch_a, key_a));
    export(rig, "fi", ledger_row(epoch_a, 1, 11, 1));
    struct tcn_ledger_row row = ledger_row(epoch_a, 1, 12, 1);
    IS(TCN_ERR_EXISTS, tcn_store_export(rig->store, "fi", &row));
}

static void a_new_policy_scans_every_peer_again(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    OK(rig, tcn_store_scanned(rig->store, "fi", 9));
    OK(rig, tcn_store_scanned(rig->store, "lv", 8));
    OK(rig, tcn_store_rescan(rig->store));
    assert_int_equal(peer_of(rig, "fi").scanned_seq, 0);
    assert_int_equal(peer_of(rig, "lv").scanned_seq, 0);
}

/* ---- what peers have of us ---- */

struct listed {
    char text[400];
    size_t len;
    unsigned stop_at;
    unsigned count;
};

static void list(struct listed *listed, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(listed->text + listed->len,
                        sizeof listed->text - listed->len, format, args);
    va_end(args);
    listed->len += (size_t)len;
}

static enum tcn_err take_export(void *ctx, const char *peer,
                                const struct tcn_ledger_row *row)
{
    list(ctx, "%s:%u/%llu=%u ", peer, row->id.bytes[31],
         (unsigned long long)row->n, row->form);
    return TCN_ERR_OK;
}

static void exports_are(struct rig *rig, unsigned alert, const char *want)
{
    struct listed listed = {0};
    const struct tcn_id id = made_id(alert);
    OK(rig, tcn_store_exports(rig->store, alert == 0 ? NULL : &id,
                              (struct tcn_ledger_taker){take_export, &listed}));
    assert_string_equal(listed.text, want);
}

static void exports_add_up_by_class(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    OK(rig, tcn_store_epoch(rig->store, "fi", epoch_a, key_a));
    OK(rig, tcn_store_epoch(rig->store, "lv", epoch_a, key_a));
    export(rig, "fi", ledger_row(epoch_a, 1, 11, 1));
    export(rig, "fi", ledger_row(epoch_a, 2, 11, 2));
    export(rig, "lv", ledger_row(epoch_a, 1, 11, 1));
    export(rig, "lv", ledger_row(epoch_a, 0, 12, 3)); /* it held that already */
    exports_are(rig, 11, "fi:11/1=3 fi:11/2=3 lv:11/1=1 ");
    exports_are(rig, 12, "lv:12/0=3 ");
    exports_are(rig, 13, "");
    const struct tcn_id id = made_id(11);
    OK(rig, tcn_store_lacks(rig->store, "fi", &id, 2));
    exports_are(rig, 11, "fi:11/1=1 fi:11/2=1 lv:11/1=1 ");
    /* n = 0 is no number */
    assert_int_equal(peer_of(rig, "lv").lanes[BULK].top, 1);
}

static void an_export_outlives_its_epoch_with_its_classes_open(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    OK(rig, tcn_store_epoch(rig->store, "fi", epoch_a, key_a));
    OK(rig, tcn_store_epoch(rig->store, "lv", epoch_a, key_a));
    export(rig, "fi", ledger_row(epoch_a, 1, 11, 3));
    export(rig, "lv", ledger_row(epoch_a, 1, 11, 3));
    OK(rig, tcn_store_epoch(rig->store, "fi", epoch_b, key_a));
    struct listed listed = {0};
    OK(rig, tcn_store_exports(rig->store, NULL,
                              (struct tcn_ledger_taker){take_export, &listed}));
    assert_non_null(strstr(listed.text, "fi:11/0=0 "));
    assert_non_null(strstr(listed.text, "lv:11/0=3 "));
}

/* ---- the peer's ledger, at us ---- */

static void cursor(struct rig *rig, const char *peer,
                   struct tcn_row_number number)
{
    const uint8_t mark[8] = {(uint8_t)number.n, number.lane};
    OK(rig, tcn_store_cursor(rig->store, peer, number, mark));
}

static void refuse(struct rig *rig, const char *peer,
                   struct tcn_row_number number, enum tcn_err err)
{
    struct tcn_refusal_row row = {
        .at = number,
        .id = made_id((unsigned)number.n),
        .err = err,
        .retry_at_ms = 1000 + number.n,
        .at_ms = 500 + number.n,
    };
    OK(rig, tcn_store_refuse(rig->store, peer, &row));
}

/* "fi:1.3=early": row 3 of the bulk lane. */
static enum tcn_err take_refusal(void *ctx, const char *peer,
                                 const struct tcn_refusal_row *row)
{
    struct listed *listed = ctx;
    assert_int_equal(row->retry_at_ms, 1000 + row->at.n);
    assert_int_equal(row->at_ms, 500 + row->at.n);
    assert_int_equal(row->id.bytes[31], row->at.n);
    list(listed, "%s:%u.%llu=%s ", peer, row->at.lane,
         (unsigned long long)row->at.n, tcn_err_word(row->err));
    return ++listed->count == listed->stop_at ? TCN_ERR_CAPACITY : TCN_ERR_OK;
}

static void refusals_are(struct rig *rig, const char *peer,
                         struct tcn_row_number after, size_t limit,
                         const char *want)
{
    struct listed listed = {0};
    OK(rig,
       tcn_store_refusals(rig->store, peer, after, limit,
                          (struct tcn_refusal_taker){take_refusal, &listed}));
    assert_string_equal(listed.text, want);
}

static void a_cursor_moves_forward_only_and_in_its_lane(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    OK(rig, tcn_store_adopt(rig->store, "fi", epoch_a));
    cursor(rig, "fi", at(BULK, 3));
    cursor(rig, "fi", at(FAST, 9));
    cursor(rig, "fi", at(BULK, 2)); /* an old one */
    rig_reopen(rig);
    struct tcn_peer_row peer = peer_of(rig, "fi");
    assert_true(peer.has_settled);
    assert_false(peer.has_ledger);
    assert_memory_equal(peer.settled_epoch, epoch_a, 8);
    assert_int_equal(peer.lanes[BULK].settled_n, 3);
    assert_int_equal(peer.lanes[BULK].settled_mark[0], 3);
    assert_int_equal(peer.lanes[BULK].settled_mark[1], BULK);
    assert_int_equal(peer.lanes[FAST].settled_n, 9);
    assert_int_equal(peer.lanes[FAST].settled_mark[0], 9);
}

/* The two directions of a link share a row of the table. */
static void a_cursor_and_a_ledger_do_not_touch_each_other(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    OK(rig, tcn_store_epoch(rig->store, "fi", epoch_a, key_a));
    OK(rig, tcn_store_adopt(rig->store, "fi", epoch_b));
    cursor(rig, "fi", at(BULK, 7));
    export(rig, "fi", ledger_row(epoch_a, 1, 11, 1));
    assert_int_equal(peer_of(rig, "fi").lanes[BULK].settled_n, 7);
    OK(rig, tcn_store_epoch(rig->store, "fi", epoch_b, key_a));
    assert_int_equal(peer_of(rig, "fi").lanes[BULK].settled_n, 7);
    export(rig, "fi", ledger_row(epoch_b, 1, 11, 1));
    OK(rig, tcn_store_adopt(rig->store, "fi", epoch_a));
    struct tcn_peer_row peer = peer_of(rig, "fi");
    assert_int_equal(peer.lanes[BULK].top, 1);
    assert_int_equal(peer.lanes[BULK].settled_n, 0);
}

static void a_row_that_came_after_all_is_no_refusal(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    OK(rig, tcn_store_adopt(rig->store, "fi", epoch_a));
    refuse(rig, "fi", at(BULK, 2), TCN_ERR_UNPINNED);
    refuse(rig, "fi", at(FAST, 2), TCN_ERR_UNPINNED);
    OK(rig, tcn_store_took(rig->store, "fi", at(BULK, 2)));
    OK(rig, tcn_store_took(rig->store, "fi", at(BULK, 3))); /* it was none */
    OK(rig, tcn_store_took(rig->store, "lv", at(FAST, 2)));
    rig_reopen(rig);
    refusals_are(rig, "fi", at(FAST, 0), 10, "fi:0.2=unpinned ");
}

static enum tcn_err count_decision(void *ctx,
                                   const struct tcn_decision *decision)
{
    (void)decision;
    ++*(unsigned *)ctx;
    return TCN_ERR_OK;
}

static void what_was_refused_long_ago_is_forgotten(void **state)
{
    struct rig *rig = *state;
    const struct tcn_id old = made_id(1), recent = made_id(2);
    struct tcn_decision decision = {.id = old, .peer = "fi", .hook = 1};
    rig_open(rig);
    OK(rig, tcn_store_adopt(rig->store, "fi", epoch_a));
    OK(rig, tcn_store_decide(rig->store, &decision));
    refuse(rig, "fi", at(BULK, 1), TCN_ERR_IMPORT_DENIED);
    decision.id = recent;
    OK(rig, tcn_store_decide(rig->store, &decision));
    refuse(rig, "fi", at(BULK, 2), TCN_ERR_IMPORT_DENIED);
    refuse(rig, "fi", at(FAST, 1), TCN_ERR_IMPORT_DENIED);
    cursor(rig, "fi", at(BULK, 1 + TCN_REFUSED_ROWS));
    /* It makes no difference whose refusal is the one that looks. */
    for (unsigned i = 0; i < 1024; i++) {
        refuse(rig, "lv", at(FAST, 1), TCN_ERR_IMPORT_DENIED);
    }
    refusals_are(rig, "fi", at(FAST, 0), 2,
                 "fi:0.1=import-denied fi:1.2=import-denied ");
    const struct tcn_id *ids[] = {&old, &recent};
    for (unsigned i = 0; i < 2; i++) {
        unsigned count = 0;
        OK(rig, tcn_store_decisions(
                    rig->store, ids[i], NULL, 0,
                    (struct tcn_decision_taker){count_decision, &count}));
        assert_int_equal(count, i);
    }
}

static void refusals_are_paged_and_shown_newest_first(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    OK(rig, tcn_store_adopt(rig->store, "fi", epoch_a));
    OK(rig, tcn_store_adopt(rig->store, "lv", epoch_a));
    refuse(rig, "fi", at(BULK, 1), TCN_ERR_UNPINNED);
    refuse(rig, "fi", at(FAST, 3), TCN_ERR_EARLY);
    refuse(rig, "fi", at(BULK, 4), TCN_ERR_IMPORT_DENIED);
    refuse(rig, "lv", at(BULK, 2), TCN_ERR_CAPACITY);
    /* the fast lane first, whatever the numbers */
    refusals_are(rig, "fi", at(FAST, 0), 2, "fi:0.3=early fi:1.1=unpinned ");
    refusals_are(rig, "fi", at(FAST, 3), 1, "fi:1.1=unpinned ");
    refusals_are(rig, "fi", at(BULK, 1), 2, "fi:1.4=import-denied ");
    refusals_are(rig, "fi", at(BULK, 4), 2, "");
    refusals_are(rig, NULL, at(FAST, 0), 3,
                 "fi:1.4=import-denied fi:0.3=early "
                 "lv:1.2=capacity ");
    refuse(rig, "fi", at(BULK, 1), TCN_ERR_EXPIRED); /* for another reason */
    refusals_are(rig, "fi", at(BULK, 0), 1, "fi:1.1=expired ");
    struct listed listed = {.stop_at = 1};
    IS(TCN_ERR_CAPACITY,
       tcn_store_refusals(rig->store, "fi", at(FAST, 0), 9,
                          (struct tcn_refusal_taker){take_refusal, &listed}));
    refusals_are(rig, "lv", at(FAST, 0), 9, "lv:1.2=capacity ");
}

static void every_reason_comes_back_as_it_was(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    OK(rig, tcn_store_adopt(rig->store, "fi", epoch_a));
    for (int i = 1; i < TCN_ERR_COUNT; i++) {
        refuse(rig, "fi", at(BULK, (uint64_t)i), (enum tcn_err)i);
        char want[64];
        (void)snprintf(want, sizeof want, "fi:1.%d=%s ", i,
                       tcn_err_word((enum tcn_err)i));
        refusals_are(rig, "fi", at(BULK, (uint64_t)i - 1), 1, want);
    }
}

static void a_new_epoch_of_the_peer_voids_its_refusals(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    OK(rig, tcn_store_adopt(rig->store, "fi", epoch_a));
    OK(rig, tcn_store_adopt(rig->store, "lv", epoch_a));
    refuse(rig, "fi", at(BULK, 1), TCN_ERR_UNPINNED);
    refuse(rig, "fi", at(FAST, 1), TCN_ERR_UNPINNED);
    refuse(rig, "lv", at(BULK, 1), TCN_ERR_UNPINNED);
    cursor(rig, "fi", at(BULK, 5));
    cursor(rig, "fi", at(FAST, 5));
    OK(rig, tcn_store_adopt(rig->store, "fi", epoch_b));
    for (unsigned lane = 0; lane < TCN_LANE_COUNT; lane++) {
        assert_int_equal(peer_of(rig, "fi").lanes[lane].settled_n, 0);
        assert_int_equal(peer_of(rig, "fi").lanes[lane].settled_mark[0], 0);
    }
    assert_memory_equal(peer_of(rig, "fi").settled_epoch, epoch_b, 8);
    refusals_are(rig, NULL, at(FAST, 0), 10, "lv:1.1=unpinned ");
    cursor(rig, "fi", at(BULK, 1));
    assert_int_equal(peer_of(rig, "fi").lanes[BULK].settled_n, 1);
}

/* ---- what the peer gave us ---- */

static void what_a_peer_gave_comes_in_pages(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    put_range(rig, 1, 5); /* from fi */
    const struct tcn_id third = made_id(3);
    OK(rig, tcn_store_source(rig->store, &third, "lv"));
    struct tcn_id after = {0};
    struct tcn_id before = {0};
    unsigned count = 0;
    bool last = false;
    while (!last) {
        uint8_t bytes[2 * 33 + 20]; /* two fit, and a part of a third */
        struct tcn_buf rows = tcn_buf(bytes, sizeof bytes);
        OK(rig, tcn_store_held(rig->store, "fi", &after, &rows, &last));
        assert_int_equal(rows.len % 33, 0);
        assert_false(rows.full);
        for (size_t at = 0; at < rows.len; at += 33) {
            assert_int_equal(bytes[at + 31], count + 1);
            memcpy(before.bytes, bytes + at, 32);
            assert_int_equal(bytes[at + 32], 1);
            count++;
        }
        assert_memory_equal(after.bytes, before.bytes, 32);
        assert_in_range(count, 1, 5);
    }
    assert_int_equal(count, 5);
    uint8_t bytes[200];
    struct tcn_buf rows = tcn_buf(bytes, sizeof bytes);
    after = (struct tcn_id){0};
    OK(rig, tcn_store_held(rig->store, "lv", &after, &rows, &last));
    assert_int_equal(rows.len, 33);
    assert_true(last);
}

static void what_a_peer_gave_of_its_own_is_marked(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    put_range(rig, 1, 1); /* of lv, from fi */
    const struct tcn_id first = made_id(1);
    OK(rig, tcn_store_source(rig->store, &first, "lv"));
    static const struct {
        const char *peer;
        uint8_t form;
    } rows[] = {{"fi", 1}, {"lv", 1 | TCN_HELD_IS_ORIGIN}};
    for (size_t i = 0; i < 2; i++) {
        uint8_t bytes[100];
        struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
        struct tcn_id after = {0};
        bool last = false;
        OK(rig, tcn_store_held(rig->store, rows[i].peer, &after, &out, &last));
        assert_int_equal(out.len, 33);
        assert_int_equal(bytes[32], rows[i].form);
        assert_true(last);
    }
}

/* ---- proofs ---- */

static enum tcn_err take_proof(void *ctx, struct tcn_view bytes,
                               struct tcn_view signature)
{
    list(ctx, "%.*s/%.*s ", (int)bytes.len, (const char *)bytes.data,
         (int)signature.len, (const char *)signature.data);
    return TCN_ERR_OK;
}

static void proofs_are_kept_once(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    struct tcn_cert cert = {.id = made_id(1)};
    struct tcn_krev krev = {.cert = made_id(1)};
    for (int i = 0; i < 2; i++) {
        OK(rig, tcn_store_put_cert(rig->store, &cert, tcn_view_str("cert"),
                                   tcn_view_str("by-root")));
        OK(rig, tcn_store_put_krev(rig->store, &krev, tcn_view_str("krev"),
                                   tcn_view_str("by-duty")));
        rig_reopen(rig);
    }
    struct listed listed = {0};
    const struct tcn_proof_taker taker = {take_proof, &listed};
    OK(rig, tcn_store_certs(rig->store, taker));
    OK(rig, tcn_store_krevs(rig->store, taker));
    assert_string_equal(listed.text, "cert/by-root krev/by-duty ");
}

/* ---- decisions ---- */

static void decide(struct rig *rig, unsigned alert, const char *peer,
                   uint8_t hook, const char *rule)
{
    struct tcn_decision decision = {
        .id = made_id(alert),
        .hook = hook,
        .outcome = strcmp(rule, "allow-all") == 0 ? 2 : 0,
        .form = 3,
        .policy = made_id(9),
        .at_ms = alert * 100,
    };
    (void)snprintf(decision.peer, sizeof decision.peer, "%s", peer);
    (void)snprintf(decision.rule, sizeof decision.rule, "%s", rule);
    OK(rig, tcn_store_decide(rig->store, &decision));
}

static enum tcn_err take_decision(void *ctx,
                                  const struct tcn_decision *decision)
{
    const struct tcn_id policy = made_id(9);
    assert_true(tcn_id_equal(&decision->policy, &policy));
    assert_int_equal(decision->form, 3);
    list(ctx, "%u>%s/%u:%u by %s; ", decision->id.bytes[31], decision->peer,
         decision->hook, decision->outcome, decision->rule);
    return TCN_ERR_OK;
}

static void the_last_decision_counts_with_the_name_of_its_rule(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    OK(rig, tcn_store_begin(rig->store));
    decide(rig, 1, "fi", 0, "no-amber");
    decide(rig, 1, "fi", 1, "default");
    decide(rig, 1, "lv", 0, "floor:audience");
    decide(rig, 1, "fi", 0, "allow-all"); /* the policy has changed */
    decide(rig, 2, "fi", 0, "default");
    decide(rig, 3, "fi", 0, "no-amber");
    OK(rig, tcn_store_commit(rig->store));
    rig_reopen(rig);
    struct listed listed = {0};
    const struct tcn_id id = made_id(1);
    const struct tcn_decision_taker taker = {take_decision, &listed};
    OK(rig, tcn_store_decisions(rig->store, &id, NULL, 0, taker));
    assert_string_equal(listed.text, "1>fi/0:2 by allow-all; "
                                     "1>lv/0:0 by floor:audience; "
                                     "1>fi/1:0 by default; ");
    listed = (struct listed){0};
    OK(rig, tcn_store_decisions(rig->store, NULL, "fi", 200, taker));
    assert_string_equal(listed.text,
                        "3>fi/0:0 by no-amber; 2>fi/0:0 by default; ");
    listed = (struct listed){0};
    OK(rig, tcn_store_decisions(rig->store, NULL, "fi", 201, taker));
    assert_string_equal(listed.text, "3>fi/0:0 by no-amber; ");
}

/* ---- before and after the alert ---- */

static void decisions_are(struct rig *rig, unsigned alert, const char *want)
{
    struct listed listed = {0};
    const struct tcn_id id = made_id(alert);
    OK(rig, tcn_store_decisions(
                rig->store, &id, NULL, 0,
                (struct tcn_decision_taker){take_decision, &listed}));
    assert_string_equal(listed.text, want);
}

static void unheld_are(struct rig *rig, int64_t count)
{
    assert_int_equal(
        rig_number(rig, rig->store->db, "SELECT count(*) FROM unheld"), count);
}

static void what_was_said_before_an_alert_came_is_said_of_it(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    OK(rig, tcn_store_begin(rig->store));
    decide(rig, 1, "fi", 1, "no-amber");
    decide(rig, 2, "fi", 1, "default");
    OK(rig, tcn_store_commit(rig->store));
    unheld_are(rig, 2);
    OK(rig, tcn_store_begin(rig->store));
    put_range(rig, 1, 1);
    tcn_store_rollback(rig->store);
    unheld_are(rig, 2);
    rig_reopen(rig);
    commit_range(rig, 1, 1);
    unheld_are(rig, 1);
    decisions_are(rig, 1, "1>fi/1:0 by no-amber; ");
    decisions_are(rig, 2, "2>fi/1:0 by default; ");
    const struct tcn_id id = made_id(1);
    OK(rig, tcn_store_purge(rig->store, &id, true));
    decisions_are(rig, 1, "");
    decisions_are(rig, 2, "2>fi/1:0 by default; ");
}

/* An import is decided, then stored: nothing is written in between. */
static void an_alert_that_is_stored_at_once_was_never_unheld(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    OK(rig, tcn_store_begin(rig->store));
    decide(rig, 1, "fi", 1, "default");
    put_range(rig, 1, 1);
    decide(rig, 2, "fi", 1, "default");
    decide(rig, 3, "fi", 1, "default");
    put_range(rig, 2, 3); /* 2 is late */
    decide(rig, 4, "fi", 1, "default");
    decisions_are(rig, 4, "4>fi/1:0 by default; ");
    put_range(rig, 4, 4);
    OK(rig, tcn_store_commit(rig->store));
    unheld_are(rig, 0);
    decisions_are(rig, 1, "1>fi/1:0 by default; ");
    decisions_are(rig, 2, "2>fi/1:0 by default; ");
    decisions_are(rig, 4, "4>fi/1:0 by default; ");
    assert_int_equal(rig_number(rig, rig->store->db,
                                "SELECT group_concat(k,'') FROM alerts"),
                     1234);
}

/* Whoever is told what a peer gave goes on behind a row that is there. */
static void a_page_begins_behind_the_last_one(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    commit_range(rig, 1, 4);
    const struct tcn_id zeros = {0};
    OK(rig, tcn_store_begin(rig->store));
    const struct tcn_ledger_row named = {.id = zeros, .form = 1};
    OK(rig, tcn_store_export(rig->store, "fi", &named));
    OK(rig, tcn_store_commit(rig->store));
    uint8_t bytes[200];
    struct tcn_buf rows = tcn_buf(bytes, sizeof bytes);
    struct tcn_id after = zeros;
    bool last = false;
    OK(rig, tcn_store_held(rig->store, "fi", &after, &rows, &last));
    assert_int_equal(rows.len, 4 * 33);
    after = made_id(3);
    rows.len = 0;
    OK(rig, tcn_store_held(rig->store, "fi", &after, &rows, &last));
    assert_int_equal(rows.len, 33);
    assert_int_equal(bytes[31], 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(what_was_said_before_an_alert_came_is_said_of_it),
        RIG_TEST(an_alert_that_is_stored_at_once_was_never_unheld),
        RIG_TEST(a_page_begins_behind_the_last_one),
        RIG_TEST(an_unknown_peer_is_all_zero),
        RIG_TEST(a_ledger_is_remembered_across_a_restart),
        RIG_TEST(a_new_epoch_begins_at_one_and_hides_the_old_rows),
        RIG_TEST(each_lane_numbers_its_own_rows),
        RIG_TEST(the_last_row_of_a_lane_outlives_its_alert),
        RIG_TEST(a_lane_that_cannot_be_is_damage),
        RIG_TEST(a_number_is_given_once),
        RIG_TEST(a_new_policy_scans_every_peer_again),
        RIG_TEST(exports_add_up_by_class),
        RIG_TEST(an_export_outlives_its_epoch_with_its_classes_open),
        RIG_TEST(a_cursor_moves_forward_only_and_in_its_lane),
        RIG_TEST(a_cursor_and_a_ledger_do_not_touch_each_other),
        RIG_TEST(a_row_that_came_after_all_is_no_refusal),
        RIG_TEST(what_was_refused_long_ago_is_forgotten),
        RIG_TEST(refusals_are_paged_and_shown_newest_first),
        RIG_TEST(every_reason_comes_back_as_it_was),
        RIG_TEST(a_new_epoch_of_the_peer_voids_its_refusals),
        RIG_TEST(what_a_peer_gave_comes_in_pages),
        RIG_TEST(what_a_peer_gave_of_its_own_is_marked),
        RIG_TEST(proofs_are_kept_once),
        RIG_TEST(the_last_decision_counts_with_the_name_of_its_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
