/* Frames: what is written is read back the same; everything else is refused
 * with its reason and without harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "alert/label.h"
#include "alert/wire.h"
#include "mesh/frame.h"

static uint8_t bytes[2 * TCN_FRAME_MAX];
static const uint8_t zeros[TCN_ENVELOPE_MAX + 1];

static struct tcn_frame frame_of(enum tcn_frame_type type)
{
    struct tcn_frame frame = {.type = (uint8_t)type};
    for (uint8_t i = 0; i < 8; i++) {
        frame.session.bytes[i] = (uint8_t)(0xa0 + i);
    }
    return frame;
}

static struct tcn_view encode(const struct tcn_frame *frame)
{
    struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
    tcn_frame_encode(frame, &out);
    assert_false(out.full);
    return tcn_buf_view(&out);
}

static struct tcn_place place(uint8_t tag, uint64_t n)
{
    struct tcn_place p = {.n = n};
    memset(p.mark.bytes, tag, sizeof p.mark.bytes);
    return p;
}

/* n rows on the fast lane, 1000 more on the bulk one. */
static struct tcn_cursor cursor(uint8_t tag, uint64_t n)
{
    struct tcn_cursor c = {.lane = {place((uint8_t)(tag + 1), n),
                                    place((uint8_t)(tag + 2), n + 1000)}};
    memset(c.epoch.bytes, tag, sizeof c.epoch.bytes);
    return c;
}

static struct tcn_frame full_hello(void)
{
    struct tcn_frame frame = frame_of(TCN_FRAME_HELLO);
    struct tcn_hello *hello = &frame.hello;
    hello->version_min = 1;
    hello->version_max = 3;
    hello->cert = tcn_view("certificate", 11);
    hello->cert_signature = tcn_view(zeros, 64);
    memset(hello->epoch.bytes, 7, sizeof hello->epoch.bytes);
    hello->top[TCN_LANE_FAST] = UINT64_MAX;
    hello->top[TCN_LANE_BULK] = 300;
    hello->ask_held = true;
    hello->settled = cursor(9, 70000);
    hello->grant[TCN_LANE_FAST] = TCN_FAST_BYTES;
    hello->grant[TCN_LANE_BULK] = UINT64_MAX;
    hello->rows[TCN_LANE_FAST] = TCN_FAST_ROWS;
    hello->rows[TCN_LANE_BULK] = TCN_BULK_ROWS;
    hello->clock_ms = 1782000000000;
    hello->agreement_count = 2;
    hello->agreements[0] = tcn_view_str("balt-3#0123456789abcdef");
    hello->agreements[1] = tcn_view_str("nord#fedcba9876543210");
    return frame;
}

/* ---- what is written is read ---- */

static void same_place(const struct tcn_place *a, const struct tcn_place *b)
{
    assert_true(a->n == b->n);
    assert_memory_equal(a->mark.bytes, b->mark.bytes, 8);
}

static void same_cursor(const struct tcn_cursor *a, const struct tcn_cursor *b)
{
    assert_memory_equal(a->epoch.bytes, b->epoch.bytes, 8);
    for (size_t lane = 0; lane < TCN_LANES; lane++) {
        same_place(&a->lane[lane], &b->lane[lane]);
    }
}

static struct tcn_frame read_back(const struct tcn_frame *frame)
{
    struct tcn_frame again;
    assert_int_equal(tcn_frame_decode(&again, encode(frame)), TCN_ERR_OK);
    assert_int_equal(again.type, frame->type);
    assert_int_equal(again.lane, frame->lane);
    assert_memory_equal(again.session.bytes, frame->session.bytes, 8);
    return again;
}

static void hello_is_read_back(void **state)
{
    (void)state;
    struct tcn_frame frame = full_hello();
    struct tcn_frame again = read_back(&frame);
    const struct tcn_hello *a = &frame.hello;
    const struct tcn_hello *b = &again.hello;
    assert_int_equal(b->version_min, a->version_min);
    assert_int_equal(b->version_max, a->version_max);
    assert_true(tcn_view_equal(b->cert, a->cert));
    assert_true(tcn_view_equal(b->cert_signature, a->cert_signature));
    assert_memory_equal(b->epoch.bytes, a->epoch.bytes, 8);
    for (size_t lane = 0; lane < TCN_LANES; lane++) {
        assert_true(b->top[lane] == a->top[lane]);
        assert_true(b->grant[lane] == a->grant[lane]);
        assert_true(b->rows[lane] == a->rows[lane]);
    }
    assert_true(b->ask_held);
    same_cursor(&b->settled, &a->settled);
    assert_int_equal(b->clock_ms, a->clock_ms);
    assert_int_equal(b->agreement_count, 2);
    assert_true(tcn_view_equal(b->agreements[1], a->agreements[1]));
}

