/* Stories of what happens to alerts, links and keys; story.h says how they are
 * told, stories_rules_test.c has those of single rules. */
#include "sim/speak.h"

/* ---- the stories ---- */

static void first_contact(void **state)
{
    (void)state;
    struct sim *sim = two();
    sim_start(sim);
    sim_run(sim, 2 * SECOND);
    chapter(sim, "an alert");
    (void)alert(sim, EE, "fire", TECH);
    sim_run(sim, SECOND);
    end(sim, "first_contact");
}

static void third_nation_reached_through_second(void **state)
{
    (void)state;
    struct sim *sim = chain();
    sim->nodes[EE].rules.to[LV].cut = VICTIM;
    sim->nodes[LV].rules.to[LT].classes = KEEP;
    start_quietly(sim);
    (void)alert(sim, EE, "fire", TECH | VICTIM);
    sim_run(sim, SECOND);
    end(sim, "third_nation_reached_through_second");
}

static void resume_after_break(void **state)
{
    (void)state;
    struct sim *sim = two();
    start_quietly(sim);
    (void)alert(sim, EE, "one", TECH);
    sim_run(sim, SECOND);
    chapter(sim, "the link breaks while two are under way");
    (void)alert(sim, EE, "two", TECH);
    sim_run(sim, 5);
    (void)alert(sim, EE, "three", TECH);
    sim_run(sim, 5);
    sim_part(sim, EE, LV);
    (void)alert(sim, EE, "four", TECH);
    sim_run(sim, SECOND);
    chapter(sim, "it comes back");
    sim_join(sim, EE, LV);
    sim_run(sim, SECOND);
    end(sim, "resume_after_break");
}

static void what_may_no_longer_go_is_gone(void **state)
{
    (void)state;
    struct sim *sim = two();
    start_quietly(sim);
    (void)alert(sim, EE, "fire", TECH);
    sim_run(sim, 3);
    sim_part(sim, EE, LV);
    sim_run(sim, SECOND);
    chapter(sim, "ee denies it before the link is back");
    sim->nodes[EE].next_rules.to[LV].allow = false;
    sim_load(sim, EE);
    sim_join(sim, EE, LV);
    sim_run(sim, SECOND);
    chapter(sim, "ee allows it again");
    sim->nodes[EE].next_rules.to[LV].allow = true;
    sim_load(sim, EE);
    sim_run(sim, SECOND);
    end(sim, "what_may_no_longer_go_is_gone");
}

static void restored_sender_starts_a_new_epoch(void **state)
{
    (void)state;
    struct sim *sim = chain();
    start_quietly(sim);
    sim_run(sim, SECOND);
    sim_backup(sim, LV);
    uint32_t fire = alert(sim, EE, "fire", TECH);
    sim_run(sim, SECOND);
    chapter(sim, "lv forgets that it gave it to lt");
    sim_part(sim, EE, LV);
    sim_restore(sim, LV, SECOND);
    sim_run(sim, 3 * SECOND);
    chapter(sim, "the withdrawal still follows");
    (void)follow(sim, "revoke", fire, "fire-out");
    sim_join(sim, EE, LV);
    sim_run(sim, 3 * SECOND);
    end(sim, "restored_sender_starts_a_new_epoch");
}

static void restored_receiver_is_served_again(void **state)
{
    (void)state;
    struct sim *sim = two();
    start_quietly(sim);
    (void)alert(sim, EE, "one", TECH);
    sim_run(sim, SECOND);
    sim_backup(sim, LV);
    (void)alert(sim, EE, "two", TECH);
    sim_run(sim, SECOND);
    sim_restore(sim, LV, SECOND);
    sim_run(sim, 3 * SECOND);
    end(sim, "restored_receiver_is_served_again");
}

