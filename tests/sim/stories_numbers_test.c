/* Stories of what a peer says that its core would not say, or that gets lost:
 * numbers, sessions, signatures, and the turns of those who flood. */
#include "alert/wire.h"
#include "mesh/info.h"
#include "sim/speak.h"

/* What lv has settled of the ledger of ee, by the store of ee. */
static struct tcn_cursor settled_at_lv(const struct sim *sim, uint64_t n)
{
    const struct store *store = &sim->nodes[EE].store;
    struct tcn_cursor cursor = {.epoch = store->books[0].state.epoch};
    const struct ledger_row *row = store_row(store, 0, TCN_LANE_BULK, n);
    assert_non_null(row);
    cursor.lane[TCN_LANE_BULK] = (struct tcn_place){n, row->mark};
    return cursor;
}

static struct tcn_frame a_hello(const struct sim *sim, unsigned from,
                                unsigned to, const struct tcn_cursor *settled)
{
    const struct node *node = &sim->nodes[from];
    const struct tcn_held_peer *state =
        &node->store.books[node->peer_of[to]].state;
    struct tcn_frame frame = {.lane = TCN_LANE_FAST, .type = TCN_FRAME_HELLO};
    frame.hello = (struct tcn_hello){
        .version_min = TCN_PROTOCOL_VERSION,
        .version_max = TCN_PROTOCOL_VERSION,
        .cert = mint_cert_bytes(node->key),
        .cert_signature = tcn_view(mint_cert_signature(node->key), 64),
        .epoch = state->epoch,
        .top = {state->top[0].n, state->top[1].n},
        .settled = *settled,
        .grant = {TCN_FAST_BYTES, TCN_BULK_BYTES},
        .rows = {TCN_FAST_ROWS, BULK_ROWS},
        .clock_ms = node_clock(sim, node)};
    return frame;
}

static void hello(struct sim *sim, unsigned from, unsigned to,
                  const struct tcn_cursor *settled, int64_t clock_ms)
{
    struct tcn_frame frame = a_hello(sim, from, to, settled);
    frame.hello.clock_ms += (uint64_t)clock_ms;
    speak(sim, from, to, &frame);
}

/* ---- numbers ---- */

static void what_is_missing_is_asked_for_once(void **state)
{
    (void)state;
    struct sim *sim = two();
    start_quietly(sim);
    chapter(sim, "a certificate and the first row are lost on their way");
    sim->pipes[EE][LV].lose = 2;
    (void)alert(sim, EE, "one", TECH);
    sim_run(sim, 5);
    (void)alert(sim, EE, "two", TECH);
    (void)alert(sim, EE, "three", TECH);
    sim_run(sim, SECOND);
    chapter(sim, "the numbers go on");
    (void)alert(sim, EE, "four", TECH);
    sim_run(sim, SECOND);
    end(sim, "what_is_missing_is_asked_for_once");
}

static void what_comes_twice_is_acknowledged_again(void **state)
{
    (void)state;
    struct sim *sim = two();
    start_quietly(sim);
    uint32_t one = alert(sim, EE, "one", TECH);
    (void)alert(sim, EE, "two", TECH);
    sim_run(sim, SECOND);
    chapter(sim, "ee does not know that the first row is settled");
    push(sim, 1, one);
    sim_run(sim, SECOND);
    chapter(sim, "another alert under a number that was settled");
    push(sim, 2, unheard(sim, EE, "other"));
    sim_run(sim, SECOND);
    end(sim, "what_comes_twice_is_acknowledged_again");
}

static void who_skips_more_than_a_window_breaks_a_rule(void **state)
{
    (void)state;
    struct sim *sim = two();
    start_quietly(sim);
    sim->nodes[EE].evil = SHOUTS; /* in words: its frames are as they are */
    uint32_t skipped = unheard(sim, EE, "skipped");
    chapter(sim, "a number that lv waits for some time later");
    push(sim, 3, skipped);
    sim_run(sim, SECOND);
    chapter(sim, "... again, and one that no window holds");
    push(sim, 3, skipped);
    push(sim, 1 + BULK_ROWS, skipped);
    sim_run(sim, SECOND);
    chapter(sim, "what is next is taken");
    (void)alert(sim, EE, "one", TECH);
    sim_run(sim, SECOND);
    end(sim, "who_skips_more_than_a_window_breaks_a_rule");
}

