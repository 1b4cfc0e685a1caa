/* Keys that change while links stand: our own, with overlap, and those of the
 * peers, of which several may be valid and any may end. */
#include "interop/probe.h"

#include <czmq.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "io/zmq_options.h"

#define EE 0 /* at fi */
#define FI 2 /* at ee */
#define LV 3

struct scene {
    struct rig_node ee; /* whose keys and peers change */
    struct rig_node fi;
    struct rig_keys next; /* of ee */
};

static int open_scene(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);
    assert_non_null(scene);
    rig_init(&scene->ee, "ee");
    rig_init(&scene->fi, "fi");
    rig_make_keys(&scene->next);
    const struct rig_node *of_ee[] = {NULL, NULL, &scene->fi};
    const struct rig_node *of_fi[] = {&scene->ee};
    rig_start(&scene->ee, of_ee, 3);
    rig_start(&scene->fi, of_fi, 1);
    rig_expect_up(&scene->ee, FI);
    rig_expect_up(&scene->fi, EE);
    rig_exchange(&scene->ee, FI, &scene->fi, EE);
    *state = scene;
    return 0;
}

static int close_scene(void **state)
{
    struct scene *scene = *state;
    rig_fini(&scene->ee);
    rig_fini(&scene->fi);
    free(scene);
    return 0;
}

/* fi makes its connections anew, and so does ee. */
static void cut(struct scene *scene)
{
    rig_put(&scene->fi, TCN_MSG_CUT, EE, NULL, 0);
    rig_expect_down(&scene->fi, EE);
    rig_expect_down(&scene->ee, FI);
}

static void fi_knows(struct scene *scene, const struct rig_keys *a,
                     const struct rig_keys *b)
{
    const struct rig_keys *keys[] = {a, b};
    rig_peer_keys(&scene->fi, EE, &scene->ee, keys, b == NULL ? 1 : 2);
}

static const char *sentence(const struct rig_message *note)
{
    const char *text = (const char *)note->payload;
    return text + strlen(text) + 1;
}

static void expect_note(struct rig_node *node, uint8_t peer, const char *word,
                        const char *piece)
{
    struct rig_message note = rig_expect_note(node, peer, word);
    if (strstr(sentence(&note), piece) == NULL) {
        fail_msg("\"%s\" is not in: %s", piece, sentence(&note));
    }
    rig_free(&note);
}

/* ---- our own key ---- */

static void links_that_stand_outlive_a_new_key(void **state)
{
    struct scene *scene = *state;
    struct rig_keys old = scene->ee.keys;
    uint64_t start = rig_now_ms();
    rig_renew(&scene->ee, &scene->next);
    print_message("a new key in force after %ju ms\n",
                  (uintmax_t)(rig_now_ms() - start));
    for (int i = 0; i < 30; i++) {
        rig_exchange(&scene->ee, FI, &scene->fi, EE);
        (void)poll(NULL, 0, 10);
    }
    rig_expect_none(&scene->fi, TCN_MSG_DOWN, 200);
    rig_expect_none(&scene->ee, TCN_MSG_DOWN, 0);
    rig_expect_none(&scene->ee, TCN_MSG_NOTE, 0);
    /* A newcomer finds the new key, and only that. */
    assert_int_equal(
        probe(NULL, scene->ee.endpoint, &scene->next, &scene->fi.keys),
        TCN_MONITOR_UP);
    assert_int_equal(probe(NULL, scene->ee.endpoint, &old, &scene->fi.keys),
                     TCN_MONITOR_NO_HANDSHAKE);
    rig_exchange(&scene->ee, FI, &scene->fi, EE);
    assert_int_equal(rig_sockets(scene->ee.endpoint, RIG_LISTENING), 2);
}

static void the_old_listener_goes_when_nobody_uses_it(void **state)
{
    struct scene *scene = *state;
    struct rig_keys old = scene->ee.keys;
    fi_knows(scene, &old, &scene->next);
    rig_renew(&scene->ee, &scene->next);
    assert_int_equal(rig_sockets(scene->ee.endpoint, RIG_LISTENING), 2);
    cut(scene);
    rig_expect_up(&scene->fi, EE);
    uint64_t deadline = rig_now_ms() + RIG_WAIT_MS;
    while (rig_sockets(scene->ee.endpoint, RIG_LISTENING) != 1) {
        assert_true(rig_now_ms() < deadline);
        (void)poll(NULL, 0, 10);
    }
    rig_exchange(&scene->ee, FI, &scene->fi, EE);
    rig_expect_none(&scene->fi, TCN_MSG_DOWN, 0);
    for (int i = 0; i < 10; i++) { /* alone it gets all */
        assert_int_equal(
            probe(NULL, scene->ee.endpoint, &scene->next, &scene->fi.keys),
            TCN_MONITOR_UP);
    }
}