static void revoke_before_its_alert_still_wins(void **state)
{
    (void)state;
    static const unsigned links[][2] = {{EE, LV}, {EE, FI}, {LV, LT}, {FI, LT}};
    struct sim *sim = begin(4, links, 4);
    start_quietly(sim);
    chapter(sim, "lt hears nothing while lv and fi get the alert");
    sim->say = false;
    sim_part(sim, LV, LT);
    sim_part(sim, FI, LT);
    sim->say = true;
    uint32_t fire = alert(sim, EE, "fire", TECH);
    sim_run(sim, SECOND);
    chapter(sim, "the withdrawal does not reach fi");
    sim_part(sim, EE, FI);
    sim_run(sim, SECOND);
    (void)follow(sim, "revoke", fire, "fire-out");
    sim_run(sim, SECOND);
    chapter(sim, "fi gives lt what lv has withdrawn from nobody");
    sim_join(sim, FI, LT);
    sim_run(sim, SECOND);
    chapter(sim, "all are joined");
    sim_join(sim, EE, FI);
    sim_join(sim, LV, LT);
    sim_run(sim, 2 * SECOND);
    end(sim, "revoke_before_its_alert_still_wins");
}

static void withdrawal_ignores_filters(void **state)
{
    (void)state;
    struct sim *sim = chain();
    start_quietly(sim);
    uint32_t fire = alert(sim, EE, "fire", TECH);
    sim_run(sim, SECOND);
    chapter(sim, "nobody gives anything any more, lt takes nothing");
    sim->nodes[EE].next_rules.to[LV].allow = false;
    sim->nodes[LV].next_rules.to[LT].allow = false;
    sim->nodes[LT].next_rules.import_severity_min = TCN_SEVERITY_CRITICAL;
    for (unsigned i = 0; i < 3; i++) {
        sim_load(sim, i);
    }
    sim_run(sim, SECOND);
    (void)follow(sim, "revoke", fire, "fire-out");
    sim_run(sim, SECOND);
    end(sim, "withdrawal_ignores_filters");
}

static void refusal_is_asked_for_again_after_card_import(void **state)
{
    (void)state;
    struct sim *sim = chain();
    sim->nodes[LT].pinned &= ~(1u << EE);
    start_quietly(sim);
    (void)alert(sim, EE, "fire", TECH);
    sim_run(sim, SECOND);
    sim_pin(sim, LT, EE);
    sim_run(sim, 5 * SECOND);
    end(sim, "refusal_is_asked_for_again_after_card_import");
}

static void refusal_is_asked_for_again_after_policy_change(void **state)
{
    (void)state;
    struct sim *sim = two();
    sim->nodes[LV].rules.import_severity_min = TCN_SEVERITY_CRITICAL;
    start_quietly(sim);
    (void)alert(sim, EE, "fire", TECH);
    sim_run(sim, SECOND);
    sim->nodes[LV].next_rules.import_severity_min = 0;
    sim_load(sim, LV);
    sim_run(sim, SECOND);
    end(sim, "refusal_is_asked_for_again_after_policy_change");
}

static void merge_by_class(void **state)
{
    (void)state;
    struct sim *sim = triangle();
    sim->nodes[EE].rules.to[LV].classes = KEEP | VICTIM;
    sim->nodes[EE].rules.to[LT].classes = KEEP | TECH;
    start_quietly(sim);
    (void)alert(sim, EE, "fire", TECH | VICTIM);
    sim_run(sim, SECOND);
    end(sim, "merge_by_class");
}

static void policy_change_reoffers(void **state)
{
    (void)state;
    struct sim *sim = chain();
    sim->nodes[EE].rules.to[LV].severity_min = TCN_SEVERITY_CRITICAL;
    start_quietly(sim);
    (void)alert(sim, EE, "fire", TECH);
    sim_run(sim, SECOND);
    sim->nodes[EE].next_rules.to[LV].severity_min = 0;
    sim->nodes[EE].next_rules.to[LV].classes = KEEP;
    sim_load(sim, EE);
    sim_run(sim, SECOND);
    chapter(sim, "more classes are a new row");
    sim->nodes[EE].next_rules.to[LV].classes = KEEP | TECH;
    sim_load(sim, EE);
    sim_run(sim, SECOND);
    end(sim, "policy_change_reoffers");
}

static void update_supersedes(void **state)
{
    (void)state;
    struct sim *sim = chain();
    start_quietly(sim);
    uint32_t fire = alert(sim, EE, "fire", TECH);
    sim_run(sim, SECOND);
    sim_part(sim, LV, LT);
    sim_run(sim, SECOND);
    uint32_t second = follow(sim, "update", fire, "fire-2");
    (void)follow(sim, "update", second, "fire-3");
    sim_run(sim, SECOND);
    chapter(sim, "lt gets only the last one");
    sim_join(sim, LV, LT);
    sim_run(sim, SECOND);
    end(sim, "update_supersedes");
}