static void mark_that_is_not_ours_begins_a_new_epoch(void **state)
{
    (void)state;
    struct sim *sim = two();
    start_quietly(sim);
    uint32_t one = alert(sim, EE, "one", TECH);
    sim_run(sim, SECOND);
    chapter(sim, "lv names a row with a mark that ee did not give it");
    sim->nodes[LV].evil = SHOUTS; /* in words: its frames are as they are */
    struct tcn_cursor settled = settled_at_lv(sim, 1);
    settled.lane[TCN_LANE_BULK].mark.bytes[0] ^= 1;
    sim->say_time = true;
    hello(sim, LV, EE, &settled, 0);
    sim_run(sim, SECOND);
    chapter(sim, "... at once again: one in a minute is enough");
    (void)alert(sim, EE, "two", TECH);
    sim_run(sim, SECOND);
    settled = settled_at_lv(sim, 1);
    settled.lane[TCN_LANE_BULK].mark.bytes[0] ^= 1;
    hello(sim, LV, EE, &settled, 0);
    sim_run(sim, 61 * SECOND);
    chapter(sim, "withdrawals follow all the same");
    (void)follow(sim, "revoke", one, "one-out");
    sim_run(sim, SECOND);
    end(sim, "mark_that_is_not_ours_begins_a_new_epoch");
}

static void cursor_of_an_old_row_is_looked_up(void **state)
{
    (void)state;
    struct sim *sim = two();
    start_quietly(sim);
    (void)alert(sim, EE, "one", TECH);
    sim_run(sim, SECOND);
    chapter(sim, "ee crashes, and of its first row only the store knows");
    (void)alert(sim, EE, "two", TECH);
    sim_run(sim, 5);
    sim_crash(sim, EE, SECOND);
    sim_run(sim, 3 * SECOND);
    sim->say = false;
    sim_crash(sim, EE, SECOND);
    sim_run(sim, 3 * SECOND);
    sim->say = true;
    chapter(sim, "... and what mark it has");
    sim->nodes[LV].evil = SHOUTS; /* in words: its frames are as they are */
    struct tcn_cursor settled = settled_at_lv(sim, 1);
    settled.lane[TCN_LANE_BULK].mark.bytes[0] ^= 1;
    hello(sim, LV, EE, &settled, 0);
    sim_run(sim, SECOND);
    end(sim, "cursor_of_an_old_row_is_looked_up");
}

static void ack_of_no_frame_is_passed_over(void **state)
{
    (void)state;
    struct sim *sim = two();
    start_quietly(sim);
    sim_part(sim, EE, LV);
    sim_run(sim, SECOND);
    (void)alert_of(sim, "one", TCN_SEVERITY_HIGH, 20000);
    (void)alert_of(sim, "two", TCN_SEVERITY_HIGH, 20000);
    sim_join(sim, EE, LV);
    while (store_row(&sim->nodes[EE].store, 0, TCN_LANE_BULK, 2) == NULL) {
        sim_run(sim, 1);
    }
    chapter(sim, "lv says that it has the first row of a frame of two");
    struct tcn_frame ack = {.lane = TCN_LANE_FAST, .type = TCN_FRAME_ACK};
    ack.ack.settled = settled_at_lv(sim, 2);
    ack.ack.settled.lane[TCN_LANE_BULK].n = 1;
    speak(sim, LV, EE, &ack);
    sim_run(sim, SECOND);
    end(sim, "ack_of_no_frame_is_passed_over");
}

static void what_was_gathered_goes_before_a_push(void **state)
{
    (void)state;
    struct sim *sim = two();
    start_quietly(sim);
    (void)alert_of(sim, "long", TCN_SEVERITY_HIGH, 20000);
    sim_run(sim, 3);
    chapter(sim, "an offer waits for others; a push does not wait for it");
    (void)alert(sim, EE, "short", TECH);
    sim_run(sim, SECOND);
    end(sim, "what_was_gathered_goes_before_a_push");
}

/* ---- sessions ---- */

