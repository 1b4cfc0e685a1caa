/* The transcript: what happened, one line each, for people and for stories. */
#include "sim/sim.h"

#include <stdarg.h>
#include <stdio.h>

static void line(struct sim *sim, const char *format, va_list args)
{
    char text[400];
    (void)vsnprintf(text, sizeof text, format, args);
    if (sim->say_time) {
        tcn_buf_printf(&sim->text, "%8llu  ", (unsigned long long)sim->now_ms);
    }
    tcn_buf_printf(&sim->text, "%s\n", text);
}

void say(struct sim *sim, const char *format, ...)
{
    if (!sim->say) {
        return;
    }
    va_list args;
    va_start(args, format);
    size_t before = sim->text.len;
    line(sim, format, args);
    if (sim->say_only != NULL &&
        strstr(tcn_buf_text(&sim->text) + before, sim->say_only) == NULL) {
        sim->text.len = before;
    }
    va_end(args);
}

void violation(struct sim *sim, const char *format, ...)
{
    va_list args;
    sim->violations++;
    tcn_buf_put_str(&sim->text, "VIOLATION: ");
    va_start(args, format);
    line(sim, format, args);
    va_end(args);
}

const char *say_alert(const struct sim *sim, const struct tcn_id *id)
{
    uint32_t number = mint_find(sim, id);
    return number == NO_ALERT ? "?" : sim->alerts[number].name;
}

const char *say_form(uint8_t form)
{
    static char text[80];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    const char *blank = "{";
    for (unsigned cls = 0; cls < TCN_CLASS_COUNT; cls++) {
        if ((form >> cls & 1) != 0) {
            tcn_buf_printf(&out, "%s%s", blank, tcn_class_word(cls));
            blank = " ";
        }
    }
    tcn_buf_put_str(&out, form == 0 ? "{}" : "}");
    return tcn_buf_text(&out);
}

/* ---- frames ---- */

/* By the half of an id that an OFFER names. */
static const char *say_short(const struct sim *sim, const uint8_t id[16])
{
    for (uint32_t i = 0; i < sim->alert_count; i++) {
        if (memcmp(sim->alerts[i].id.bytes, id, 16) == 0) {
            return sim->alerts[i].name;
        }
    }
    return "?";
}

static uint8_t open_classes(const struct tcn_alert *alert)
{
    uint8_t form = 0;
    for (size_t i = 0; i < alert->field_count; i++) {
        if (alert->fields[i].bytes.data != NULL) {
            form |= TCN_CLASS_BIT(alert->fields[i].cls);
        }
    }
    return form;
}

static const char *lane_word(const struct tcn_frame *frame)
{
    return frame->lane == TCN_LANE_FAST ? "fast " : "";
}

static void say_push(struct sim *sim, const char *who,
                     const struct tcn_frame *frame)
{
    static struct tcn_alert alert;
    if (tcn_alert_decode(&alert, frame->push.envelope) == TCN_ERR_OK) {
        say(sim, "%s PUSH %s%llu %s %s", who, lane_word(frame),
            (unsigned long long)frame->push.place.n, say_alert(sim, &alert.id),
            say_form(open_classes(&alert)));
    }
}

static void say_offer(struct sim *sim, const char *who,
                      const struct tcn_frame *frame)
{
    char text[2000];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    size_t count = frame->offer.rows.len / TCN_OFFER_ROW;
    if (count == TCN_OFFER_MAX) { /* too many to name */
        tcn_buf_printf(&out, " %llu-%llu",
                       (unsigned long long)frame->offer.first,
                       (unsigned long long)frame->offer.last.n);
        count = 0;
    }
    for (size_t i = 0; i < count; i++) {
        const uint8_t *row = frame->offer.rows.data + i * TCN_OFFER_ROW;
        tcn_buf_printf(&out, " %llu=%s",
                       (unsigned long long)(frame->offer.first + i),
                       say_short(sim, row));
    }
    say(sim, "%s OFFER%s%s", who, frame->offer.is_history ? " of old" : "",
        tcn_buf_text(&out));
}

static void say_numbers(struct sim *sim, const char *who,
                        const struct tcn_frame *frame)
{
    char text[200];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    const uint64_t *n = frame->want.n;
    for (unsigned i = 0, last; i < frame->want.count; i = last + 1) {
        for (last = i;
             last + 1 < frame->want.count && n[last + 1] == n[last] + 1;
             last++) {
        }
        last = last < i + 4 ? i : last; /* a few are named one by one */
        tcn_buf_printf(&out, " %llu", (unsigned long long)n[i]);
        if (last > i) {
            tcn_buf_printf(&out, "-%llu", (unsigned long long)n[last]);
        }
    }
    say(sim, "%s WANT%s%s", who, frame->lane == TCN_LANE_FAST ? " fast" : "",
        tcn_buf_text(&out));
}

/* Fast and bulk. */
static void put_pair(struct tcn_buf *out, const char *word, uint64_t fast,
                     uint64_t bulk)
{
    tcn_buf_printf(out, "%s %llu+%llu", word, (unsigned long long)fast,
                   (unsigned long long)bulk);
}

static void say_ack(struct sim *sim, const char *who,
                    const struct tcn_cursor *settled)
{
    char text[60];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    put_pair(&out, "ACK", settled->lane[TCN_LANE_FAST].n,
             settled->lane[TCN_LANE_BULK].n);
    say(sim, "%s %s", who, tcn_buf_text(&out));
}