static void a_peer_with_both_keys_follows_at_once(void **state)
{
    struct scene *scene = *state;
    struct rig_keys old = scene->ee.keys;
    fi_knows(scene, &scene->next, &old); /* announced: nothing changes yet */
    rig_expect_none(&scene->fi, TCN_MSG_DOWN, 200);
    cut(scene); /* and is the one of the two that does not fit yet */
    uint64_t start = rig_now_ms();
    rig_expect_up(&scene->fi, EE);
    rig_expect_up(&scene->ee, FI);
    print_message("back under the old one after %ju ms\n",
                  (uintmax_t)(rig_now_ms() - start));
    rig_renew(&scene->ee, &scene->next);
    rig_exchange(&scene->ee, FI, &scene->fi, EE);
    cut(scene);
    start = rig_now_ms();
    rig_expect_up(&scene->fi, EE);
    rig_expect_up(&scene->ee, FI);
    print_message("back under the new one after %ju ms\n",
                  (uintmax_t)(rig_now_ms() - start));
    assert_true(rig_now_ms() - start < 2000);
    rig_exchange(&scene->ee, FI, &scene->fi, EE);
    fi_knows(scene, &scene->next, NULL); /* the old one ends: no matter */
    rig_expect_none(&scene->fi, TCN_MSG_DOWN, 200);
    rig_exchange(&scene->ee, FI, &scene->fi, EE);
}

static void a_peer_with_the_new_key_only_comes_in(void **state)
{
    struct scene *scene = *state;
    rig_renew(&scene->ee, &scene->next); /* ee.keys is the new one now */
    rig_kill(&scene->fi);
    const struct rig_node *of_fi[] = {&scene->ee};
    rig_start(&scene->fi, of_fi, 1);
    rig_expect_up(&scene->fi, EE);
    rig_expect_down(&scene->ee, FI);
    rig_expect_up(&scene->ee, FI);
    rig_exchange(&scene->ee, FI, &scene->fi, EE);
}

/* It was away while the new one was announced: we still reach it, to tell it;
 * it does not reach us until it knows. */
static void a_peer_with_the_old_key_only_is_dialled_with_it(void **state)
{
    struct scene *scene = *state;
    struct rig_keys old = scene->ee.keys;
    rig_renew(&scene->ee, &scene->next);
    rig_exchange(&scene->ee, FI, &scene->fi, EE); /* as long as it stands */
    cut(scene);
    expect_note(&scene->fi, EE, "handshake", "import ee's new card");
    rig_expect_up(&scene->ee, FI);
    rig_send(&scene->ee, FI, "our new certificate", 19);
    rig_expect_text(&scene->fi, EE, "our new certificate");
    rig_expect_none(&scene->fi, TCN_MSG_UP, 300);
    fi_knows(scene, &scene->next, &old); /* it has learnt */
    rig_expect_up(&scene->fi, EE);
    rig_exchange(&scene->ee, FI, &scene->fi, EE);
    rig_put(&scene->ee, TCN_MSG_KEY_OVER, TCN_MSG_NO_PEER, NULL, 0);
    rig_expect_down(&scene->ee, FI); /* and is dialled with the new one */
    rig_expect_up(&scene->ee, FI);
    rig_exchange(&scene->ee, FI, &scene->fi, EE);
}

static void a_peer_that_stays_behind_is_told_what_to_do(void **state)
{
    struct scene *scene = *state;
    struct rig_keys old = scene->ee.keys;
    rig_renew(&scene->ee, &scene->next);
    rig_put(&scene->ee, TCN_MSG_KEY_OVER, TCN_MSG_NO_PEER, NULL, 0);
    cut(scene);
    expect_note(&scene->fi, EE, "handshake", "import ee's new card");
    expect_note(&scene->ee, FI, "old-card",
                "fi took our old key and refuses the new one");
    rig_expect_none(&scene->ee, TCN_MSG_UP, 700);
    rig_expect_none(&scene->fi, TCN_MSG_UP, 700);
    fi_knows(scene, &scene->next, &old); /* its operator did it */
    rig_expect_up(&scene->fi, EE);
    rig_expect_up(&scene->ee, FI);
    rig_exchange(&scene->ee, FI, &scene->fi, EE);
}

