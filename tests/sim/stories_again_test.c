/* Stories of what is asked for again, with its reason; of clocks that jump
 * meanwhile; and of what a backup made a node forget. */
#include "sim/speak.h"

static void meet_again(struct sim *sim, unsigned a, unsigned b)
{
    sim_part(sim, a, b);
    sim_run(sim, SECOND);
    sim_join(sim, a, b);
}

/* ---- refusals ---- */

static void what_comes_without_its_certificate_is_asked_for_again(void **state)
{
    (void)state;
    struct sim *sim = chain();
    start_quietly(sim);
    sim->say_time = true;
    chapter(sim, "the certificate of ee is lost on its way to lt");
    sim->pipes[LV][LT].lose = 1;
    (void)alert(sim, EE, "fire", TECH);
    sim_run(sim, 5 * SECOND);
    end(sim, "what_comes_without_its_certificate_is_asked_for_again");
}

static void what_was_not_served_is_asked_for_in_the_next_session(void **state)
{
    (void)state;
    struct sim *sim = two();
    sim->nodes[EE].evil = UNSERVED;
    start_quietly(sim);
    (void)alert_of(sim, "long", TCN_SEVERITY_HIGH, 20000);
    sim_run(sim, 62 * SECOND);
    chapter(sim, "ee serves again, and nobody asks, until they meet again");
    sim->nodes[EE].evil = HONEST;
    sim_run(sim, 60 * SECOND);
    meet_again(sim, EE, LV);
    sim_run(sim, SECOND);
    end(sim, "what_was_not_served_is_asked_for_in_the_next_session");
}

static void what_was_refused_is_asked_for_64_rows_at_a_time(void **state)
{
    (void)state;
    struct sim *sim = two();
    sim->nodes[LV].rules.import_severity_min = TCN_SEVERITY_CRITICAL;
    start_quietly(sim);
    sim->say = false;
    const struct wish fire = plain_wish(EE, "fire");
    (void)several(sim, &fire, TCN_WANT_MAX + 6);
    sim_run(sim, SECOND);
    sim->say = sim->say_time = true;
    chapter(sim, "70 are refused, and now may come");
    sim->say_only = "WANT";
    sim->nodes[LV].next_rules.import_severity_min = 0;
    sim_load(sim, LV);
    sim_run(sim, SECOND);
    assert_int_equal(sim->nodes[LV].store.held_count, TCN_WANT_MAX + 6);
    end(sim, "what_was_refused_is_asked_for_64_rows_at_a_time");
}

/* ---- clocks ---- */

static uint32_t alert_of_age(struct sim *sim, const char *name, int64_t age_ms,
                             uint64_t life_ms)
{
    struct wish wish = plain_wish(EE, name);
    wish.age_ms = age_ms;
    wish.life_ms = life_ms;
    return submit(sim, &wish);
}

static void what_a_wrong_clock_refused_is_asked_for_again(void **state)
{
    (void)state;
    struct sim *sim = two();
    start_quietly(sim);
    sim->say_time = true;
    (void)alert_of_age(sim, "fire", 0, TCN_HOUR_MS);
    chapter(sim, "the clock of lv jumps before it comes");
    sim_set_clock(sim, LV, (int64_t)(2 * TCN_HOUR_MS), TCN_MINUTE_MS);
    sim_run(sim, 3 * TCN_MINUTE_MS);
    (void)alert_of_age(sim, "smoke", 0, TCN_HOUR_MS);
    chapter(sim, "... and back");
    sim_set_clock(sim, LV, -(int64_t)(2 * TCN_HOUR_MS), TCN_MINUTE_MS);
    sim_run(sim, 3 * TCN_MINUTE_MS);
    end(sim, "what_a_wrong_clock_refused_is_asked_for_again");
}

/* ee offers and does not serve. */
static struct sim *unserved(void)
{
    struct sim *sim = two();
    sim->nodes[EE].evil = UNSERVED;
    start_quietly(sim);
    sim->say_time = true;
    (void)alert_of(sim, "long", TCN_SEVERITY_HIGH, 20000);
    sim_run(sim, 30 * SECOND);
    return sim;
}

