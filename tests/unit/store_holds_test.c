/* What waits for people or for time, and goes with its alert. */
#include "store/acks.h"
#include "store/requests.h"

#include "unit/store_rig.h"

static struct tcn_id id_of(uint8_t byte)
{
    struct tcn_id id;
    memset(id.bytes, byte, sizeof id.bytes);
    return id;
}

struct ids {
    size_t count;
    struct tcn_id list[8];
};

static enum tcn_err take_id(void *ctx, const struct tcn_id *id)
{
    struct ids *ids = ctx;
    ids->list[ids->count++] = *id;
    return TCN_ERR_OK;
}

static struct ids due(struct rig *rig, uint64_t after, uint64_t until)
{
    struct ids ids = {0};
    OK(rig, tcn_store_delays_due(rig->store, after, until,
                                 (struct tcn_id_taker){take_id, &ids}));
    return ids;
}

static void delays_come_due_once(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    struct tcn_id one = id_of(1), two = id_of(2);
    OK(rig, tcn_store_begin(rig->store));
    OK(rig, tcn_store_delay(rig->store, &one, "lv", 1000));
    OK(rig, tcn_store_delay(rig->store, &one, "lt", 1000));
    OK(rig, tcn_store_delay(rig->store, &two, "lv", 2000));
    OK(rig, tcn_store_commit(rig->store));
    assert_int_equal(due(rig, 0, 999).count, 0);
    struct ids first = due(rig, 0, 1000);
    assert_int_equal(first.count, 1);
    assert_memory_equal(&first.list[0], &one, sizeof one);
    assert_int_equal(due(rig, 1000, 1999).count, 0);
    assert_int_equal(due(rig, 1000, 2000).count, 1);
    OK(rig, tcn_store_delay(rig->store, &one, "lv", 3000)); /* put off */
    OK(rig, tcn_store_delay_drop(rig->store, &one, "lt"));
    assert_int_equal(due(rig, 0, 1000).count, 0);
    rig_reopen(rig);
    assert_int_equal(due(rig, 0, 3000).count, 2);
}

static enum tcn_err take_hold(void *ctx, const struct tcn_hold *hold)
{
    struct tcn_hold *out = ctx;
    *out = *hold;
    return TCN_ERR_OK;
}

struct counted {
    unsigned people;
    uint8_t cut;
};

static enum tcn_err take_approval(void *ctx,
                                  const struct tcn_approval *approval)
{
    struct counted *counted = ctx;
    counted->people++;
    counted->cut |= approval->cut;
    return TCN_ERR_OK;
}

static struct counted approvals(struct rig *rig, const struct tcn_id *id)
{
    struct counted counted = {0};
    OK(rig, tcn_store_approvals(
                rig->store, id, "lv",
                (struct tcn_approval_taker){take_approval, &counted}));
    return counted;
}

static void a_person_counts_once(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    struct tcn_hold hold = {.id = id_of(1),
                            .peer = "lv",
                            .asked = 11,
                            .form = 11,
                            .since_ms = 5,
                            .until_ms = 100,
                            .rules = "a b"};
    OK(rig, tcn_store_hold(rig->store, &hold));
    struct tcn_approval anna = {.uid = 1000, .user = "anna", .rules = "a"};
    struct tcn_approval jaan = {.uid = 1001, .user = "jaan", .cut = 8};
    OK(rig, tcn_store_approve(rig->store, &hold, &anna));
    OK(rig, tcn_store_approve(rig->store, &hold, &anna));
    assert_int_equal(approvals(rig, &hold.id).people, 1);
    OK(rig, tcn_store_approve(rig->store, &hold, &jaan));
    rig_reopen(rig);
    assert_int_equal(approvals(rig, &hold.id).people, 2);
    assert_int_equal(approvals(rig, &hold.id).cut, 8);
    struct tcn_hold found;
    OK(rig, tcn_store_hold_get(rig->store, &hold.id, "lv", &found));
    assert_int_equal(found.asked, 11);
    assert_string_equal(found.rules, "a b");
    IS(TCN_ERR_NOT_FOUND,
       tcn_store_hold_get(rig->store, &hold.id, "lt", &found));
    /* Another question starts from nothing. */
    hold.asked = 3;
    OK(rig, tcn_store_hold(rig->store, &hold));
    assert_int_equal(approvals(rig, &hold.id).people, 0);
}

struct tally {
    char text[200];
};

static void take_count(void *ctx, const char *rules, uint64_t count)
{
    struct tally *tally = ctx;
    size_t len = strlen(tally->text);
    (void)snprintf(tally->text + len, sizeof tally->text - len, "%s=%llu,",
                   rules, (unsigned long long)count);
}