static void what_uses_the_old_key_ends_with_it(void **state)
{
    struct scene *scene = *state;
    struct rig_keys old = scene->ee.keys;
    fi_knows(scene, &scene->next, &old);
    rig_renew(&scene->ee, &scene->next);
    rig_expect_none(&scene->fi, TCN_MSG_DOWN, 300);
    rig_expect_none(&scene->ee, TCN_MSG_DOWN, 0);
    rig_put(&scene->ee, TCN_MSG_KEY_OVER, TCN_MSG_NO_PEER, NULL, 0);
    rig_expect_down(&scene->fi, EE); /* what fi dialled */
    rig_expect_up(&scene->fi, EE);
    rig_expect_down(&scene->ee, FI); /* what we dialled */
    rig_expect_up(&scene->ee, FI);
    rig_exchange(&scene->ee, FI, &scene->fi, EE);
    /* Once more is no harm. */
    rig_put(&scene->ee, TCN_MSG_KEY_OVER, TCN_MSG_NO_PEER, NULL, 0);
    rig_expect_none(&scene->ee, TCN_MSG_DOWN, 300);
    rig_exchange(&scene->ee, FI, &scene->fi, EE);
}

static void put_keys(struct rig_node *node, const uint8_t pk[32],
                     const uint8_t sk[32])
{
    uint8_t payload[64];
    memcpy(payload, pk, 32);
    memcpy(payload + 32, sk, 32);
    rig_put(node, TCN_MSG_KEY, TCN_MSG_NO_PEER, payload, sizeof payload);
}

static void a_key_that_cannot_be_keeps_the_old_one(void **state)
{
    struct scene *scene = *state;
    const struct {
        const uint8_t *pk, *sk;
        const char *piece;
    } rows[] = {
        {scene->next.pk, scene->ee.keys.sk, "does not fit its certificate"},
        {scene->fi.keys.pk, scene->fi.keys.sk,
         "the card of fi has the link key of this node itself"},
    };
    for (size_t i = 0; i < 2; i++) {
        put_keys(&scene->ee, rows[i].pk, rows[i].sk);
        struct rig_message keyed =
            rig_expect(&scene->ee, TCN_MSG_KEYED, TCN_MSG_NO_PEER);
        assert_memory_equal(keyed.payload, scene->ee.keys.pk, 32);
        rig_free(&keyed);
        expect_note(&scene->ee, TCN_MSG_NO_PEER, "key-kept", rows[i].piece);
        rig_exchange(&scene->ee, FI, &scene->fi, EE);
    }
    size_t notes = rig_count(&scene->ee, TCN_MSG_NOTE);
    rig_renew(&scene->ee, &scene->ee.keys); /* it is in force */
    assert_int_equal(rig_count(&scene->ee, TCN_MSG_NOTE), notes);
    rig_renew(&scene->ee, &scene->next);
    rig_exchange(&scene->ee, FI, &scene->fi, EE);
}

/* Addresses of both families, wildcards, and several at once; many renewals in
 * a row, some while connections of the one before stand. */
