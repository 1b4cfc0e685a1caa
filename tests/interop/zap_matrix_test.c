/* Whom does the installed libzmq let in? Every combination of an authentication
 * handler, the ZAP domain and the option that enforces it, tried with a key
 * that nobody pinned. The table is what README and the settings rely on: when a
 * new libzmq behaves in another way, a row fails and says which. */
#include "interop/probe.h"

#include <czmq.h>
#include <sodium.h>

#include "io/file.h"
#include "io/self_test.h"
#include "io/zmq_options.h"

#define ENFORCE_DOMAIN 93

enum outcome { REFUSED, ADMITTED, SILENT };
static const char *const outcome_names[] = {"refused", "ADMITTED", "silent"};

static int start(void **state)
{
    (void)state;
    char text[200];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    assert_true(sodium_init() >= 0);
    assert_int_equal(tcn_zmq_init(&message), TCN_ERR_OK);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    zsys_shutdown();
    return 0;
}

/* The name of the one before is free a moment after it was closed. */
static void open_zap(struct tcn_zap *zap)
{
    uint64_t deadline = tcn_steady_ms() + 5000;
    *zap = (struct tcn_zap){0};
    while (tcn_zap_open(zap) != TCN_ERR_OK) {
        assert_true(tcn_steady_ms() < deadline);
        (void)zmq_poll(NULL, 0, 2);
    }
}

static void open_zap_with(struct tcn_zap *zap, uint8_t peer,
                          const uint8_t key[32])
{
    open_zap(zap);
    assert_int_equal(tcn_zap_pin(zap, peer, key), TCN_ERR_OK);
}

/* A CURVE listener on a free port of loopback, nothing else set. */
static void *open_server(zsock_t **sock, const struct rig_keys *keys,
                         const char *domain, int enforce)
{
    int on = 1;
    *sock = zsock_new(ZMQ_ROUTER);
    assert_non_null(*sock);
    void *server = zsock_resolve(*sock);
    assert_int_equal(zmq_setsockopt(server, ZMQ_CURVE_SERVER, &on, sizeof on),
                     0);
    assert_int_equal(zmq_setsockopt(server, ZMQ_CURVE_SECRETKEY, keys->sk, 32),
                     0);
    if (domain != NULL) {
        assert_int_equal(
            zmq_setsockopt(server, ZMQ_ZAP_DOMAIN, domain, strlen(domain)), 0);
    }
    if (enforce >= 0) {
        assert_int_equal(
            zmq_setsockopt(server, ENFORCE_DOMAIN, &enforce, sizeof enforce),
            0);
    }
    assert_int_equal(zmq_bind(server, "tcp://127.0.0.1:*"), 0);
    return server;
}

static void last_endpoint(void *socket, char *out, size_t cap)
{
    assert_int_equal(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, out, &cap), 0);
}

/* Connects with a key; what becomes of it, with the handler served if any. */
static enum outcome try_key(struct tcn_zap *zap, const char *endpoint,
                            const struct rig_keys *server,
                            const struct rig_keys *key)
{
    enum tcn_monitor_kind kind = probe(zap, endpoint, server, key);
    return kind == TCN_MONITOR_UP      ? ADMITTED
           : kind == TCN_MONITOR_OTHER ? SILENT
                                       : REFUSED;
}

static void which_combination_lets_a_stranger_in(void **state)
{
    static const struct {
        bool handler;
        const char *domain; /* NULL = not set */
        int enforce;        /* -1 = not set */
        enum outcome stranger;
    } rows[] = {
        {false, NULL, -1, ADMITTED},    {false, NULL, 0, ADMITTED},
        {false, NULL, 1, ADMITTED},     {false, "tocsin", -1, ADMITTED},
        {false, "tocsin", 0, ADMITTED}, {false, "tocsin", 1, REFUSED},
        {true, NULL, -1, REFUSED},      {true, NULL, 0, REFUSED},
        {true, NULL, 1, ADMITTED},      {true, "tocsin", -1, REFUSED},
        {true, "tocsin", 0, REFUSED},   {true, "tocsin", 1, REFUSED},
    };
    (void)state;
    struct rig_keys server, pinned, stranger;
    rig_make_keys(&server);
    rig_make_keys(&pinned);
    rig_make_keys(&stranger);
    int differ = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tcn_zap zap;
        zsock_t *sock;
        char endpoint[TCN_ENDPOINT_MAX];
        if (rows[i].handler) {
            open_zap_with(&zap, 5, pinned.pk);
        }
        void *socket =
            open_server(&sock, &server, rows[i].domain, rows[i].enforce);
        last_endpoint(socket, endpoint, sizeof endpoint);
        enum outcome got = try_key(rows[i].handler ? &zap : NULL, endpoint,
                                   &server, &stranger);
        print_message("handler %-3s domain %-6s enforce %-3s: stranger %s\n",
                      rows[i].handler ? "yes" : "no",
                      rows[i].domain == NULL ? "unset" : rows[i].domain,
                      rows[i].enforce < 0   ? "unset"
                      : rows[i].enforce > 0 ? "1"
                                            : "0",
                      outcome_names[got]);
        if (got != rows[i].stranger) {
            print_message("  ... expected: %s\n",
                          outcome_names[rows[i].stranger]);
            differ++;
        }
        zsock_destroy(&sock);
        if (rows[i].handler) {
            tcn_zap_close(&zap);
        }
    }
    assert_int_equal(differ, 0);
}