static void push_and_gone_are_read_back(void **state)
{
    (void)state;
    struct tcn_frame push = frame_of(TCN_FRAME_PUSH);
    push.lane = 1;
    push.push.place = place(5, INT64_MAX);
    push.push.envelope = tcn_view(zeros, TCN_ENVELOPE_MAX);
    struct tcn_frame again = read_back(&push);
    same_place(&again.push.place, &push.push.place);
    assert_int_equal(again.push.envelope.len, TCN_ENVELOPE_MAX);

    struct tcn_frame gone = frame_of(TCN_FRAME_GONE);
    gone.gone.place = place(6, 1);
    again = read_back(&gone);
    same_place(&again.gone.place, &gone.gone.place);
}

static void an_offer_is_read_back(void **state)
{
    (void)state;
    for (size_t count = 1; count <= TCN_OFFER_MAX; count += 63) {
        struct tcn_frame offer = frame_of(TCN_FRAME_OFFER);
        offer.lane = TCN_LANE_BULK;
        offer.offer.first = 300;
        offer.offer.last = place(5, 300 + count - 1);
        offer.offer.is_history = count > 1;
        offer.offer.rows = tcn_view(zeros, count * TCN_OFFER_ROW);
        struct tcn_frame again = read_back(&offer);
        assert_int_equal(again.offer.first, 300);
        same_place(&again.offer.last, &offer.offer.last);
        assert_int_equal(again.offer.is_history, count > 1);
        assert_int_equal(again.offer.rows.len, count * TCN_OFFER_ROW);
    }
}

static void a_stream_is_read_back(void **state)
{
    (void)state;
    static char origin[TCN_MEMBER_MAX + 1] = "fi";
    for (unsigned type = TCN_FRAME_PRUNE; type <= TCN_FRAME_GRAFT; type++) {
        struct tcn_frame frame = frame_of((enum tcn_frame_type)type);
        frame.stream.origin = tcn_view_str(origin);
        frame.stream.number = TCN_STREAMS - 1;
        struct tcn_frame again = read_back(&frame);
        assert_true(tcn_view_is(again.stream.origin, origin));
        assert_int_equal(again.stream.number, TCN_STREAMS - 1);
        memset(origin, 'x', TCN_MEMBER_MAX); /* as long as can be */
    }
}

static void a_size_class_is_the_least_that_holds_it(void **state)
{
    (void)state;
    static const struct {
        size_t bytes;
        unsigned class;
    } rows[] = {{0, 0},     {1, 0},     {2, 1},      {3, 2},
                {4096, 12}, {4097, 13}, {16384, 14}, {TCN_ENVELOPE_MAX, 18}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(tcn_size_class(rows[i].bytes), rows[i].class);
    }
}

static void want_and_ack_are_read_back(void **state)
{
    (void)state;
    struct tcn_frame want = frame_of(TCN_FRAME_WANT);
    want.want.count = TCN_WANT_MAX;
    for (unsigned i = 0; i < TCN_WANT_MAX; i++) {
        want.want.n[i] = 1 + 1000u * i;
    }
    struct tcn_frame again = read_back(&want);
    assert_int_equal(again.want.count, TCN_WANT_MAX);
    assert_memory_equal(again.want.n, want.want.n, sizeof want.want.n);

    struct tcn_frame ack = frame_of(TCN_FRAME_ACK);
    ack.ack.settled = cursor(3, 12);
    ack.ack.grant[TCN_LANE_FAST] = 4096;
    ack.ack.grant[TCN_LANE_BULK] = 1ull << 40;
    again = read_back(&ack);
    same_cursor(&again.ack.settled, &ack.ack.settled);
    assert_true(again.ack.grant[TCN_LANE_FAST] == 4096);
    assert_true(again.ack.grant[TCN_LANE_BULK] == 1ull << 40);
}

