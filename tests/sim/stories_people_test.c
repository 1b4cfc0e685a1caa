/* Stories of what waits: for people, for its time, for a look. The rules are
 * "Only what is live goes" and what is decided again in PROTOCOL.md, and the
 * filters of LANGUAGE.md; officers are simulated. */
#include "sim/story.h"

static struct sim *two_with_people(void)
{
    struct sim *sim = two();
    sim->people = true;
    return sim;
}

static void order(struct sim *sim, unsigned who, enum said said,
                  uint32_t number)
{
    const struct order order = {
        .said = said, .alert = number, .to = who == EE ? LV : LT};
    node_post(sim, &sim->nodes[who],
              &(struct item){.kind = ITEM_ORDER, .order = order});
}

static void what_is_held_goes_when_it_is_released(void **state)
{
    (void)state;
    struct sim *sim = two_with_people();
    sim->nodes[EE].rules.to[LV].held_from = TCN_SEVERITY_HIGH;
    start_quietly(sim);
    uint32_t fire = alert(sim, EE, "fire", TECH | VICTIM);
    sim_run(sim, SECOND);
    chapter(sim, "ee crashes; the question stands");
    sim_crash(sim, EE, SECOND);
    sim_run(sim, 3 * SECOND);
    chapter(sim, "what an officer cuts does not go");
    node_post(sim, &sim->nodes[EE],
              &(struct item){.kind = ITEM_ORDER,
                             .order = {.said = SAID_RELEASE,
                                       .alert = fire,
                                       .to = LV,
                                       .cut = VICTIM}});
    sim_run(sim, SECOND);
    end(sim, "what_is_held_goes_when_it_is_released");
}

static void release_is_not_lost_in_a_crash(void **state)
{
    (void)state;
    struct sim *sim = two_with_people();
    sim->nodes[EE].rules.to[LV].held_from = TCN_SEVERITY_HIGH;
    start_quietly(sim);
    uint32_t fire = alert(sim, EE, "fire", TECH);
    sim_run(sim, SECOND);
    chapter(sim, "it is released while lv is away, and ee crashes");
    sim_part(sim, EE, LV);
    order(sim, EE, SAID_RELEASE, fire);
    sim_run(sim, 100);
    sim_crash(sim, EE, SECOND);
    sim_run(sim, 3 * SECOND);
    sim_join(sim, EE, LV);
    sim_run(sim, 2 * SECOND);
    end(sim, "release_is_not_lost_in_a_crash");
}

static void what_is_refused_never_goes(void **state)
{
    (void)state;
    struct sim *sim = two_with_people();
    sim->nodes[EE].rules.to[LV].held_from = TCN_SEVERITY_HIGH;
    start_quietly(sim);
    uint32_t fire = alert(sim, EE, "fire", TECH);
    sim_run(sim, SECOND);
    order(sim, EE, SAID_REFUSE, fire);
    sim_run(sim, SECOND);
    chapter(sim, "also when no rule holds it any more");
    sim->nodes[EE].next_rules.to[LV].held_from = 0;
    sim_load(sim, EE);
    sim_crash(sim, EE, SECOND);
    sim_run(sim, 3 * SECOND);
    chapter(sim, "until somebody reopens it");
    order(sim, EE, SAID_REOPEN, fire);
    sim_run(sim, SECOND);
    end(sim, "what_is_refused_never_goes");
}

static void what_nobody_releases_in_time_is_refused(void **state)
{
    (void)state;
    struct sim *sim = two_with_people();
    sim->nodes[EE].rules.to[LV].held_from = TCN_SEVERITY_HIGH;
    sim->nodes[EE].rules.to[LV].within_ms = 4000;
    start_quietly(sim);
    sim->say_time = true;
    uint32_t fire = alert(sim, EE, "fire", TECH);
    sim_run(sim, 6 * SECOND);
    order(sim, EE, SAID_RELEASE, fire);
    sim_run(sim, SECOND);
    chapter(sim, "reopened, it is asked about once more");
    order(sim, EE, SAID_REOPEN, fire);
    sim_run(sim, SECOND);
    order(sim, EE, SAID_RELEASE, fire);
    sim_run(sim, SECOND);
    end(sim, "what_nobody_releases_in_time_is_refused");
}