static void what_an_older_connection_held_is_dropped(void **state)
{
    (void)state;
    struct sim *sim = two();
    start_quietly(sim);
    struct node *ee = &sim->nodes[EE];
    uint8_t before[4], now[4];
    memcpy(before, ee->nonce[0], 4);
    sim->say = false;
    sim_part(sim, EE, LV);
    sim_run(sim, SECOND);
    sim_join(sim, EE, LV);
    sim_run(sim, SECOND);
    sim->say = true;
    ee->evil = SHOUTS; /* in words: its frames are as they are */
    const struct tcn_cursor settled = ee->store.books[0].state.settled;
    chapter(sim, "a HELLO and a PUSH of the connection before come late");
    memcpy(now, ee->nonce[0], 4);
    memcpy(ee->nonce[0], before, 4);
    hello(sim, EE, LV, &settled, -2 * (int64_t)SECOND);
    push(sim, 1, unheard(sim, EE, "late"));
    sim_run(sim, SECOND);
    chapter(sim, "... more than a minute: it is a clock that was set back");
    hello(sim, EE, LV, &settled, -70 * (int64_t)SECOND);
    memcpy(ee->nonce[0], now, 4);
    sim_run(sim, SECOND);
    (void)alert(sim, EE, "fire", TECH);
    sim_run(sim, SECOND);
    end(sim, "what_an_older_connection_held_is_dropped");
}

static void who_speaks_another_version_breaks_a_rule(void **state)
{
    (void)state;
    struct sim *sim = two();
    start_quietly(sim);
    sim->nodes[EE].evil = SHOUTS; /* in words: its frames are as they are */
    struct tcn_frame frame =
        a_hello(sim, EE, LV, &sim->nodes[EE].store.books[0].state.settled);
    chapter(sim, "one version is in common");
    frame.hello.version_max = TCN_PROTOCOL_VERSION + 1;
    speak(sim, EE, LV, &frame);
    sim_run(sim, SECOND);
    chapter(sim, "none is; and no room for one alert is as bad");
    frame.hello.version_min = TCN_PROTOCOL_VERSION + 1;
    speak(sim, EE, LV, &frame);
    sim_run(sim, SECOND);
    frame.hello.version_min = TCN_PROTOCOL_VERSION;
    frame.hello.grant[TCN_LANE_FAST] = TCN_ENVELOPE_MAX - 1;
    speak(sim, EE, LV, &frame);
    sim_run(sim, SECOND);
    end(sim, "who_speaks_another_version_breaks_a_rule");
}

/* [session, lane, 40, "soon"] */
static void say_unknown(struct sim *sim, unsigned from, unsigned to)
{
    const struct node *node = &sim->nodes[from];
    uint8_t session[8], *bytes = malloc(64);
    assert_non_null(bytes);
    memcpy(session, node->nonce[node->peer_of[to]], 4);
    memcpy(session + 4, node->heard[node->peer_of[to]], 4);
    struct tcn_buf out = tcn_buf(bytes, 64);
    tcn_put_array(&out, 4);
    tcn_put_bin(&out, tcn_view(session, sizeof session));
    tcn_put_uint(&out, TCN_LANE_FAST);
    tcn_put_uint(&out, 40);
    tcn_put_str(&out, tcn_view_str("soon"));
    pipe_send(sim, from, to, bytes, out.len);
}

static void what_is_not_known_is_left_alone(void **state)
{
    (void)state;
    struct sim *sim = two();
    start_quietly(sim);
    chapter(sim, "a frame of a protocol to come; trees nobody has heard of");
    say_unknown(sim, LV, EE);
    struct tcn_frame prune = {.lane = TCN_LANE_FAST, .type = TCN_FRAME_PRUNE};
    prune.stream.origin = tcn_view_str("atlantis");
    prune.stream.number = 1;
    speak(sim, LV, EE, &prune);
    prune.type = TCN_FRAME_GRAFT;
    speak(sim, LV, EE, &prune);
    sim_run(sim, SECOND);
    chapter(sim, "nothing has changed");
    (void)alert(sim, EE, "fire", TECH);
    sim_run(sim, SECOND);
    end(sim, "what_is_not_known_is_left_alone");
}

/* ---- what goes no further ---- */

