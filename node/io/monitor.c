#include "io/monitor.h"

#include <czmq.h>

/* A try that took this long ran into CONNECT_TIMEOUT (10 s). */
#define NO_ANSWER_MS 9000

#define WATCHED                                                                \
    (ZMQ_EVENT_LISTENING | ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_CONNECTED |          \
     ZMQ_EVENT_CONNECT_DELAYED | ZMQ_EVENT_CONNECT_RETRIED |                   \
     ZMQ_EVENT_CLOSED | ZMQ_EVENT_DISCONNECTED |                               \
     ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |         \
     ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |                                     \
     ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL)

enum tcn_err tcn_monitor_open(struct tcn_monitor *monitor,
                              struct _zsock_t *watched)
{
    /* Never a name twice: a closed socket keeps its own for a moment. */
    static _Atomic unsigned opened;
    char endpoint[64];
    *monitor = (struct tcn_monitor){.watched = watched};
    (void)snprintf(endpoint, sizeof endpoint, "inproc://tcn-monitor-%u",
                   opened++);
    monitor->socket = zsock_new(ZMQ_PAIR);
    if (monitor->socket == NULL ||
        zmq_socket_monitor(zsock_resolve(watched), endpoint, WATCHED) != 0 ||
        zsock_connect(monitor->socket, "%s", endpoint) != 0) {
        tcn_monitor_close(monitor);
        return TCN_ERR_IO;
    }
    return TCN_ERR_OK;
}

void tcn_monitor_close(struct tcn_monitor *monitor)
{
    if (monitor->watched != NULL) {
        (void)zmq_socket_monitor(zsock_resolve(monitor->watched), NULL, 0);
    }
    zsock_destroy(&monitor->socket);
    monitor->watched = NULL;
}

static enum tcn_monitor_kind kind_of(uint16_t event, uint32_t value)
{
    switch (event) {
    case ZMQ_EVENT_LISTENING: return TCN_MONITOR_LISTENING;
    case ZMQ_EVENT_ACCEPTED: return TCN_MONITOR_ACCEPTED;
    case ZMQ_EVENT_CONNECTED: return TCN_MONITOR_CONNECTED;
    case ZMQ_EVENT_CONNECT_DELAYED: return TCN_MONITOR_TRYING;
    case ZMQ_EVENT_CLOSED: return TCN_MONITOR_CLOSED;
    case ZMQ_EVENT_CONNECT_RETRIED: return TCN_MONITOR_RETRY;
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: return TCN_MONITOR_UP;
    case ZMQ_EVENT_DISCONNECTED: return TCN_MONITOR_DOWN;
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: return TCN_MONITOR_REFUSED;
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: return TCN_MONITOR_NO_HANDSHAKE;
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
        return value == ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC
                   ? TCN_MONITOR_WRONG_KEY
                   : TCN_MONITOR_NO_HANDSHAKE;
    default: return TCN_MONITOR_OTHER;
    }
}

/* An event is two frames: number and value in native byte order; endpoint. */
bool tcn_monitor_next(struct tcn_monitor *monitor, enum tcn_monitor_kind *kind)
{
    void *socket = zsock_resolve(monitor->socket);
    uint8_t first[6];
    int len = zmq_recv(socket, first, sizeof first, ZMQ_DONTWAIT);
    if (len < 0) {
        return false;
    }
    int more = zsock_rcvmore(monitor->socket);
    while (more) {
        char endpoint[1];
        (void)zmq_recv(socket, endpoint, sizeof endpoint, 0);
        more = zsock_rcvmore(monitor->socket);
    }
    uint16_t event;
    uint32_t value;
    memcpy(&event, first, sizeof event);
    memcpy(&value, first + sizeof event, sizeof value);
    *kind =
        len == (int)sizeof first ? kind_of(event, value) : TCN_MONITOR_OTHER;
    monitor->fd = (int)value;
    return true;
}

/* libzmq does not say why a try failed, but how it went tells: one that was not
 * even begun had no address, one that ran into the time limit no answer. */
static const char *try_word(const struct tcn_try *try, uint64_t now_ms)
{
    switch (try->phase) {
    case TCN_TRY_OVER: return NULL;
    case TCN_TRY_NONE: return "no-address";
    default:
        return now_ms - try->since_ms >= NO_ANSWER_MS ? "no-answer"
                                                      : "nobody-listens";
    }
}