static void the_small_ones_are_read_back(void **state)
{
    (void)state;
    for (unsigned type = TCN_FRAME_CERT; type <= TCN_FRAME_KREV; type++) {
        struct tcn_frame proof = frame_of((enum tcn_frame_type)type);
        proof.cert.bytes = tcn_view("proof", 5);
        proof.cert.signature = tcn_view(zeros, 64);
        struct tcn_frame again = read_back(&proof);
        assert_true(tcn_view_equal(again.cert.bytes, proof.cert.bytes));
        assert_int_equal(again.cert.signature.len, 64);
    }
    struct tcn_frame held = frame_of(TCN_FRAME_HELD);
    held.held.last = true;
    held.held.rows = tcn_view(zeros, 33 * TCN_HELD_MAX);
    struct tcn_frame again = read_back(&held);
    assert_true(again.held.last);
    assert_int_equal(again.held.rows.len, 33 * TCN_HELD_MAX);

    struct tcn_frame bye = frame_of(TCN_FRAME_BYE);
    bye.bye = TCN_BYE_PAUSED;
    again = read_back(&bye);
    assert_int_equal(again.bye, TCN_BYE_PAUSED);
}

/* ---- what is refused ---- */

static void expect(struct tcn_view frame, enum tcn_err err, const char *what)
{
    struct tcn_frame decoded;
    enum tcn_err got = tcn_frame_decode(&decoded, frame);
    if (got != err) {
        print_error("%s: %s, not %s\n", what, tcn_err_word(got),
                    tcn_err_word(err));
        fail();
    }
}

static void every_shorter_frame_is_refused(void **state)
{
    (void)state;
    struct tcn_frame frame = full_hello();
    struct tcn_view whole = encode(&frame);
    for (size_t len = 0; len < whole.len; len++) {
        expect(tcn_view(whole.data, len), TCN_ERR_TRUNCATED, "cut off");
    }
    bytes[whole.len] = 0xc0;
    expect(tcn_view(whole.data, whole.len + 1), TCN_ERR_TRAILING, "longer");
}

static void a_frame_above_its_limit_is_refused(void **state)
{
    (void)state;
    expect(tcn_view(bytes, TCN_FRAME_MAX + 1), TCN_ERR_SIZE, "too large");
    struct tcn_frame push = frame_of(TCN_FRAME_PUSH);
    push.push.envelope = tcn_view(zeros, TCN_ENVELOPE_MAX);
    assert_true(encode(&push).len <= TCN_FRAME_MAX);
}

/* A frame of so many items, written by hand. */
struct raw {
    const char *what;
    enum tcn_err err;
    const char *items; /* one letter each, see below */
};

/* What a letter of `items` stands for: a bin of that length, or a number. A
 * digit stands for itself, t for true, n for nil, x for a text and y for one of
 * 33 letters, N for the highest row number and L for one more, and [ ... ] is
 * an array of what is between. */
static const struct {
    char letter;
    bool is_bin;
    uint16_t value;
} letters[] = {
    {'s', true, 8},   {'S', true, 7},    {'b', true, 8},    {'B', true, 64},
    {'h', true, 33},  {'e', true, 0},    {'A', false, 10},  {'H', false, 11},
    {'C', false, 12}, {'E', false, 255}, {'F', false, 256}, {'o', true, 18},
    {'p', true, 36},  {'O', true, 35},   {'M', false, 63},  {'W', false, 64},
};

static void put_item(struct tcn_buf *out, char letter)
{
    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++) {
        if (letters[i].letter != letter) {
            continue;
        }
        if (letters[i].is_bin) {
            tcn_put_bin(out, tcn_view(zeros, letters[i].value));
        } else {
            tcn_put_uint(out, letters[i].value);
        }
        return;
    }
    switch (letter) {
    case 't': tcn_put_bool(out, true); break;
    case 'n': tcn_put_nil(out); break;
    case 'x': tcn_put_str(out, tcn_view_str("x")); break;
    case 'y':
        tcn_put_str(out, tcn_view("abcdefghijklmnopqrstuvwxyz0123456", 33));
        break;
    case 'N': tcn_put_uint(out, INT64_MAX); break;
    case 'L': tcn_put_uint(out, 1ull << 63); break;
    default: tcn_put_uint(out, (uint64_t)(letter - '0')); break;
    }
}

