/* Small meshes in which one thing happens, told as a transcript and compared
 * with the one in stories/NAME.txt. With SIM_STORIES=write the files are
 * written instead, to be read before they are kept. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sim/sim.h"

#define SECOND 1000u
#define KEEP   TCN_CLASS_BIT(TCN_CLASS_KEEP)
#define TECH   TCN_CLASS_BIT(TCN_CLASS_TECH)
#define VICTIM TCN_CLASS_BIT(TCN_CLASS_VICTIM)

enum { EE, LV, LT, FI };

static inline struct sim *begin(unsigned nodes, const unsigned (*links)[2],
                                size_t count)
{
    struct sim *sim = sim_new(1);
    sim->calm = true;
    sim->say = true;
    for (unsigned i = 0; i < nodes; i++) {
        (void)sim_node(sim, mint_name(i));
    }
    for (size_t i = 0; i < count; i++) {
        sim_link(sim, links[i][0], links[i][1]);
    }
    sim_open(sim);
    return sim;
}

static inline struct sim *two(void)
{
    static const unsigned links[][2] = {{EE, LV}};
    return begin(2, links, 1);
}

static inline struct sim *chain(void)
{
    static const unsigned links[][2] = {{EE, LV}, {LV, LT}};
    return begin(3, links, 2);
}

static inline struct sim *triangle(void)
{
    static const unsigned links[][2] = {{EE, LV}, {EE, LT}, {LV, LT}};
    return begin(3, links, 3);
}

/* Starts without telling how the links came up, which one story does. */
static inline void start_quietly(struct sim *sim)
{
    sim->say = false;
    sim_start(sim);
    sim_run(sim, 2 * SECOND);
    sim->say = true;
}

static inline void chapter(struct sim *sim, const char *title)
{
    const char *only = sim->say_only;
    sim->say_only = NULL;
    say(sim, "-- %s", title);
    sim->say_only = only;
}

static inline uint32_t submit(struct sim *sim, const struct wish *wish)
{
    uint32_t number = mint(sim, wish);
    sim_submit(sim, number);
    return number;
}

/* So many like it, with a number behind their name; the first of them. */
static inline uint32_t several(struct sim *sim, const struct wish *wish,
                               unsigned count)
{
    uint32_t first = sim->alert_count;
    for (unsigned i = 0; i < count; i++) {
        char name[24];
        struct wish one = *wish;
        (void)snprintf(name, sizeof name, "%s-%u", wish->name, i + 1);
        one.name = name;
        (void)submit(sim, &one);
    }
    return first;
}

/* The same while lv is away, and nothing of it is told. */
static inline void several_behind(struct sim *sim, const struct wish *wish,
                                  unsigned count)
{
    sim->say = false;
    sim_part(sim, EE, LV);
    sim_run(sim, SECOND);
    (void)several(sim, wish, count);
    sim_run(sim, SECOND);
    sim->say = true;
}

/* High, GREEN, for everybody. */
static inline struct wish plain_wish(unsigned origin, const char *name)
{
    return (struct wish){.name = name,
                         .origin = origin,
                         .before = NO_ALERT,
                         .severity = TCN_SEVERITY_HIGH,
                         .tlp = TCN_TLP_GREEN,
                         .onward = TCN_ONWARD_ANY};
}

static inline uint32_t alert(struct sim *sim, unsigned origin, const char *name,
                             uint8_t classes)
{
    struct wish wish = plain_wish(origin, name);
    wish.classes = classes;
    return submit(sim, &wish);
}

static inline uint32_t follow(struct sim *sim, const char *kind,
                              uint32_t before, const char *name)
{
    const struct minted *a = &sim->alerts[before];
    const struct wish wish = {.name = name,
                              .kind = kind,
                              .origin = a->origin,
                              .before = before,
                              .severity = a->severity,
                              .tlp = a->tlp,
                              .onward = a->onward};
    return submit(sim, &wish);
}

static inline char *read_story(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return NULL;
    }
    char *text = calloc(1, 65536);
    assert_non_null(text);
    assert_true(fread(text, 1, 65535, file) > 0);
    (void)fclose(file);
    return text;
}

static inline void compare(const char *name, const char *told,
                           const char *expected)
{
    unsigned line = 1;
    size_t i = 0;
    for (; told[i] != '\0' && told[i] == expected[i]; i++) {
        line += told[i] == '\n';
    }
    if (told[i] != expected[i]) {
        print_error("%s goes another way from line %u:\n%s\n", name, line,
                    told);
        fail();
    }
}

static inline uint32_t alert_of(struct sim *sim, const char *name,
                                uint8_t severity, size_t bytes)
{
    const struct wish wish = {.name = name,
                              .origin = EE,
                              .before = NO_ALERT,
                              .severity = severity,
                              .tlp = TCN_TLP_GREEN,
                              .onward = TCN_ONWARD_ANY,
                              .bytes = bytes};
    return submit(sim, &wish);
}

/* Ends the story: nothing may have been violated, and it must be told as it is
 * written. */
static inline void end(struct sim *sim, const char *name)
{
    char path[300];
    (void)snprintf(path, sizeof path, "%s/%s.txt", STORIES_DIR, name);
    oracle_end(sim);
    const char *told = tcn_buf_text(&sim->text);
    if (sim->violations > 0) {
        print_error("%s\n", told);
        fail();
    }
    if (getenv("SIM_STORIES") != NULL) {
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        (void)fputs(told, file);
        (void)fclose(file);
    }
    char *expected = read_story(path);
    assert_non_null(expected);
    compare(name, told, expected);
    free(expected);
    sim_free(sim);
}