struct ours {
    struct rig_keys server;
    struct rig_keys pinned;
    struct tcn_zap zap;
    zsock_t *listener;
    char endpoint[TCN_ENDPOINT_MAX];
};

/* A listener as tocsin-link makes it. */
static void open_ours(struct ours *ours)
{
    char text[200];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    rig_make_keys(&ours->server);
    rig_make_keys(&ours->pinned);
    open_zap_with(&ours->zap, 5, ours->pinned.pk);
    assert_int_equal(tcn_zmq_open(&ours->listener, TCN_ZMQ_LISTENER, &message),
                     TCN_ERR_OK);
    assert_int_equal(
        tcn_zmq_curve_server(ours->listener, ours->server.sk, &message),
        TCN_ERR_OK);
    assert_true(zsock_bind(ours->listener, "tcp://127.0.0.1:*") > 0);
    last_endpoint(zsock_resolve(ours->listener), ours->endpoint,
                  sizeof ours->endpoint);
}

static void close_ours(struct ours *ours)
{
    zsock_destroy(&ours->listener);
    tcn_zap_close(&ours->zap);
}

static void our_listener_admits_the_pinned_key_and_no_other(void **state)
{
    (void)state;
    struct ours ours;
    struct rig_keys stranger;
    char text[200];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    open_ours(&ours);
    rig_make_keys(&stranger);
    assert_int_equal(
        try_key(&ours.zap, ours.endpoint, &ours.server, &ours.pinned),
        ADMITTED);
    assert_int_equal(try_key(&ours.zap, ours.endpoint, &ours.server, &stranger),
                     REFUSED);
    assert_int_equal(ours.zap.admitted, 1);
    assert_int_equal(ours.zap.refused, 1);
    assert_int_equal(ours.zap.malformed, 0);
    assert_int_equal(
        tcn_self_test(&ours.zap, ours.endpoint, ours.server.pk, &message),
        TCN_ERR_OK);
    close_ours(&ours);
}

/* Sockets of the one before are still being closed when the next one opens. */
static void the_self_test_holds_many_times_in_a_row(void **state)
{
    (void)state;
    struct ours ours;
    open_ours(&ours);
    for (int i = 0; i < 200; i++) {
        char text[200];
        struct tcn_buf message = tcn_buf(text, sizeof text);
        if (tcn_self_test(&ours.zap, ours.endpoint, ours.server.pk, &message) !=
            TCN_ERR_OK) {
            fail_msg("time %d: %s", i, tcn_buf_text(&message));
        }
    }
    assert_int_equal(ours.zap.refused, 200);
    close_ours(&ours);
}

static void our_listener_admits_nobody_when_its_handler_is_gone(void **state)
{
    (void)state;
    struct ours ours;
    struct rig_keys stranger;
    open_ours(&ours);
    rig_make_keys(&stranger);
    tcn_zap_close(&ours.zap);
    assert_int_equal(try_key(NULL, ours.endpoint, &ours.server, &stranger),
                     REFUSED);
    assert_int_equal(try_key(NULL, ours.endpoint, &ours.server, &ours.pinned),
                     REFUSED);
    close_ours(&ours);
}

/* A listener that would let strangers in is noticed before it serves. */
static void the_self_test_catches_an_open_listener(void **state)
{
    (void)state;
    char text[200];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    struct rig_keys server, other;
    struct tcn_zap zap;
    zsock_t *sock;
    char endpoint[TCN_ENDPOINT_MAX];
    rig_make_keys(&server);
    rig_make_keys(&other);
    open_zap_with(&zap, 0, other.pk);
    /* Enforcing an empty domain switches authentication off. */
    last_endpoint(open_server(&sock, &server, NULL, 1), endpoint,
                  sizeof endpoint);
    assert_int_equal(tcn_self_test(&zap, endpoint, server.pk, &message),
                     TCN_ERR_IO);
    assert_non_null(
        strstr(tcn_buf_text(&message), "a stranger's key was admitted"));
    /* Nor does a refusal of another kind count. */
    message.len = 0;
    assert_int_equal(tcn_self_test(&zap, endpoint, other.pk, &message),
                     TCN_ERR_IO);
    zsock_destroy(&sock);
    tcn_zap_close(&zap);
}