static void release_is_of_one_form(void **state)
{
    (void)state;
    struct sim *sim = two_with_people();
    sim->nodes[EE].rules.to[LV].held_from = TCN_SEVERITY_HIGH;
    sim->nodes[EE].rules.to[LV].classes = KEEP | TECH;
    start_quietly(sim);
    uint32_t fire = alert(sim, EE, "fire", TECH | VICTIM);
    sim_run(sim, SECOND);
    order(sim, EE, SAID_RELEASE, fire);
    sim_run(sim, SECOND);
    chapter(sim, "with more classes it is another question");
    sim->nodes[EE].next_rules.to[LV].classes = KEEP | TECH | VICTIM;
    sim_load(sim, EE);
    sim_run(sim, SECOND);
    order(sim, EE, SAID_RELEASE, fire);
    sim_run(sim, SECOND);
    end(sim, "release_is_of_one_form");
}

static void who_wants_what_is_held_gets_nothing(void **state)
{
    (void)state;
    struct sim *sim = two_with_people();
    start_quietly(sim);
    uint32_t fire = alert_of(sim, "long", TCN_SEVERITY_HIGH, 20000);
    sim_run(sim, 30);
    chapter(sim, "it is offered; ee holds it before it is asked for");
    sim->nodes[EE].next_rules.to[LV].held_from = TCN_SEVERITY_HIGH;
    sim_load(sim, EE);
    sim_run(sim, SECOND);
    chapter(sim, "it is released");
    order(sim, EE, SAID_RELEASE, fire);
    sim_run(sim, 3 * SECOND);
    end(sim, "who_wants_what_is_held_gets_nothing");
}

static void what_is_delayed_goes_at_its_time(void **state)
{
    (void)state;
    struct sim *sim = two_with_people();
    sim->nodes[EE].rules.to[LV].delay_ms = 5000;
    start_quietly(sim);
    sim->say_time = true;
    (void)alert(sim, EE, "fire", TECH);
    (void)alert_of(sim, "urgent", TCN_SEVERITY_CRITICAL, 0);
    sim_run(sim, 2 * SECOND);
    chapter(sim, "ee is down when the time comes");
    sim_crash(sim, EE, 6 * SECOND);
    sim_run(sim, 8 * SECOND);
    end(sim, "what_is_delayed_goes_at_its_time");
}

static void what_is_delayed_before_it_is_asked_for_goes_later(void **state)
{
    (void)state;
    struct sim *sim = two_with_people();
    start_quietly(sim);
    sim->say_time = true;
    (void)alert_of(sim, "long", TCN_SEVERITY_HIGH, 20000);
    sim_run(sim, 30);
    chapter(sim, "it is offered; ee delays it before it is asked for");
    sim->nodes[EE].next_rules.to[LV].delay_ms = 5000;
    sim_load(sim, EE);
    sim_run(sim, 10 * SECOND);
    end(sim, "what_is_delayed_before_it_is_asked_for_goes_later");
}

/* Being asked again gives an alert a new place in the order, which the store
 * does not know: what comes after a restart must not fall behind it. */
static void what_comes_after_a_restart_is_handed_over(void **state)
{
    (void)state;
    struct sim *sim = two_with_people();
    sim->nodes[EE].rules.to[LV].delay_ms = 1000;
    start_quietly(sim);
    sim->say = false;
    const struct wish late = plain_wish(EE, "late");
    (void)several(sim, &late, 80);
    sim_run(sim, 5 * SECOND);
    sim->say = true;
    chapter(sim, "80 went at their time; ee crashes");
    sim_crash(sim, EE, SECOND);
    sim_part(sim, EE, LV);
    sim_run(sim, 3 * SECOND);
    (void)alert(sim, EE, "next", TECH);
    sim_run(sim, 3 * SECOND);
    sim_join(sim, EE, LV);
    sim_run(sim, 3 * SECOND);
    end(sim, "what_comes_after_a_restart_is_handed_over");
}

static void policy_that_waits_narrows_what_goes(void **state)
{
    (void)state;
    struct sim *sim = two_with_people();
    struct rules *next = &sim->nodes[EE].next_rules;
    start_quietly(sim);
    next->to[LV].classes = KEEP | TECH;
    next->to[LV].held_from = TCN_SEVERITY_HIGH;
    sim_narrow(sim, EE);
    uint32_t fire = alert(sim, EE, "fire", TECH | VICTIM);
    (void)alert_of(sim, "mild", TCN_SEVERITY_MEDIUM, 0);
    sim_run(sim, SECOND);
    chapter(sim, "it is confirmed, and the question is the same");
    sim_confirm(sim, EE, true);
    sim_run(sim, SECOND);
    order(sim, EE, SAID_RELEASE, fire);
    sim_run(sim, SECOND);
    chapter(sim, "one that is abandoned leaves what was before");
    next->to[LV].allow = false;
    sim_narrow(sim, EE);
    (void)alert_of(sim, "milder", TCN_SEVERITY_LOW, 0);
    sim_run(sim, SECOND);
    sim_confirm(sim, EE, false);
    sim_run(sim, SECOND);
    end(sim, "policy_that_waits_narrows_what_goes");
}

