/* One story for each rule of PROTOCOL.md that those of stories_test.c do not
 * show. Where a timer is the rule, the transcript has the time. */
#include "sim/speak.h"

static struct sim *square(void)
{
    static const unsigned links[][2] = {{EE, LV}, {EE, LT}, {EE, FI},
                                        {LV, LT}, {LV, FI}, {LT, FI}};
    return begin(4, links, 6);
}

static uint32_t alert_for(struct sim *sim, const char *name, uint8_t tlp,
                          uint32_t audience)
{
    struct wish wish = plain_wish(EE, name);
    wish.tlp = tlp;
    wish.audience = audience;
    return submit(sim, &wish);
}

static uint32_t sighting(struct sim *sim, unsigned origin, uint32_t subject)
{
    const struct wish wish = {.name = "seen",
                              .kind = "sighting",
                              .origin = origin,
                              .before = subject,
                              .severity = TCN_SEVERITY_HIGH,
                              .tlp = TCN_TLP_GREEN,
                              .onward = TCN_ONWARD_ANY};
    return submit(sim, &wish);
}

/* ---- the ledger ---- */

static void numbers_do_not_show_what_was_withheld(void **state)
{
    (void)state;
    struct sim *sim = two();
    sim->nodes[EE].rules.to[LV].severity_min = TCN_SEVERITY_HIGH;
    start_quietly(sim);
    (void)alert(sim, EE, "one", TECH);
    (void)alert_of(sim, "withheld", TCN_SEVERITY_LOW, 0);
    (void)alert(sim, EE, "two", TECH);
    sim_run(sim, SECOND);
    end(sim, "numbers_do_not_show_what_was_withheld");
}

static void what_is_wanted_is_decided_again(void **state)
{
    (void)state;
    struct sim *sim = two();
    start_quietly(sim);
    (void)alert_of(sim, "long", TCN_SEVERITY_HIGH, 20000);
    sim_run(sim, 30);
    chapter(sim, "it is offered; ee denies it before it is asked for");
    sim->nodes[EE].next_rules.to[LV].allow = false;
    sim_load(sim, EE);
    sim_run(sim, SECOND);
    end(sim, "what_is_wanted_is_decided_again");
}

static void what_may_go_with_less_is_cut(void **state)
{
    (void)state;
    struct sim *sim = two();
    start_quietly(sim);
    (void)alert(sim, EE, "fire", TECH | VICTIM);
    sim_run(sim, 3);
    sim_part(sim, EE, LV);
    sim_run(sim, SECOND);
    chapter(sim, "ee opens less before the link is back");
    sim->nodes[EE].next_rules.to[LV].classes = KEEP | TECH;
    sim_load(sim, EE);
    sim_join(sim, EE, LV);
    sim_run(sim, SECOND);
    chapter(sim, "... and more again");
    sim->nodes[EE].next_rules.to[LV].classes = KEEP | TECH | VICTIM;
    sim_load(sim, EE);
    sim_run(sim, SECOND);
    end(sim, "what_may_go_with_less_is_cut");
}

static void what_was_not_handed_over_is_never_heard_of(void **state)
{
    (void)state;
    struct sim *sim = two();
    start_quietly(sim);
    sim_part(sim, EE, LV);
    sim_run(sim, SECOND);
    uint32_t fire = alert(sim, EE, "fire", TECH);
    (void)follow(sim, "revoke", fire, "fire-out");
    sim_run(sim, SECOND);
    sim_join(sim, EE, LV);
    sim_run(sim, SECOND);
    end(sim, "what_was_not_handed_over_is_never_heard_of");
}

/* ---- sessions ---- */

static void who_does_not_answer_is_greeted_again(void **state)
{
    (void)state;
    struct sim *sim = two();
    sim->say_time = true;
    sim->pipes[LV][EE].blocked = true;
    sim_start(sim);
    sim_run(sim, 100 * SECOND);
    chapter(sim, "lv can dial ee");
    sim_join(sim, EE, LV);
    sim_run(sim, 31 * SECOND);
    end(sim, "who_does_not_answer_is_greeted_again");
}

