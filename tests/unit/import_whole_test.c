/* Nothing is dropped in silence: into every object of every published sample a
 * key is planted that nobody knows, and into every element of XML an element.
 * Each must come back in a field, or the report must say that what held it was
 * left out. What is left out without a word is listed here, and in MAPPING.md.
 */
#include <jansson.h>

#include "unit/import_run.h"

#define PATHS_MAX 4096

struct plant {
    char path[200]; /* of the object, without numbers: "Event.Tag" */
    char word[32];
};

static struct plant plants[PATHS_MAX];
static size_t plant_count;

static void plant_in(json_t *json, const char *path)
{
    const char *key;
    json_t *value;
    if (json_is_object(json)) {
        json_object_foreach(json, key, value)
        {
            char inner[200];
            (void)snprintf(inner, sizeof inner, "%.90s%s%.90s", path,
                           path[0] != '\0' ? "." : "", key);
            plant_in(value, inner);
        }
        if (plant_count < PATHS_MAX) {
            struct plant *plant = &plants[plant_count];
            (void)snprintf(plant->word, sizeof plant->word, "planted-%zu-x",
                           plant_count++);
            (void)snprintf(plant->path, sizeof plant->path, "%s", path);
            json_object_set_new(json, "zz", json_string(plant->word));
        }
    }
    for (size_t i = 0; i < json_array_size(json); i++) {
        plant_in(json_array_get(json, i), path);
    }
}

/* What is left out without a word: what keeps an instance in order, and the
 * encyclopaedia beside it. The end of a path, or a word within it. */
static const struct {
    const char *format;
    const char *path;
} silent[] = {
    {"misp", "Tag"},                           /* colours and settings */
    {"misp", "Galaxy"},                        /* its names come as tags */
    {"misp", "Object.ObjectReference.Object"}, /* a copy */
    {"csaf", "product_tree"},
    {"csaf", "document.tracking.generator"},
    {"csaf", "document.tracking.revision_history"},
    {"stix", "granular_markings"},
};

static bool is_silent(const char *file, const char *path)
{
    for (size_t i = 0; i < sizeof silent / sizeof *silent; i++) {
        const char *at = strstr(path, silent[i].path);
        if (strncmp(file, silent[i].format, 4) == 0 && at != NULL &&
            (at == path || at[-1] == '.')) {
            return true;
        }
    }
    return false;
}

/* Whether the report says that it left out what is on the path, or `zz`. */
static bool is_reported(const char *path)
{
    for (unsigned i = 0; i < run.report.left_count; i++) {
        char word[TCN_IMPORT_KIND_TEXT];
        (void)snprintf(word, sizeof word, "%s", run.report.left[i].what);
        word[strcspn(word, ",")] = '\0';
        bool planted = strstr(word, "\"zz\"") != NULL;
        bool outer = strcmp(path, "") == 0 || strcmp(path, "response") == 0;
        if (strstr(path, word) != NULL || (planted && outer)) {
            return true;
        }
    }
    return false;
}

static unsigned look(const char *file)
{
    size_t len;
    unsigned missing = 0;
    const char *bytes = run_read(file, &len);
    json_t *json = json_loadb(bytes, len, 0, NULL);
    assert_non_null(json);
    plant_count = 0;
    plant_in(json, "");
    assert_true(plant_count < PATHS_MAX);
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    struct tcn_import_options options = run_options();
    run_bytes(tcn_view_str(text), &options);
    run_ended(TCN_ERR_OK);
    free(text);
    for (size_t i = 0; i < plant_count; i++) {
        if (strstr(run.text, plants[i].word) == NULL &&
            !is_silent(file, plants[i].path) && !is_reported(plants[i].path)) {
            print_error("%s: dropped in silence: %s\n", file, plants[i].path);
            missing++;
        }
    }
    return missing;
}

static void what_nobody_knows_comes_back_or_is_reported(void **state)
{
    (void)state;
    static char manifest[64 * 1024];
    unsigned files = 0;
    unsigned missing = 0;
    size_t len;
    const char *bytes = run_read("MANIFEST.tsv", &len);
    memcpy(manifest, bytes, len);
    manifest[len] = '\0';
    for (char *row = manifest; *row != '\0';) {
        char file[200];
        char verdict[20];
        char *next = row + strcspn(row, "\n");
        next += *next != '\0';
        if (sscanf(row, "%199[^\t]\t%19[^\t]", file, verdict) == 2 &&
            strcmp(verdict, "import") == 0 && strstr(file, ".json") != NULL) {
            missing += look(file);
            files++;
        }
        row = next;
    }
    assert_true(files > 50);
    assert_int_equal(missing, 0);
}

/* ---- CAP ---- */

/* Behind the start of every element that may hold others, as text. */
static char *plant_in_xml(const char *text, unsigned *planted)
{
    static const char *const owners[] = {"alert",   "info",      "resource",
                                         "area",    "parameter", "eventCode",
                                         "geocode", "headline",  "areaDesc"};
    static const char weed[] = "<zz>x</zz>";
    size_t cap = strlen(text) * 4 + 1;
    char *room = malloc(cap);
    struct tcn_buf out = tcn_buf(room, cap);
    assert_non_null(room);
    for (const char *from = text; *from != '\0';) {
        size_t len = strcspn(from, ">");
        len += from[len] == '>';
        tcn_buf_put(&out, from, len);
        const char *tag = memrchr(from, '<', len);
        for (size_t i = 0; tag != NULL && i < 9; i++) {
            size_t n = strlen(owners[i]);
            bool opens = strncmp(tag + 1, owners[i], n) == 0 &&
                         strchr(" >", tag[1 + n]) != NULL;
            if (opens) {
                tcn_buf_put_str(&out, weed);
                ++*planted;
            }
        }
        from += len;
    }
    assert_false(out.full);
    (void)tcn_buf_text(&out);
    return room;
}

static void elements_that_cap_does_not_have_are_reported(void **state)
{
    (void)state;
    static const char *const files[] = {"cap/canada.cap", "cap/weather.cap",
                                        "cap/earthquake.cap"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        size_t len;
        unsigned planted = 0;
        const char *bytes = run_read(files[i], &len);
        char *text = strndup(bytes, len);
        char *weeds = plant_in_xml(text, &planted);
        run_text(weeds);
        run_ended(TCN_ERR_OK);
        assert_true(planted > 5);
        assert_int_equal(run.report.left_count, 1);
        assert_string_equal(run.report.left[0].what, "<zz>, not of CAP");
        assert_int_equal(run.report.left[0].count, planted);
        free(weeds);
        run_text(text);
        assert_int_equal(run.report.left_count, 0);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_nobody_knows_comes_back_or_is_reported),
        cmocka_unit_test(elements_that_cap_does_not_have_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, run_end);
}