static size_t put_items(struct tcn_buf *out, const char *items)
{
    size_t count = 0;
    for (const char *at = items; *at != '\0' && *at != ']'; at++) {
        if (*at == ' ') {
            continue;
        }
        count++;
        if (*at != '[') {
            put_item(out, *at);
            continue;
        }
        uint8_t inner[1024];
        struct tcn_buf in = tcn_buf(inner, sizeof inner);
        tcn_put_array(out, put_items(&in, at + 1));
        tcn_buf_put(out, inner, in.len);
        at = strchr(at, ']');
    }
    return count;
}

static struct tcn_view raw_frame(const char *items)
{
    static uint8_t body[4096];
    struct tcn_buf in = tcn_buf(body, sizeof body);
    size_t count = put_items(&in, items);
    struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
    tcn_put_array(&out, count);
    tcn_buf_put(&out, body, in.len);
    return tcn_buf_view(&out);
}

static const struct raw shape_rows[] = {
    {"nothing in it", TCN_ERR_FRAME, ""},
    {"a session of seven bytes", TCN_ERR_FRAME, "S 0 C 0"},
    {"a session that is a text", TCN_ERR_FRAME, "x 0 C 0"},
    {"a third lane", TCN_ERR_FRAME, "s 2 C 0"},
    {"type 0", TCN_ERR_FRAME, "s 0 0 0"},
    {"a type above a byte", TCN_ERR_FRAME, "s 0 F 0"},
    {"BYE", TCN_ERR_OK, "s 0 C 0"},
    {"BYE with more behind it", TCN_ERR_FRAME, "s 0 C 0 0"},
    {"BYE without its reason", TCN_ERR_FRAME, "s 0 C"},
    {"PUSH", TCN_ERR_OK, "s 0 4 1 b e"},
    {"PUSH with a mark too long", TCN_ERR_FRAME, "s 0 4 1 B e"},
    {"PUSH with a text for an envelope", TCN_ERR_FRAME, "s 0 4 1 b x"},
    {"GONE", TCN_ERR_OK, "s 0 7 1 b"},
    {"GONE without a mark", TCN_ERR_FRAME, "s 0 7 1"},
    {"GONE of the highest row", TCN_ERR_OK, "s 1 7 N b"},
    {"GONE of more rows than there can be", TCN_ERR_FRAME, "s 1 7 L b"},
    {"PUSH of more rows than there can be", TCN_ERR_FRAME, "s 0 4 L b e"},
    {"OFFER", TCN_ERR_OK, "s 1 5 1 1 b t o"},
    {"OFFER of two", TCN_ERR_OK, "s 1 5 8 9 b t p"},
    {"OFFER on the fast lane", TCN_ERR_OK, "s 0 5 1 1 b t o"},
    {"OFFER of nothing", TCN_ERR_FRAME, "s 1 5 1 0 b t e"},
    {"OFFER of nothing, from 1 to 1", TCN_ERR_FRAME, "s 1 5 1 1 b t e"},
    {"OFFER of one and a part", TCN_ERR_FRAME, "s 1 5 1 1 b t O"},
    {"OFFER from row 0", TCN_ERR_FRAME, "s 1 5 0 0 b t o"},
    {"OFFER of the highest row", TCN_ERR_OK, "s 1 5 N N b t o"},
    {"OFFER up to more than the highest row", TCN_ERR_FRAME, "s 1 5 N L b t p"},
    {"OFFER from more than the highest row", TCN_ERR_FRAME, "s 1 5 L L b t o"},
    {"OFFER of fewer rows than numbers", TCN_ERR_FRAME, "s 1 5 1 2 b t o"},
    {"OFFER of more rows than numbers", TCN_ERR_FRAME, "s 1 5 2 2 b t p"},
    {"OFFER that ends before it begins", TCN_ERR_FRAME, "s 1 5 2 1 b t o"},
    {"OFFER with a number for a bool", TCN_ERR_FRAME, "s 1 5 1 1 b 1 o"},
    {"OFFER without rows", TCN_ERR_FRAME, "s 1 5 1 1 b t"},
    {"OFFER with more behind it", TCN_ERR_FRAME, "s 1 5 1 1 b t o 0"},
    {"PRUNE", TCN_ERR_OK, "s 0 9 x M"},
    {"PRUNE of a stream too high", TCN_ERR_FRAME, "s 0 9 x W"},
    {"PRUNE of a name too long", TCN_ERR_FRAME, "s 0 9 y 1"},
    {"PRUNE without a number", TCN_ERR_FRAME, "s 0 9 x"},
    {"PRUNE of a bin", TCN_ERR_FRAME, "s 0 9 e 1"},
    {"GRAFT", TCN_ERR_OK, "s 0 A x 0"},
    {"GRAFT of a stream that is no byte", TCN_ERR_FRAME, "s 0 A x F"},
    {"GRAFT of a name too long", TCN_ERR_FRAME, "s 0 A y 1"},
    {"GRAFT with more behind it", TCN_ERR_FRAME, "s 0 A x 1 1"},
    {"WANT", TCN_ERR_OK, "s 0 6 [1 2 9]"},
    {"WANT of nothing", TCN_ERR_FRAME, "s 0 6 []"},
    {"WANT that falls", TCN_ERR_FRAME, "s 0 6 [2 1]"},
    {"WANT of the same twice", TCN_ERR_FRAME, "s 0 6 [2 2]"},
    {"WANT of a text", TCN_ERR_FRAME, "s 0 6 [x]"},
    {"ACK", TCN_ERR_OK, "s 0 8 [b 1 b 2 b] [9 9]"},
    {"ACK of half a cursor", TCN_ERR_FRAME, "s 0 8 [b 1] [9 9]"},
    {"ACK of one lane", TCN_ERR_FRAME, "s 0 8 [b 1 b] [9 9]"},
    {"ACK of three lanes", TCN_ERR_FRAME, "s 0 8 [b 1 b 2 b 3 b] [9 9]"},
    {"ACK of a cursor beyond all rows", TCN_ERR_FRAME,
     "s 0 8 [b 1 b L b] [9 9]"},
    {"ACK with one grant", TCN_ERR_FRAME, "s 0 8 [b 1 b 2 b] [9]"},
    {"ACK with a grant for both", TCN_ERR_FRAME, "s 0 8 [b 1 b 2 b] 9"},
    {"ACK with three grants", TCN_ERR_FRAME, "s 0 8 [b 1 b 2 b] [9 9 9]"},
    {"CERT", TCN_ERR_OK, "s 0 2 e B"},
    {"CERT with a short signature", TCN_ERR_FRAME, "s 0 2 e b"},
    {"KREV", TCN_ERR_OK, "s 0 3 e B"},
    {"HELD of nothing", TCN_ERR_OK, "s 0 H t e"},
    {"HELD of one", TCN_ERR_OK, "s 0 H t h"},
    {"HELD of a part", TCN_ERR_FRAME, "s 0 H t b"},
    {"HELLO", TCN_ERR_OK,
     "s 0 1 1 1 e B b [0 0] t [b 0 b 0 b] [9 9] [9 9] 9 [x]"},
    {"HELLO without agreements", TCN_ERR_FRAME,
     "s 0 1 1 1 e B b [0 0] t [b 0 b 0 b] [9 9] [9 9] 9"},
    {"HELLO with a number for a bool", TCN_ERR_FRAME,
     "s 0 1 1 1 e B b [0 0] 1 [b 0 b 0 b] [9 9] [9 9] 9 []"},
    {"HELLO with one top", TCN_ERR_FRAME,
     "s 0 1 1 1 e B b [0] t [b 0 b 0 b] [9 9] [9 9] 9 []"},
    {"HELLO with one grant", TCN_ERR_FRAME,
     "s 0 1 1 1 e B b [0 0] t [b 0 b 0 b] [9] [9 9] 9 []"},
    {"HELLO with one number of rows", TCN_ERR_FRAME,
     "s 0 1 1 1 e B b [0 0] t [b 0 b 0 b] [9 9] [9] 9 []"},
    {"HELLO of one lane", TCN_ERR_FRAME,
     "s 0 1 1 1 e B b [0 0] t [b 0 b] [9 9] [9 9] 9 []"},
    {"HELLO that settled row 2^63", TCN_ERR_FRAME,
     "s 0 1 1 1 e B b [0 0] t [b L b 0 b] [9 9] [9 9] 9 []"},
    {"a type nobody knows yet", TCN_ERR_OK, "s 0 E [x] n"},
};