static void follow(struct tcn_try *try, enum tcn_monitor_kind kind,
                   uint64_t now_ms)
{
    switch (kind) {
    case TCN_MONITOR_TRYING:
        try->phase = TCN_TRY_GOES;
        try->since_ms = now_ms;
        break;
    case TCN_MONITOR_CLOSED:
        if (try->phase != TCN_TRY_GOES) {
            try->since_ms = now_ms; /* failed at once */
        }
        try->phase = TCN_TRY_ENDED;
        break;
    case TCN_MONITOR_RETRY: try->phase = TCN_TRY_NONE; break;
    case TCN_MONITOR_UP:
    case TCN_MONITOR_DOWN: try->phase = TCN_TRY_OVER; break;
    default: break;
    }
}

static const char *word_of(const struct tcn_diagnosis *diagnosis,
                           const struct tcn_try *try,
                           enum tcn_monitor_kind kind, uint64_t now_ms)
{
    switch (kind) {
    case TCN_MONITOR_RETRY: return try_word(try, now_ms);
    /* Nothing is lost that never stood: that has been explained. */
    case TCN_MONITOR_DOWN: return diagnosis->word == NULL ? "lost" : NULL;
    case TCN_MONITOR_REFUSED:
        return diagnosis->knew_us ? "old-card" : "refused";
    case TCN_MONITOR_WRONG_KEY:
    case TCN_MONITOR_NO_HANDSHAKE: return "handshake";
    case TCN_MONITOR_ONE_LANE: return "one-lane";
    case TCN_MONITOR_KEY_OVER: return "key-over";
    default: return NULL;
    }
}

/* What explains more is not overwritten by each further try that fails. */
static bool is_news(const struct tcn_diagnosis *diagnosis,
                    enum tcn_monitor_kind kind, const char *word)
{
    const char *told = diagnosis->word;
    if (word == NULL || (told != NULL && strcmp(word, told) == 0)) {
        return false;
    }
    return told == NULL || kind != TCN_MONITOR_RETRY ||
           (strcmp(told, "one-lane") != 0 && strcmp(told, "key-over") != 0);
}

static void put_sentence(struct tcn_buf *out, const struct tcn_diagnosis *about)
{
    static const struct {
        const char *word;
        const char *before; /* the peer or its endpoint */
        bool about_endpoint;
        const char *after;
    } sentences[] = {
        {"refused", "", false,
         " refuses our key: has it pinned our present card?"},
        {"old-card", "", false,
         " took our old key and refuses the new one: it needs our present card "
         "(tocsin card export)"},
        {"nobody-listens", "nobody listens at ", true,
         " (connection refused, or no way there)"},
        {"no-answer", "no answer from ", true,
         ": is it up, and does a firewall let us through?"},
        {"no-address", "the name in ", true,
         " cannot be resolved to an address"},
        {"handshake", "handshake failed: ", false,
         " broke off: it has another key than the card we hold, or is no "
         "Tocsin node"},
        {"lost", "the connection to ", false, " was lost"},
        {"one-lane", "only one of the two connections to ", false,
         " comes up, and alerts need both: does a firewall or a limit stop the "
         "second?"},
        {"key-over", "", false, " came with a key that is over"},
    };
    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++) {
        if (strcmp(sentences[i].word, about->word) == 0) {
            tcn_buf_printf(out, "%s%s%s", sentences[i].before,
                           sentences[i].about_endpoint ? about->endpoint
                                                       : about->peer,
                           sentences[i].after);
        }
    }
}

static void put_advice(struct tcn_buf *out, const struct tcn_diagnosis *about)
{
    tcn_buf_printf(out, ": import %s's new card (tocsin card import)",
                   about->peer);
}

/* Where one key was tried the table's words fit. */
static void put_keys(struct tcn_buf *out, const struct tcn_diagnosis *about)
{
    tcn_buf_printf(out,
                   "handshake failed: %s has none of the %u keys we hold of "
                   "it, or is no Tocsin node",
                   about->peer, about->keys);
}

bool tcn_diagnose(struct tcn_diagnosis *diagnosis, struct tcn_try *try,
                  enum tcn_monitor_kind kind, uint64_t now_ms,
                  struct tcn_buf *sentence)
{
    const char *word = word_of(diagnosis, try, kind, now_ms);
    bool news = is_news(diagnosis, kind, word);
    if (try != NULL) {
        follow(try, kind, now_ms);
    }
    if (kind == TCN_MONITOR_ALL_UP) {
        diagnosis->word = NULL;
    }
    if (!news) {
        return false;
    }
    diagnosis->word = word;
    if (strcmp(word, "handshake") == 0 && diagnosis->keys > 1) {
        put_keys(sentence, diagnosis);
    } else {
        put_sentence(sentence, diagnosis);
    }
    if (strcmp(word, "handshake") == 0 || strcmp(word, "key-over") == 0) {
        put_advice(sentence, diagnosis);
    }
    return true;
}
