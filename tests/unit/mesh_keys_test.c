/* Key revocations that come before they can be proven: so many of each peer
 * wait, and are looked at again when a card or their certificate came. */
#include "unit/mesh_rig.h"

#define WAITING 16 /* of each peer */

static const char member[] = "xa";

static struct tcn_id cert_id(unsigned number)
{
    struct tcn_id id = rig_id(number);
    id.bytes[31] = 9;
    return id;
}

/* The peer says that certificate `number` of xa is revoked. */
static void say_krev(struct rig *rig, unsigned peer, unsigned number)
{
    static uint8_t bytes[TCN_KREV_MAX], signature[TCN_SIG_BYTES];
    struct tcn_krev krev = {.cert = cert_id(number), .serial = number};
    struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
    (void)snprintf(krev.member, sizeof krev.member, "%s", member);
    assert_int_equal(tcn_krev_encode(&krev, &out), TCN_ERR_OK);
    memset(signature, (int)number, sizeof signature);
    struct tcn_frame frame = {.type = TCN_FRAME_KREV};
    frame.krev.bytes = tcn_buf_view(&out);
    frame.krev.signature = tcn_view(signature, sizeof signature);
    rig_frame(rig, peer, &frame, NULL);
}

static void card_came(struct rig *rig)
{
    struct tcn_event keys = {.kind = TCN_EVENT_KEYS};
    rig_forget(rig);
    rig_act(rig, &keys);
}

/* The number of the i-th one that was to be proven; 0 = there is none. */
static unsigned proven(const struct rig *rig, size_t i)
{
    for (size_t at = 0; at < rig->said_count; at++) {
        const struct tcn_effect *said = &rig->said[at];
        if (said->kind == TCN_EFFECT_KREV && i-- == 0) {
            assert_int_equal(said->signature.len, TCN_SIG_BYTES);
            return said->signature.data[0];
        }
    }
    return 0;
}

static void it_is_looked_at_when_it_comes_and_when_a_card_does(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    say_krev(rig, 0, 1);
    assert_int_equal(proven(rig, 0), 1);
    assert_int_equal(rig_count(rig, TCN_EFFECT_KREV), 1);
    card_came(rig);
    assert_int_equal(proven(rig, 0), 1);
    assert_int_equal(rig_count(rig, TCN_EFFECT_KREV), 1);
    rig_free(rig);
}

static void what_is_proven_waits_no_more(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(2);
    say_krev(rig, 0, 1);
    say_krev(rig, 1, 1);
    say_krev(rig, 1, 2);
    struct tcn_event revoked = {.kind = TCN_EVENT_REVOKED};
    revoked.revoked.cert = cert_id(1);
    revoked.revoked.member = member;
    rig_act(rig, &revoked);
    say_krev(rig, 0, 1); /* nor when it is said again */
    card_came(rig);
    rig_pass(rig, TCN_SECOND_MS);
    assert_int_equal(rig_count(rig, TCN_EFFECT_KREV), 1);
    assert_int_equal(proven(rig, 0), 2);
    rig_free(rig);
}

/* What one says as much as it likes takes no place of another's. */
static void the_newest_of_each_peer_wait(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(2);
    say_krev(rig, 1, 100);
    for (unsigned i = 1; i <= WAITING + 2; i++) {
        say_krev(rig, 0, i);
    }
    say_krev(rig, 0, WAITING + 2); /* once more */
    card_came(rig);
    rig_pass(rig, TCN_SECOND_MS);
    assert_int_equal(rig_count(rig, TCN_EFFECT_KREV), WAITING + 1);
    for (unsigned i = 0; i < WAITING; i++) {
        assert_int_equal(proven(rig, i), 3 + i);
    }
    assert_int_equal(proven(rig, WAITING), 100);
    rig_free(rig);
}

/* More are kept outside, and an alarm. */
static void so_many_are_told(void **state)
{
    (void)state;
    enum { TOLD = 256 };
    struct rig *rig = rig_linked(1);
    struct tcn_event revoked = {.kind = TCN_EVENT_REVOKED};
    revoked.revoked.member = "paa"; /* the peer's own */
    for (unsigned i = 1; i <= TOLD + 1; i++) {
        assert_int_equal(rig_alarms(rig, TCN_ALARM_CAPACITY), 0);
        revoked.revoked.cert = cert_id(i);
        rig_act(rig, &revoked);
    }
    assert_int_equal(rig_alarms(rig, TCN_ALARM_CAPACITY), 1);
    assert_int_equal(rig_frames(rig, 0, TCN_FRAME_KREV), TOLD);
    rig_act(rig, &(struct tcn_event){.kind = TCN_EVENT_LINK_DOWN});
    rig_forget(rig);
    rig_open(rig, 0);
    assert_int_equal(rig_frames(rig, 0, TCN_FRAME_KREV), TOLD);
    rig_free(rig);
}

