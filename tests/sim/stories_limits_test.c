/* Stories of what is too much: signatures, bytes, rows that are wanted, rows of
 * HELD, key revocations that wait; and of whose turn it is. */
#include "mesh/info.h"
#include "sim/speak.h"

static struct tcn_frame a_push(struct tcn_view envelope)
{
    struct tcn_frame frame = {.lane = TCN_LANE_BULK, .type = TCN_FRAME_PUSH};
    frame.push.envelope = envelope;
    return frame;
}

static void say_push_of(struct sim *sim, uint64_t n, struct tcn_view envelope)
{
    struct tcn_frame frame = a_push(envelope);
    frame.push.place.n = n;
    speak(sim, EE, LV, &frame);
}

/* ---- signatures ---- */

/* In quarantine so many are looked at at once, and then one in 5 ms. */
#define PROOFS 409u

/* They cost a signature each, and are refused. */
static void spend_all(struct sim *sim)
{
    struct wish wish = plain_wish(EE, "mild");
    wish.severity = TCN_SEVERITY_LOW;
    const struct minted *mild = &sim->alerts[mint(sim, &wish)];
    struct tcn_frame frame = a_push(tcn_view(mild->envelope, mild->len));
    sim->say = false;
    for (uint64_t n = 1; n <= PROOFS; n++) {
        come(sim, &frame, n);
    }
    sim_run(sim, 2);
    sim->say = true;
}

static void what_comes_too_fast_is_asked_for_a_second_later(void **state)
{
    (void)state;
    struct sim *sim = two();
    sim->nodes[LV].rules.import_severity_min = TCN_SEVERITY_HIGH;
    start_quietly(sim);
    sim->nodes[EE].evil = SHOUTS;   /* in words: its frames are as they are */
    sim->pipes[LV][EE].mute = true; /* its core is not what answers */
    sim->say = false;
    garbage(sim, LV, EE, 20);
    sim_run(sim, 2 * SECOND);
    sim->say = true;
    sim->say_time = true;
    chapter(sim, "ee is in quarantine, and spends all it has on signatures");
    uint32_t fire = unheard(sim, EE, "fire"),
             forged = unheard(sim, EE, "forged");
    struct tcn_view wrong = forge(&sim->alerts[forged], TCN_ERR_SIGNATURE);
    push(sim, PROOFS + 1, fire);
    say_push_of(sim, PROOFS + 2, wrong);
    sim_run(sim, 7);
    spend_all(sim);
    chapter(sim, "neither of the two is looked at, until they are asked for");
    sim_run(sim, 1100);
    push(sim, PROOFS + 1, fire);
    say_push_of(sim, PROOFS + 2, wrong);
    sim_run(sim, SECOND);
    end(sim, "what_comes_too_fast_is_asked_for_a_second_later");
}

static void what_is_being_verified_is_not_verified_again(void **state)
{
    (void)state;
    static const unsigned links[][2] = {{EE, LV}, {EE, FI}, {LV, LT}, {FI, LT}};
    struct sim *sim = begin(4, links, 4);
    start_quietly(sim);
    sim->prove_ms = 50;
    sim->say_time = true;
    chapter(sim, "lv and fi bring lt the same at the same time");
    (void)alert(sim, EE, "fire", TECH);
    sim_run(sim, 6 * SECOND);
    end(sim, "what_is_being_verified_is_not_verified_again");
}

/* ---- bytes ---- */

#define BIG 190000u

static void what_is_beyond_the_grant_breaks_a_rule(void **state)
{
    (void)state;
    struct sim *sim = two();
    start_quietly(sim);
    sim->nodes[EE].evil = SHOUTS;   /* in words: its frames are as they are */
    sim->pipes[LV][EE].mute = true; /* its core is not what answers */
    sim->prove_ms = 100;            /* until then they are not done with */
    chapter(sim,
            "lv has granted 1 MiB, and forgives as much that was on its way");
    for (unsigned i = 0; i < 12; i++) {
        char name[24];
        (void)snprintf(name, sizeof name, "big-%u", i + 1);
        struct wish wish = plain_wish(EE, name);
        wish.bytes = BIG;
        push(sim, i + 1, mint(sim, &wish));
    }
    sim_run(sim, SECOND);
    chapter(sim, "what was beyond may come when the rest is done with");
    push(sim, 12, 11);
    sim_run(sim, SECOND);
    end(sim, "what_is_beyond_the_grant_breaks_a_rule");
}