static void every_endpoint_is_handed_over_each_time(void **state)
{
    static const char *const listen[] = {"tcp://127.0.0.1", "tcp://*",
                                         "tcp://[::1]", "tcp://0.0.0.0",
                                         "tcp://[::]"};
    static const char *const connect[] = {"tcp://127.0.0.1", "tcp://127.0.0.1",
                                          "tcp://[::1]", "tcp://127.0.0.1",
                                          "tcp://[::1]"};
    enum { ENDPOINTS = 5, TIMES = 6 };
    char endpoint[ENDPOINTS][64];
    struct scene *scene = *state;
    rig_kill(&scene->ee);
    rig_spawn(&scene->ee, NULL);
    rig_listen(&scene->ee, scene->ee.endpoint);
    for (size_t i = 0; i < ENDPOINTS; i++) {
        char text[64];
        unsigned port = rig_free_port();
        (void)snprintf(text, sizeof text, "%s:%u", listen[i], port);
        (void)snprintf(endpoint[i], sizeof endpoint[i], "%s:%u", connect[i],
                       port);
        rig_listen(&scene->ee, text);
    }
    rig_peer(&scene->ee, FI, &scene->fi, NULL);
    rig_put(&scene->ee, TCN_MSG_START, TCN_MSG_NO_PEER, NULL, 0);
    rig_expect_up(&scene->ee, FI);
    rig_expect_down(&scene->fi, EE);
    rig_expect_up(&scene->fi, EE);
    for (size_t time = 0; time < TIMES; time++) {
        struct rig_keys fresh;
        rig_make_keys(&fresh);
        if (time == 3) {
            fi_knows(scene, &scene->ee.keys, NULL); /* and stays behind */
        }
        rig_renew(&scene->ee, &fresh);
        for (size_t i = 0; i < ENDPOINTS; i++) {
            for (size_t again = 0; again < 3; again++) {
                assert_int_equal(
                    probe(NULL, endpoint[i], &fresh, &scene->fi.keys),
                    TCN_MONITOR_UP);
            }
        }
    }
}

/* ---- the keys of peers ---- */

static void ee_knows(struct scene *scene, const struct rig_keys *a,
                     const struct rig_keys *b)
{
    const struct rig_keys *keys[] = {a, b};
    rig_peer_keys(&scene->ee, FI, &scene->fi, keys, b == NULL ? 1 : 2);
}

static void a_key_that_is_not_named_any_more_is_cut_both_ways(void **state)
{
    struct scene *scene = *state;
    struct rig_keys old = scene->fi.keys, other;
    rig_make_keys(&other);
    ee_knows(scene, &other, &old);
    rig_expect_none(&scene->ee, TCN_MSG_DOWN, 200); /* it may have two */
    rig_expect_none(&scene->fi, TCN_MSG_DOWN, 0);
    ee_knows(scene, &other, NULL);
    rig_expect_down(&scene->ee, FI); /* we do not speak to it ... */
    rig_expect_down(&scene->fi, EE); /* ... nor it to us */
    expect_note(&scene->fi, EE, "refused", "ee refuses our key");
    expect_note(&scene->ee, FI, "key-over",
                "fi came with a key that is over: import fi's new card");
    rig_expect_none(&scene->ee, TCN_MSG_UP, 700);
    ee_knows(scene, &old, NULL);
    rig_expect_up(&scene->ee, FI);
    rig_expect_up(&scene->fi, EE);
    rig_exchange(&scene->ee, FI, &scene->fi, EE);
}

/* fi sends as fast as it can, before and after ee gives its number away. */
static void flood(struct scene *scene, size_t frames)
{
    static uint8_t frame[4096];
    for (size_t i = 0; i < frames; i++) {
        rig_send(&scene->fi, EE, frame, sizeof frame);
        rig_send_bulk(&scene->fi, EE, frame, sizeof frame);
        (void)rig_pump(&scene->ee, 0);
    }
}

static void nothing_of_a_removed_peer_is_taken_for_the_next(void **state)
{
    struct scene *scene = *state;
    struct rig_node lv;
    rig_init(&lv, "lv");
    const struct rig_node *of_lv[] = {&scene->ee};
    flood(scene, 400);
    rig_put(&scene->ee, TCN_MSG_UNPEER, FI, NULL, 0);
    rig_peer(&scene->ee, FI, &lv, NULL);
    flood(scene, 100);
    rig_start(&lv, of_lv, 1);
    struct rig_message end = rig_expect(&scene->ee, TCN_MSG_UNPEERED, FI);
    rig_free(&end);
    rig_expect_up(&lv, 0);
    rig_expect_up(&scene->ee, FI);
    print_message("%zu frames had arrived\n",
                  rig_count(&scene->ee, TCN_MSG_RECV));
    while (rig_count(&scene->ee, TCN_MSG_RECV) > 0) { /* in order, before it */
        struct rig_message got = rig_expect(&scene->ee, TCN_MSG_RECV, FI);
        assert_int_equal(got.len, 4096);
        rig_free(&got);
    }
    rig_exchange(&scene->ee, FI, &lv, 0);
    rig_expect_none(&scene->ee, TCN_MSG_RECV, 300);
    rig_expect_down(&scene->fi, EE);
    expect_note(&scene->ee, TCN_MSG_NO_PEER, "unknown-key",
                "key that fi had once, from 127.0.0.1 refused");
    rig_fini(&lv);
}

