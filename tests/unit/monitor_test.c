#include "io/monitor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct step {
    enum tcn_monitor_kind kind;
    uint64_t at_ms;
    const char *word; /* that is told; NULL = nothing new */
};

struct story {
    const char *name;
    struct step steps[12];
    const char *sentence; /* the last one told */
};

#define TRYING       TCN_MONITOR_TRYING
#define ENDED        TCN_MONITOR_TRY_ENDED
#define RETRY        TCN_MONITOR_RETRY
#define UP           TCN_MONITOR_UP
#define DOWN         TCN_MONITOR_DOWN
#define REFUSED      TCN_MONITOR_REFUSED
#define WRONG_KEY    TCN_MONITOR_WRONG_KEY
#define NO_HANDSHAKE TCN_MONITOR_NO_HANDSHAKE
#define OTHER        TCN_MONITOR_OTHER

static const struct story stories[] = {
    {"refused connections are told once",
     {{TRYING, 5, NULL},
      {ENDED, 6, NULL},
      {RETRY, 6, "nobody-listens"},
      {TRYING, 100, NULL},
      {ENDED, 101, NULL},
      {RETRY, 101, NULL}},
     "nobody listens at tcp://fi:7400 (connection refused, or no way there)"},
    {"a try that fails at once was a try",
     {{ENDED, 50000, NULL}, {RETRY, 50000, "nobody-listens"}},
     "nobody listens at tcp://fi:7400 (connection refused, or no way there)"},
    {"a try into the time limit",
     {{TRYING, 5, NULL}, {ENDED, 10005, NULL}, {RETRY, 10005, "no-answer"}},
     "no answer from tcp://fi:7400: is it up, and does a firewall let us "
     "through?"},
    {"first silence, then a refusal",
     {{TRYING, 0, NULL},
      {ENDED, 10000, NULL},
      {RETRY, 10000, "no-answer"},
      {TRYING, 11000, NULL},
      {ENDED, 11001, NULL},
      {RETRY, 11001, "nobody-listens"}},
     "nobody listens at tcp://fi:7400 (connection refused, or no way there)"},
    {"a name without an address",
     {{RETRY, 5, "no-address"}, {RETRY, 300, NULL}},
     "the name in tcp://fi:7400 cannot be resolved to an address"},
    {"the wait after a lost connection is no failed try",
     {{TRYING, 0, NULL},
      {OTHER, 1, NULL},
      {UP, 2, NULL},
      {DOWN, 60000, "lost"},
      {RETRY, 60000, NULL},
      {TRYING, 60100, NULL},
      {UP, 60102, NULL}},
     "the connection to fi was lost"},
    {"lost, and then nobody there",
     {{UP, 2, NULL},
      {DOWN, 60000, "lost"},
      {RETRY, 60000, NULL},
      {TRYING, 60100, NULL},
      {ENDED, 60101, NULL},
      {RETRY, 60101, "nobody-listens"}},
     "nobody listens at tcp://fi:7400 (connection refused, or no way there)"},
    {"the end of a refused connection is not a loss",
     {{TRYING, 0, NULL}, {REFUSED, 1, "refused"}, {DOWN, 1, NULL}},
     "fi refuses our key: has it pinned our present card?"},
    {"told again after it had worked",
     {{REFUSED, 1, "refused"}, {UP, 5, NULL}, {REFUSED, 9, "refused"}},
     "fi refuses our key: has it pinned our present card?"},
    {"both failures of the handshake are one to people",
     {{WRONG_KEY, 1, "handshake"}, {NO_HANDSHAKE, 2, NULL}},
     "handshake failed: fi broke off; is it a Tocsin node with the key of the "
     "card we hold?"},
};

static void tell(const struct story *story)
{
    struct tcn_diagnosis diagnosis = {.peer = "fi",
                                      .endpoint = "tcp://fi:7400"};
    char last[TCN_SENTENCE_MAX] = "";
    for (size_t i = 0; i < 12; i++) {
        const struct step *step = &story->steps[i];
        if (step->kind == OTHER && step->at_ms == 0) {
            break; /* the end of the story */
        }
        char text[TCN_SENTENCE_MAX];
        struct tcn_buf sentence = tcn_buf(text, sizeof text);
        bool told =
            tcn_diagnose(&diagnosis, step->kind, step->at_ms, &sentence);
        const char *word = told ? diagnosis.word : NULL;
        bool same = (word == NULL) == (step->word == NULL) &&
                    (word == NULL || strcmp(word, step->word) == 0);
        if (!same) {
            fail_msg("%s, step %zu: told %s", story->name, i,
                     word == NULL ? "nothing" : word);
        }
        if (told) {
            memcpy(last, tcn_buf_text(&sentence), sentence.len + 1);
        }
    }
    assert_string_equal(last, story->sentence);
}

static void every_story_is_told_in_plain_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++) {
        tell(&stories[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_story_is_told_in_plain_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
