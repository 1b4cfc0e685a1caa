#include "base/time.h"

#include <stdio.h>

#include "base/limits.h"
#include "base/text.h"

/* Days since 1970-01-01 of a proleptic Gregorian date, and back; both count
 * years from March, so that the leap day is the last day of a year. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = year / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year -
           719468;
}

struct date {
    int64_t year, month, day;
};

static struct date date_of(int64_t days)
{
    days += 719468;
    int64_t era = days / 146097;
    int64_t of_era = days - era * 146097;
    int64_t year =
        (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t shifted = (5 * of_year + 2) / 153;
    struct date d = {.day = of_year - (153 * shifted + 2) / 5 + 1};
    d.month = shifted + (shifted < 10 ? 3 : -9);
    d.year = year + era * 400 + (d.month <= 2);
    return d;
}

const char *tcn_time_format(uint64_t ms, char *out)
{
    const uint64_t last = 253402300799999ull; /* 9999-12-31T23:59:59.999Z */
    uint64_t shown = ms < last ? ms : last;
    struct date d = date_of((int64_t)(shown / TCN_DAY_MS));
    unsigned rest = (unsigned)(shown % TCN_DAY_MS);
    /* The remainders change nothing; they show the compiler that it fits. */
    snprintf(out, TCN_TIME_TEXT, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
             (unsigned)d.year % 10000, (unsigned)d.month % 100,
             (unsigned)d.day % 100, rest / 3600000 % 24, rest / 60000 % 60,
             rest / 1000 % 60, rest % 1000);
    return out;
}

/* Takes `len` digits from the front of *text; false when they are not there. */
static bool take_digits(struct tcn_view *text, size_t len, int64_t *out)
{
    if (text->len < len) {
        return false;
    }
    int64_t value = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned digit = (unsigned)text->data[i] - '0';
        if (digit > 9) {
            return false;
        }
        value = value * 10 + digit;
    }
    *text = tcn_view(text->data + len, text->len - len);
    *out = value;
    return true;
}

static bool take_char(struct tcn_view *text, char c)
{
    if (text->len == 0 || text->data[0] != (uint8_t)c) {
        return false;
    }
    *text = tcn_view(text->data + 1, text->len - 1);
    return true;
}

static int64_t days_in(int64_t year, int64_t month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30,
                                   31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

static bool take_date(struct tcn_view *text, int64_t *days)
{
    int64_t year = 0, month = 0, day = 0;
    if (!take_digits(text, 4, &year) || !take_char(text, '-') ||
        !take_digits(text, 2, &month) || !take_char(text, '-') ||
        !take_digits(text, 2, &day)) {
        return false;
    }
    if (year < 1970 || month < 1 || month > 12 || day < 1 ||
        day > days_in(year, month)) {
        return false;
    }
    *days = days_of(year, month, day);
    return true;
}

/* A fraction of a second of any length, cut to milliseconds. */
static bool take_fraction(struct tcn_view *text, int64_t *ms)
{
    *ms = 0;
    if (!take_char(text, '.')) {
        return true;
    }
    int64_t digit = 0, scale = 100, count = 0;
    while (take_digits(text, 1, &digit)) {
        *ms += digit * scale;
        scale /= 10;
        count++;
    }
    return count > 0;
}

static bool take_clock(struct tcn_view *text, int64_t *ms)
{
    int64_t hour = 0, minute = 0, second = 0, fraction = 0;
    if (!take_digits(text, 2, &hour) || !take_char(text, ':') ||
        !take_digits(text, 2, &minute) || !take_char(text, ':') ||
        !take_digits(text, 2, &second) || !take_fraction(text, &fraction)) {
        return false;
    }
    if (hour > 23 || minute > 59 || second > 60) {
        return false;
    }
    *ms = ((hour * 60 + minute) * 60 + second) * 1000 + fraction;
    return true;
}

static bool take_zone(struct tcn_view *text, int64_t *offset_ms)
{
    *offset_ms = 0;
    if (take_char(text, 'Z') || take_char(text, 'z')) {
        return true;
    }
    int64_t sign = take_char(text, '+') ? 1 : take_char(text, '-') ? -1 : 0;
    int64_t hour = 0, minute = 0;
    if (sign == 0 || !take_digits(text, 2, &hour) || !take_char(text, ':') ||
        !take_digits(text, 2, &minute) || hour > 23 || minute > 59) {
        return false;
    }
    *offset_ms = sign * (hour * 60 + minute) * 60000;
    return true;
}

bool tcn_time_parse(struct tcn_view text, uint64_t *ms)
{
    int64_t days = 0, clock = 0, offset = 0;
    if (!take_date(&text, &days)) {
        return false;
    }
    if (text.len > 0) {
        if ((!take_char(&text, 'T') && !take_char(&text, 't')) ||
            !take_clock(&text, &clock) || !take_zone(&text, &offset)) {
            return false;
        }
    }
    int64_t total = days * (int64_t)TCN_DAY_MS + clock - offset;
    if (text.len > 0 || total < 0) {
        return false;
    }
    *ms = (uint64_t)total;
    return true;
}

struct unit {
    const char *name;
    uint64_t ms;
};

static const struct unit units[] = {
    {"d", TCN_DAY_MS},    {"h", TCN_HOUR_MS}, {"m", TCN_MINUTE_MS},
    {"s", TCN_SECOND_MS}, {"ms", 1},
};

bool tcn_time_parse_duration(struct tcn_view text, uint64_t *ms)
{
    size_t digits = 0;
    while (digits < text.len && text.data[digits] >= '0' &&
           text.data[digits] <= '9') {
        digits++;
    }
    uint64_t count = 0;
    if (!tcn_text_uint(tcn_view(text.data, digits), &count)) {
        return false;
    }
    struct tcn_view name = tcn_view(text.data + digits, text.len - digits);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (tcn_view_is(name, units[i].name)) {
            *ms = count * units[i].ms;
            return count <= UINT64_MAX / 2 / units[i].ms;
        }
    }
    return false;
}

void tcn_time_put_duration(struct tcn_buf *out, uint64_t ms)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if ((ms % units[i].ms == 0 && ms > 0) || units[i].ms == 1) {
            tcn_buf_printf(out, "%llu%s",
                           (unsigned long long)(ms / units[i].ms),
                           units[i].name);
            return;
        }
    }
}
