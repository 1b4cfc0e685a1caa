/* tail: what observers see. */
#include <jansson.h>
#include <stdlib.h>

#include "cli/commands.h"
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
    struct tcn_view severity = text_of(object, "severity");
    struct tcn_view status = text_of(object, "status");
    struct tcn_view id = text_of(object, "id");
    printf("%6llu %.12s ", (unsigned long long)seq,
           id.len < 12 ? "" : (const char *)id.data);
    cli_print_view(text_of(object, "origin"));
    printf(" ");
    cli_print_view(text_of(object, "kind"));
    printf(
        " %s%.*s%s ", cli_colour(severity.len == 8 ? "\033[1;31m" : "\033[33m"),
        (int)severity.len, (const char *)severity.data, cli_colour("\033[0m"));
    printf("tlp:");
    cli_print_view(text_of(object, "tlp"));
    printf(" %.*s ", (int)status.len, (const char *)status.data);
    cli_print_view(title_of(object));
    json_int_t withheld =
        json_integer_value(json_object_get(object, "withheld"));
    if (withheld > 0) {
        printf(" (%lld fields withheld)", (long long)withheld);
    }
    printf("\n");
}

/* One document a row. */
static void print_format(const struct tailing *tailing)
{
    struct tcn_text text = {0};
    if (tcn_export_one(&text, (enum tcn_export_format)tailing->format,
                       tailing->told)) {
        (void)fwrite(text.data, 1, text.len, stdout);
    }
    free(text.data);
}

static bool take_row(void *ctx, const struct feed_row *row)
{
    struct tailing *tailing = ctx;
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
        (void)fwrite(row->body.data, 1, row->body.len, stdout);
        (void)putchar('\n');
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

int cmd_tail(struct cli_args *args)
{
    struct tailing tailing = {.args = args, .left = UINT64_MAX};
    uint64_t since;
    const char *count = cli_get(args, "count");
    if (!cli_duration(args, "since", 0, &since) || !read_filter(&tailing) ||
        !read_format(&tailing)) {
        return EXIT_USAGE;
    }
    if (count != NULL) {
        tailing.left = strtoull(count, NULL, 10);
        if (tailing.left == 0) {
            return cli_wrong(args, count, "expected a number above 0");
        }
    }
    struct tcn_setup *setup = cli_setup(args);
    const char *prefix = setup == NULL ? NULL : find_prefix(args, setup);
    int code = setup == NULL ? EXIT_REFUSED : EXIT_USAGE;
    tailing.alert = calloc(1, sizeof *tailing.alert);
    tailing.told = calloc(1, sizeof *tailing.told);
    if (prefix != NULL && tailing.alert != NULL && tailing.told != NULL) {
        const struct feed_sink sink = {take_row, take_notice, &tailing};
        bool good =
            feed_follow(prefix, since == 0 ? 0 : tcn_now_ms() - since, &sink);
        code = good ? EXIT_DONE : EXIT_NO_NODE;
        if (!good) {
            (void)fprintf(stderr,
                          "tocsin: no feed answers at %s: is the node "
                          "running?\n",
                          prefix);
        }
    }
    tcn_filter_free(tailing.filter);
    free(tailing.alert);
    free(tailing.told);
    tcn_setup_free(setup);
    return code;
}
