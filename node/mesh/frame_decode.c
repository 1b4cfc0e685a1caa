#include "alert/label.h"
#include "alert/wire.h"
#include "mesh/frame.h"

static bool take_fixed(struct tcn_reader *r, uint8_t *out, size_t len)
{
    tcn_read_fixed(r, out, len);
    return r->err == TCN_ERR_OK;
}

static struct tcn_view take_signature(struct tcn_reader *r)
{
    struct tcn_view signature = tcn_read_bin(r);
    if (r->err == TCN_ERR_OK && signature.len != TCN_SIG_BYTES) {
        r->err = TCN_ERR_FRAME;
    }
    return signature;
}

static void take_place(struct tcn_reader *r, struct tcn_place *place)
{
    place->n = tcn_read_uint(r);
    if (place->n > INT64_MAX) { /* more rows than a store can number */
        r->err = TCN_ERR_FRAME;
    }
    (void)take_fixed(r, place->mark.bytes, sizeof place->mark.bytes);
}

static void take_cursor(struct tcn_reader *r, struct tcn_cursor *cursor)
{
    if (tcn_read_array(r) != 1 + 2 * TCN_LANES) {
        r->err = r->err == TCN_ERR_OK ? TCN_ERR_FRAME : r->err;
        return;
    }
    (void)take_fixed(r, cursor->epoch.bytes, sizeof cursor->epoch.bytes);
    for (size_t lane = 0; lane < TCN_LANES; lane++) {
        take_place(r, &cursor->lane[lane]);
    }
}

static void take_pair(struct tcn_reader *r, uint64_t pair[TCN_LANES])
{
    if (tcn_read_array(r) != TCN_LANES) {
        r->err = r->err == TCN_ERR_OK ? TCN_ERR_FRAME : r->err;
        return;
    }
    for (size_t lane = 0; lane < TCN_LANES; lane++) {
        pair[lane] = tcn_read_uint(r);
    }
}

static size_t take_hello(struct tcn_frame *frame, struct tcn_reader *r)
{
    struct tcn_hello *hello = &frame->hello;
    hello->version_min = tcn_read_uint(r);
    hello->version_max = tcn_read_uint(r);
    hello->cert = tcn_read_bin(r);
    hello->cert_signature = take_signature(r);
    (void)take_fixed(r, hello->epoch.bytes, sizeof hello->epoch.bytes);
    take_pair(r, hello->top);
    hello->ask_held = tcn_read_bool(r);
    take_cursor(r, &hello->settled);
    take_pair(r, hello->grant);
    take_pair(r, hello->rows);
    hello->clock_ms = tcn_read_uint(r);
    size_t count = tcn_read_array(r);
    if (count > TCN_AGREEMENTS_MAX) {
        r->err = TCN_ERR_FRAME;
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        hello->agreements[i] = tcn_read_str(r);
    }
    hello->agreement_count = (unsigned)count;
    return 12;
}

static size_t take_proof(struct tcn_frame *frame, struct tcn_reader *r)
{
    frame->cert.bytes = tcn_read_bin(r);
    frame->cert.signature = take_signature(r);
    return 2;
}

static size_t take_push(struct tcn_frame *frame, struct tcn_reader *r)
{
    take_place(r, &frame->push.place);
    frame->push.envelope = tcn_read_bin(r);
    return 3;
}

static size_t take_offer(struct tcn_frame *frame, struct tcn_reader *r)
{
    frame->offer.first = tcn_read_uint(r);
    take_place(r, &frame->offer.last);
    frame->offer.is_history = tcn_read_bool(r);
    frame->offer.rows = tcn_read_bin(r);
    size_t bytes = frame->offer.rows.len;
    uint64_t count = bytes / TCN_OFFER_ROW;
    uint64_t first = frame->offer.first;
    if (bytes == 0 || bytes % TCN_OFFER_ROW != 0 || count > TCN_OFFER_MAX ||
        first == 0 || first > INT64_MAX ||
        frame->offer.last.n != first + count - 1) {
        r->err = TCN_ERR_FRAME;
    }
    return 5;
}

static size_t take_gone(struct tcn_frame *frame, struct tcn_reader *r)
{
    take_place(r, &frame->gone.place);
    return 2;
}

static size_t take_stream(struct tcn_frame *frame, struct tcn_reader *r)
{
    frame->stream.origin = tcn_read_str(r);
    uint64_t number = tcn_read_uint(r);
    if (frame->stream.origin.len > TCN_MEMBER_MAX || number >= TCN_STREAMS) {
        r->err = TCN_ERR_FRAME;
    }
    frame->stream.number = (uint8_t)number;
    return 2;
}