static zsock_t *raw_dealer(struct scene *scene)
{
    zsock_t *socket = zsock_new(ZMQ_DEALER);
    assert_non_null(socket);
    void *raw = zsock_resolve(socket);
    int zero = 0;
    (void)zmq_setsockopt(raw, ZMQ_LINGER, &zero, sizeof zero);
    (void)zmq_setsockopt(raw, ZMQ_CURVE_SERVERKEY, scene->ee.keys.pk, 32);
    (void)zmq_setsockopt(raw, ZMQ_CURVE_PUBLICKEY, scene->fi.keys.pk, 32);
    (void)zmq_setsockopt(raw, ZMQ_CURVE_SECRETKEY, scene->fi.keys.sk, 32);
    assert_int_equal(zsock_connect(socket, "%s", scene->ee.endpoint), 0);
    return socket;
}

/* More connections than we keep in mind, some of which have said nothing yet:
 * none carries a frame any more, and each is closed when it tries. */
static void a_removed_peer_cannot_use_what_it_had_opened(void **state)
{
    enum { SOCKETS = 20 };
    struct scene *scene = *state;
    zsock_t *sockets[SOCKETS];
    struct tcn_monitor monitors[SOCKETS];
    for (size_t i = 0; i < SOCKETS; i++) {
        enum tcn_monitor_kind kind;
        sockets[i] = raw_dealer(scene);
        assert_int_equal(tcn_monitor_open(&monitors[i], sockets[i]),
                         TCN_ERR_OK);
        zmq_pollitem_t item = {.socket = zsock_resolve(monitors[i].socket),
                               .events = ZMQ_POLLIN};
        do {
            assert_int_equal(zmq_poll(&item, 1, RIG_WAIT_MS), 1);
            assert_true(tcn_monitor_next(&monitors[i], &kind));
        } while (kind != TCN_MONITOR_UP);
        if (i % 2 == 0) {
            assert_int_equal(zstr_send(sockets[i], "before"), 0);
            rig_expect_text(&scene->ee, FI, "before");
        }
    }
    rig_put(&scene->ee, TCN_MSG_UNPEER, FI, NULL, 0);
    struct rig_message end = rig_expect(&scene->ee, TCN_MSG_UNPEERED, FI);
    rig_free(&end);
    for (size_t i = 0; i < SOCKETS; i++) {
        enum tcn_monitor_kind kind;
        zmq_pollitem_t item = {.socket = zsock_resolve(monitors[i].socket),
                               .events = ZMQ_POLLIN};
        (void)zmq_send(zsock_resolve(sockets[i]), "after", 5, ZMQ_DONTWAIT);
        do {
            assert_int_equal(zmq_poll(&item, 1, RIG_WAIT_MS), 1);
            assert_true(tcn_monitor_next(&monitors[i], &kind));
        } while (kind != TCN_MONITOR_DOWN);
        tcn_monitor_close(&monitors[i]);
        zsock_destroy(&sockets[i]);
    }
    rig_expect_none(&scene->ee, TCN_MSG_RECV, 100);
}

static void a_peer_may_come_later_and_move(void **state)
{
    struct scene *scene = *state;
    struct rig_node lv;
    rig_init(&lv, "lv");
    const struct rig_node *of_lv[] = {&scene->ee};
    rig_start(&lv, of_lv, 1);
    expect_note(&lv, 0, "refused", "ee refuses our key");
    rig_peer(&scene->ee, LV, &lv, NULL);
    rig_expect_up(&scene->ee, LV);
    rig_expect_up(&lv, 0);
    rig_exchange(&scene->ee, LV, &lv, 0);

    rig_kill(&lv); /* it moves to another port */
    rig_expect_down(&scene->ee, LV);
    (void)snprintf(lv.endpoint, sizeof lv.endpoint, "tcp://127.0.0.1:%u",
                   rig_free_port());
    rig_start(&lv, of_lv, 1);
    rig_peer(&scene->ee, LV, &lv, NULL);
    rig_expect_up(&scene->ee, LV);
    rig_expect_up(&lv, 0);
    rig_exchange(&scene->ee, LV, &lv, 0);

    rig_peer(&scene->ee, LV, &lv, ""); /* it dials us from now on */
    rig_expect_down(&scene->ee, LV);
    rig_send(&lv, 0, "one way", 7);
    rig_expect_text(&scene->ee, LV, "one way");
    rig_expect_none(&lv, TCN_MSG_DOWN, 100);
    rig_peer(&scene->ee, LV, &lv, "tcp://*:1"); /* a mistake of people */
    expect_note(&scene->ee, LV, "not-dialled", "is not an endpoint");
    rig_exchange(&scene->ee, FI, &scene->fi, EE); /* others do not suffer */
    rig_fini(&lv);
}