static void what_has_another_shape_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shape_rows / sizeof shape_rows[0]; i++) {
        expect(raw_frame(shape_rows[i].items), shape_rows[i].err,
               shape_rows[i].what);
    }
}

static void more_than_the_limits_is_refused(void **state)
{
    (void)state;
    struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
    tcn_put_array(&out, 4);
    tcn_put_bin(&out, tcn_view(zeros, 8));
    tcn_put_uint(&out, 0);
    tcn_put_uint(&out, TCN_FRAME_WANT);
    tcn_put_array(&out, TCN_WANT_MAX + 1);
    for (unsigned i = 0; i <= TCN_WANT_MAX; i++) {
        tcn_put_uint(&out, i + 1);
    }
    expect(tcn_buf_view(&out), TCN_ERR_FRAME, "WANT of too many");

    struct tcn_frame held = frame_of(TCN_FRAME_HELD);
    held.held.rows = tcn_view(zeros, 33 * (TCN_HELD_MAX + 1));
    expect(encode(&held), TCN_ERR_FRAME, "HELD of too many");

    struct tcn_frame hello = full_hello();
    hello.hello.agreement_count = TCN_AGREEMENTS_MAX;
    expect(encode(&hello), TCN_ERR_OK, "HELLO of as many as can be");
    for (size_t more = 0; more < 2; more++) {
        struct tcn_frame offer = frame_of(TCN_FRAME_OFFER);
        offer.offer.first = 1;
        offer.offer.last.n = TCN_OFFER_MAX + more;
        offer.offer.rows =
            tcn_view(zeros, (TCN_OFFER_MAX + more) * TCN_OFFER_ROW);
        expect(encode(&offer), more == 0 ? TCN_ERR_OK : TCN_ERR_FRAME,
               "OFFER at its limit");
    }
}