static void who_missed_the_answer_is_answered_again(void **state)
{
    (void)state;
    struct sim *sim = two();
    sim->say_time = true;
    sim_start(sim);
    sim_run(sim, 5);
    chapter(sim, "lv answers ee, and that is lost: only lv is open");
    sim->pipes[LV][EE].lose = 1;
    sim_run(sim, SECOND / 2);
    (void)alert(sim, LV, "one", TECH);
    sim_run(sim, SECOND / 4);
    chapter(sim, "ee greets again, and gets what it dropped");
    sim_run(sim, 5 * SECOND);
    end(sim, "who_missed_the_answer_is_answered_again");
}

static void who_has_it_otherwise_hears_of_its_end_if_it_may(void **state)
{
    (void)state;
    struct sim *sim = triangle();
    sim->nodes[EE].rules.to[LT].allow = false;
    start_quietly(sim);
    chapter(sim, "ee gives lt nothing, but hears that lt has it from lv");
    uint32_t one = alert(sim, EE, "one", TECH);
    sim_run(sim, SECOND);
    chapter(sim, "... and its withdrawal neither");
    (void)follow(sim, "revoke", one, "one-out");
    sim_run(sim, SECOND);
    chapter(sim, "now it may have both, but has the alert already");
    uint32_t two = alert(sim, EE, "two", TECH);
    sim_run(sim, SECOND);
    sim->nodes[EE].next_rules.to[LT].allow = true;
    sim_load(sim, EE);
    sim_run(sim, SECOND);
    (void)follow(sim, "revoke", two, "two-out");
    sim_run(sim, SECOND);
    end(sim, "who_has_it_otherwise_hears_of_its_end_if_it_may");
}

static void what_was_refused_is_asked_for_after_a_restart(void **state)
{
    (void)state;
    struct sim *sim = two();
    sim->nodes[LV].rules.import_severity_min = TCN_SEVERITY_CRITICAL;
    start_quietly(sim);
    (void)alert(sim, EE, "fire", TECH);
    sim_run(sim, SECOND);
    chapter(sim, "whatever may be asked for is, once");
    sim_crash(sim, LV, SECOND);
    sim_run(sim, 5 * SECOND);
    end(sim, "what_was_refused_is_asked_for_after_a_restart");
}

static void clock_that_jumps_is_asked_about(void **state)
{
    (void)state;
    struct sim *sim = triangle();
    start_quietly(sim);
    sim->say_time = true;
    chapter(sim, "a small jump is nobody's business");
    sim_set_clock(sim, EE, (int64_t)(3 * TCN_MINUTE_MS), SECOND);
    (void)alert(sim, EE, "one", TECH);
    sim_run(sim, 2 * SECOND);
    chapter(sim, "a large one is");
    sim_set_clock(sim, EE, (int64_t)(10 * TCN_MINUTE_MS), TCN_MINUTE_MS);
    sim_run(sim, SECOND);
    (void)alert(sim, EE, "two", TECH);
    sim_run(sim, 3 * TCN_MINUTE_MS);
    (void)alert(sim, EE, "three", TECH);
    sim_run(sim, SECOND);
    end(sim, "clock_that_jumps_is_asked_about");
}

/* lv and lt hold other texts under one name. */
static void who_holds_another_text_gets_nothing_under_it(void **state)
{
    (void)state;
    struct sim *sim = chain();
    sim->nodes[EE].rules.pact = sim->nodes[LV].rules.pact = 2;
    sim->nodes[LT].rules.pact = 1;
    start_quietly(sim);
    struct wish wish = plain_wish(EE, "fire");
    wish.pact = true;
    (void)submit(sim, &wish);
    sim_run(sim, SECOND);
    chapter(sim, "lt takes the new text, and says so");
    sim->nodes[LT].next_rules.pact = 2;
    sim_load(sim, LT);
    sim_run(sim, SECOND);
    end(sim, "who_holds_another_text_gets_nothing_under_it");
}

/* ---- labels and kinds ---- */

static void red_goes_only_from_its_origin(void **state)
{
    (void)state;
    struct sim *sim = chain();
    start_quietly(sim);
    (void)alert_for(sim, "red", TCN_TLP_RED, 1u << LV | 1u << LT);
    sim_run(sim, SECOND);
    chapter(sim, "what is amber goes on to whom it names");
    (void)alert_for(sim, "amber", TCN_TLP_AMBER, 1u << LV | 1u << LT);
    (void)alert_for(sim, "amber-for-lv", TCN_TLP_AMBER, 1u << LV);
    sim_run(sim, SECOND);
    end(sim, "red_goes_only_from_its_origin");
}