static size_t take_want(struct tcn_frame *frame, struct tcn_reader *r)
{
    size_t count = tcn_read_array(r);
    if (count == 0 || count > TCN_WANT_MAX) {
        r->err = TCN_ERR_FRAME;
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        frame->want.n[i] = tcn_read_uint(r);
        if (i > 0 && frame->want.n[i] <= frame->want.n[i - 1]) {
            r->err = TCN_ERR_FRAME;
        }
    }
    frame->want.count = (unsigned)count;
    return 1;
}

static size_t take_ack(struct tcn_frame *frame, struct tcn_reader *r)
{
    take_cursor(r, &frame->ack.settled);
    take_pair(r, frame->ack.grant);
    return 2;
}

static size_t take_held(struct tcn_frame *frame, struct tcn_reader *r)
{
    frame->held.last = tcn_read_bool(r);
    frame->held.rows = tcn_read_bin(r);
    if (frame->held.rows.len % 33 != 0 ||
        frame->held.rows.len > 33 * TCN_HELD_MAX) {
        r->err = TCN_ERR_FRAME;
    }
    return 2;
}

static size_t take_bye(struct tcn_frame *frame, struct tcn_reader *r)
{
    frame->bye = tcn_read_uint(r);
    return 1;
}

/* Frames that a later version sends are taken as a whole and left alone. */
static size_t take_rest(struct tcn_frame *frame, struct tcn_reader *r)
{
    (void)frame;
    size_t items = 0;
    while (r->err == TCN_ERR_OK && r->at < r->end) {
        (void)tcn_read_any(r);
        items++;
    }
    return items;
}

typedef size_t take_body(struct tcn_frame *frame, struct tcn_reader *r);

static take_body *body_of(uint64_t type)
{
    static take_body *const bodies[TCN_FRAME_TYPE_END] = {
        [TCN_FRAME_HELLO] = take_hello,  [TCN_FRAME_CERT] = take_proof,
        [TCN_FRAME_KREV] = take_proof,   [TCN_FRAME_PUSH] = take_push,
        [TCN_FRAME_WANT] = take_want,    [TCN_FRAME_GONE] = take_gone,
        [TCN_FRAME_ACK] = take_ack,      [TCN_FRAME_HELD] = take_held,
        [TCN_FRAME_BYE] = take_bye,      [TCN_FRAME_OFFER] = take_offer,
        [TCN_FRAME_PRUNE] = take_stream, [TCN_FRAME_GRAFT] = take_stream,
    };
    return type < TCN_FRAME_TYPE_END && bodies[type] != NULL ? bodies[type]
                                                             : take_rest;
}

enum tcn_err tcn_frame_decode(struct tcn_frame *frame, struct tcn_view bytes)
{
    *frame = (struct tcn_frame){0};
    if (bytes.len > TCN_FRAME_MAX) {
        return TCN_ERR_SIZE;
    }
    enum tcn_err err = tcn_wire_check(bytes);
    if (err != TCN_ERR_OK) {
        return err;
    }
    struct tcn_reader r = tcn_reader(bytes);
    size_t items = tcn_read_array(&r);
    (void)take_fixed(&r, frame->session.bytes, sizeof frame->session.bytes);
    uint64_t lane = tcn_read_uint(&r);
    uint64_t type = tcn_read_uint(&r);
    if (r.err != TCN_ERR_OK || lane >= TCN_LANES || type == 0 ||
        type > UINT8_MAX) {
        return TCN_ERR_FRAME;
    }
    frame->lane = (uint8_t)lane;
    frame->type = (uint8_t)type;
    size_t taken = body_of(type)(frame, &r);
    if (tcn_read_end(&r) != TCN_ERR_OK || items != taken + 3) {
        return TCN_ERR_FRAME;
    }
    return TCN_ERR_OK;
}

uint8_t tcn_size_class(size_t bytes)
{
    uint8_t k = 0;
    while (((size_t)1 << k) < bytes) {
        k++;
    }
    return k;
}

const char *tcn_frame_word(unsigned type)
{
    static const char *const words[TCN_FRAME_TYPE_END] = {
        [TCN_FRAME_HELLO] = "HELLO", [TCN_FRAME_CERT] = "CERT",
        [TCN_FRAME_KREV] = "KREV",   [TCN_FRAME_PUSH] = "PUSH",
        [TCN_FRAME_OFFER] = "OFFER", [TCN_FRAME_WANT] = "WANT",
        [TCN_FRAME_GONE] = "GONE",   [TCN_FRAME_ACK] = "ACK",
        [TCN_FRAME_PRUNE] = "PRUNE", [TCN_FRAME_GRAFT] = "GRAFT",
        [TCN_FRAME_HELD] = "HELD",   [TCN_FRAME_BYE] = "BYE",
    };
    return type < TCN_FRAME_TYPE_END && words[type] != NULL ? words[type] : "?";
}
