#include "alert/wire.h"
#include "mesh/frame.h"

static void put_cursor(struct tcn_buf *out, const struct tcn_cursor *cursor)
{
    tcn_put_array(out, 3);
    tcn_put_bin(out, tcn_view(cursor->epoch.bytes, sizeof cursor->epoch.bytes));
    tcn_put_uint(out, cursor->n);
    tcn_put_bin(out, tcn_view(cursor->mark.bytes, sizeof cursor->mark.bytes));
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
    begin(out, frame, 11);
    tcn_put_uint(out, hello->version_min);
    tcn_put_uint(out, hello->version_max);
    tcn_put_bin(out, hello->cert);
    tcn_put_bin(out, hello->cert_signature);
    tcn_put_bin(out, tcn_view(hello->epoch.bytes, sizeof hello->epoch.bytes));
    tcn_put_uint(out, hello->top);
    tcn_put_bool(out, hello->ask_held);
    put_cursor(out, &hello->settled);
    tcn_put_uint(out, hello->credit_bytes);
    tcn_put_uint(out, hello->clock_ms);
    tcn_put_array(out, hello->agreement_count);
    for (unsigned i = 0; i < hello->agreement_count; i++) {
        tcn_put_str(out, hello->agreements[i]);
    }
}

static void put_push(struct tcn_buf *out, const struct tcn_frame *frame)
{
    begin(out, frame, 3);
    tcn_put_uint(out, frame->push.n);
    tcn_put_bin(out, tcn_view(frame->push.mark.bytes, 8));
    tcn_put_bin(out, frame->push.envelope);
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
    case TCN_FRAME_WANT: put_want(out, frame); break;
    case TCN_FRAME_GONE:
        begin(out, frame, 2);
        tcn_put_uint(out, frame->gone.n);
        tcn_put_bin(out, tcn_view(frame->gone.mark.bytes, 8));
        break;
    case TCN_FRAME_ACK:
        begin(out, frame, 2);
        put_cursor(out, &frame->ack.settled);
        tcn_put_uint(out, frame->ack.credit_bytes);
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