static void update_for_more_members_goes_to_them(void **state)
{
    (void)state;
    struct sim *sim = triangle();
    start_quietly(sim);
    uint32_t fire = alert_for(sim, "fire", TCN_TLP_AMBER, 1u << LV);
    sim_run(sim, SECOND);
    chapter(sim, "ee tells lt too");
    const struct wish wish = {.name = "fire-2",
                              .kind = "update",
                              .origin = EE,
                              .before = fire,
                              .severity = TCN_SEVERITY_HIGH,
                              .tlp = TCN_TLP_AMBER,
                              .onward = TCN_ONWARD_ANY,
                              .audience = 1u << LV | 1u << LT};
    uint32_t second = submit(sim, &wish);
    sim_run(sim, SECOND);
    (void)follow(sim, "revoke", second, "fire-out");
    sim_run(sim, SECOND);
    end(sim, "update_for_more_members_goes_to_them");
}

static void unknown_kind_is_only_relayed(void **state)
{
    (void)state;
    struct sim *sim = chain();
    start_quietly(sim);
    const struct wish wish = {.name = "notice",
                              .kind = "advisory",
                              .origin = EE,
                              .before = NO_ALERT,
                              .severity = TCN_SEVERITY_CRITICAL,
                              .tlp = TCN_TLP_GREEN,
                              .onward = TCN_ONWARD_ANY};
    sim_submit(sim, mint(sim, &wish));
    sim_run(sim, SECOND);
    end(sim, "unknown_kind_is_only_relayed");
}

static void sighting_before_its_subject_is_asked_for_again(void **state)
{
    (void)state;
    struct sim *sim = two();
    start_quietly(sim);
    uint32_t fire = alert_of(sim, "long", TCN_SEVERITY_HIGH, 20000);
    sim_run(sim, 20);
    chapter(sim, "the long one is only offered yet");
    (void)sighting(sim, EE, fire);
    sim_run(sim, 4 * SECOND);
    end(sim, "sighting_before_its_subject_is_asked_for_again");
}

/* ---- trees and history ---- */

static void tell_two_quietly(struct sim *sim)
{
    sim->say = false;
    (void)alert(sim, EE, "one", TECH);
    sim_run(sim, SECOND);
    (void)alert(sim, EE, "two", TECH);
    sim_run(sim, SECOND);
    sim->say = true;
}

static void what_was_idle_is_pushed_again(void **state)
{
    (void)state;
    struct sim *sim = square();
    start_quietly(sim);
    tell_two_quietly(sim);
    chapter(sim, "ten minutes later nobody is pruned any more");
    sim_run(sim, 10 * 60 * SECOND);
    (void)alert(sim, EE, "three", TECH);
    sim_run(sim, SECOND);
    end(sim, "what_was_idle_is_pushed_again");
}

static void who_offers_long_before_others_push_is_grafted(void **state)
{
    (void)state;
    struct sim *sim = square();
    start_quietly(sim);
    tell_two_quietly(sim);
    chapter(sim, "lt is pruned by fi; now all other ways to fi are slow");
    sim->pipes[EE][FI].latency_ms = 80;
    sim->pipes[LV][FI].latency_ms = 80;
    sim->say_time = true;
    (void)alert(sim, EE, "three", TECH);
    sim_run(sim, SECOND);
    end(sim, "who_offers_long_before_others_push_is_grafted");
}

static uint32_t alert_about(struct sim *sim, unsigned origin, const char *name,
                            const char *sector)
{
    struct wish wish = plain_wish(origin, name);
    wish.sector = sector;
    return submit(sim, &wish);
}

static void each_sector_has_a_tree_of_its_own(void **state)
{
    (void)state;
    struct sim *sim = square();
    start_quietly(sim);
    sim->say = false;
    (void)alert_about(sim, EE, "one", "banking");
    sim_run(sim, SECOND);
    sim->say = true;
    chapter(sim, "who was pruned of banking offers that, and no more");
    (void)alert_about(sim, EE, "two", "banking");
    sim_run(sim, SECOND);
    chapter(sim, "energy is pushed everywhere");
    (void)alert_about(sim, EE, "three", "energy");
    sim_run(sim, SECOND);
    end(sim, "each_sector_has_a_tree_of_its_own");
}

/* Both ends of a link that is away get `count` from lt; then lv alone gets
 * one more and a long one. */