/* Whatever is changed in a frame: it is refused, or read and written the same.
 */
static void any_changed_byte_does_no_harm(void **state)
{
    (void)state;
    static uint8_t copy[4096];
    struct tcn_frame frame = full_hello();
    struct tcn_view whole = encode(&frame);
    memcpy(copy, whole.data, whole.len);
    for (size_t at = 0; at < whole.len; at++) {
        for (unsigned value = 0; value < 256; value++) {
            uint8_t was = copy[at];
            copy[at] = (uint8_t)value;
            struct tcn_frame again;
            if (tcn_frame_decode(&again, tcn_view(copy, whole.len)) ==
                    TCN_ERR_OK &&
                again.type == TCN_FRAME_HELLO) {
                struct tcn_view back = encode(&again);
                assert_int_equal(back.len, whole.len);
                assert_memory_equal(back.data, copy, whole.len);
            }
            copy[at] = was;
        }
    }
}

static void every_type_has_a_word(void **state)
{
    (void)state;
    for (unsigned type = 1; type < TCN_FRAME_TYPE_END; type++) {
        assert_string_not_equal(tcn_frame_word(type), "?");
    }
    assert_string_equal(tcn_frame_word(0), "?");
    assert_string_equal(tcn_frame_word(TCN_FRAME_TYPE_END), "?");
    assert_string_equal(tcn_frame_word(4000), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hello_is_read_back),
        cmocka_unit_test(push_and_gone_are_read_back),
        cmocka_unit_test(an_offer_is_read_back),
        cmocka_unit_test(a_stream_is_read_back),
        cmocka_unit_test(a_size_class_is_the_least_that_holds_it),
        cmocka_unit_test(want_and_ack_are_read_back),
        cmocka_unit_test(the_small_ones_are_read_back),
        cmocka_unit_test(every_shorter_frame_is_refused),
        cmocka_unit_test(a_frame_above_its_limit_is_refused),
        cmocka_unit_test(what_has_another_shape_is_refused),
        cmocka_unit_test(more_than_the_limits_is_refused),
        cmocka_unit_test(any_changed_byte_does_no_harm),
        cmocka_unit_test(every_type_has_a_word),
    };
    return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
