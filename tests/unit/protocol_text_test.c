/* The frames that PROTOCOL.md shows in bytes are frames: each is decoded, and
 * encoded again it is the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "mesh/frame.h"

#define INDENT 8 /* of a line of bytes; the word above it has half of that */

struct example {
    char word[16];
    uint8_t bytes[1024];
    size_t len;
};

static struct example examples[2 * TCN_FRAME_TYPE_END];
static size_t count;

/* "c4" or "00*64", up to where the words begin. */
static void take_bytes(struct example *example, const char *at)
{
    while (at[0] != '\0' && at[0] != ' ') {
        char *end;
        unsigned long byte = strtoul(at, &end, 16);
        unsigned long times = 1;
        assert_int_equal(end - at, 2);
        if (*end == '*') {
            times = strtoul(end + 1, &end, 10);
        }
        for (; times > 0; times--) {
            assert_true(example->len < sizeof example->bytes);
            example->bytes[example->len++] = (uint8_t)byte;
        }
        at = *end == ' ' ? end + 1 : end;
    }
}

static void take_line(char *line)
{
    size_t indent = strspn(line, " ");
    line[strcspn(line, "\n")] = '\0';
    if (indent == INDENT / 2) {
        assert_true(count < sizeof examples / sizeof examples[0]);
        (void)snprintf(examples[count++].word, sizeof examples[0].word, "%.15s",
                       line + indent);
    } else if (indent == INDENT && count > 0) {
        take_bytes(&examples[count - 1], line + indent);
    }
}

static int read_text(void **state)
{
    (void)state;
    char line[512];
    bool within = false;
    FILE *file = fopen(TESTS_DIR "/../node/mesh/PROTOCOL.md", "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        if (line[0] == '#') {
            within = strcmp(line, "### All of them in bytes\n") == 0;
        } else if (within && line[0] == ' ') {
            take_line(line);
        }
    }
    (void)fclose(file);
    return 0;
}

static void every_frame_is_shown(void **state)
{
    (void)state;
    assert_int_equal(count, TCN_FRAME_TYPE_END - 1);
    for (unsigned type = 1; type < TCN_FRAME_TYPE_END; type++) {
        assert_string_equal(examples[type - 1].word, tcn_frame_word(type));
    }
}

static void what_is_shown_is_what_is_sent(void **state)
{
    (void)state;
    static struct tcn_frame frame;
    static uint8_t bytes[sizeof examples[0].bytes];
    for (size_t i = 0; i < count; i++) {
        const struct example *example = &examples[i];
        struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
        enum tcn_err err =
            tcn_frame_decode(&frame, tcn_view(example->bytes, example->len));
        if (err != TCN_ERR_OK) {
            print_error("%s: %s\n", example->word, tcn_err_word(err));
        }
        assert_int_equal(err, TCN_ERR_OK);
        assert_string_equal(tcn_frame_word(frame.type), example->word);
        tcn_frame_encode(&frame, &out);
        assert_int_equal(out.len, example->len);
        assert_memory_equal(bytes, example->bytes, example->len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_frame_is_shown),
        cmocka_unit_test(what_is_shown_is_what_is_sent),
    };
    return cmocka_run_group_tests_name("protocol text", tests, read_text, NULL);
}