static void clock_that_is_set_back_stretches_no_wait(void **state)
{
    (void)state;
    struct sim *sim = unserved();
    chapter(sim, "lv has waited for 30 s");
    sim_set_clock(sim, LV, -(int64_t)TCN_HOUR_MS, 2 * TCN_HOUR_MS);
    sim_run(sim, 100 * SECOND);
    end(sim, "clock_that_is_set_back_stretches_no_wait");
}

static void who_could_not_serve_is_not_blamed(void **state)
{
    (void)state;
    struct sim *sim = unserved();
    chapter(sim, "lv sleeps for ten minutes, which are not held against ee");
    sim_set_clock(sim, LV, (int64_t)(10 * TCN_MINUTE_MS), 2 * TCN_HOUR_MS);
    sim_run(sim, 100 * SECOND);
    end(sim, "who_could_not_serve_is_not_blamed");
}

static void clock_that_jumps_ends_nothing(void **state)
{
    (void)state;
    struct sim *sim = two();
    start_quietly(sim);
    sim->say_time = true;
    (void)alert_of_age(sim, "fire", 0, TCN_HOUR_MS);
    sim_run(sim, 30 * SECOND);
    chapter(sim, "by the clock of lv it is over");
    sim_set_clock(sim, LV, (int64_t)(2 * TCN_HOUR_MS), 3 * TCN_MINUTE_MS);
    sim_run(sim, 5 * TCN_MINUTE_MS);
    chapter(sim, "lv starts again, and its clock has jumped meanwhile");
    sim_crash(sim, LV, SECOND);
    sim_set_clock(sim, LV, (int64_t)(2 * TCN_HOUR_MS), 3 * TCN_MINUTE_MS);
    sim_run(sim, 5 * TCN_MINUTE_MS);
    chapter(sim, "it is over");
    sim_run(sim, TCN_HOUR_MS);
    end(sim, "clock_that_jumps_ends_nothing");
}

/* ---- what a backup made a node forget ---- */

/* lv gave it to lt and forgot that; when it hears of the withdrawal it does not
 * know what that is about. */
static void withdrawal_of_what_was_lost_is_asked_for_again(void **state)
{
    (void)state;
    struct sim *sim = chain();
    start_quietly(sim);
    sim_backup(sim, LV);
    uint32_t fire = alert(sim, EE, "fire", TECH);
    sim_run(sim, SECOND);
    sim->nodes[LV].next_rules.import_rejected = 1u << EE;
    sim_load(sim, LV);
    sim_part(sim, LV, LT);
    chapter(sim, "lv takes nothing of ee any more, and forgets what it had");
    sim_restore(sim, LV, SECOND);
    sim_run(sim, 3 * SECOND);
    (void)follow(sim, "revoke", fire, "fire-out");
    sim_run(sim, 3 * SECOND);
    chapter(sim, "lt tells what it holds");
    sim_join(sim, LV, LT);
    sim_run(sim, 3 * SECOND);
    end(sim, "withdrawal_of_what_was_lost_is_asked_for_again");
}

/* ee has lost "fire", and lv tells it so; then nothing comes any more. */
static struct sim *who_lost(uint32_t *smoke)
{
    struct sim *sim = two();
    start_quietly(sim);
    *smoke = alert(sim, EE, "smoke", TECH);
    sim_run(sim, SECOND);
    sim_backup(sim, EE);
    (void)alert(sim, EE, "fire", TECH);
    sim_run(sim, SECOND);
    sim_restore(sim, EE, SECOND);
    do {
        sim_run(sim, 1);
    } while (sim->nodes[EE].mesh == NULL ||
             tcn_mesh_stats(sim->nodes[EE].mesh)->ghosts == 0);
    sim_part(sim, EE, LV);
    sim_run(sim, SECOND);
    return sim;
}

static void who_lost_what_it_said_says_nothing_further(void **state)
{
    (void)state;
    uint32_t smoke;
    struct sim *sim = who_lost(&smoke);
    chapter(sim, "an update might contradict it, a withdrawal cannot");
    (void)follow(sim, "update", smoke, "smoke-2");
    (void)follow(sim, "revoke", smoke, "smoke-out");
    sim_run(sim, SECOND);
    chapter(sim, "it comes back");
    uint32_t other = alert(sim, EE, "other", TECH);
    sim_join(sim, EE, LV);
    sim_run(sim, 2 * SECOND);
    (void)follow(sim, "update", other, "other-2");
    sim_run(sim, SECOND);
    end(sim, "who_lost_what_it_said_says_nothing_further");
}

