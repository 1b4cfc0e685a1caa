#include "io/monitor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct step {
    enum tcn_monitor_kind kind;
    uint64_t at_ms;
    const char *word; /* that is told; NULL = nothing new */
    enum { FAST, BULK } lane;
};

struct story {
    const char *name;
    struct step steps[14];
    const char *sentence; /* the last one told */
    unsigned keys;
    bool knew_us;
};

#define TRYING       TCN_MONITOR_TRYING
#define ENDED        TCN_MONITOR_CLOSED
#define RETRY        TCN_MONITOR_RETRY
#define UP           TCN_MONITOR_UP
#define DOWN         TCN_MONITOR_DOWN
#define REFUSED      TCN_MONITOR_REFUSED
#define WRONG_KEY    TCN_MONITOR_WRONG_KEY
#define NO_HANDSHAKE TCN_MONITOR_NO_HANDSHAKE
#define ALL_UP       TCN_MONITOR_ALL_UP
#define ONE_LANE     TCN_MONITOR_ONE_LANE
#define KEY_OVER     TCN_MONITOR_KEY_OVER
#define OTHER        TCN_MONITOR_OTHER

static const struct story stories[] = {
    {"refused connections are told once",
     {{TRYING, 5, NULL, FAST},
      {ENDED, 6, NULL, FAST},
      {RETRY, 6, "nobody-listens", FAST},
      {TRYING, 100, NULL, FAST},
      {ENDED, 101, NULL, FAST},
      {RETRY, 101, NULL, FAST}},
     "nobody listens at tcp://fi:7400 (connection refused, or no way there)",
     1,
     false},
    {"a try that fails at once was a try",
     {{ENDED, 50000, NULL, FAST}, {RETRY, 50000, "nobody-listens", FAST}},
     "nobody listens at tcp://fi:7400 (connection refused, or no way there)",
     1,
     false},
    {"a try into the time limit",
     {{TRYING, 5, NULL, FAST},
      {ENDED, 10005, NULL, FAST},
      {RETRY, 10005, "no-answer", FAST}},
     "no answer from tcp://fi:7400: is it up, and does a firewall let us "
     "through?",
     1,
     false},
    {"first silence, then a refusal",
     {{TRYING, 0, NULL, FAST},
      {ENDED, 10000, NULL, FAST},
      {RETRY, 10000, "no-answer", FAST},
      {TRYING, 11000, NULL, FAST},
      {ENDED, 11001, NULL, FAST},
      {RETRY, 11001, "nobody-listens", FAST}},
     "nobody listens at tcp://fi:7400 (connection refused, or no way there)",
     1,
     false},
    {"a name without an address",
     {{RETRY, 5, "no-address", FAST}, {RETRY, 300, NULL, FAST}},
     "the name in tcp://fi:7400 cannot be resolved to an address",
     1,
     false},
    {"the wait after a lost connection is no failed try",
     {{TRYING, 0, NULL, FAST},
      {OTHER, 1, NULL, FAST},
      {UP, 2, NULL, FAST},
      {DOWN, 60000, "lost", FAST},
      {RETRY, 60000, NULL, FAST},
      {TRYING, 60100, NULL, FAST},
      {UP, 60102, NULL, FAST}},
     "the connection to fi was lost",
     1,
     false},
    {"lost, and then nobody there",
     {{UP, 2, NULL, FAST},
      {DOWN, 60000, "lost", FAST},
      {RETRY, 60000, NULL, FAST},
      {TRYING, 60100, NULL, FAST},
      {ENDED, 60101, NULL, FAST},
      {RETRY, 60101, "nobody-listens", FAST}},
     "nobody listens at tcp://fi:7400 (connection refused, or no way there)",
     1,
     false},
    {"the end of a refused connection is not a loss",
     {{TRYING, 0, NULL, FAST},
      {REFUSED, 1, "refused", FAST},
      {DOWN, 1, NULL, FAST}},
     "fi refuses our key: has it pinned our present card?",
     1,
     false},
    {"told again after it had worked",
     {{REFUSED, 1, "refused", FAST},
      {UP, 5, NULL, FAST},
      {ALL_UP, 5, NULL, FAST},
      {REFUSED, 9, "refused", FAST}},
     "fi refuses our key: has it pinned our present card?",
     1,
     false},
    {"both failures of the handshake are one to people",
     {{WRONG_KEY, 1, "handshake", FAST}, {NO_HANDSHAKE, 2, NULL, FAST}},
     "handshake failed: fi broke off: it has another key than the card we "
     "hold, or is no Tocsin node: import fi's new card (tocsin card import)",
     1,
     false},
    {"both lanes fail for one reason, told once",
     {{TRYING, 5, NULL, FAST},
      {TRYING, 5, NULL, BULK},
      {ENDED, 6, NULL, FAST},
      {ENDED, 6, NULL, BULK},
      {RETRY, 6, "nobody-listens", FAST},
      {RETRY, 6, NULL, BULK}},
     "nobody listens at tcp://fi:7400 (connection refused, or no way there)",
     1,
     false},
    {"each lane's time is its own",
     {{TRYING, 0, NULL, FAST},
      {TRYING, 9990, NULL, BULK},
      {ENDED, 9999, NULL, FAST},
      {RETRY, 9999, "no-answer", FAST},
      {ENDED, 9999, NULL, BULK},
      {RETRY, 9999, "nobody-listens", BULK}},
     "nobody listens at tcp://fi:7400 (connection refused, or no way there)",
     1,
     false},
    {"a lane that does not come up while the other does",
     {{TRYING, 0, NULL, FAST},
      {TRYING, 0, NULL, BULK},
      {UP, 2, NULL, FAST},
      {ENDED, 10000, NULL, BULK},
      {RETRY, 10000, "no-answer", BULK},
      {ONE_LANE, 10002, "one-lane", FAST},
      {TRYING, 11000, NULL, BULK},
      {ENDED, 21000, NULL, BULK},
      {RETRY, 21000, NULL, BULK},
      {ONE_LANE, 22000, NULL, FAST},
      {UP, 23000, NULL, BULK},
      {ALL_UP, 23000, NULL, FAST}},
     "only one of the two connections to fi comes up, and alerts need both: "
     "does a firewall or a limit stop the second?",
     1,
     false},
    {"the first lane does not forget why the second fails",
     {{RETRY, 5, "no-address", BULK},
      {UP, 6, NULL, FAST},
      {RETRY, 7, NULL, BULK}},
     "the name in tcp://fi:7400 cannot be resolved to an address",
     1,
     false},
    {"a peer that still has our old key pinned",
     {{REFUSED, 1, "old-card", FAST}, {REFUSED, 900, NULL, FAST}},
     "fi took our old key and refuses the new one: it needs our present card "
     "(tocsin card export)",
     1,
     true},
    {"a peer whose key we have is over",
     {{KEY_OVER, 1, "key-over", FAST},
      {RETRY, 5, NULL, FAST},
      {KEY_OVER, 9, NULL, FAST},
      {ALL_UP, 20, NULL, FAST},
      {DOWN, 30, "lost", FAST},
      {KEY_OVER, 40, "key-over", FAST}},
     "fi came with a key that is over: import fi's new card (tocsin card "
     "import)",
     1,
     false},
    {"a peer that has none of its keys that we hold",
     {{NO_HANDSHAKE, 1, "handshake", FAST}, {NO_HANDSHAKE, 2, NULL, FAST}},
     "handshake failed: fi has none of the 2 keys we hold of it, or is no "
     "Tocsin node: import fi's new card (tocsin card import)",
     2,
     false},
};

static void tell(const struct story *story)
{
    struct tcn_diagnosis diagnosis = {.peer = "fi",
                                      .endpoint = "tcp://fi:7400",
                                      .keys = story->keys,
                                      .knew_us = story->knew_us};
    struct tcn_try fast = {0}, bulk = {0};
    char last[TCN_SENTENCE_MAX] = "";
    for (size_t i = 0; i < sizeof story->steps / sizeof story->steps[0]; i++) {
        const struct step *step = &story->steps[i];
        if (step->kind == OTHER && step->at_ms == 0) {
            break; /* the end of the story */
        }
        char text[TCN_SENTENCE_MAX];
        struct tcn_buf sentence = tcn_buf(text, sizeof text);
        struct tcn_try *try = step->kind >= ALL_UP ? NULL
                              : step->lane == BULK ? &bulk
                                                   : &fast;
        bool told =
            tcn_diagnose(&diagnosis, try, step->kind, step->at_ms, &sentence);
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