static void keys_that_do_not_tell_peers_apart_are_refused(void **state)
{
    static struct tcn_zap zap;
    uint8_t key[32] = {0};
    (void)state;
    assert_int_equal(tcn_zap_pin(&zap, 0, key), TCN_ERR_KEY);
    for (unsigned i = 0; i < TCN_ZAP_PINS_MAX; i++) {
        key[0] = (uint8_t)i;
        key[1] = 1;
        assert_int_equal(tcn_zap_pin(&zap, 0, key), TCN_ERR_OK);
        assert_int_equal(tcn_zap_pin(&zap, 0, key), TCN_ERR_KEY);
        assert_int_equal(tcn_zap_pin(&zap, 1, key), TCN_ERR_KEY);
    }
    key[1] = 2;
    assert_int_equal(tcn_zap_pin(&zap, 0, key), TCN_ERR_CAPACITY);
    key[1] = 1;
    tcn_zap_unpin(&zap, key);
    assert_null(tcn_zap_find(&zap, tcn_view(key, 32)));
    assert_int_equal(tcn_zap_pin(&zap, 1, key), TCN_ERR_OK);
    assert_int_equal(tcn_zap_find(&zap, tcn_view(key, 32))->peer, 1);
}

/* What may stand in a request; NULL = the good value. */
struct request {
    const char *name;
    const char *frames[9];
    size_t count;
    const char *status;
};

static void requests_out_of_shape_get_an_error_and_no_admission(void **state)
{
    static const char key[] = "0123456789abcdef0123456789abcdef";
    static const struct request rows[] = {
        {"good",
         {"1.0", "1", "tocsin", "10.0.0.7", "", "CURVE", key},
         7,
         "200"},
        {"other key",
         {"1.0", "1", "tocsin", "10.0.0.7", "", "CURVE",
          "0123456789abcdef0123456789abcdeF"},
         7,
         "400"},
        {"version", {"2.0", "1", "tocsin", "a", "", "CURVE", key}, 7, "500"},
        {"domain", {"1.0", "1", "global", "a", "", "CURVE", key}, 7, "500"},
        {"no domain", {"1.0", "1", "", "a", "", "CURVE", key}, 7, "500"},
        {"NULL", {"1.0", "1", "tocsin", "a", "", "NULL", key}, 7, "500"},
        {"PLAIN", {"1.0", "1", "tocsin", "a", "", "PLAIN", key}, 7, "500"},
        {"short key", {"1.0", "1", "tocsin", "a", "", "CURVE", "0"}, 7, "500"},
        {"no key", {"1.0", "1", "tocsin", "a", "", "CURVE"}, 6, "500"},
        {"one frame", {"1.0"}, 1, "500"},
        {"a frame more",
         {"1.0", "1", "tocsin", "a", "", "CURVE", key, "x"},
         8,
         "500"},
        {"two frames more",
         {"1.0", "1", "tocsin", "a", "", "CURVE", key, "x", "y"},
         9,
         "500"},
    };
    (void)state;
    struct tcn_zap zap;
    open_zap_with(&zap, 63, (const uint8_t *)key);
    zsock_t *client = zsock_new_req("inproc://zeromq.zap.01");
    assert_non_null(client);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        zmsg_t *out = zmsg_new();
        for (size_t f = 0; f < rows[i].count; f++) {
            assert_int_equal(zmsg_addstr(out, rows[i].frames[f]), 0);
        }
        assert_int_equal(zmsg_send(&out, client), 0);
        assert_int_equal(tcn_zap_serve(&zap), TCN_ERR_OK);
        zmsg_t *in = zmsg_recv(client);
        assert_non_null(in);
        assert_int_equal(zmsg_size(in), 6);
        char *version = zmsg_popstr(in), *id = zmsg_popstr(in);
        char *status = zmsg_popstr(in), *reason = zmsg_popstr(in);
        char *user = zmsg_popstr(in);
        if (strcmp(status, rows[i].status) != 0) {
            fail_msg("%s: status %s", rows[i].name, status);
        }
        assert_string_equal(version, "1.0");
        assert_string_equal(id, rows[i].count > 1 ? "1" : "");
        assert_string_equal(user, status[0] == '2' ? "0.1" : "");
        zstr_free(&version);
        zstr_free(&id);
        zstr_free(&status);
        zstr_free(&reason);
        zstr_free(&user);
        zmsg_destroy(&in);
    }
    zsock_destroy(&client);
    tcn_zap_close(&zap);
}