static void a_card_with_the_key_of_another_is_told_and_left_out(void **state)
{
    struct scene *scene = *state;
    struct rig_node lv;
    rig_init(&lv, "lv");
    const struct rig_keys *of_lv[] = {&scene->fi.keys, &lv.keys,
                                      &scene->ee.keys};
    const struct rig_node *peers[] = {&scene->ee};
    rig_peer_keys(&scene->ee, LV, &lv, of_lv, 3);
    expect_note(&scene->ee, LV, "wrong-card",
                "the card of lv has the link key of fi");
    rig_start(&lv, peers, 1);
    rig_expect_up(&scene->ee, LV);
    rig_expect_up(&lv, 0);
    rig_exchange(&scene->ee, LV, &lv, 0);
    rig_exchange(&scene->ee, FI, &scene->fi, EE);
    rig_expect_none(&scene->ee, TCN_MSG_DOWN, 0);
    /* A number that changes hands without a word is free first. */
    struct rig_node se;
    rig_init(&se, "se");
    rig_peer(&scene->ee, LV, &se, NULL);
    struct rig_message end = rig_expect(&scene->ee, TCN_MSG_UNPEERED, LV);
    rig_free(&end);
    rig_expect_down(&lv, 0);
    rig_fini(&se);
    rig_fini(&lv);
}

/* The keys of fi that ee holds, none of which fits, are tried in turn. */
static void when_no_key_fits_it_is_told_once(void **state)
{
    struct scene *scene = *state;
    struct rig_keys a, b;
    rig_make_keys(&a);
    rig_make_keys(&b);
    ee_knows(scene, &a, &b);
    rig_expect_down(&scene->ee, FI);
    expect_note(&scene->ee, FI, "handshake",
                "fi has none of the 2 keys we hold of it");
    rig_expect_none(&scene->ee, TCN_MSG_UP, 1500);
    ee_knows(scene, &a, &scene->fi.keys);
    uint64_t start = rig_now_ms();
    rig_expect_up(&scene->ee, FI);
    assert_true(rig_now_ms() - start < 2000);
}

#define ON_A_SCENE(test)                                                       \
    cmocka_unit_test_setup_teardown(test, open_scene, close_scene)

static int start(void **state)
{
    (void)state;
    char text[200];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    return tcn_zmq_init(&message) == TCN_ERR_OK ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    zsys_shutdown();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_SCENE(links_that_stand_outlive_a_new_key),
        ON_A_SCENE(the_old_listener_goes_when_nobody_uses_it),
        ON_A_SCENE(a_peer_with_both_keys_follows_at_once),
        ON_A_SCENE(a_peer_with_the_new_key_only_comes_in),
        ON_A_SCENE(a_peer_with_the_old_key_only_is_dialled_with_it),
        ON_A_SCENE(a_peer_that_stays_behind_is_told_what_to_do),
        ON_A_SCENE(what_uses_the_old_key_ends_with_it),
        ON_A_SCENE(a_key_that_cannot_be_keeps_the_old_one),
        ON_A_SCENE(every_endpoint_is_handed_over_each_time),
        ON_A_SCENE(a_key_that_is_not_named_any_more_is_cut_both_ways),
        ON_A_SCENE(nothing_of_a_removed_peer_is_taken_for_the_next),
        ON_A_SCENE(a_removed_peer_cannot_use_what_it_had_opened),
        ON_A_SCENE(a_peer_may_come_later_and_move),
        ON_A_SCENE(a_card_with_the_key_of_another_is_told_and_left_out),
        ON_A_SCENE(when_no_key_fits_it_is_told_once),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