static void equivocation(void **state)
{
    (void)state;
    struct sim *sim = two();
    start_quietly(sim);
    uint32_t fire = alert(sim, EE, "fire", TECH);
    sim_run(sim, SECOND);
    sim_backup(sim, EE);
    (void)follow(sim, "update", fire, "fire-2");
    sim_run(sim, SECOND);
    chapter(sim, "ee forgets its update and makes another one");
    sim_restore(sim, EE, SECOND);
    sim_run(sim, 2 * SECOND);
    uint32_t other = follow(sim, "update", fire, "fire-2-too");
    sim_run(sim, SECOND);
    chapter(sim, "a withdrawal is believed all the same");
    (void)follow(sim, "revoke", other, "fire-out");
    sim_run(sim, SECOND);
    end(sim, "equivocation");
}

static void one_wrong_clock_is_noticed(void **state)
{
    (void)state;
    struct sim *sim = triangle();
    sim->nodes[EE].clock_skew_ms = (int64_t)TCN_HOUR_MS;
    sim_start(sim);
    sim_run(sim, 2 * SECOND);
    chapter(sim, "ee speaks from the future, and may not submit");
    (void)alert(sim, EE, "too-early", TECH);
    sim_run(sim, SECOND);
    chapter(sim, "its clock is mended");
    sim->nodes[EE].clock_skew_ms = 0;
    sim_run(sim, 5 * 60 * SECOND);
    (void)alert(sim, EE, "fire", TECH);
    sim_run(sim, SECOND);
    end(sim, "one_wrong_clock_is_noticed");
}

static void early_alert_is_asked_for_when_its_time_comes(void **state)
{
    (void)state;
    struct sim *sim = triangle();
    start_quietly(sim);
    const struct wish wish = {.name = "early",
                              .origin = EE,
                              .before = NO_ALERT,
                              .severity = TCN_SEVERITY_HIGH,
                              .onward = TCN_ONWARD_ANY,
                              .age_ms = -(int64_t)(7 * TCN_MINUTE_MS)};
    sim_submit(sim, mint(sim, &wish));
    sim_run(sim, SECOND);
    chapter(sim, "two minutes later");
    sim_run(sim, 2 * 60 * SECOND);
    end(sim, "early_alert_is_asked_for_when_its_time_comes");
}

static void what_expires_goes_in_steps(void **state)
{
    (void)state;
    struct sim *sim = two();
    start_quietly(sim);
    const struct wish wish = {.name = "fire",
                              .origin = EE,
                              .before = NO_ALERT,
                              .severity = TCN_SEVERITY_HIGH,
                              .onward = TCN_ONWARD_ANY,
                              .life_ms = TCN_HOUR_MS};
    sim_submit(sim, mint(sim, &wish));
    sim_run(sim, SECOND);
    chapter(sim, "an hour later");
    sim_run(sim, TCN_HOUR_MS + TCN_MINUTE_MS);
    chapter(sim, "a day later");
    sim_run(sim, TCN_DAY_MS);
    end(sim, "what_expires_goes_in_steps");
}

static void sighting_goes_to_who_has_its_subject(void **state)
{
    (void)state;
    struct sim *sim = triangle();
    sim->nodes[EE].rules.to[LT].severity_min = TCN_SEVERITY_CRITICAL;
    sim->nodes[LV].rules.to[LT].severity_min = TCN_SEVERITY_CRITICAL;
    start_quietly(sim);
    uint32_t fire = alert(sim, EE, "fire", TECH);
    sim_run(sim, SECOND);
    const struct wish wish = {.name = "seen",
                              .kind = "sighting",
                              .origin = LV,
                              .before = fire,
                              .severity = TCN_SEVERITY_CRITICAL,
                              .tlp = TCN_TLP_GREEN,
                              .onward = TCN_ONWARD_ANY};
    sim_submit(sim, mint(sim, &wish));
    sim_run(sim, SECOND);
    end(sim, "sighting_goes_to_who_has_its_subject");
}