static void what_is_odd_stays_until_it_was_looked_at(void **state)
{
    (void)state;
    struct sim *sim = chain();
    sim->people = true;
    sim->nodes[LV].rules.odd = 1u << EE;
    start_quietly(sim);
    uint32_t fire = alert(sim, EE, "fire", TECH);
    sim_run(sim, SECOND);
    chapter(sim, "neither a crash nor another policy lets it go");
    sim->nodes[LV].next_rules.odd = 0;
    sim_load(sim, LV);
    sim_crash(sim, LV, SECOND);
    sim_run(sim, 3 * SECOND);
    chapter(sim, "somebody looks at it");
    order(sim, LV, SAID_LOOKED_AT, fire);
    sim_run(sim, SECOND);
    chapter(sim, "a withdrawal waits for nobody");
    (void)follow(sim, "revoke", fire, "fire-out");
    sim_run(sim, SECOND);
    end(sim, "what_is_odd_stays_until_it_was_looked_at");
}

/* lv gave it to lt, forgot that with its backup, and gets it once more. */
static void what_came_back_is_looked_at_too(void **state)
{
    (void)state;
    static const unsigned links[][2] = {{EE, LV}, {LV, LT}, {LV, FI}};
    struct sim *sim = begin(4, links, 3);
    sim->people = true;
    start_quietly(sim);
    sim_part(sim, LV, FI);
    sim_run(sim, SECOND);
    sim_backup(sim, LV);
    uint32_t fire = alert(sim, EE, "fire", TECH | VICTIM);
    sim_run(sim, SECOND);
    chapter(sim, "lv forgets it, and finds odd what ee says by now");
    sim->say = false;
    sim_part(sim, LV, EE);
    sim_restore(sim, LV, SECOND);
    sim_run(sim, 2 * SECOND);
    sim->nodes[LV].next_rules.odd = 1u << EE;
    sim_load(sim, LV);
    sim_join(sim, LV, FI);
    sim_run(sim, 2 * SECOND);
    sim->say = true;
    chapter(sim, "lt has told what it holds; now ee gives it again");
    sim_join(sim, LV, EE);
    sim_run(sim, 3 * SECOND);
    chapter(sim, "somebody looks at it");
    order(sim, LV, SAID_LOOKED_AT, fire);
    sim_run(sim, SECOND);
    end(sim, "what_came_back_is_looked_at_too");
}

static void request_opens_what_somebody_agrees_to(void **state)
{
    (void)state;
    struct sim *sim = two_with_people();
    sim->nodes[EE].rules.to[LV].classes = KEEP | TECH;
    sim->nodes[EE].rules.to[LV].on_request = VICTIM;
    start_quietly(sim);
    uint32_t fire = alert(sim, EE, "fire", TECH | VICTIM);
    sim_run(sim, SECOND);
    const struct wish wish = {.name = "who-is-it",
                              .kind = "request-release",
                              .origin = LV,
                              .before = fire,
                              .severity = TCN_SEVERITY_HIGH,
                              .tlp = TCN_TLP_GREEN,
                              .audience = 1u << EE};
    (void)submit(sim, &wish);
    sim_run(sim, SECOND);
    chapter(sim, "nothing opens by itself");
    order(sim, EE, SAID_AGREED, fire);
    sim_run(sim, SECOND);
    end(sim, "request_opens_what_somebody_agrees_to");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_held_goes_when_it_is_released),
        cmocka_unit_test(release_is_not_lost_in_a_crash),
        cmocka_unit_test(what_is_refused_never_goes),
        cmocka_unit_test(what_nobody_releases_in_time_is_refused),
        cmocka_unit_test(release_is_of_one_form),
        cmocka_unit_test(who_wants_what_is_held_gets_nothing),
        cmocka_unit_test(what_is_delayed_goes_at_its_time),
        cmocka_unit_test(what_is_delayed_before_it_is_asked_for_goes_later),
        cmocka_unit_test(what_comes_after_a_restart_is_handed_over),
        cmocka_unit_test(policy_that_waits_narrows_what_goes),
        cmocka_unit_test(what_is_odd_stays_until_it_was_looked_at),
        cmocka_unit_test(what_came_back_is_looked_at_too),
        cmocka_unit_test(request_opens_what_somebody_agrees_to),
    };
    return cmocka_run_group_tests_name("stories of people", tests, NULL, NULL);
}
