#include "base/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/limits.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

static void times_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool ok;
        uint64_t ms;
    } rows[] = {
        {"1970-01-01", true, 0},
        {"1970-01-01T00:00:00Z", true, 0},
        {"2026-07-01T08:00:00.123Z", true, 1782892800123},
        {"2026-07-01t08:00:00z", true, 1782892800000},
        {"2026-07-01T08:00:00.1Z", true, 1782892800100},
        {"2026-07-01T08:00:00.1239999999999Z", true, 1782892800123},
        {"2026-07-01T11:00:00+03:00", true, 1782892800000},
        {"2026-07-01T04:30:00-03:30", true, 1782892800000},
        {"2024-02-29", true, 1709164800000},
        {"2000-02-29", true, 951782400000},
        {"9999-12-31T23:59:59.999Z", true, 253402300799999},
        {"2016-12-31T23:59:60Z", true, 1483228800000},
        {"2023-02-29", false, 0},
        {"2100-02-29", false, 0},
        {"2026-04-31", false, 0},
        {"2026-00-01", false, 0},
        {"2026-13-01", false, 0},
        {"2026-01-00", false, 0},
        {"1969-12-31T23:59:59Z", false, 0},
        {"1970-01-01T00:00:00+00:01", false, 0},
        {"2026-07-01T24:00:00Z", false, 0},
        {"2026-07-01T08:60:00Z", false, 0},
        {"2026-07-01T08:00:61Z", false, 0},
        {"2026-07-01T08:00:00", false, 0},
        {"2026-07-01T08:00Z", false, 0},
        {"2026-07-01T08:00:00.Z", false, 0},
        {"2026-07-01T08:00:00+24:00", false, 0},
        {"2026-07-01 08:00:00Z", false, 0},
        {"2026-07-01T08:00:00Zx", false, 0},
        {"2026-7-1", false, 0},
        {"", false, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t ms = 0;
        bool ok = tcn_time_parse(tcn_view_str(rows[i].text), &ms);
        if (ok != rows[i].ok || (ok && ms != rows[i].ms)) {
            fail_msg("\"%s\": %d, %llu", rows[i].text, ok,
                     (unsigned long long)ms);
        }
    }
}

/* Every day of a 400-year cycle and some: what is written is read back. */
static void every_day_is_written_and_read_back(void **state)
{
    (void)state;
    char text[TCN_TIME_TEXT], before[TCN_TIME_TEXT] = "";
    for (uint64_t day = 0; day < 160000; day++) {
        uint64_t ms = day * TCN_DAY_MS + (day * 7919 * 1013) % TCN_DAY_MS;
        uint64_t back = 0;
        tcn_time_format(ms, text);
        if (!tcn_time_parse(tcn_view_str(text), &back) || back != ms) {
            fail_msg("day %llu: \"%s\" is read as %llu",
                     (unsigned long long)day, text, (unsigned long long)back);
        }
        if (strncmp(before, text, 10) >= 0) {
            fail_msg("\"%s\" does not come after \"%s\"", text, before);
        }
        memcpy(before, text, sizeof before);
    }
}

static void a_time_beyond_the_year_9999_is_shown_as_its_end(void **state)
{
    (void)state;
    char text[TCN_TIME_TEXT];
    assert_string_equal(tcn_time_format(UINT64_MAX, text),
                        "9999-12-31T23:59:59.999Z");
}

static void durations_have_one_number_and_one_unit(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool ok;
        uint64_t ms;
        const char *shortest;
    } rows[] = {
        {"0s", true, 0, "0ms"},
        {"1ms", true, 1, "1ms"},
        {"1500ms", true, 1500, "1500ms"},
        {"10m", true, 600000, "10m"},
        {"60m", true, 3600000, "1h"},
        {"4h", true, 14400000, "4h"},
        {"36h", true, 129600000, "36h"},
        {"90d", true, 7776000000, "90d"},
        {"", false, 0, NULL},
        {"d", false, 0, NULL},
        {"10", false, 0, NULL},
        {"10 m", false, 0, NULL},
        {"10M", false, 0, NULL},
        {"-1d", false, 0, NULL},
        {"1d2h", false, 0, NULL},
        {"1.5h", false, 0, NULL},
        {"18446744073709551615d", false, 0, NULL},
        {"18446744073709551616ms", false, 0, NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t ms = 0;
        bool ok = tcn_time_parse_duration(tcn_view_str(rows[i].text), &ms);
        if (ok != rows[i].ok || (ok && ms != rows[i].ms)) {
            fail_msg("\"%s\": %d, %llu", rows[i].text, ok,
                     (unsigned long long)ms);
        }
        if (ok) {
            char room[32];
            struct tcn_buf out = tcn_buf(room, sizeof room);
            tcn_time_put_duration(&out, ms);
            assert_string_equal(tcn_buf_text(&out), rows[i].shortest);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_read),
        cmocka_unit_test(every_day_is_written_and_read_back),
        cmocka_unit_test(a_time_beyond_the_year_9999_is_shown_as_its_end),
        cmocka_unit_test(durations_have_one_number_and_one_unit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
