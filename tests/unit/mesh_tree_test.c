/* Who pushes what: a stream is an origin's TLP and sectors, both ends number it
 * alike, and what is pruned of one is pushed of the next. And history: what a
 * peer did not name is pushed, within bounds. */
#include "unit/mesh_rig.h"

/* ---- streams ---- */

static struct spec about(const char *origin, uint8_t tlp, const char *sector,
                         const char *second)
{
    struct spec spec = rig_low(origin);
    spec.tlp = tlp;
    spec.sectors[0] = sector;
    spec.sectors[1] = second;
    return spec;
}

static const struct tcn_effect *prune_of(struct rig *rig, unsigned number)
{
    rig_forget(rig);
    for (unsigned peer = 0; peer < 3; peer++) {
        rig_push(rig, peer, TCN_LANE_BULK, number);
    }
    return rig_sent(rig, 2, TCN_FRAME_PRUNE, 0);
}

/* Numbers as another implementation made them. */
static void a_stream_is_numbered_by_tlp_and_sectors(void **state)
{
    (void)state;
    static const struct {
        uint8_t tlp, number;
        const char *sector, *second;
    } rows[] = {{TCN_TLP_GREEN, 40, NULL, NULL},
                {TCN_TLP_GREEN, 21, "banking", NULL},
                {TCN_TLP_CLEAR, 6, "banking", NULL},
                {TCN_TLP_GREEN, 63, "energy", NULL},
                {TCN_TLP_AMBER, 28, "banking", "energy"},
                {TCN_TLP_RED, 25, "health", NULL}};
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rig *rig = rig_linked(3);
        rig_define(rig, 1,
                   about("xa", rows[i].tlp, rows[i].sector, rows[i].second));
        const struct tcn_effect *prune = prune_of(rig, 1);
        assert_non_null(prune);
        assert_true(tcn_view_is(prune->frame.stream.origin, "xa"));
        assert_int_equal(prune->frame.stream.number, rows[i].number);
        rig_free(rig);
    }
}

static void what_is_pruned_of_one_stream_is_not_of_others(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(3);
    rig_define(rig, 1, about("xa", TCN_TLP_GREEN, "banking", NULL));
    rig_define(rig, 2, about("xa", TCN_TLP_GREEN, "banking", NULL));
    rig_define(rig, 3, about("xa", TCN_TLP_GREEN, "energy", NULL));
    rig_define(rig, 4, about("xa", TCN_TLP_CLEAR, "banking", NULL));
    rig_define(rig, 5, about("xb", TCN_TLP_GREEN, "banking", NULL));
    assert_non_null(prune_of(rig, 1));
    assert_null(prune_of(rig, 2)); /* said already */
    for (unsigned number = 3; number <= 5; number++) {
        assert_non_null(prune_of(rig, number));
    }
    rig_free(rig);
}

static void ask_for(struct rig *rig, enum tcn_frame_type type, uint8_t number)
{
    struct tcn_frame frame = {.type = (uint8_t)type,
                              .stream = {tcn_view_str("xa"), number}};
    rig_frame(rig, 1, &frame, NULL);
}

static void who_asked_for_offers_of_a_stream_gets_them(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(2);
    rig_define(rig, 1, about("xa", TCN_TLP_GREEN, "banking", NULL));
    rig_define(rig, 2, about("xa", TCN_TLP_GREEN, "banking", NULL));
    rig_define(rig, 3, about("xa", TCN_TLP_GREEN, "energy", NULL));
    rig_define(rig, 4, about("xa", TCN_TLP_GREEN, "banking", NULL));
    rig_push(rig, 0, TCN_LANE_BULK, 1);
    assert_int_equal(rig_pushes(rig, 1, TCN_LANE_BULK), 1);
    ask_for(rig, TCN_FRAME_PRUNE, 21);
    rig_push(rig, 0, TCN_LANE_BULK, 2);
    rig_push(rig, 0, TCN_LANE_BULK, 3);
    assert_int_equal(rig_pushes(rig, 1, TCN_LANE_BULK), 2); /* 1 and 3 */
    assert_int_equal(rig_frames(rig, 1, TCN_FRAME_OFFER), 1);
    ask_for(rig, TCN_FRAME_GRAFT, 21);
    rig_push(rig, 0, TCN_LANE_BULK, 4);
    assert_int_equal(rig_pushes(rig, 1, TCN_LANE_BULK), 3);
    rig_free(rig);
}

/* Of peers 0 and 1 an alert came, and 2 is pruned. Then 2 offers the next one,
 * is asked, and before it answers 0 pushes, so long after the offer. */
