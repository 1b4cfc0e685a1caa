#include "formats/detect.h"

#include "formats/json.h"

#define LINE_LOOK_MAX ((size_t)256 * 1024)

static const char *const words[TCN_FORMAT_COUNT] = {
    [TCN_FORMAT_AUTO] = "auto", [TCN_FORMAT_STIX] = "stix",
    [TCN_FORMAT_MISP] = "misp", [TCN_FORMAT_CAP] = "cap",
    [TCN_FORMAT_EVE] = "eve",   [TCN_FORMAT_IDEA] = "idea",
    [TCN_FORMAT_KEV] = "kev",   [TCN_FORMAT_CSAF] = "csaf",
};

const char *tcn_format_word(unsigned format)
{
    return format < TCN_FORMAT_COUNT ? words[format] : "?";
}

int tcn_format_find(struct tcn_view word)
{
    for (int i = 0; i < TCN_FORMAT_COUNT; i++) {
        if (tcn_view_is(word, words[i])) {
            return i;
        }
    }
    return -1;
}

static bool has(const json_t *json, const char *key)
{
    return json_object_get(json, key) != NULL;
}

static bool is_event(const json_t *json)
{
    return json_is_string(json_object_get(json, "info")) &&
           json_is_string(json_object_get(json, "uuid"));
}

/* A STIX object names its type in its id. */
static bool is_stix(const json_t *json)
{
    const char *type = json_string_value(json_object_get(json, "type"));
    const char *id = json_string_value(json_object_get(json, "id"));
    if (type == NULL) {
        return false;
    }
    size_t len = strlen(type);
    return strcmp(type, "bundle") == 0 ||
           (id != NULL && len > 0 && strncmp(id, type, len) == 0 &&
            strncmp(id + len, "--", 2) == 0);
}

static enum tcn_format of_object(const json_t *json)
{
    if (is_stix(json)) {
        return TCN_FORMAT_STIX;
    }
    if (has(json, "Event") || has(json, "response") || is_event(json)) {
        return TCN_FORMAT_MISP;
    }
    if (has(json_object_get(json, "document"), "csaf_version")) {
        return TCN_FORMAT_CSAF;
    }
    if (has(json, "catalogVersion") && has(json, "vulnerabilities")) {
        return TCN_FORMAT_KEV;
    }
    if (has(json, "Format") && has(json, "DetectTime")) {
        return TCN_FORMAT_IDEA;
    }
    return has(json, "event_type") && has(json, "timestamp") ? TCN_FORMAT_EVE
                                                             : TCN_FORMAT_AUTO;
}

enum tcn_format tcn_detect_json(const json_t *root)
{
    const json_t *first = json_is_array(root) ? json_array_get(root, 0) : root;
    enum tcn_format format = of_object(first);
    bool bare = format == TCN_FORMAT_MISP && first != root &&
                !has(first, "Event") && !is_event(first);
    return bare ? TCN_FORMAT_AUTO : format;
}

static bool contains(struct tcn_view text, const char *word)
{
    return text.len > 0 && memmem(text.data, text.len, word, strlen(word));
}

static bool is_markup(struct tcn_view text)
{
    size_t at = 0;
    while (at < text.len && strchr(" \t\r\n\xef\xbb\xbf", text.data[at])) {
        at++;
    }
    return at < text.len && text.data[at] == '<';
}

enum tcn_format tcn_detect_text(struct tcn_view bytes)
{
    struct tcn_view head = bytes;
    head.len = head.len < 4096 ? head.len : 4096;
    if (is_markup(head) &&
        contains(head, "urn:oasis:names:tc:emergency:cap:")) {
        return TCN_FORMAT_CAP;
    }
    return TCN_FORMAT_AUTO;
}

static struct tcn_view skip_blanks(struct tcn_view text)
{
    while (text.len > 0 && strchr(" \t\r\n", text.data[0]) != NULL &&
           text.data[0] != '\0') {
        text = tcn_view(text.data + 1, text.len - 1);
    }
    return text;
}

bool tcn_format_is_lines(struct tcn_view bytes)
{
    struct tcn_view text = skip_blanks(bytes);
    const uint8_t *end =
        text.len > 0 ? memchr(text.data, '\n', text.len) : NULL;
    if (end == NULL || text.data[0] != '{') {
        return false;
    }
    size_t len = (size_t)(end - text.data);
    struct tcn_view rest = skip_blanks(tcn_view(end + 1, text.len - len - 1));
    if (len > LINE_LOOK_MAX || rest.len == 0 || rest.data[0] != '{') {
        return false;
    }
    json_t *line = json_loadb((const char *)text.data, len, 0, NULL);
    enum tcn_format format = of_object(line);
    json_decref(line);
    return format != TCN_FORMAT_AUTO;
}

enum tcn_format tcn_format_detect(struct tcn_view bytes)
{
    struct tcn_import_report report = {0};
    struct tcn_import im = {.report = &report};
    const uint8_t *end =
        bytes.len > 0 ? memchr(bytes.data, '\n', bytes.len) : NULL;
    if (tcn_format_is_lines(bytes)) {
        bytes.len = (size_t)(end - bytes.data);
    }
    json_t *root = tcn_json_load(&im, bytes);
    enum tcn_format format =
        root ? tcn_detect_json(root) : tcn_detect_text(bytes);
    json_decref(root);
    tcn_arena_fini(&im.arena);
    return format;
}
