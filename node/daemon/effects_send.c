/* Frames on their way out, and alarms. The core names what is to be sent; the
 * bytes of a certificate and the cut copy of an alert are made here. */
#include "daemon/node.h"

#include "io/log.h"

static void fill_hello(struct tcn_node *node, struct tcn_hello *hello)
{
    const struct tcn_card *card = &node->keys->card;
    hello->cert = tcn_view(card->cert_bytes, card->cert_len);
    hello->cert_signature = tcn_view(card->signature, TCN_SIG_BYTES);
    const struct tcn_policy *policy = node->setup->policy;
    size_t count = tcn_policy_agreement_count(policy);
    hello->agreement_count = 0;
    for (size_t i = 0; i < count && i < TCN_AGREEMENTS_MAX; i++) {
        hello->agreements[hello->agreement_count++] =
            tcn_view_str(tcn_policy_agreement_ref(policy, i));
    }
}

/* The copy for the peer: only the classes of `form` are open. */
static bool fill_push(struct tcn_node *node, const struct tcn_effect *effect,
                      struct tcn_frame *frame)
{
    struct tcn_buf copy =
        tcn_buf(node->scratch->bytes, sizeof node->scratch->bytes);
    enum tcn_err err = tcn_alert_redact(effect->alert, effect->form, &copy);
    frame->push.envelope = tcn_buf_view(&copy);
    return err == TCN_ERR_OK && !copy.full;
}

static bool fill_cert(struct tcn_node *node, const struct tcn_id *id,
                      struct tcn_frame *frame)
{
    const struct known_cert *known = keyring_find(&node->keyring, id);
    if (known == NULL) {
        return false;
    }
    frame->cert.bytes = tcn_view(known->bytes, known->len);
    frame->cert.signature = tcn_view(known->signature, TCN_SIG_BYTES);
    return true;
}

static bool fill_krev(struct tcn_node *node, const struct tcn_id *cert,
                      struct tcn_frame *frame)
{
    const struct known_cert *known = keyring_find(&node->keyring, cert);
    if (known == NULL || known->suspect_since_ms == 0) {
        return false;
    }
    frame->krev.bytes = tcn_view(known->krev_bytes, known->krev_len);
    frame->krev.signature = tcn_view(known->krev_signature, TCN_SIG_BYTES);
    return true;
}

static bool fill(struct tcn_node *node, const struct tcn_effect *effect,
                 struct tcn_frame *frame)
{
    switch (frame->type) {
    case TCN_FRAME_HELLO: fill_hello(node, &frame->hello); return true;
    case TCN_FRAME_PUSH: return fill_push(node, effect, frame);
    case TCN_FRAME_CERT: return fill_cert(node, &effect->id, frame);
    case TCN_FRAME_KREV: return fill_krev(node, &effect->id, frame);
    default: return true;
    }
}

void effect_send(struct tcn_node *node, const struct tcn_effect *effect)
{
    static uint8_t bytes[TCN_FRAME_MAX];
    struct tcn_frame frame = effect->frame;
    struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
    if (fill(node, effect, &frame)) {
        tcn_frame_encode(&frame, &out);
        if (!out.full) {
            shell_queue(node, effect->peer, frame.lane, tcn_buf_view(&out));
            return;
        }
    }
    struct tcn_log_line line = tcn_log(TCN_LOG_ERROR, "frame-not-made");
    tcn_log_str(&line, "frame", tcn_frame_word(frame.type));
    tcn_log_str(&line, "peer", node->setup->conf.parties[effect->peer].name);
    tcn_log_end(&line);
}

static const struct {
    enum tcn_log_level level;
    const char *event;
} alarms[] = {
    [TCN_ALARM_CLOCK] = {TCN_LOG_ERROR, "clock-is-off"},
    [TCN_ALARM_CLOCK_OK] = {TCN_LOG_INFO, "clock-is-right-again"},
    [TCN_ALARM_EQUIVOCATION] = {TCN_LOG_ERROR, "origin-contradicts-itself"},
    [TCN_ALARM_FAULT] = {TCN_LOG_WARNING, "peer-broke-a-rule"},
    [TCN_ALARM_RESTORED] = {TCN_LOG_WARNING, "ledger-begins-anew"},
    [TCN_ALARM_REFUSED] = {TCN_LOG_INFO, "alert-refused"},
    [TCN_ALARM_CAPACITY] = {TCN_LOG_ERROR, "capacity-reached"},
    [TCN_ALARM_QUOTA] = {TCN_LOG_WARNING, "origin-over-its-quota"},
    [TCN_ALARM_QUARANTINE] = {TCN_LOG_WARNING, "peer-in-quarantine"},
    [TCN_ALARM_BLOCKED] = {TCN_LOG_ERROR, "peer-blocked"},
    [TCN_ALARM_TAKEN_BACK] = {TCN_LOG_INFO, "own-alerts-taken-back"},
};

void effect_alarm(struct tcn_node *node, const struct tcn_effect *effect)
{
    tcn_assert(effect->alarm < sizeof alarms / sizeof alarms[0]);
    struct tcn_log_line line =
        tcn_log(alarms[effect->alarm].level, alarms[effect->alarm].event);
    if (effect->peer < node->setup->conf.peer_count) {
        tcn_log_str(&line, "peer",
                    node->setup->conf.parties[effect->peer].name);
    }
    if (effect->alarm == TCN_ALARM_EQUIVOCATION ||
        effect->alarm == TCN_ALARM_QUOTA ||
        effect->alarm == TCN_ALARM_REFUSED) {
        tcn_log_id(&line, "id", tcn_id_view(&effect->id));
    }
    if (effect->err != TCN_ERR_OK) {
        tcn_log_err(&line, effect->err);
    }
    tcn_log_end(&line);
}