/* ---- what is wanted ---- */

static void what_is_large_is_wanted_two_mebibytes_at_a_time(void **state)
{
    (void)state;
    struct sim *sim = two();
    start_quietly(sim);
    struct wish wish = plain_wish(EE, "big");
    wish.bytes = 150000;
    several_behind(sim, &wish, 10);
    chapter(sim, "each may have 256 KiB, by its size class");
    sim_join(sim, EE, LV);
    sim_run(sim, 2 * SECOND);
    end(sim, "what_is_large_is_wanted_two_mebibytes_at_a_time");
}

static void what_is_much_is_wanted_512_rows_at_a_time(void **state)
{
    (void)state;
    enum { MUCH = TCN_WANTS_MAX + TCN_OFFER_MAX };
    struct sim *sim = two();
    sim->bulk_rows = 2 * TCN_WANTS_MAX;
    start_quietly(sim);
    const struct wish wish = plain_wish(EE, "one of many");
    several_behind(sim, &wish, MUCH);
    chapter(sim, "576 are offered");
    sim->say_only = "OFFER";
    sim_join(sim, EE, LV);
    while (sim->frames[TCN_FRAME_OFFER] < 9) {
        sim_run(sim, 1);
    }
    chapter(sim, "512 are asked for; the others when there is room again");
    sim->say_only = "WANT";
    sim->say_time = true;
    sim_run(sim, 2 * SECOND);
    assert_int_equal(sim->nodes[LV].store.held_count, MUCH);
    end(sim, "what_is_much_is_wanted_512_rows_at_a_time");
}

/* ---- rows of HELD ---- */

/* lv, which lost what it gave lt, has room for 64 alerts: an eighth of them for
 * the ids that lt names. */
static void who_holds_more_than_there_is_room_for_is_asked_again(void **state)
{
    (void)state;
    struct sim *sim = chain();
    sim->nodes[LV].capacity = 64;
    start_quietly(sim);
    sim->say = false;
    sim_backup(sim, LV);
    const struct wish wish = plain_wish(EE, "fire");
    uint32_t first = several(sim, &wish, 10);
    sim_run(sim, SECOND);
    sim_part(sim, EE, LV);
    sim->say = true;
    chapter(sim, "lt holds ten; lv has lost them, and has room for eight");
    sim_restore(sim, LV, SECOND);
    sim_run(sim, 3 * SECOND);
    chapter(sim, "ee gives them to lv again");
    sim_join(sim, EE, LV);
    sim_run(sim, 3 * SECOND);
    chapter(sim, "in the next session lt is asked again, and then no more");
    for (unsigned i = 0; i < 2; i++) {
        sim_part(sim, LV, LT);
        sim_run(sim, SECOND);
        sim_join(sim, LV, LT);
        sim_run(sim, SECOND);
    }
    chapter(sim, "withdrawals follow");
    (void)follow(sim, "revoke", first + 9, "out");
    sim_run(sim, SECOND);
    end(sim, "who_holds_more_than_there_is_room_for_is_asked_again");
}

/* ---- key revocations that wait ---- */

/* All but lv and lt: what they say gets to lt, which has no card of them. */
#define OTHERS 17u

static unsigned other(unsigned i)
{
    return i == 0 ? EE : i + 2;
}

static struct sim *star(void)
{
    unsigned links[OTHERS + 1][2] = {{LV, LT}};
    for (unsigned i = 0; i < OTHERS; i++) {
        links[i + 1][0] = other(i);
        links[i + 1][1] = LV;
    }
    struct sim *sim =
        begin(OTHERS + 2, (const unsigned(*)[2])links, OTHERS + 1);
    sim->nodes[LT].pinned = 1u << LV | 1u << LT;
    return sim;
}

