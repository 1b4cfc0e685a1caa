/* Where an export goes: one document, or one file for each alert; of MISP a
 * feed directory that an instance can be pointed at. */
#include <stdlib.h>
#include <unistd.h>

#include "cli/export.h"
#include "formats/misp_write.h"

int export_begin(struct exporting *e)
{
    const char *word = cli_get(e->args, "format");
    char text[512];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    e->dir = cli_get(e->args, "out");
    e->raw = word != NULL && strcmp(word, "raw") == 0;
    int found =
        word == NULL ? TCN_EXPORT_JSON : tcn_export_find(tcn_view_str(word));
    if (found < 0 && !e->raw) {
        return cli_wrong(e->args, word, "stix, misp, cap, csv, json or raw");
    }
    e->format = e->raw ? TCN_EXPORT_JSON : (enum tcn_export_format)found;
    if (e->raw && e->dir == NULL && isatty(STDOUT_FILENO)) {
        return cli_wrong(e->args, "raw",
                         "bytes are not for a terminal: give "
                         "--out DIR, or send them to a file");
    }
    if (e->dir != NULL && tcn_dir_make(e->dir, 0750, &message) != TCN_ERR_OK) {
        (void)fputs(tcn_buf_text(&message), stderr);
        return EXIT_REFUSED;
    }
    if (e->dir != NULL && e->format == TCN_EXPORT_MISP) {
        e->manifest = json_object();
    } else if (e->dir == NULL) {
        tcn_export_begin(&e->document, e->format);
    }
    return EXIT_DONE;
}

static int write_file(const struct exporting *e, const char *name,
                      const char *ending, struct tcn_view bytes)
{
    char path[4096];
    char text[512];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    (void)snprintf(path, sizeof path, "%s/%s%s", e->dir, name, ending);
    if (tcn_file_write(path, 0640, false, bytes, &message) != TCN_ERR_OK) {
        (void)fputs(tcn_buf_text(&message), stderr);
        return EXIT_REFUSED;
    }
    return EXIT_DONE;
}

static int no_memory(void)
{
    (void)fprintf(stderr, "tocsin: out of memory\n");
    return EXIT_REFUSED;
}

/* Our own JSON needs the whole alert. */
static bool put_json(const struct exporting *e, struct tcn_text *out)
{
    uint8_t *room = malloc(TCN_ALERT_JSON_MAX);
    struct tcn_buf text = tcn_buf(room, TCN_ALERT_JSON_MAX);
    if (room == NULL) {
        return false;
    }
    tcn_alert_put_json(&text, e->alert, &e->facts);
    tcn_text_put(out, tcn_buf_view(&text));
    tcn_text_put_str(out, "\n");
    free(room);
    return !out->failed;
}

static int put_event(struct exporting *e)
{
    struct tcn_text text = {0};
    json_t *event = tcn_misp_write(e->told);
    const char *uuid = json_string_value(
        json_object_get(json_object_get(event, "Event"), "uuid"));
    json_object_set_new(e->manifest, uuid, tcn_misp_manifest_row(event));
    tcn_misp_put_hashes(&e->hashes, event);
    int code = tcn_export_one(&text, TCN_EXPORT_MISP, e->told)
                   ? write_file(e, uuid, ".json", tcn_text_view(&text))
                   : no_memory();
    json_decref(event);
    free(text.data);
    return code;
}

/* One file for the alert. */
static int put_one(struct exporting *e)
{
    static const char *const endings[TCN_EXPORT_COUNT] = {
        [TCN_EXPORT_JSON] = ".json",
        [TCN_EXPORT_STIX] = ".stix.json",
        [TCN_EXPORT_CAP] = ".cap",
        [TCN_EXPORT_CSV] = ".csv"};
    struct tcn_text text = {0};
    int code;
    if (e->raw) {
        return write_file(e, e->told->id, ".raw", tcn_buf_view(&e->envelope));
    }
    if (e->format == TCN_EXPORT_MISP) {
        return put_event(e);
    }
    bool good = e->format == TCN_EXPORT_JSON
                    ? put_json(e, &text)
                    : tcn_export_one(&text, e->format, e->told);
    code = good ? write_file(e, e->told->id, endings[e->format],
                             tcn_text_view(&text))
                : no_memory();
    free(text.data);
    return code;
}

static int only_one(const struct exporting *e, const char *format)
{
    return cli_wrong(e->args, format,
                     "one alert makes one document: give one id, or --out DIR");
}

int export_put(struct exporting *e)
{
    e->count++;
    if (e->dir != NULL) {
        return put_one(e);
    }
    if (e->raw) {
        if (e->count > 1) {
            return only_one(e, "raw");
        }
        (void)fwrite(e->envelope.data, 1, e->envelope.len, stdout);
        return EXIT_DONE;
    }
    if (e->format == TCN_EXPORT_JSON) {
        struct tcn_text text = {0};
        bool good = put_json(e, &text);
        (void)fwrite(text.data, 1, text.len, stdout);
        free(text.data);
        return good ? EXIT_DONE : no_memory();
    }
    return tcn_export_add(&e->document, e->told) ? EXIT_DONE
                                                 : only_one(e, "cap");
}

static int end_feed(struct exporting *e)
{
    char *text = json_dumps(e->manifest, JSON_COMPACT);
    int code = text == NULL
                   ? no_memory()
                   : write_file(e, "manifest", ".json", tcn_view_str(text));
    free(text);
    return code == EXIT_DONE
               ? write_file(e, "hashes", ".csv", tcn_text_view(&e->hashes))
               : code;
}

int export_end(struct exporting *e)
{
    if (e->manifest != NULL) {
        return end_feed(e);
    }
    if (e->dir != NULL || e->format == TCN_EXPORT_JSON) {
        return EXIT_DONE;
    }
    struct tcn_view text = tcn_export_end(&e->document);
    if (text.data == NULL) {
        return no_memory();
    }
    (void)fwrite(text.data, 1, text.len, stdout);
    if (e->format == TCN_EXPORT_CSV && e->document.lines == 0) {
        (void)fprintf(stderr, "note: no live indicators among %u alerts\n",
                      e->count);
    }
    return EXIT_DONE;
}

void export_free(struct exporting *e)
{
    tcn_export_fini(&e->document);
    json_decref(e->manifest);
    free(e->hashes.data);
}
