#include "io/zap.h"

#include <czmq.h>

#include "base/limits.h"
#include "base/text.h"
#include "io/zmq_options.h"

#define ENDPOINT "inproc://zeromq.zap.01"
#define FRAMES   7

/* The frames of a request, in the order of RFC 27. */
enum { VERSION, REQUEST_ID, DOMAIN_NAME, ADDRESS, IDENTITY, MECHANISM, KEY };

struct request {
    size_t count; /* may be more than FRAMES: then the rest was dropped */
    zmq_msg_t frames[FRAMES + 1]; /* one place for what is dropped */
};

static bool all_zero(const uint8_t key[32])
{
    static const uint8_t zeros[32];
    return memcmp(key, zeros, sizeof zeros) == 0;
}

enum tcn_err tcn_zap_open(struct tcn_zap *zap)
{
    zap->socket = zsock_new(ZMQ_REP);
    if (zap->socket == NULL || zsock_bind(zap->socket, ENDPOINT) != 0) {
        tcn_zap_close(zap);
        return TCN_ERR_IO;
    }
    return TCN_ERR_OK;
}

void tcn_zap_close(struct tcn_zap *zap)
{
    zsock_destroy(&zap->socket);
}

const struct tcn_zap_pin *tcn_zap_find(const struct tcn_zap *zap,
                                       struct tcn_view key)
{
    for (size_t i = 0; i < TCN_ZAP_PINS_MAX; i++) {
        const struct tcn_zap_pin *pin = &zap->pins[i];
        if (pin->serial != 0 &&
            tcn_view_equal(key, tcn_view(pin->curve_pk, 32))) {
            return pin;
        }
    }
    return NULL;
}

enum tcn_err tcn_zap_pin(struct tcn_zap *zap, uint8_t peer,
                         const uint8_t key[32])
{
    if (all_zero(key) || tcn_zap_find(zap, tcn_view(key, 32)) != NULL) {
        return TCN_ERR_KEY;
    }
    for (size_t i = 0; i < TCN_ZAP_PINS_MAX; i++) {
        struct tcn_zap_pin *pin = &zap->pins[i];
        if (pin->serial == 0) {
            pin->serial = ++zap->serial;
            pin->peer = peer;
            memcpy(pin->curve_pk, key, sizeof pin->curve_pk);
            return TCN_ERR_OK;
        }
    }
    return TCN_ERR_CAPACITY;
}

void tcn_zap_unpin(struct tcn_zap *zap, const uint8_t key[32])
{
    const struct tcn_zap_pin *pin = tcn_zap_find(zap, tcn_view(key, 32));
    if (pin != NULL) {
        zap->pins[pin - zap->pins] = (struct tcn_zap_pin){0};
    }
}

static struct tcn_view frame(struct request *request, size_t i)
{
    return tcn_view(zmq_msg_data(&request->frames[i]),
                    zmq_msg_size(&request->frames[i]));
}

static void close_request(struct request *request)
{
    for (size_t i = 0; i < request->count && i < FRAMES; i++) {
        zmq_msg_close(&request->frames[i]);
    }
}

/* One whole request, without waiting; false when there is none. */
static bool receive(void *socket, struct request *request)
{
    request->count = 0;
    for (bool more = true; more; request->count++) {
        bool fits = request->count < FRAMES;
        zmq_msg_t *msg = &request->frames[fits ? request->count : FRAMES];
        zmq_msg_init(msg);
        if (zmq_msg_recv(msg, socket, ZMQ_DONTWAIT) < 0) {
            zmq_msg_close(msg);
            return false;
        }
        more = zmq_msg_more(msg) != 0;
        if (!fits) {
            zmq_msg_close(msg);
        }
    }
    return true;
}

static bool is_well_formed(struct request *request)
{
    return request->count == FRAMES &&
           tcn_view_is(frame(request, VERSION), "1.0") &&
           tcn_view_is(frame(request, DOMAIN_NAME), TCN_ZAP_DOMAIN) &&
           tcn_view_is(frame(request, MECHANISM), "CURVE") &&
           frame(request, KEY).len == 32;
}

static bool send_text(void *socket, struct tcn_view text, bool more)
{
    int flags = ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0);
    return zmq_send(socket, text.data, text.len, flags) >= 0;
}

/* version, request id, status, reason, user id, metadata */
static bool reply(void *socket, struct tcn_view request_id, const char *status,
                  const char *user_id)
{
    const char *reason = status[0] == '2' ? "OK" : "refused";
    return send_text(socket, tcn_view_str("1.0"), true) &&
           send_text(socket, request_id, true) &&
           send_text(socket, tcn_view_str(status), true) &&
           send_text(socket, tcn_view_str(reason), true) &&
           send_text(socket, tcn_view_str(user_id), true) &&
           send_text(socket, tcn_view(NULL, 0), false);
}

static bool answer(struct tcn_zap *zap, struct request *request)
{
    void *socket = zsock_resolve(zap->socket);
    struct tcn_view id = request->count > REQUEST_ID
                             ? frame(request, REQUEST_ID)
                             : tcn_view(NULL, 0);
    if (!is_well_formed(request)) {
        zap->malformed++;
        return reply(socket, id, "500", "");
    }
    const struct tcn_zap_pin *pin = tcn_zap_find(zap, frame(request, KEY));
    if (pin == NULL) {
        zap->refused++;
        if (zap->on_refused != NULL) {
            zap->on_refused(zap->self, frame(request, KEY),
                            frame(request, ADDRESS));
        }
        return reply(socket, id, "400", "");
    }
    /* "place.serial" */
    char user_id[32];
    (void)snprintf(user_id, sizeof user_id, "%zu.%ju",
                   (size_t)(pin - zap->pins), (uintmax_t)pin->serial);
    zap->admitted++;
    return reply(socket, id, "200", user_id);
}

enum tcn_err tcn_zap_serve(struct tcn_zap *zap)
{
    struct request request;
    void *socket = zsock_resolve(zap->socket);
    while (receive(socket, &request)) {
        bool answered = answer(zap, &request);
        close_request(&request);
        if (!answered) {
            return TCN_ERR_IO;
        }
    }
    int why = zmq_errno();
    close_request(&request);
    return why == EAGAIN || why == EINTR ? TCN_ERR_OK : TCN_ERR_IO;
}

const struct tcn_zap_pin *tcn_zap_pin_of(const struct tcn_zap *zap,
                                         const char *user_id)
{
    uint64_t place, serial;
    const char *dot = user_id == NULL ? NULL : strchr(user_id, '.');
    if (dot == NULL ||
        !tcn_text_uint(tcn_view(user_id, (size_t)(dot - user_id)), &place) ||
        !tcn_text_uint(tcn_view_str(dot + 1), &serial) ||
        place >= TCN_ZAP_PINS_MAX || serial == 0 ||
        zap->pins[place].serial != serial) {
        return NULL;
    }
    return &zap->pins[place];
}
