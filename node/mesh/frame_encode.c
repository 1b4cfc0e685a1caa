#include "alert/wire.h"
#include "mesh/frame.h"

static void put_eight(struct tcn_buf *out, const uint8_t bytes[8])
{
    tcn_put_bin(out, tcn_view(bytes, 8));
}

static void put_place(struct tcn_buf *out, const struct tcn_place *place)
{
    tcn_put_uint(out, place->n);
    put_eight(out, place->mark.bytes);
}

static void put_cursor(struct tcn_buf *out, const struct tcn_cursor *cursor)
{
    tcn_put_array(out, 1 + 2 * TCN_LANES);
    put_eight(out, cursor->epoch.bytes);
    for (size_t lane = 0; lane < TCN_LANES; lane++) {
        put_place(out, &cursor->lane[lane]);
    }
}

static void put_pair(struct tcn_buf *out, const uint64_t pair[TCN_LANES])
{
    tcn_put_array(out, TCN_LANES);
    for (size_t lane = 0; lane < TCN_LANES; lane++) {
        tcn_put_uint(out, pair[lane]);
    }
}

static void begin(struct tcn_buf *out, const struct tcn_frame *frame,
                  size_t items)
{
    tcn_put_array(out, 3 + items);
    tcn_put_bin(out,
                tcn_view(frame->session.bytes, sizeof frame->session.bytes));
    tcn_put_uint(out, frame->lane);
    tcn_put_uint(out, frame->type);
}

static void put_hello(struct tcn_buf *out, const struct tcn_frame *frame)
{
    const struct tcn_hello *hello = &frame->hello;
    begin(out, frame, 12);
    tcn_put_uint(out, hello->version_min);
    tcn_put_uint(out, hello->version_max);
    tcn_put_bin(out, hello->cert);
    tcn_put_bin(out, hello->cert_signature);
    put_eight(out, hello->epoch.bytes);
    put_pair(out, hello->top);
    tcn_put_bool(out, hello->ask_held);
    put_cursor(out, &hello->settled);
    put_pair(out, hello->grant);
    put_pair(out, hello->rows);
    tcn_put_uint(out, hello->clock_ms);
    tcn_put_array(out, hello->agreement_count);
    for (unsigned i = 0; i < hello->agreement_count; i++) {
        tcn_put_str(out, hello->agreements[i]);
    }
}

static void put_push(struct tcn_buf *out, const struct tcn_frame *frame)
{
    begin(out, frame, 3);
    put_place(out, &frame->push.place);
    tcn_put_bin(out, frame->push.envelope);
}

static void put_offer(struct tcn_buf *out, const struct tcn_frame *frame)
{
    begin(out, frame, 5);
    tcn_put_uint(out, frame->offer.first);
    put_place(out, &frame->offer.last);
    tcn_put_bool(out, frame->offer.is_history);
    tcn_put_bin(out, frame->offer.rows);
}

static void put_want(struct tcn_buf *out, const struct tcn_frame *frame)
{
    begin(out, frame, 1);
    tcn_put_array(out, frame->want.count);
    for (unsigned i = 0; i < frame->want.count; i++) {
        tcn_put_uint(out, frame->want.n[i]);
    }
}

void tcn_frame_encode(const struct tcn_frame *frame, struct tcn_buf *out)
{
    switch (frame->type) {
    case TCN_FRAME_HELLO: put_hello(out, frame); break;
    case TCN_FRAME_CERT:
    case TCN_FRAME_KREV:
        begin(out, frame, 2);
        tcn_put_bin(out, frame->cert.bytes);
        tcn_put_bin(out, frame->cert.signature);
        break;
    case TCN_FRAME_PUSH: put_push(out, frame); break;
    case TCN_FRAME_OFFER: put_offer(out, frame); break;
    case TCN_FRAME_PRUNE:
    case TCN_FRAME_GRAFT:
        begin(out, frame, 2);
        tcn_put_str(out, frame->stream.origin);
        tcn_put_uint(out, frame->stream.number);
        break;
    case TCN_FRAME_WANT: put_want(out, frame); break;
    case TCN_FRAME_GONE:
        begin(out, frame, 2);
        put_place(out, &frame->gone.place);
        break;
    case TCN_FRAME_ACK:
        begin(out, frame, 2);
        put_cursor(out, &frame->ack.settled);
        put_pair(out, frame->ack.grant);
        break;
    case TCN_FRAME_HELD:
        begin(out, frame, 2);
        tcn_put_bool(out, frame->held.last);
        tcn_put_bin(out, frame->held.rows);
        break;
    case TCN_FRAME_BYE:
        begin(out, frame, 1);
        tcn_put_uint(out, frame->bye);
        break;
    default: out->full = true; break; /* nothing else is ever sent */
    }
}