static void say_hello(struct sim *sim, const char *who,
                      const struct tcn_hello *hello)
{
    char text[120];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    put_pair(&out, "top", hello->top[TCN_LANE_FAST], hello->top[TCN_LANE_BULK]);
    put_pair(&out, ", settled", hello->settled.lane[TCN_LANE_FAST].n,
             hello->settled.lane[TCN_LANE_BULK].n);
    say(sim, "%s HELLO %s%s", who, tcn_buf_text(&out),
        hello->ask_held ? ", what do you hold from me?" : "");
}

void say_frame(struct sim *sim, unsigned from, unsigned to,
               struct tcn_view bytes)
{
    static struct tcn_frame frame;
    if (tcn_frame_decode(&frame, bytes) != TCN_ERR_OK ||
        frame.type >= TCN_FRAME_TYPE_END) {
        return; /* one of a protocol to come is no error */
    }
    sim->frames[frame.type]++;
    if (!sim->say) {
        return;
    }
    char who[80];
    (void)snprintf(who, sizeof who, "%s>%s", sim->nodes[from].name,
                   sim->nodes[to].name);
    switch (frame.type) {
    case TCN_FRAME_HELLO: say_hello(sim, who, &frame.hello); break;
    case TCN_FRAME_PUSH: say_push(sim, who, &frame); break;
    case TCN_FRAME_GONE:
        say(sim, "%s GONE %s%llu", who, lane_word(&frame),
            (unsigned long long)frame.gone.place.n);
        break;
    case TCN_FRAME_WANT: say_numbers(sim, who, &frame); break;
    case TCN_FRAME_OFFER: say_offer(sim, who, &frame); break;
    case TCN_FRAME_ACK: say_ack(sim, who, &frame.ack.settled); break;
    case TCN_FRAME_PRUNE:
    case TCN_FRAME_GRAFT:
        say(sim, "%s %s %.*s", who, tcn_frame_word(frame.type),
            (int)frame.stream.origin.len,
            (const char *)frame.stream.origin.data);
        break;
    case TCN_FRAME_HELD:
        say(sim, "%s HELD %zu%s", who, frame.held.rows.len / 33,
            frame.held.last ? ", that is all" : "");
        break;
    default: say(sim, "%s %s", who, tcn_frame_word(frame.type)); break;
    }
}

/* ---- effects that people care about ---- */

static const char *alarm_words(enum tcn_alarm alarm)
{
    static const char *const words[] = {
        [TCN_ALARM_CLOCK] = "doubts its clock",
        [TCN_ALARM_CLOCK_OK] = "trusts its clock again",
        [TCN_ALARM_EQUIVOCATION] = "sees a contradiction in",
        [TCN_ALARM_FAULT] = "notes a fault of",
        [TCN_ALARM_RESTORED] = "begins a new ledger for",
        [TCN_ALARM_REFUSED] = "refuses",
        [TCN_ALARM_CAPACITY] = "is full",
        [TCN_ALARM_QUOTA] = "lets no more of its origin overtake after",
        [TCN_ALARM_QUARANTINE] = "keeps in quarantine",
        [TCN_ALARM_BLOCKED] = "blocks",
        [TCN_ALARM_TAKEN_BACK] = "has taken back what it lost",
    };
    return words[alarm];
}

static void say_alarm(struct sim *sim, const struct node *node,
                      const struct tcn_effect *effect)
{
    const char *what = "";
    if (effect->alarm == TCN_ALARM_RESTORED ||
        effect->alarm == TCN_ALARM_FAULT ||
        effect->alarm == TCN_ALARM_QUARANTINE ||
        effect->alarm == TCN_ALARM_BLOCKED) {
        what = sim->nodes[node->node_of[effect->peer]].name;
    } else if (effect->alarm == TCN_ALARM_REFUSED ||
               effect->alarm == TCN_ALARM_QUOTA ||
               effect->alarm == TCN_ALARM_EQUIVOCATION) {
        what = say_alert(sim, &effect->id);
    }
    say(sim, "%s %s%s%s%s%s", node->name, alarm_words(effect->alarm),
        *what == '\0' ? "" : " ", what, effect->err == TCN_ERR_OK ? "" : ": ",
        effect->err == TCN_ERR_OK ? "" : tcn_err_word(effect->err));
}

void say_effect(struct sim *sim, const struct node *node,
                const struct tcn_effect *effect)
{
    const char *name = node->name;
    switch (effect->kind) {
    case TCN_EFFECT_STORE:
        say(sim, "%s stores %s %s, %s", name, say_alert(sim, &effect->id),
            say_form(effect->form), tcn_status_word(effect->status));
        break;
    case TCN_EFFECT_MERGE:
        say(sim, "%s opens %s to %s", name, say_alert(sim, &effect->id),
            say_form(effect->form));
        break;
    case TCN_EFFECT_STATUS:
        say(sim, "%s: %s is %s", name, say_alert(sim, &effect->id),
            tcn_status_word(effect->status));
        break;
    case TCN_EFFECT_PURGE:
        say(sim, "%s forgets %s%s", name, effect->whole ? "" : "what is in ",
            say_alert(sim, &effect->id));
        break;
    case TCN_EFFECT_ANSWER:
        if (effect->err != TCN_ERR_OK) {
            say(sim, "%s answers: %s", name, tcn_err_word(effect->err));
        }
        break;
    case TCN_EFFECT_ALARM: say_alarm(sim, node, effect); break;
    default: break;
    }
}