static void final_means_final(void **state)
{
    (void)state;
    struct sim *sim = two();
    start_quietly(sim);
    uint32_t fire = alert(sim, EE, "fire", TECH);
    uint32_t out = follow(sim, "revoke", fire, "fire-out");
    sim_run(sim, SECOND);
    (void)follow(sim, "update", fire, "fire-2");
    (void)follow(sim, "revoke", out, "fire-out-2");
    sim_run(sim, SECOND);
    end(sim, "final_means_final");
}

/* ---- lanes, trees, offers ---- */

static void critical_overtakes_a_backlog(void **state)
{
    (void)state;
    struct sim *sim = two();
    start_quietly(sim);
    sim_part(sim, EE, LV);
    sim_run(sim, SECOND);
    (void)alert_of(sim, "old", TCN_SEVERITY_LOW, 0);
    (void)alert_of(sim, "older", TCN_SEVERITY_LOW, 0);
    (void)alert_of(sim, "fire", TCN_SEVERITY_CRITICAL, 0);
    (void)alert_of(sim, "young", TCN_SEVERITY_LOW, 0);
    chapter(sim, "the link comes back");
    sim_join(sim, EE, LV);
    sim_run(sim, SECOND);
    end(sim, "critical_overtakes_a_backlog");
}

static void what_is_critical_beyond_the_quota_shares_bulk(void **state)
{
    (void)state;
    struct sim *sim = two();
    start_quietly(sim);
    struct wish wish = plain_wish(EE, "fire");
    wish.severity = TCN_SEVERITY_CRITICAL;
    (void)several(sim, &wish, 12);
    sim_run(sim, SECOND);
    chapter(sim, "a minute later one more may overtake");
    sim_run(sim, 60 * SECOND);
    (void)alert_of(sim, "fire-13", TCN_SEVERITY_CRITICAL, 0);
    (void)alert_of(sim, "fire-14", TCN_SEVERITY_CRITICAL, 0);
    sim_run(sim, SECOND);
    end(sim, "what_is_critical_beyond_the_quota_shares_bulk");
}

static void newest_comes_first(void **state)
{
    (void)state;
    struct sim *sim = two();
    start_quietly(sim);
    sim_part(sim, EE, LV);
    sim_run(sim, SECOND);
    (void)alert(sim, EE, "first", TECH);
    (void)alert(sim, EE, "second", TECH);
    (void)alert(sim, EE, "third", TECH);
    sim_join(sim, EE, LV);
    sim_run(sim, SECOND);
    end(sim, "newest_comes_first");
}

static void third_bringer_is_pruned_and_grafted(void **state)
{
    (void)state;
    static const unsigned links[][2] = {{EE, LV}, {EE, LT}, {EE, FI},
                                        {LV, LT}, {LV, FI}, {LT, FI}};
    struct sim *sim = begin(4, links, 6);
    start_quietly(sim);
    (void)alert(sim, EE, "one", TECH);
    sim_run(sim, SECOND);
    chapter(sim, "who was pruned offers");
    (void)alert(sim, EE, "two", TECH);
    sim_run(sim, SECOND);
    chapter(sim, "fi hears only of lt, which has to push again");
    sim_part(sim, EE, FI);
    sim_part(sim, LV, FI);
    sim_run(sim, SECOND);
    (void)alert(sim, EE, "three", TECH);
    sim_run(sim, SECOND);
    end(sim, "third_bringer_is_pruned_and_grafted");
}

static void what_is_large_is_offered(void **state)
{
    (void)state;
    struct sim *sim = triangle();
    start_quietly(sim);
    (void)alert_of(sim, "long", TCN_SEVERITY_HIGH, 20000);
    sim_run(sim, SECOND);
    end(sim, "what_is_large_is_offered");
}

static void who_does_not_serve_is_not_waited_for(void **state)
{
    (void)state;
    static const unsigned links[][2] = {{EE, LV}, {EE, FI}, {LV, LT}, {FI, LT}};
    struct sim *sim = begin(4, links, 4);
    sim->nodes[LV].evil = UNSERVED;
    sim->pipes[FI][LT].latency_ms = 100;
    start_quietly(sim);
    chapter(sim, "lv offers and does not serve; fi offers later");
    (void)alert_of(sim, "long", TCN_SEVERITY_HIGH, 20000);
    sim_run(sim, 5 * SECOND);
    chapter(sim, "lt has it of fi; a minute later it is held against lv");
    sim_run(sim, 60 * SECOND);
    end(sim, "who_does_not_serve_is_not_waited_for");
}