static void of_key_revocations_that_wait_the_newest_are_kept(void **state)
{
    (void)state;
    struct sim *sim = star();
    start_quietly(sim);
    sim->say = false;
    for (unsigned i = 0; i < OTHERS; i++) {
        (void)alert(sim, other(i), "fire", TECH);
    }
    sim_run(sim, SECOND);
    sim_part(sim, LV, LT);
    for (unsigned i = 0; i < OTHERS; i++) {
        sim_revoke(sim, other(i), other(i));
        sim_run(sim, 100);
    }
    sim->say = true;
    chapter(sim, "17 keys are revoked, of members whose card lt does not have");
    sim->say_only = "KREV";
    sim_join(sim, LV, LT);
    sim_run(sim, SECOND);
    chapter(sim, "the cards come: of 16 it is proven, ee was the first");
    sim->say_only = "knows";
    for (unsigned i = 0; i < OTHERS; i++) {
        store_write_cert(&sim->nodes[LT], other(i));
        sim->nodes[LT].pinned |= 1u << other(i);
    }
    node_post(sim, &sim->nodes[LT], &(struct item){.kind = ITEM_KEYS});
    sim_run(sim, SECOND);
    chapter(sim, "in the next session all are told again");
    sim_part(sim, LV, LT);
    sim_run(sim, SECOND);
    sim_join(sim, LV, LT);
    sim_run(sim, SECOND);
    end(sim, "of_key_revocations_that_wait_the_newest_are_kept");
}

/* ---- turns ---- */

/* Of 8 KiB each: two are a turn of an origin. */
static void tell(struct sim *sim, unsigned origin, const char *what,
                 uint8_t severity)
{
    struct wish wish = plain_wish(origin, what);
    wish.severity = severity;
    wish.bytes = 7739;
    uint32_t first = several(sim, &wish, 6);
    assert_int_equal(sim->alerts[first].len, 8 * TCN_KIB);
}

static void high_and_normal_take_turns_by_bytes(void **state)
{
    (void)state;
    static const unsigned links[][2] = {{LT, EE}, {FI, EE}, {EE, LV}};
    struct sim *sim = begin(4, links, 3);
    sim->pipes[EE][LV].latency_ms = 200;
    start_quietly(sim);
    const struct wish old = plain_wish(EE, "old");
    several_behind(sim, &old, BULK_ROWS + 6); /* than the window takes */
    sim->say = false;
    sim_join(sim, EE, LV);
    sim_run(sim, 700);
    tell(sim, FI, "mild-of-fi", TCN_SEVERITY_LOW);
    tell(sim, LT, "mild-of-lt", TCN_SEVERITY_LOW);
    tell(sim, FI, "high-of-fi", TCN_SEVERITY_HIGH);
    tell(sim, LT, "high-of-lt", TCN_SEVERITY_HIGH);
    sim_run(sim, 130);
    sim->say = true;
    chapter(sim, "lv has room again; history, 24 mild and high ones wait");
    sim_run(sim, 20);
    sim->say = false;
    sim_run(sim, 2 * SECOND);
    end(sim, "high_and_normal_take_turns_by_bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_too_fast_is_asked_for_a_second_later),
        cmocka_unit_test(what_is_being_verified_is_not_verified_again),
        cmocka_unit_test(what_is_beyond_the_grant_breaks_a_rule),
        cmocka_unit_test(what_is_large_is_wanted_two_mebibytes_at_a_time),
        cmocka_unit_test(what_is_much_is_wanted_512_rows_at_a_time),
        cmocka_unit_test(who_holds_more_than_there_is_room_for_is_asked_again),
        cmocka_unit_test(of_key_revocations_that_wait_the_newest_are_kept),
        cmocka_unit_test(high_and_normal_take_turns_by_bytes),
    };
    return cmocka_run_group_tests_name("stories of limits", tests, NULL, NULL);
}