static void tell_one_end_more(struct sim *sim, unsigned count)
{
    static const char *const more[] = {"more", "more of it"};
    sim->say = false;
    sim_part(sim, EE, LV);
    sim_run(sim, SECOND);
    for (unsigned i = 0; i < count; i++) {
        (void)alert(sim, LT, "known", TECH);
        sim_run(sim, SECOND);
    }
    sim_part(sim, EE, LT);
    sim_part(sim, LV, LT);
    for (size_t i = 0; i < 2; i++) {
        (void)alert(sim, LV, more[i], TECH);
        sim_run(sim, SECOND);
    }
    sim->say = true;
    sim_join(sim, EE, LV);
    sim_run(sim, SECOND);
    sim->say = false;
    sim_join(sim, EE, LT);
    sim_join(sim, LV, LT);
    sim_run(sim, 2 * SECOND);
    sim->say = true;
}

static void what_was_not_named_is_pushed(void **state)
{
    (void)state;
    struct sim *sim = triangle();
    start_quietly(sim);
    chapter(sim, "what ee named has as many bytes as the first of lv's");
    tell_one_end_more(sim, 40);
    end(sim, "what_was_not_named_is_pushed");
}

static void who_is_first_by_name_offers_its_history_first(void **state)
{
    (void)state;
    struct sim *sim = triangle();
    start_quietly(sim);
    chapter(sim, "both get from lt what they cannot get from each other");
    sim->say = false;
    sim_part(sim, EE, LV);
    sim_run(sim, SECOND);
    (void)alert(sim, LT, "one", TECH);
    (void)alert(sim, LT, "two", TECH);
    sim_run(sim, SECOND);
    sim_part(sim, EE, LT);
    sim_part(sim, LV, LT);
    (void)alert(sim, LV, "three", TECH);
    sim_run(sim, SECOND);
    sim->say = true;
    sim->say_time = true;
    sim_join(sim, EE, LV);
    sim_run(sim, 2 * SECOND);
    sim->say = false;
    sim_join(sim, EE, LT);
    sim_join(sim, LV, LT);
    sim_run(sim, 2 * SECOND);
    end(sim, "who_is_first_by_name_offers_its_history_first");
}

static void new_peer_starts_at_its_since(void **state)
{
    (void)state;
    struct sim *sim = two();
    sim->nodes[EE].since_ms = TCN_DAY_MS;
    sim->pipes[EE][LV].blocked = true;
    start_quietly(sim);
    const struct wish old = {.name = "old",
                             .origin = EE,
                             .before = NO_ALERT,
                             .severity = TCN_SEVERITY_HIGH,
                             .onward = TCN_ONWARD_NONE,
                             .tlp = TCN_TLP_GREEN,
                             .age_ms = (int64_t)(2 * TCN_DAY_MS)};
    (void)submit(sim, &old);
    (void)alert(sim, EE, "young", TECH);
    sim_run(sim, SECOND);
    chapter(sim, "ee meets lv for the first time");
    sim_join(sim, EE, LV);
    sim_run(sim, 2 * SECOND);
    chapter(sim, "another policy, and all is offered that it allows");
    sim_load(sim, EE);
    sim_run(sim, SECOND);
    end(sim, "new_peer_starts_at_its_since");
}

/* ---- windows ---- */

static void what_is_large_waits_for_its_grant(void **state)
{
    (void)state;
    struct sim *sim = two();
    start_quietly(sim);
    struct wish wish = plain_wish(EE, "fire");
    wish.severity = TCN_SEVERITY_CRITICAL;
    wish.bytes = 150000;
    (void)several(sim, &wish, 8);
    sim_run(sim, 5);
    chapter(sim, "the window is full");
    sim_run(sim, SECOND);
    end(sim, "what_is_large_waits_for_its_grant");
}