static void what_was_lost_is_waited_for_a_day(void **state)
{
    (void)state;
    uint32_t smoke;
    struct sim *sim = who_lost(&smoke);
    sim->say = false;
    sim_run(sim, TCN_DAY_MS - 10 * TCN_MINUTE_MS);
    sim->say = true;
    chapter(sim, "nearly a day later, and a day later");
    (void)follow(sim, "update", smoke, "smoke-2");
    sim_run(sim, 20 * TCN_MINUTE_MS);
    (void)follow(sim, "update", smoke, "smoke-2-too");
    sim_run(sim, SECOND);
    sim_join(sim, EE, LV);
    sim_run(sim, 2 * SECOND);
    end(sim, "what_was_lost_is_waited_for_a_day");
}

/* lv has the alert of ee again, and does not know any more that lt got it. */
static void key_revocation_goes_to_who_tells_that_it_holds_more(void **state)
{
    (void)state;
    struct sim *sim = chain();
    start_quietly(sim);
    sim_backup(sim, LV);
    (void)alert(sim, EE, "fire", TECH);
    sim_run(sim, SECOND);
    sim_part(sim, LV, LT);
    sim_restore(sim, LV, SECOND);
    sim_run(sim, 3 * SECOND);
    sim_revoke(sim, EE, EE);
    sim_run(sim, SECOND);
    chapter(sim, "lt tells what it holds");
    sim_join(sim, LV, LT);
    sim_run(sim, 3 * SECOND);
    end(sim, "key_revocation_goes_to_who_tells_that_it_holds_more");
}

/* ---- turns ---- */

static void what_is_wanted_and_what_is_new_take_turns(void **state)
{
    (void)state;
    struct sim *sim = two();
    start_quietly(sim);
    const struct wish old = plain_wish(EE, "old"), new = plain_wish(EE, "new");
    several_behind(sim, &old, 6);
    sim_join(sim, EE, LV);
    while (sim->frames[TCN_FRAME_WANT] == 0) {
        sim_run(sim, 1);
    }
    sim_run(sim, 9);
    chapter(sim, "what is asked for and five new ones wait for a slow disk");
    sim->commit_ms_max = 30;
    (void)alert(sim, EE, "other", TECH);
    sim_run(sim, 2);
    (void)several(sim, &new, 5);
    sim_run(sim, SECOND);
    end(sim, "what_is_wanted_and_what_is_new_take_turns");
}

static void what_is_withdrawn_beyond_the_quota_shares_bulk(void **state)
{
    (void)state;
    struct sim *sim = two();
    start_quietly(sim);
    sim->say = false;
    const struct wish fire = plain_wish(EE, "fire");
    uint32_t first = several(sim, &fire, 12);
    sim_run(sim, SECOND);
    sim->say = true;
    chapter(sim, "12 are withdrawn, 10 of them overtake");
    sim->say_only = "ee>lv";
    for (unsigned i = 0; i < 12; i++) {
        (void)follow(sim, "revoke", first + i, "out");
    }
    sim_run(sim, SECOND);
    end(sim, "what_is_withdrawn_beyond_the_quota_shares_bulk");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_without_its_certificate_is_asked_for_again),
        cmocka_unit_test(what_was_not_served_is_asked_for_in_the_next_session),
        cmocka_unit_test(what_was_refused_is_asked_for_64_rows_at_a_time),
        cmocka_unit_test(what_a_wrong_clock_refused_is_asked_for_again),
        cmocka_unit_test(clock_that_is_set_back_stretches_no_wait),
        cmocka_unit_test(who_could_not_serve_is_not_blamed),
        cmocka_unit_test(clock_that_jumps_ends_nothing),
        cmocka_unit_test(withdrawal_of_what_was_lost_is_asked_for_again),
        cmocka_unit_test(who_lost_what_it_said_says_nothing_further),
        cmocka_unit_test(what_was_lost_is_waited_for_a_day),
        cmocka_unit_test(key_revocation_goes_to_who_tells_that_it_holds_more),
        cmocka_unit_test(what_is_wanted_and_what_is_new_take_turns),
        cmocka_unit_test(what_is_withdrawn_beyond_the_quota_shares_bulk),
    };
    return cmocka_run_group_tests_name("stories of asking again", tests, NULL,
                                       NULL);
}
