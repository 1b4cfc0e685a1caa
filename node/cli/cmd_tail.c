/* tail: what observers see. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/draft.h"
#include "cli/feed_client.h"
#include "formats/csv_write.h"
#include "formats/export.h"

struct tailing {
    struct cli_args *args;
    struct tcn_filter *filter;
    struct tcn_alert *alert; /* for the filter */
    struct tcn_told *told;
    int format; /* enum tcn_export_format, or -1 */
    uint64_t left;
};

static struct tcn_view text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return tcn_view_str(text == NULL ? "" : text);
}

static struct tcn_view title_of(const json_t *object)
{
    size_t i;
    const json_t *field;
    json_array_foreach(json_object_get(object, "fields"), i, field)
    {
        struct tcn_view name = text_of(field, "name");
        if (tcn_view_is(name, "title") || tcn_view_is(name, "reason")) {
            return text_of(field, "value");
        }
    }
    return tcn_view(NULL, 0);
}

static void print_line(const json_t *object, uint64_t seq)
{
    struct tcn_view created = text_of(object, "created");
    char time[21] = "-";
    if (created.len > 19) {
        (void)snprintf(time, sizeof time, "%.19sZ", (const char *)created.data);
    }
    printf("%6llu ", (unsigned long long)seq);
    cli_print_line(&(struct cli_line){
        .id = text_of(object, "id"),
        .time = tcn_view_str(time),
        .origin = text_of(object, "origin"),
        .kind = text_of(object, "kind"),
        .severity = text_of(object, "severity"),
        .tlp = text_of(object, "tlp"),
        .status = text_of(object, "status"),
    });
    cli_print_exercise(text_of(object, "exercise"));
    struct tcn_view title = title_of(object);
    struct tcn_view ref = text_of(object, "ref");
    if (title.len > 0 || ref.len < 12) {
        cli_print_view(title);
    } else {
        printf("of ");
        cli_print_view(tcn_view(ref.data, 12));
    }
    json_int_t withheld =
        json_integer_value(json_object_get(object, "withheld"));
    if (withheld > 0) {
        printf(" (%lld field%s withheld)", (long long)withheld,
               withheld == 1 ? "" : "s");
    }
    printf("\n");
}

/* The node escapes what it gives to the feed; should the feed be another's, no
 * terminal has to suffer for it. */