/* ---- peers and keys ---- */

static void who_breaks_rules_is_blocked_for_an_hour(void **state)
{
    (void)state;
    struct sim *sim = two();
    start_quietly(sim);
    sim->nodes[EE].evil = SHOUTS; /* in words: its frames are as they are */
    garbage(sim, LV, EE, 101);
    sim_run(sim, SECOND);
    chapter(sim, "nothing of it is taken");
    (void)alert(sim, EE, "fire", TECH);
    sim_run(sim, SECOND);
    chapter(sim, "an hour later");
    sim->say = false;
    sim_run(sim, TCN_HOUR_MS - 10 * SECOND);
    sim->say = true;
    sim_run(sim, 60 * SECOND);
    end(sim, "who_breaks_rules_is_blocked_for_an_hour");
}

static void key_revocation_goes_to_who_holds_something(void **state)
{
    (void)state;
    static const unsigned links[][2] = {{EE, LV}, {LV, LT}, {LT, FI}};
    struct sim *sim = begin(4, links, 3);
    sim->nodes[LT].rules.to[FI].allow = false;
    start_quietly(sim);
    (void)alert(sim, EE, "fire", TECH);
    sim_run(sim, SECOND);
    chapter(sim, "ee has a new key and revokes the old one");
    sim_renew(sim, EE);
    sim_run(sim, SECOND);
    sim_revoke(sim, EE, EE);
    sim_run(sim, SECOND);
    chapter(sim, "what the new key signs goes on");
    (void)alert(sim, EE, "smoke", TECH);
    sim_run(sim, SECOND);
    end(sim, "key_revocation_goes_to_who_holds_something");
}

static void restored_origin_takes_its_own_back(void **state)
{
    (void)state;
    struct sim *sim = two();
    start_quietly(sim);
    sim_backup(sim, EE);
    uint32_t fire = alert(sim, EE, "fire", TECH);
    sim_run(sim, SECOND);
    (void)follow(sim, "update", fire, "fire-2");
    sim_run(sim, SECOND);
    chapter(sim, "ee forgets both");
    sim_restore(sim, EE, SECOND);
    sim_run(sim, 3 * SECOND);
    chapter(sim, "so it does not contradict itself");
    (void)follow(sim, "update", fire, "fire-2-too");
    sim_run(sim, SECOND);
    end(sim, "restored_origin_takes_its_own_back");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_contact),
        cmocka_unit_test(third_nation_reached_through_second),
        cmocka_unit_test(resume_after_break),
        cmocka_unit_test(what_may_no_longer_go_is_gone),
        cmocka_unit_test(restored_sender_starts_a_new_epoch),
        cmocka_unit_test(restored_receiver_is_served_again),
        cmocka_unit_test(revoke_before_its_alert_still_wins),
        cmocka_unit_test(withdrawal_ignores_filters),
        cmocka_unit_test(refusal_is_asked_for_again_after_card_import),
        cmocka_unit_test(refusal_is_asked_for_again_after_policy_change),
        cmocka_unit_test(merge_by_class),
        cmocka_unit_test(policy_change_reoffers),
        cmocka_unit_test(update_supersedes),
        cmocka_unit_test(equivocation),
        cmocka_unit_test(one_wrong_clock_is_noticed),
        cmocka_unit_test(early_alert_is_asked_for_when_its_time_comes),
        cmocka_unit_test(what_expires_goes_in_steps),
        cmocka_unit_test(sighting_goes_to_who_has_its_subject),
        cmocka_unit_test(final_means_final),
        cmocka_unit_test(critical_overtakes_a_backlog),
        cmocka_unit_test(what_is_critical_beyond_the_quota_shares_bulk),
        cmocka_unit_test(newest_comes_first),
        cmocka_unit_test(third_bringer_is_pruned_and_grafted),
        cmocka_unit_test(what_is_large_is_offered),
        cmocka_unit_test(who_does_not_serve_is_not_waited_for),
        cmocka_unit_test(who_breaks_rules_is_blocked_for_an_hour),
        cmocka_unit_test(key_revocation_goes_to_who_holds_something),
        cmocka_unit_test(restored_origin_takes_its_own_back),
    };
    return cmocka_run_group_tests_name("stories", tests, NULL, NULL);
}