static void what_waits_is_counted_by_rules(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    static const struct {
        uint8_t id;
        const char *rules;
        uint8_t state;
    } rows[] = {{1, "a", TCN_HOLD_WAITING},
                {2, "a b", TCN_HOLD_WAITING},
                {3, "a", TCN_HOLD_WAITING},
                {4, "a", TCN_HOLD_RELEASED},
                {5, "c", TCN_HOLD_REFUSED}};
    struct tally tally = {""};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tcn_hold hold = {
            .id = id_of(rows[i].id), .peer = "lv", .state = rows[i].state};
        (void)snprintf(hold.rules, sizeof hold.rules, "%s", rows[i].rules);
        OK(rig, tcn_store_hold(rig->store, &hold));
    }
    OK(rig, tcn_store_holds_count(
                rig->store, (struct tcn_hold_counter){take_count, &tally}));
    assert_string_equal(tally.text, "a=2,a b=1,");
}

static void a_hold_runs_out_while_it_waits(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    struct tcn_hold hold = {
        .id = id_of(1), .peer = "lv", .until_ms = 100, .rules = "a"};
    struct tcn_hold over = {0};
    struct tcn_hold_taker taker = {take_hold, &over};
    OK(rig, tcn_store_hold(rig->store, &hold));
    OK(rig, tcn_store_holds_over(rig->store, 99, taker));
    assert_string_equal(over.peer, "");
    OK(rig, tcn_store_holds_over(rig->store, 100, taker));
    assert_string_equal(over.peer, "lv");
    hold.state = TCN_HOLD_RELEASED;
    hold.form = 1;
    OK(rig, tcn_store_hold_state(rig->store, &hold));
    over.peer[0] = '\0';
    OK(rig, tcn_store_holds_over(rig->store, 1000, taker));
    assert_string_equal(over.peer, "");
    OK(rig, tcn_store_holds(rig->store, &hold.id, taker));
    assert_int_equal(over.state, TCN_HOLD_RELEASED);
    assert_int_equal(over.form, 1);
    OK(rig, tcn_store_hold_drop(rig->store, &hold.id, "lv"));
    IS(TCN_ERR_NOT_FOUND,
       tcn_store_hold_get(rig->store, &hold.id, "lv", &over));
}

static void what_waits_goes_with_its_alert(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    struct tcn_hold hold = {.id = id_of(1), .peer = "lv", .rules = "a"};
    struct tcn_approval anna = {.uid = 1000, .user = "anna"};
    struct tcn_quarantined row = {.id = id_of(1), .peer = "fi", .rule = "odd"};
    OK(rig, tcn_store_hold(rig->store, &hold));
    OK(rig, tcn_store_approve(rig->store, &hold, &anna));
    OK(rig, tcn_store_delay(rig->store, &hold.id, "lv", 1));
    OK(rig, tcn_store_quarantine(rig->store, &row));
    OK(rig, tcn_store_quarantined(rig->store, &row.id));
    OK(rig, tcn_store_purge(rig->store, &hold.id, false));
    OK(rig, tcn_store_quarantined(rig->store, &row.id));
    OK(rig, tcn_store_purge(rig->store, &hold.id, true));
    IS(TCN_ERR_NOT_FOUND, tcn_store_quarantined(rig->store, &row.id));
    IS(TCN_ERR_NOT_FOUND,
       tcn_store_hold_get(rig->store, &hold.id, "lv", &hold));
    assert_int_equal(approvals(rig, &row.id).people, 0);
    assert_int_equal(due(rig, 0, 10).count, 0);
}

static enum tcn_err take_request(void *ctx, const struct tcn_request *request)
{
    struct tcn_request *out = ctx;
    out->at_ms++; /* how many there were */
    uint64_t count = out->at_ms;
    *out = *request;
    out->at_ms = count;
    return TCN_ERR_OK;
}

static struct tcn_request last_request(struct rig *rig, const struct tcn_id *id)
{
    struct tcn_request last = {0};
    OK(rig,
       tcn_store_requests(rig->store, id,
                          (struct tcn_request_taker){take_request, &last}));
    return last;
}

static uint64_t open_of(struct rig *rig, const char *asker)
{
    uint64_t count = 99;
    OK(rig, tcn_store_requests_of(rig->store, asker, &count));
    return count;
}

static enum tcn_err take_due(void *ctx, const struct tcn_ack_due *due)
{
    struct ids *ids = ctx;
    assert_true(ids->count < 8);
    ids->list[ids->count++] = due->id;
    ids->list[7].bytes[0] = due->told;
    return TCN_ERR_OK;
}

static struct ids acks_by(struct rig *rig, uint64_t until_ms)
{
    struct ids ids = {0};
    OK(rig, tcn_store_acks(rig->store, until_ms,
                           (struct tcn_ack_taker){take_due, &ids}));
    return ids;
}

