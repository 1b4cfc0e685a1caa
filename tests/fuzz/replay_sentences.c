/* Sentences, in the manner of the reasons: the inputs together must give every
 * one that is listed, and none that is not. A line is a pattern in which `*`
 * stands for whatever is filled in; "- PATTERN # WHY" is one that no input can
 * give. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "fuzz/replay.h"

#define PATTERNS_MAX 400
#define PATTERN_MAX  240

static struct pattern {
    char text[PATTERN_MAX];
    size_t plain; /* characters that are no `*`: the most decide */
    bool excluded;
    bool reached;
} patterns[PATTERNS_MAX];

static size_t pattern_count;
static unsigned unknown;

static void add_pattern(const char *line)
{
    struct pattern *pattern = &patterns[pattern_count++];
    pattern->excluded = strncmp(line, "- ", 2) == 0;
    (void)snprintf(pattern->text, sizeof pattern->text, "%s",
                   line + (pattern->excluded ? 2 : 0));
    char *why = pattern->excluded ? strstr(pattern->text, " # ") : NULL;
    if (why != NULL) {
        *why = '\0';
    }
    for (const char *at = pattern->text; *at != '\0'; at++) {
        pattern->plain += *at != '*';
    }
}

unsigned replay_read_sentences(const char *path)
{
    FILE *file = fopen(path, "r");
    char line[PATTERN_MAX];
    unsigned wrong = 0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        bool is_pattern = line[0] != '\0' && line[0] != '#';
        if (is_pattern && pattern_count == PATTERNS_MAX) {
            printf("%s: more than %d patterns\n", path, PATTERNS_MAX);
            wrong++;
            break;
        }
        if (is_pattern) {
            add_pattern(line);
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return wrong;
}

/* Backs to the last `*` when what follows it does not fit. */
static bool matches(const char *pattern, const char *text)
{
    const char *star = NULL;
    const char *from = text;
    while (*text != '\0') {
        if (*pattern == '*') {
            star = pattern++;
            from = text;
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star + 1;
            text = ++from;
        } else {
            return false;
        }
    }
    while (*pattern == '*') {
        pattern++;
    }
    return *pattern == '\0';
}

void tcn_fuzz_sentence(const char *text)
{
    struct pattern *best = NULL;
    for (size_t i = 0; i < pattern_count; i++) {
        struct pattern *pattern = &patterns[i];
        bool better = best == NULL || pattern->plain > best->plain;
        if (better && matches(pattern->text, text)) {
            best = pattern;
        }
    }
    if (best == NULL) {
        printf("not listed: %s\n", text);
        unknown++;
        return;
    }
    best->reached = true;
}

unsigned replay_compare_sentences(void)
{
    unsigned wrong = unknown;
    unsigned reached = 0;
    for (size_t i = 0; i < pattern_count; i++) {
        reached += patterns[i].reached;
        if (patterns[i].reached == patterns[i].excluded) {
            printf("%s: %s\n", patterns[i].text,
                   patterns[i].reached ? "reached, but listed as out of reach"
                                       : "no input gives it any more");
            wrong++;
        }
    }
    if (pattern_count > 0) {
        printf("%u of %zu sentences\n", reached, pattern_count);
    }
    return wrong;
}