static struct tcn_id announced(struct rig *rig, unsigned number)
{
    struct tcn_event event = {.kind = TCN_EVENT_ANNOUNCE};
    event.announce.cert = cert_id(number);
    rig_act(rig, &event);
    return event.announce.cert;
}

static void of_certificates_to_come_the_newest_four_are_told(void **state)
{
    (void)state;
    struct rig *rig = rig_new(1, RIG_ALERTS, 1024);
    for (unsigned i = 1; i <= 6; i++) {
        (void)announced(rig, i);
    }
    rig_open(rig, 0);
    assert_int_equal(rig_frames(rig, 0, TCN_FRAME_CERT), 4);
    for (unsigned i = 0; i < 4; i++) {
        const struct tcn_id id = cert_id(3 + i);
        assert_true(
            tcn_id_equal(&rig_sent(rig, 0, TCN_FRAME_CERT, i)->id, &id));
    }
    const struct tcn_id next = announced(rig, 7);
    assert_true(tcn_id_equal(&rig_sent(rig, 0, TCN_FRAME_CERT, 4)->id, &next));
    rig_free(rig);
}

/* The shell takes a step for each one that is proven. */
static void one_is_looked_at_in_a_step(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    for (unsigned i = 1; i <= 3; i++) {
        say_krev(rig, 0, i);
    }
    struct tcn_event keys = {.kind = TCN_EVENT_KEYS};
    rig_forget(rig);
    rig_step(rig, &keys);
    assert_int_equal(rig_count(rig, TCN_EFFECT_KREV), 1);
    assert_true(tcn_mesh_next_deadline(rig->mesh) <= rig->now_ms);
    rig_pass(rig, 0);
    assert_int_equal(rig_count(rig, TCN_EFFECT_KREV), 3);
    rig_free(rig);
}

/* Whoever brings the certificate. */
static void it_is_looked_at_behind_its_certificate(void **state)
{
    (void)state;
    static uint8_t bytes[TCN_CERT_MAX], signature[TCN_SIG_BYTES];
    static const struct tcn_cert zeros;
    struct tcn_cert cert = zeros;
    struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
    struct rig *rig = rig_linked(2);
    (void)snprintf(cert.member, sizeof cert.member, "%s", member);
    (void)snprintf(cert.node, sizeof cert.node, "one");
    cert.not_before_ms = 1;
    cert.not_after_ms = 2;
    assert_int_equal(tcn_cert_encode(&cert, &out), TCN_ERR_OK);
    assert_int_equal(tcn_cert_decode(&cert, tcn_buf_view(&out)), TCN_ERR_OK);
    struct tcn_krev krev = {.cert = cert.id};
    static uint8_t krev_bytes[TCN_KREV_MAX];
    struct tcn_buf krev_out = tcn_buf(krev_bytes, sizeof krev_bytes);
    (void)snprintf(krev.member, sizeof krev.member, "%s", member);
    assert_int_equal(tcn_krev_encode(&krev, &krev_out), TCN_ERR_OK);
    struct tcn_frame frame = {.type = TCN_FRAME_KREV};
    frame.krev.bytes = tcn_buf_view(&krev_out);
    frame.krev.signature = tcn_view(signature, sizeof signature);
    rig_frame(rig, 0, &frame, NULL);
    rig_forget(rig);
    frame = (struct tcn_frame){.lane = TCN_LANE_BULK, .type = TCN_FRAME_CERT};
    frame.cert.bytes = tcn_buf_view(&out);
    frame.cert.signature = tcn_view(signature, sizeof signature);
    rig_frame(rig, 1, &frame, NULL);
    assert_int_equal(rig->said[0].kind, TCN_EFFECT_CERT);
    assert_int_equal(rig->said[1].kind, TCN_EFFECT_KREV);
    assert_int_equal(rig_count(rig, TCN_EFFECT_KREV), 1);
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_looked_at_when_it_comes_and_when_a_card_does),
        cmocka_unit_test(what_is_proven_waits_no_more),
        cmocka_unit_test(the_newest_of_each_peer_wait),
        cmocka_unit_test(so_many_are_told),
        cmocka_unit_test(of_certificates_to_come_the_newest_four_are_told),
        cmocka_unit_test(one_is_looked_at_in_a_step),
        cmocka_unit_test(it_is_looked_at_behind_its_certificate),
    };
    return cmocka_run_group_tests_name("mesh_keys", tests, NULL, NULL);
}