static void what_is_over_or_contradicted_goes_no_further(void **state)
{
    (void)state;
    struct sim *sim = chain();
    start_quietly(sim);
    sim_part(sim, LV, LT);
    sim_run(sim, SECOND);
    uint32_t fire = alert(sim, EE, "fire", TECH);
    struct wish wish = plain_wish(EE, "short");
    wish.life_ms = TCN_MINUTE_MS;
    (void)submit(sim, &wish);
    (void)alert(sim, EE, "smoke", TECH);
    sim_run(sim, SECOND);
    chapter(sim, "ee says something else in place of fire");
    sim->nodes[EE].evil = SHOUTS; /* in words: its frames are as they are */
    wish = plain_wish(EE, "no-fire");
    wish.before = fire;
    wish.contradicts = true;
    push(sim, 4, mint(sim, &wish));
    sim_run(sim, 3 * TCN_MINUTE_MS);
    chapter(sim, "of the four lt gets what is live");
    sim_join(sim, LV, LT);
    sim_run(sim, 2 * SECOND);
    end(sim, "what_is_over_or_contradicted_goes_no_further");
}

/* ---- turns and trees ---- */

/* fi says more than the window of the link from lv to lt holds. */
static void one_origins_flood_does_not_starve_another(void **state)
{
    (void)state;
    static const unsigned links[][2] = {{EE, LV}, {FI, LV}, {LV, LT}};
    struct sim *sim = begin(4, links, 3);
    sim->pipes[LV][LT].latency_ms = 200;
    start_quietly(sim);
    sim->say = false;
    struct wish wish = plain_wish(FI, "flood");
    wish.bytes = 10000;
    (void)several(sim, &wish, BULK_ROWS + 12);
    sim_run(sim, 150);
    sim->say = true;
    chapter(sim, "12 of the flood wait at lv; now ee has something to say");
    (void)alert(sim, EE, "fire", TECH);
    (void)alert(sim, EE, "smoke", TECH);
    sim_run(sim, 40);
    sim->say = false;
    sim_run(sim, 25);
    sim->say = true;
    chapter(sim, "64 are at lt, which has room again");
    sim_run(sim, 10);
    sim->say = false;
    sim_run(sim, SECOND);
    end(sim, "one_origins_flood_does_not_starve_another");
}

static void who_ever_was_first_is_not_pruned(void **state)
{
    (void)state;
    static const unsigned links[][2] = {{EE, LV}, {EE, LT}, {EE, FI},
                                        {LV, LT}, {LV, FI}, {LT, FI}};
    struct sim *sim = begin(4, links, 6);
    sim->nodes[EE].rules.to[FI].severity_min = TCN_SEVERITY_HIGH;
    sim->nodes[LV].rules.to[FI].severity_min = TCN_SEVERITY_HIGH;
    start_quietly(sim);
    chapter(sim, "only lt may give this one to fi");
    (void)alert_of(sim, "mild", TCN_SEVERITY_MEDIUM, 0);
    sim_run(sim, SECOND);
    chapter(sim, "lt is the third to bring the next one");
    (void)alert_of(sim, "one", TCN_SEVERITY_HIGH, 0);
    sim_run(sim, SECOND);
    chapter(sim, "... and still brings what only it may");
    (void)alert_of(sim, "mild-2", TCN_SEVERITY_MEDIUM, 0);
    sim_run(sim, SECOND);
    end(sim, "who_ever_was_first_is_not_pruned");
}

/* ---- signatures ---- */

static void who_sends_wrong_signatures_is_blocked(void **state)
{
    (void)state;
    struct sim *sim = chain();
    start_quietly(sim);
    sim->nodes[EE].evil = SHOUTS;   /* in words: its frames are as they are */
    sim->pipes[LV][EE].mute = true; /* it does not listen */
    uint32_t number = unheard(sim, EE, "forged");
    struct tcn_frame cert = {.lane = TCN_LANE_BULK, .type = TCN_FRAME_CERT};
    cert.cert.bytes = mint_cert_bytes(EE);
    cert.cert.signature = tcn_view(mint_cert_signature(EE), 64);
    speak(sim, EE, LV, &cert);
    sim_run(sim, SECOND);
    chapter(sim, "ten of them");
    struct tcn_frame frame = {.lane = TCN_LANE_BULK, .type = TCN_FRAME_PUSH};
    frame.push.envelope = forge(&sim->alerts[number], TCN_ERR_SIGNATURE);
    for (uint64_t n = 1; n <= 10; n++) {
        come(sim, &frame, n);
    }
    sim_run(sim, SECOND);
    chapter(sim, "a field that is not what was signed counts as much");
    frame.push.envelope = forge(&sim->alerts[number], TCN_ERR_LEAF);
    for (uint64_t n = 11; n <= 101; n++) {
        come(sim, &frame, n);
    }
    sim_run(sim, SECOND);
    end(sim, "who_sends_wrong_signatures_is_blocked");
}