static void who_is_full_keeps_room_for_withdrawals(void **state)
{
    (void)state;
    struct sim *sim = two();
    sim->nodes[LV].capacity = 32;
    start_quietly(sim);
    sim->say = false;
    uint32_t fire = alert(sim, EE, "fire", TECH);
    for (unsigned i = 0; i < 30; i++) {
        (void)alert(sim, EE, "other", TECH);
    }
    sim_run(sim, SECOND);
    sim->say = true;
    chapter(sim, "lv has 31 alerts, and room for one withdrawal");
    (void)alert(sim, EE, "more", TECH);
    sim_run(sim, SECOND);
    (void)follow(sim, "revoke", fire, "fire-out");
    sim_run(sim, SECOND);
    chapter(sim, "in the next session it is asked for again");
    sim_part(sim, EE, LV);
    sim_run(sim, SECOND);
    sim_join(sim, EE, LV);
    sim_run(sim, 3 * SECOND);
    chapter(sim, "it is withdrawn");
    (void)follow(sim, "revoke", sim->alert_count - 2, "more-out");
    sim_run(sim, SECOND);
    end(sim, "who_is_full_keeps_room_for_withdrawals");
}

/* ---- keys ---- */

static void next_key_is_announced(void **state)
{
    (void)state;
    struct sim *sim = two();
    start_quietly(sim);
    sim_announce(sim, EE);
    sim_run(sim, SECOND);
    chapter(sim, "... and again in the next session");
    sim_part(sim, EE, LV);
    sim_run(sim, SECOND);
    sim_join(sim, EE, LV);
    sim_run(sim, SECOND);
    chapter(sim, "it is taken into use");
    sim_renew(sim, EE);
    (void)alert(sim, EE, "fire", TECH);
    sim_run(sim, SECOND);
    end(sim, "next_key_is_announced");
}

static void key_revocation_waits_for_a_card(void **state)
{
    (void)state;
    struct sim *sim = chain();
    sim->nodes[LT].pinned &= ~(1u << EE);
    start_quietly(sim);
    (void)alert(sim, EE, "fire", TECH);
    sim_run(sim, SECOND);
    chapter(sim, "lt cannot prove what it hears of ee's key");
    sim_revoke(sim, EE, EE);
    sim_run(sim, SECOND);
    chapter(sim, "the card has the certificate too");
    store_write_cert(&sim->nodes[LT], EE);
    sim_pin(sim, LT, EE);
    sim_run(sim, 5 * SECOND);
    end(sim, "key_revocation_waits_for_a_card");
}

static void what_a_revoked_key_signed_is_gone(void **state)
{
    (void)state;
    struct sim *sim = chain();
    start_quietly(sim);
    (void)alert_of(sim, "long", TCN_SEVERITY_HIGH, 20000);
    const struct node *lv = &sim->nodes[LV];
    while (store_row(&lv->store, lv->peer_of[LT], TCN_LANE_BULK, 1) == NULL) {
        sim_run(sim, 1);
    }
    sim_run(sim, 25);
    chapter(sim, "lv has offered it to lt, and hears of the revocation");
    sim_part(sim, LV, LT);
    sim_revoke(sim, EE, EE);
    sim_run(sim, SECOND);
    sim_join(sim, LV, LT);
    sim_run(sim, 2 * SECOND);
    end(sim, "what_a_revoked_key_signed_is_gone");
}

/* lt hears of the revocation while the alert is only offered to it, and of the
 * certificate from fi, which does not know. */
static void key_revocation_waits_for_its_certificate(void **state)
{
    (void)state;
    static const unsigned links[][2] = {{EE, LV}, {EE, FI}, {LV, LT}, {FI, LT}};
    struct sim *sim = begin(4, links, 4);
    start_quietly(sim);
    sim_renew(sim, EE);
    sim->say = false;
    sim_part(sim, FI, LT);
    sim_run(sim, SECOND);
    sim->say = true;
    (void)alert_of(sim, "long", TCN_SEVERITY_HIGH, 20000);
    sim_run(sim, 110);
    chapter(sim, "lv has offered it to lt; the key is revoked");
    sim_part(sim, EE, FI);
    sim_revoke(sim, EE, EE + NODES_MAX);
    sim_run(sim, SECOND);
    chapter(sim, "fi, which does not know, gives it to lt");
    sim_join(sim, FI, LT);
    sim_run(sim, 3 * SECOND);
    chapter(sim, "... and hears of it");
    sim_join(sim, EE, FI);
    sim_run(sim, 2 * SECOND);
    end(sim, "key_revocation_waits_for_its_certificate");
}

/* ---- whom we ask, and who has it ---- */

/* ee tells lt through lv and fi. */
static struct sim *diamond(void)
{
    static const unsigned links[][2] = {{EE, LV}, {EE, FI}, {LV, LT}, {FI, LT}};
    return begin(4, links, 4);
}