static void print_json(json_t *object, struct tcn_view body)
{
    size_t backslashes = 0;
    for (size_t i = 0; i < body.len; i++) {
        backslashes += body.data[i] == '\\';
    }
    uint8_t *text = malloc(2 * body.len + 1);
    struct tcn_buf out = tcn_buf(text, text == NULL ? 0 : 2 * body.len + 1);
    tcn_text_escape(&out, body);
    if (!out.full && out.len == body.len + backslashes) {
        (void)fwrite(body.data, 1, body.len, stdout);
    } else {
        (void)json_dumpf(object, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
    }
    (void)putchar('\n');
    free(text);
}

/* One document a row. */
static void print_format(const struct tailing *tailing)
{
    struct tcn_text text = {0};
    if (tcn_export_one(&text, (enum tcn_export_format)tailing->format,
                       tailing->told) &&
        text.len > 0) { /* of CSV there may be no line */
        (void)fwrite(text.data, 1, text.len, stdout);
    }
    free(text.data);
}

/* Of the topic exercise.NAME.SEVERITY.ORIGIN.KIND; empty: live. */
static struct tcn_view exercise_of(struct tcn_view topic)
{
    struct tcn_view name = cli_cut(&topic, '.');
    if (!tcn_view_is(topic, "exercise") || name.data == NULL) {
        return tcn_view("", 0);
    }
    (void)cli_cut(&name, '.');
    return name;
}

/* What is exercised does not stand among what is so. */
static bool is_asked_for(const struct tailing *tailing,
                         struct tcn_view exercise)
{
    const char *name = cli_get(tailing->args, "exercise");
    return cli_has(tailing->args, "exercises") ||
           tcn_view_is(exercise, name == NULL ? "" : name);
}

static bool take_row(void *ctx, const struct feed_row *row)
{
    struct tailing *tailing = ctx;
    if (!is_asked_for(tailing, exercise_of(row->topic))) {
        return true;
    }
    json_t *object =
        json_loadb((const char *)row->body.data, row->body.len, 0, NULL);
    if (object == NULL) {
        return true;
    }
    bool known = tcn_told_from_json(tailing->told, object);
    tailing->alert->header = tailing->told->header;
    bool wanted = tailing->filter == NULL ||
                  (known && tcn_filter_match(tailing->filter, tailing->alert));
    if (wanted && (tailing->args->json || !known)) {
        print_json(object, row->body);
    } else if (wanted && tailing->format >= 0) {
        print_format(tailing);
    } else if (wanted) {
        print_line(object, row->seq);
    }
    json_decref(object);
    (void)fflush(stdout);
    return !wanted || --tailing->left > 0;
}

static void take_notice(void *ctx, enum feed_notice notice, uint64_t from,
                        uint64_t to)
{
    static const char *const sentences[] = {
        [FEED_MISSED] = "were missed: asked for again",
        [FEED_LOST] = "are no longer kept",
        [FEED_ANEW] = "the node's stream began anew: so do its numbers",
        [FEED_SILENT] = "the feed is silent: is the node running? (waiting)",
        [FEED_BACK] = "the feed is back",
    };
    (void)ctx;
    bool is_range = notice == FEED_MISSED || notice == FEED_LOST;
    if (is_range) {
        (void)fprintf(stderr, "-- %llu to %llu %s\n", (unsigned long long)from,
                      (unsigned long long)to, sentences[notice]);
    } else {
        (void)fprintf(stderr, "-- %s\n", sentences[notice]);
    }
}

static const char *find_prefix(const struct cli_args *args,
                               const struct tcn_setup *setup)
{
    const char *class = cli_get(args, "observers");
    for (size_t i = 0; i < setup->conf.observer_count; i++) {
        if (class == NULL ||
            strcmp(setup->conf.observers[i].name, class) == 0) {
            return setup->conf.observer_sockets[i].socket;
        }
    }
    (void)cli_wrong(args, class == NULL ? "observers" : class,
                    "the configuration has no such class of observers");
    return NULL;
}

static bool read_filter(struct tailing *tailing)
{
    const char *text = cli_get(tailing->args, "filter");
    if (text == NULL) {
        return true;
    }
    uint8_t said[4096];
    struct tcn_buf out = tcn_buf(said, sizeof said);
    struct tcn_problems problems = {0};
    const struct tcn_source source = {"--filter", tcn_view_str(text)};
    enum tcn_err err = tcn_filter_load(&tailing->filter, &source, &problems);
    if (err != TCN_ERR_OK) {
        tcn_problems_put(&out, &problems, &source);
        (void)fputs(tcn_buf_text(&out), stderr);
    }
    return err == TCN_ERR_OK;
}

/* JSON is what the feed has; the header of CSV stands once. */
static bool read_format(struct tailing *tailing)
{
    const char *word = cli_get(tailing->args, "format");
    tailing->format = -1;
    if (word == NULL || strcmp(word, "json") == 0) {
        tailing->args->json |= word != NULL;
        return true;
    }
    tailing->format = tcn_export_find(tcn_view_str(word));
    if (tailing->format < 0) {
        (void)cli_wrong(tailing->args, word, "stix, misp, cap, csv or json");
        return false;
    }
    if (tailing->format == TCN_EXPORT_CSV) {
        struct tcn_text header = {0};
        tcn_csv_put_header(&header);
        (void)fwrite(header.data, 1, header.len, stdout);
        free(header.data);
    }
    return true;
}

static void say_silence(const char *prefix)
{
    char path[TCN_PATH_MAX + 8];
    (void)snprintf(path, sizeof path, "%s.sock", prefix);
    bool closed = access(path, R_OK | W_OK) != 0 && errno == EACCES;
    (void)fprintf(stderr, "tocsin: no feed answers at ");
    cli_put_view(stderr, tcn_view_str(path));
    (void)fprintf(stderr, ": %s\n",
                  closed ? "you may not read it: its group is that of the "
                           "observers (tocsin-observers)"
                         : "is the node running?");
}

int cmd_tail(struct cli_args *args)
{
    struct tailing tailing = {.args = args};
    uint64_t since;
    if (!cli_duration(args, "since", 0, &since) ||
        !cli_number(args, "count", UINT64_MAX, &tailing.left) ||
        !read_filter(&tailing) || !read_format(&tailing) ||
        draft_check(args) != EXIT_DONE) {
        return EXIT_USAGE;
    }
    struct tcn_setup *setup = cli_setup_node(args);
    const char *prefix = setup == NULL ? NULL : find_prefix(args, setup);
    int code = setup == NULL ? EXIT_REFUSED : EXIT_USAGE;
    tailing.alert = calloc(1, sizeof *tailing.alert);
    tailing.told = calloc(1, sizeof *tailing.told);
    if (prefix != NULL && tailing.alert != NULL && tailing.told != NULL) {
        cli_look(args); /* it may wait here for long */
        const struct feed_sink sink = {take_row, take_notice, &tailing};
        bool good = feed_follow(prefix, since == 0 ? 0 : cli_ago(since), &sink);
        code = good ? EXIT_DONE : EXIT_NO_NODE;
        if (!good) {
            say_silence(prefix);
        }
    }
    tcn_filter_free(tailing.filter);
    free(tailing.alert);
    free(tailing.told);
    tcn_setup_free(setup);
    return code;
}