/* What is not signed by a root that is pinned may come from anybody. */
static void what_is_not_proven_is_left_alone(void **state)
{
    (void)state;
    static const uint8_t zeros[64];
    struct sim *sim = chain();
    start_quietly(sim);
    sim->nodes[LV].evil = SHOUTS; /* in words: its frames are as they are */
    chapter(sim, "lv says that a key of ee is revoked, and has no signature");
    struct tcn_frame frame = {.lane = TCN_LANE_FAST, .type = TCN_FRAME_KREV};
    frame.krev.bytes = mint_krev_bytes(EE);
    frame.krev.signature = tcn_view(zeros, sizeof zeros);
    speak(sim, LV, LT, &frame);
    frame.type = TCN_FRAME_CERT;
    frame.cert.bytes = mint_cert_bytes(FI);
    frame.cert.signature = tcn_view(zeros, sizeof zeros);
    speak(sim, LV, LT, &frame);
    sim_run(sim, SECOND);
    chapter(sim, "the key is as good as before");
    (void)alert(sim, EE, "fire", TECH);
    sim_run(sim, SECOND);
    struct tcn_mesh_peer_info info;
    tcn_mesh_peer(sim->nodes[LT].mesh, sim->nodes[LT].peer_of[LV], &info);
    assert_int_equal(info.faults, 0);
    end(sim, "what_is_not_proven_is_left_alone");
}

/* lt has heard from people, out of band, that ee's key is revoked. */
static void who_passes_on_what_it_could_not_know_is_not_blamed(void **state)
{
    (void)state;
    struct sim *sim = chain();
    start_quietly(sim);
    chapter(sim, "lt knows that ee's key is revoked, and lv does not");
    sim_part(sim, LV, LT);
    sim_revoke(sim, LT, EE);
    sim_run(sim, SECOND);
    (void)alert(sim, EE, "one", TECH);
    (void)alert(sim, EE, "two", TECH);
    sim_run(sim, SECOND);
    sim_join(sim, LV, LT);
    sim_run(sim, 3 * SECOND);
    struct tcn_mesh_peer_info info;
    tcn_mesh_peer(sim->nodes[LT].mesh, sim->nodes[LT].peer_of[LV], &info);
    assert_int_equal(info.standing, TCN_PEER_OK);
    assert_int_equal(info.faults, 0);
    end(sim, "who_passes_on_what_it_could_not_know_is_not_blamed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_missing_is_asked_for_once),
        cmocka_unit_test(what_comes_twice_is_acknowledged_again),
        cmocka_unit_test(who_skips_more_than_a_window_breaks_a_rule),
        cmocka_unit_test(mark_that_is_not_ours_begins_a_new_epoch),
        cmocka_unit_test(cursor_of_an_old_row_is_looked_up),
        cmocka_unit_test(ack_of_no_frame_is_passed_over),
        cmocka_unit_test(what_was_gathered_goes_before_a_push),
        cmocka_unit_test(what_an_older_connection_held_is_dropped),
        cmocka_unit_test(who_speaks_another_version_breaks_a_rule),
        cmocka_unit_test(what_is_not_known_is_left_alone),
        cmocka_unit_test(what_is_over_or_contradicted_goes_no_further),
        cmocka_unit_test(one_origins_flood_does_not_starve_another),
        cmocka_unit_test(who_ever_was_first_is_not_pruned),
        cmocka_unit_test(who_sends_wrong_signatures_is_blocked),
        cmocka_unit_test(what_is_not_proven_is_left_alone),
        cmocka_unit_test(who_passes_on_what_it_could_not_know_is_not_blamed),
    };
    return cmocka_run_group_tests_name("stories of numbers", tests, NULL, NULL);
}