static size_t grafts_when_beaten(uint64_t after_ms)
{
    struct rig *rig = rig_linked(3);
    rig_define(rig, 1, rig_low("xa"));
    rig_define(rig, 2, rig_low("xa"));
    assert_non_null(prune_of(rig, 1));
    rig_offer(rig, 2, 2, 1, false);
    rig_pass(rig, after_ms);
    rig_push(rig, 0, TCN_LANE_BULK, 2);
    rig_pass(rig, 100);
    if (rig_wanted(rig, 2) > 0) {
        rig_serve(rig, 2, TCN_LANE_BULK, 2, 2);
    }
    size_t grafts = rig_frames(rig, 2, TCN_FRAME_GRAFT);
    rig_free(rig);
    return grafts;
}

static void who_offers_long_before_others_push_is_grafted(void **state)
{
    (void)state;
    assert_int_equal(grafts_when_beaten(10), 0);
    assert_int_equal(grafts_when_beaten(30), 0);
    assert_int_equal(grafts_when_beaten(31), 1);
    assert_int_equal(grafts_when_beaten(60), 1); /* it was asked by then */
}

/* ---- history ---- */

#define OLD 4

/* A core that holds its history back for the peer that it meets, OLD alerts of
 * so many bytes each. The peer names so many rows and takes so many bytes. */
static struct rig *meeting(uint32_t bytes, unsigned named, uint64_t grant)
{
    struct rig *rig = rig_new_as("zz", 2, RIG_ALERTS, 1024);
    struct spec spec = rig_low("xa");
    rig_open(rig, 0);
    for (unsigned i = 0; i < named; i++) {
        rig_define(rig, 1 + i, spec);
        rig_push(rig, 0, TCN_LANE_BULK, 1 + i);
    }
    spec.bytes = bytes;
    for (unsigned i = 0; i < OLD; i++) {
        rig_define(rig, 1001 + i, spec);
        rig_push(rig, 0, TCN_LANE_BULK, 1001 + i);
    }
    rig->hello.grant[TCN_LANE_BULK] = grant;
    rig_open(rig, 1);
    rig_forget(rig);
    for (unsigned i = 0; i < named; i += TCN_OFFER_MAX) {
        unsigned rest = named - i < TCN_OFFER_MAX ? named - i : TCN_OFFER_MAX;
        rig_offer(rig, 1, 1 + i, rest, true);
    }
    return rig;
}

static size_t pushed_within(uint32_t bytes, unsigned named, uint64_t grant)
{
    struct rig *rig = meeting(bytes, named, grant);
    rig_pass(rig, 1000);
    size_t pushed = rig_pushes(rig, 1, TCN_LANE_BULK);
    size_t offered = 0;
    const struct tcn_effect *offer;
    for (size_t i = 0; (offer = rig_sent(rig, 1, TCN_FRAME_OFFER, i)) != NULL;
         i++) {
        assert_true(offer->frame.offer.is_history);
        offered += offer->frame.offer.rows.len / TCN_OFFER_ROW;
    }
    assert_int_equal(pushed + offered, OLD);
    rig_free(rig);
    return pushed;
}

static size_t pushed_of(uint32_t bytes, unsigned named)
{
    return pushed_within(bytes, named, TCN_BULK_BYTES);
}

static void no_more_bytes_are_pushed_than_were_offered(void **state)
{
    (void)state;
    assert_int_equal(pushed_of(900, 49), 0);
    assert_int_equal(pushed_of(900, 50), 1); /* 50 rows of 18 bytes */
    assert_int_equal(pushed_of(900, 99), 1);
    assert_int_equal(pushed_of(900, 100), 2);
    assert_int_equal(pushed_of(900, 201), 4);
    assert_int_equal(pushed_of(TCN_EAGER_BYTES + 1, 1000), 0);
    assert_int_equal(pushed_of(TCN_EAGER_BYTES, 1000), 1);
}

/* Only full OFFERs: there is more to come, and then nothing for long. */
static void who_did_not_tell_all_is_offered_everything(void **state)
{
    (void)state;
    assert_int_equal(pushed_of(500, 2 * TCN_OFFER_MAX), 0);
    assert_int_equal(pushed_of(500, 2 * TCN_OFFER_MAX + 1), 4);
}

static void half_of_the_grant_is_left_to_the_news(void **state)
{
    (void)state;
    const uint64_t half = TCN_BULK_BYTES / 2;
    assert_int_equal(pushed_within(900, 201, half + 899), 0);
    assert_int_equal(pushed_within(900, 201, half + 900), 1);
    assert_int_equal(pushed_within(900, 201, half + 1799), 1);
    assert_int_equal(pushed_within(900, 201, half + 3600), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_is_numbered_by_tlp_and_sectors),
        cmocka_unit_test(what_is_pruned_of_one_stream_is_not_of_others),
        cmocka_unit_test(who_asked_for_offers_of_a_stream_gets_them),
        cmocka_unit_test(who_offers_long_before_others_push_is_grafted),
        cmocka_unit_test(no_more_bytes_are_pushed_than_were_offered),
        cmocka_unit_test(who_did_not_tell_all_is_offered_everything),
        cmocka_unit_test(half_of_the_grant_is_left_to_the_news),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