static void an_ack_is_late_from_its_time_on(void **state)
{
    struct rig *rig = *state;
    static struct made made[2];
    rig_open(rig);
    for (unsigned i = 0; i < 2; i++) {
        make(&made[i], i + 1);
        OK(rig, tcn_store_put(rig->store, &made[i].alert, &made[i].row));
    }
    const struct tcn_id *one = &made[0].row.id, *two = &made[1].row.id;
    OK(rig, tcn_store_ack_due(rig->store, one, 2000));
    OK(rig, tcn_store_ack_due(rig->store, two, 1000));
    OK(rig, tcn_store_ack_due(rig->store, two, 9000)); /* it came again */
    assert_int_equal(acks_by(rig, 999).count, 0);
    assert_int_equal(acks_by(rig, 1000).count, 1);
    struct ids all = acks_by(rig, 2000);
    assert_int_equal(all.count, 2);
    assert_memory_equal(&all.list[0], two, sizeof *two);
    OK(rig, tcn_store_ack_told(rig->store, two));
    rig_reopen(rig);
    assert_int_equal(acks_by(rig, 1000).list[7].bytes[0], 1);
    OK(rig, tcn_store_ack_done(rig->store, two));
    assert_int_equal(acks_by(rig, 5000).count, 1);
    OK(rig, tcn_store_status(rig->store, one, TCN_STATUS_SUPERSEDED));
    assert_int_equal(acks_by(rig, 5000).count, 0);
    OK(rig, tcn_store_status(rig->store, one, TCN_STATUS_LIVE));
    assert_int_equal(acks_by(rig, 5000).count, 1);
    OK(rig, tcn_store_purge(rig->store, one, true));
    assert_int_equal(
        rig_number(rig, rig->store->db, "SELECT count(*) FROM acks"), 0);
}

/* It is open while nobody has answered and the alert that asks is live. */
static void a_request_is_open_until_it_is_answered(void **state)
{
    struct rig *rig = *state;
    static struct made made;
    rig_open(rig);
    OK(rig, tcn_store_begin(rig->store));
    make(&made, 7);
    OK(rig, tcn_store_put(rig->store, &made.alert, &made.row));
    struct tcn_request request = {.id = id_of(1),
                                  .peer = "lt",
                                  .asker = "fi",
                                  .request = made.row.id,
                                  .classes = 8,
                                  .has_before = true,
                                  .before_state = TCN_HOLD_RELEASED,
                                  .before_asked = 11,
                                  .before_form = 3,
                                  .before_rules = "a b"};
    OK(rig, tcn_store_request_put(rig->store, &request));
    OK(rig, tcn_store_commit(rig->store));
    rig_reopen(rig);
    struct tcn_request found = last_request(rig, &request.id);
    assert_int_equal(found.at_ms, 1);
    assert_string_equal(found.peer, "lt");
    assert_true(found.has_before);
    assert_int_equal(found.before_form, 3);
    assert_string_equal(found.before_rules, "a b");
    assert_int_equal(open_of(rig, "fi"), 1);
    assert_int_equal(open_of(rig, "lt"), 0);
    /* The same question again takes its place; another asker's does not. */
    request.has_before = false;
    OK(rig, tcn_store_request_put(rig->store, &request));
    OK(rig, tcn_store_requests_forget(rig->store, "fi")); /* it is live */
    (void)snprintf(request.asker, sizeof request.asker, "lt");
    OK(rig, tcn_store_request_put(rig->store, &request));
    found = last_request(rig, NULL);
    assert_int_equal(found.at_ms, 2);
    assert_false(found.has_before);
    request.state = TCN_REQUEST_REFUSED;
    OK(rig, tcn_store_request_put(rig->store, &request));
    assert_int_equal(last_request(rig, NULL).at_ms, 1);
    assert_int_equal(last_request(rig, &request.id).at_ms, 2);
    OK(rig, tcn_store_status(rig->store, &made.row.id, TCN_STATUS_REVOKED));
    assert_int_equal(last_request(rig, NULL).at_ms, 0);
    assert_int_equal(open_of(rig, "fi"), 0);
    OK(rig, tcn_store_requests_forget(rig->store, "fi"));
    OK(rig, tcn_store_requests_forget(rig->store, "lt")); /* answered */
    assert_int_equal(last_request(rig, &request.id).at_ms, 1);
    request.state = TCN_REQUEST_OPEN;
    request.granted = true; /* what was given counts on */
    OK(rig, tcn_store_request_put(rig->store, &request));
    OK(rig, tcn_store_requests_forget(rig->store, "lt"));
    assert_int_equal(last_request(rig, &request.id).at_ms, 1);
    OK(rig, tcn_store_purge(rig->store, &request.id, true));
    assert_int_equal(last_request(rig, &request.id).at_ms, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(delays_come_due_once),
        RIG_TEST(a_person_counts_once),
        RIG_TEST(what_waits_is_counted_by_rules),
        RIG_TEST(a_hold_runs_out_while_it_waits),
        RIG_TEST(an_ack_is_late_from_its_time_on),
        RIG_TEST(a_request_is_open_until_it_is_answered),
        RIG_TEST(what_waits_goes_with_its_alert),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
