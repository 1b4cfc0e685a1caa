#include "formats/json.h"

#include <stdlib.h>

#include "base/text.h"
#include "formats/json_scan.h"

static struct tcn_view text_of(const json_t *json)
{
    return tcn_view(json_string_value(json), json_string_length(json));
}

/* jansson says "sentence near 'text'"; the text is foreign. */
static void fail_at(struct tcn_import *im, const json_error_t *error)
{
    struct tcn_import_report *report = im->report;
    report->line = error->line > 0 ? (unsigned)error->line : 0;
    report->column = error->column > 0 ? (unsigned)error->column : 0;
    const char *near = strstr(error->text, " near '");
    size_t len = near ? (size_t)(near - error->text) : strlen(error->text);
    tcn_import_fail(im, TCN_ERR_SYNTAX, "this is not strict JSON: %s",
                    tcn_import_shown(im, tcn_view(error->text, len)));
    if (near != NULL) {
        struct tcn_view rest = tcn_view_str(near + strlen(" near '"));
        rest.len -= rest.len > 0 && rest.data[rest.len - 1] == '\'';
        struct tcn_buf out =
            tcn_buf(report->offending, sizeof report->offending);
        tcn_buf_put_str(&out, tcn_import_shown(im, rest));
        tcn_buf_text(&out);
    }
}

json_t *tcn_json_load(struct tcn_import *im, struct tcn_view bytes)
{
    static const char bom[] = "\xef\xbb\xbf";
    if (bytes.len >= 3 && memcmp(bytes.data, bom, 3) == 0) {
        bytes = tcn_view(bytes.data + 3, bytes.len - 3);
    }
    tcn_json_scan(im, bytes);
    if (im->err != TCN_ERR_OK) {
        return NULL;
    }
    json_error_t error;
    json_t *root = json_loadb((const char *)bytes.data, bytes.len,
                              JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        fail_at(im, &error);
    }
    return root;
}

static void put_path(struct tcn_buf *out, const struct tcn_node *node)
{
    if (node == NULL || node->up == NULL) {
        return;
    }
    put_path(out, node->up);
    if (node->key == NULL) {
        tcn_buf_printf(out, "[%zu]", node->index);
    } else {
        tcn_buf_put_str(out, out->len > 0 ? "." : "");
        tcn_text_escape(out, tcn_view_str(node->key));
    }
}

void tcn_json_fail(struct tcn_import *im, const struct tcn_node *node,
                   const char *key, enum tcn_err err, const char *sentence)
{
    if (im->err != TCN_ERR_OK) {
        return;
    }
    struct tcn_import_report *report = im->report;
    struct tcn_node at = {.up = node, .key = key};
    struct tcn_buf out = tcn_buf(report->path, sizeof report->path);
    put_path(&out, key != NULL ? &at : node);
    tcn_buf_text(&out);
    json_t *json = key ? json_object_get(node->json, key) : node->json;
    char *dumped = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
    if (dumped != NULL) {
        out = tcn_buf(report->offending, sizeof report->offending);
        tcn_buf_put_str(&out, tcn_import_shown(im, tcn_view_str(dumped)));
        tcn_buf_text(&out);
        free(dumped);
    }
    tcn_import_fail(im, err, "%s", sentence);
}

struct tcn_node tcn_json_member(const struct tcn_node *node, const char *key)
{
    json_t *json = json_object_get(node->json, key);
    if (json_is_null(json)) {
        json = NULL;
    }
    return (struct tcn_node){.json = json, .up = node, .key = key};
}

struct tcn_node tcn_json_object(struct tcn_import *im,
                                const struct tcn_node *node, const char *key)
{
    struct tcn_node member = tcn_json_member(node, key);
    if (member.json != NULL && !json_is_object(member.json)) {
        tcn_json_fail(im, node, key, TCN_ERR_FORMAT, "this must be an object");
        member.json = NULL;
    }
    return member;
}

struct tcn_node tcn_json_array(struct tcn_import *im,
                               const struct tcn_node *node, const char *key)
{
    struct tcn_node member = tcn_json_member(node, key);
    if (member.json != NULL && !json_is_array(member.json)) {
        tcn_json_fail(im, node, key, TCN_ERR_FORMAT, "this must be an array");
        member.json = NULL;
    }
    return member;
}

size_t tcn_json_count(const struct tcn_node *array)
{
    return json_array_size(array->json);
}

struct tcn_node tcn_json_item(const struct tcn_node *array, size_t index)
{
    return (struct tcn_node){.json = json_array_get(array->json, index),
                             .up = array,
                             .index = index};
}

struct tcn_view tcn_json_text(struct tcn_import *im,
                              const struct tcn_node *node, const char *key)
{
    struct tcn_node member = tcn_json_member(node, key);
    if (member.json == NULL) {
        return tcn_view(NULL, 0);
    }
    return tcn_json_self_text(im, &member);
}

struct tcn_view tcn_json_self_text(struct tcn_import *im,
                                   const struct tcn_node *node)
{
    if (!json_is_string(node->json)) {
        tcn_json_fail(im, node, NULL, TCN_ERR_FORMAT, "this must be a text");
        return tcn_view(NULL, 0);
    }
    return text_of(node->json);
}

struct tcn_view tcn_json_any_text(struct tcn_import *im,
                                  const struct tcn_node *node, const char *key)
{
    struct tcn_node member = tcn_json_member(node, key);
    bool container = json_is_object(member.json) || json_is_array(member.json);
    if (member.json == NULL || container || json_is_string(member.json)) {
        return tcn_json_text(im, node, key);
    }
    return tcn_json_dump(im, member.json);
}

bool tcn_json_flag(struct tcn_import *im, const struct tcn_node *node,
                   const char *key, bool absent)
{
    struct tcn_view text = tcn_json_any_text(im, node, key);
    if (text.data == NULL) {
        return absent;
    }
    bool yes = tcn_view_is(text, "true") || tcn_view_is(text, "1");
    if (!yes && !tcn_view_is(text, "false") && !tcn_view_is(text, "0")) {
        tcn_json_fail(im, node, key, TCN_ERR_FORMAT,
                      "this must be true or false");
    }
    return yes;
}

uint64_t tcn_json_number(struct tcn_import *im, const struct tcn_node *node,
                         const char *key, uint64_t absent)
{
    struct tcn_view text = tcn_json_any_text(im, node, key);
    uint64_t number = absent;
    if (text.len > 0 && !tcn_text_uint(text, &number)) {
        tcn_json_fail(im, node, key, TCN_ERR_FORMAT,
                      "this must be a number, not negative");
    }
    return number;
}

struct tcn_view tcn_json_dump(struct tcn_import *im, const json_t *json)
{
    char *dumped =
        json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    if (dumped == NULL) {
        tcn_import_fail(im, TCN_ERR_NO_MEMORY, "out of memory");
        return tcn_view("", 0);
    }
    struct tcn_view text =
        tcn_import_join(im, tcn_view_str(dumped), tcn_view("", 0));
    free(dumped);
    return text;
}