static void who_may_no_longer_give_it_is_not_waited_for(void **state)
{
    (void)state;
    struct sim *sim = diamond();
    start_quietly(sim);
    sim->say_time = true;
    (void)alert_of(sim, "long", TCN_SEVERITY_HIGH, 20000);
    sim_run(sim, 100);
    chapter(sim, "fi and lv offer it to lt; fi denies it before it is asked");
    sim->nodes[FI].next_rules.to[LT].allow = false;
    sim_load(sim, FI);
    sim_run(sim, 5 * SECOND);
    end(sim, "who_may_no_longer_give_it_is_not_waited_for");
}

static void who_went_away_is_not_waited_for(void **state)
{
    (void)state;
    struct sim *sim = diamond();
    start_quietly(sim);
    sim->say_time = true;
    (void)alert_of(sim, "long", TCN_SEVERITY_HIGH, 20000);
    sim_run(sim, 115);
    chapter(sim, "lt has asked fi, and loses it");
    sim_part(sim, FI, LT);
    sim_run(sim, 5 * SECOND);
    end(sim, "who_went_away_is_not_waited_for");
}

/* Nobody waits for a copy that does not hold. */
static void what_is_forged_keeps_nobody_waiting(void **state)
{
    (void)state;
    static const unsigned links[][2] = {{EE, LV}, {FI, LV}};
    struct sim *sim = begin(4, links, 2);
    start_quietly(sim);
    sim->nodes[EE].evil = SHOUTS; /* in words: its frames are as they are */
    sim->prove_ms = 50;
    sim->say_time = true;
    uint32_t fire = unheard(sim, FI, "fire");
    struct tcn_frame frame = {.lane = TCN_LANE_BULK, .type = TCN_FRAME_PUSH};
    frame.push.place.n = 1;
    frame.push.envelope = forge(&sim->alerts[fire], TCN_ERR_SIGNATURE);
    chapter(sim, "ee forges what fi says, and is a little faster");
    speak(sim, EE, LV, &frame);
    sim_submit(sim, fire);
    sim_run(sim, 6 * SECOND);
    end(sim, "what_is_forged_keeps_nobody_waiting");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_do_not_show_what_was_withheld),
        cmocka_unit_test(what_is_wanted_is_decided_again),
        cmocka_unit_test(what_may_go_with_less_is_cut),
        cmocka_unit_test(what_was_not_handed_over_is_never_heard_of),
        cmocka_unit_test(who_does_not_answer_is_greeted_again),
        cmocka_unit_test(who_missed_the_answer_is_answered_again),
        cmocka_unit_test(who_has_it_otherwise_hears_of_its_end_if_it_may),
        cmocka_unit_test(what_was_refused_is_asked_for_after_a_restart),
        cmocka_unit_test(clock_that_jumps_is_asked_about),
        cmocka_unit_test(who_holds_another_text_gets_nothing_under_it),
        cmocka_unit_test(red_goes_only_from_its_origin),
        cmocka_unit_test(update_for_more_members_goes_to_them),
        cmocka_unit_test(unknown_kind_is_only_relayed),
        cmocka_unit_test(sighting_before_its_subject_is_asked_for_again),
        cmocka_unit_test(what_was_idle_is_pushed_again),
        cmocka_unit_test(who_offers_long_before_others_push_is_grafted),
        cmocka_unit_test(each_sector_has_a_tree_of_its_own),
        cmocka_unit_test(what_was_not_named_is_pushed),
        cmocka_unit_test(who_is_first_by_name_offers_its_history_first),
        cmocka_unit_test(new_peer_starts_at_its_since),
        cmocka_unit_test(what_is_large_waits_for_its_grant),
        cmocka_unit_test(who_is_full_keeps_room_for_withdrawals),
        cmocka_unit_test(next_key_is_announced),
        cmocka_unit_test(key_revocation_waits_for_a_card),
        cmocka_unit_test(what_a_revoked_key_signed_is_gone),
        cmocka_unit_test(key_revocation_waits_for_its_certificate),
        cmocka_unit_test(who_may_no_longer_give_it_is_not_waited_for),
        cmocka_unit_test(who_went_away_is_not_waited_for),
        cmocka_unit_test(what_is_forged_keeps_nobody_waiting),
    };
    return cmocka_run_group_tests_name("stories of rules", tests, NULL, NULL);
}