/* Two listeners with a key each, as while a node renews its own. */
static void one_handler_serves_two_listeners(void **state)
{
    (void)state;
    struct ours ours;
    struct rig_keys next, stranger;
    zsock_t *second;
    char text[200], endpoint[TCN_ENDPOINT_MAX];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    open_ours(&ours);
    rig_make_keys(&next);
    rig_make_keys(&stranger);
    assert_int_equal(tcn_zmq_open(&second, TCN_ZMQ_LISTENER, &message),
                     TCN_ERR_OK);
    assert_int_equal(tcn_zmq_curve_server(second, next.sk, &message),
                     TCN_ERR_OK);
    assert_true(zsock_bind(second, "tcp://127.0.0.1:*") > 0);
    last_endpoint(zsock_resolve(second), endpoint, sizeof endpoint);
    const struct {
        const char *endpoint;
        const struct rig_keys *server, *own;
        enum tcn_monitor_kind kind;
    } rows[] = {
        {ours.endpoint, &ours.server, &ours.pinned, TCN_MONITOR_UP},
        {endpoint, &next, &ours.pinned, TCN_MONITOR_UP},
        {ours.endpoint, &ours.server, &stranger, TCN_MONITOR_REFUSED},
        {endpoint, &next, &stranger, TCN_MONITOR_REFUSED},
        {ours.endpoint, &next, &ours.pinned, TCN_MONITOR_NO_HANDSHAKE},
        {endpoint, &ours.server, &ours.pinned, TCN_MONITOR_NO_HANDSHAKE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum tcn_monitor_kind kind =
            probe(&ours.zap, rows[i].endpoint, rows[i].server, rows[i].own);
        if (kind != rows[i].kind) {
            fail_msg("row %zu: %d", i, (int)kind);
        }
    }
    tcn_zap_unpin(&ours.zap, ours.pinned.pk);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(
            probe(&ours.zap, rows[i].endpoint, rows[i].server, rows[i].own),
            TCN_MONITOR_REFUSED);
    }
    zsock_destroy(&second);
    close_ours(&ours);
}

static void only_names_of_living_pins_are_user_ids(void **state)
{
    static const char *const wrong[] = {NULL,    "",
                                        "0",     "1",
                                        "0.0",   "1.1",
                                        "0.2",   "-1.1",
                                        "0.01",  "00.1",
                                        "0.1 ",  " 0.1",
                                        "0.1x",  "fi",
                                        "256.1", "0..1",
                                        "0.1.1", "0x0.1",
                                        ".1",    "0.",
                                        ".",     "0.18446744073709551617"};
    struct tcn_zap zap = {0};
    uint8_t key[32] = {1};
    (void)state;
    assert_int_equal(tcn_zap_pin(&zap, 63, key), TCN_ERR_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (tcn_zap_pin_of(&zap, wrong[i]) != NULL) {
            fail_msg("\"%s\" was taken", wrong[i]);
        }
    }
    assert_int_equal(tcn_zap_pin_of(&zap, "0.1")->peer, 63);
    /* A pin that comes to the same place is another one. */
    tcn_zap_unpin(&zap, key);
    assert_null(tcn_zap_pin_of(&zap, "0.1"));
    assert_int_equal(tcn_zap_pin(&zap, 7, key), TCN_ERR_OK);
    assert_null(tcn_zap_pin_of(&zap, "0.1"));
    assert_int_equal(tcn_zap_pin_of(&zap, "0.2")->peer, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(which_combination_lets_a_stranger_in),
        cmocka_unit_test(our_listener_admits_the_pinned_key_and_no_other),
        cmocka_unit_test(the_self_test_holds_many_times_in_a_row),
        cmocka_unit_test(our_listener_admits_nobody_when_its_handler_is_gone),
        cmocka_unit_test(one_handler_serves_two_listeners),
        cmocka_unit_test(the_self_test_catches_an_open_listener),
        cmocka_unit_test(keys_that_do_not_tell_peers_apart_are_refused),
        cmocka_unit_test(requests_out_of_shape_get_an_error_and_no_admission),
        cmocka_unit_test(only_names_of_living_pins_are_user_ids),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
