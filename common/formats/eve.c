/* Records are gathered into groups, found by signature and source. */
#include "formats/eve.h"

#include <stdlib.h>

#include "base/time.h"
#include "formats/clean.h"
#include "formats/eve_group.h"

#define REST_MAX ((size_t)4 * 1024) /* of the first record, kept as it was */

struct tcn_eve {
    json_t *index; /* "gid:sid:source" -> place in groups */
    struct eve_group **groups;
    size_t count;
    size_t cap;
    uint64_t other_records;
    uint64_t records;
};

struct tcn_eve *tcn_eve_open(void)
{
    struct tcn_eve *eve = calloc(1, sizeof *eve);
    if (eve == NULL) {
        return NULL;
    }
    eve->index = json_object();
    if (eve->index == NULL) {
        free(eve);
        return NULL;
    }
    return eve;
}

static void forget_groups(struct tcn_eve *eve)
{
    for (size_t i = 0; i < eve->count; i++) {
        free(eve->groups[i]->first_record);
        free(eve->groups[i]);
    }
    eve->count = 0;
    json_object_clear(eve->index);
}

void tcn_eve_close(struct tcn_eve *eve)
{
    if (eve != NULL) {
        forget_groups(eve);
        json_decref(eve->index);
        free(eve->groups);
        free(eve);
    }
}

bool tcn_eve_is_full(const struct tcn_eve *eve)
{
    return eve->count == TCN_EVE_GROUPS_MAX;
}

/* "2018-11-10T08:00:01.123456+0000", also without an offset (then UTC). */
static bool read_time(struct tcn_view text, uint64_t *ms)
{
    char fixed[48];
    struct tcn_buf out = tcn_buf(fixed, sizeof fixed);
    bool offset = text.len > 5 && (text.data[text.len - 5] == '+' ||
                                   text.data[text.len - 5] == '-');
    bool bare = text.len > 10 && text.data[10] == 'T' && !offset &&
                text.data[text.len - 1] != 'Z' &&
                !memchr(text.data + 10, '+', text.len - 10);
    size_t head = offset ? text.len - 2 : text.len;
    tcn_buf_put(&out, text.data, head);
    if (offset) {
        tcn_buf_put_str(&out, ":");
        tcn_buf_put(&out, text.data + head, 2);
    }
    tcn_buf_put_str(&out, bare ? "Z" : "");
    return !out.full && tcn_time_parse(tcn_buf_view(&out), ms);
}

/* The longest whole prefix of a text that has room. */
static void copy_text(char *out, size_t cap, struct tcn_view text)
{
    struct tcn_view cut = tcn_import_prefix(text, cap - 1);
    memcpy(out, cut.len > 0 ? cut.data : (const uint8_t *)"", cut.len);
    out[cut.len] = '\0';
}

/* All of the first record but what the group itself says; payloads only tell
 * their length. */
static char *rest_of(struct tcn_import *im, const struct tcn_node *record)
{
    static const char *const gone[] = {"timestamp", "event_type", "src_ip",
                                       "dest_ip",   "dest_port",  "proto"};
    static const char *const bulky[] = {"packet", "payload",
                                        "payload_printable"};
    json_t *rest = json_copy(record->json);
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++) {
        json_object_del(rest, gone[i]);
    }
    for (size_t i = 0; i < sizeof bulky / sizeof *bulky; i++) {
        const json_t *value = json_object_get(rest, bulky[i]);
        if (json_is_string(value)) {
            size_t len = json_string_length(value);
            json_object_set_new(rest, bulky[i],
                                json_sprintf("(%zu bytes left out)", len));
        }
    }
    char *text = json_dumps(rest, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(rest);
    if (text == NULL) {
        tcn_import_fail(im, TCN_ERR_NO_MEMORY, "out of memory");
        return NULL;
    }
    struct tcn_view cut = tcn_import_prefix(tcn_view_str(text), REST_MAX);
    if (text[cut.len] != '\0') {
        tcn_import_leave(im, 1, "end of a record longer than %zu bytes",
                         REST_MAX);
        tcn_import_notice(im, "a record is longer than %zu bytes: cut",
                          REST_MAX);
    }
    text[cut.len] = '\0';
    char *fit = realloc(text, cut.len + 1);
    return fit != NULL ? fit : text;
}

struct reading {
    struct tcn_node alert;
    struct tcn_view source;
    struct tcn_view target;
    uint64_t time_ms;
    uint64_t gid;
    uint64_t sid;
};

static bool read_record(struct tcn_import *im, const struct tcn_node *record,
                        struct reading *r)
{
    struct tcn_view time = tcn_json_text(im, record, "timestamp");
    r->alert = tcn_json_object(im, record, "alert");
    r->source = tcn_json_text(im, record, "src_ip");
    r->target = tcn_json_text(im, record, "dest_ip");
    r->gid = tcn_json_number(im, &r->alert, "gid", 1);
    r->sid = tcn_json_number(im, &r->alert, "signature_id", 0);
    if (im->err == TCN_ERR_OK &&
        (r->alert.json == NULL || r->source.len == 0 || r->sid == 0)) {
        tcn_json_fail(im, record, NULL, TCN_ERR_FORMAT,
                      "an alert record needs src_ip and alert.signature_id");
    }
    if (r->source.len >= EVE_ADDRESS_MAX || r->target.len >= EVE_ADDRESS_MAX) {
        tcn_json_fail(im, record, NULL, TCN_ERR_FORMAT,
                      "src_ip and dest_ip must be addresses");
    }
    if (im->err == TCN_ERR_OK && !read_time(time, &r->time_ms)) {
        tcn_json_fail(im, record, "timestamp", TCN_ERR_FORMAT,
                      "this must be a time such as "
                      "2018-11-10T08:00:01.123456+0000");
    }
    return im->err == TCN_ERR_OK;
}

static bool make_room(struct tcn_eve *eve)
{
    if (eve->count < eve->cap) {
        return true;
    }
    size_t cap = eve->cap > 0 ? 2 * eve->cap : 64;
    struct eve_group **grown = realloc(eve->groups, cap * sizeof *eve->groups);
    if (grown != NULL) {
        eve->groups = grown;
        eve->cap = cap;
    }
    return grown != NULL;
}

static struct eve_group *add_group(struct tcn_eve *eve, struct tcn_import *im,
                                   const struct tcn_node *record,
                                   const struct reading *r)
{
    struct eve_group *group = calloc(1, sizeof *group);
    if (group == NULL || !make_room(eve)) {
        free(group);
        tcn_import_fail(im, TCN_ERR_NO_MEMORY, "out of memory");
        return NULL;
    }
    struct tcn_view name = tcn_json_text(im, &r->alert, "signature");
    group->gid = r->gid;
    group->sid = r->sid;
    group->rev = tcn_json_number(im, &r->alert, "rev", 0);
    group->severity = tcn_json_number(im, &r->alert, "severity", 3);
    group->first_ms = r->time_ms;
    copy_text(group->source, sizeof group->source, r->source);
    copy_text(group->proto, sizeof group->proto,
              tcn_json_text(im, record, "proto"));
    copy_text(group->signature, sizeof group->signature,
              name.len > 0 ? name : tcn_view_str("Suricata alert"));
    copy_text(group->category, sizeof group->category,
              tcn_json_text(im, &r->alert, "category"));
    group->first_record = rest_of(im, record);
    if (im->err != TCN_ERR_OK) {
        free(group->first_record);
        free(group);
        return NULL;
    }
    eve->groups[eve->count] = group;
    return group;
}

static struct eve_group *find_group(struct tcn_eve *eve, struct tcn_import *im,
                                    const struct tcn_node *record,
                                    const struct reading *r)
{
    char key[128];
    (void)snprintf(key, sizeof key, "%llu:%llu:%.*s",
                   (unsigned long long)r->gid, (unsigned long long)r->sid,
                   (int)r->source.len, (const char *)r->source.data);
    const json_t *at = json_object_get(eve->index, key);
    if (at != NULL) {
        return eve->groups[json_integer_value(at)];
    }
    struct eve_group *group =
        eve->count < TCN_EVE_GROUPS_MAX ? add_group(eve, im, record, r) : NULL;
    if (group != NULL) {
        json_object_set_new_nocheck(eve->index, key,
                                    json_integer((json_int_t)eve->count));
        eve->count++;
    }
    return group;
}

static void add_target(struct eve_group *group, struct tcn_view address,
                       uint64_t port)
{
    struct eve_target *targets = group->targets;
    if (address.len == 0) {
        return;
    }
    for (uint32_t i = 0; i < group->target_count; i++) {
        if (tcn_view_is(address, targets[i].address) &&
            targets[i].port == port) {
            return;
        }
    }
    if (group->target_count == TCN_EVE_TARGETS_MAX) {
        group->unnamed++;
        return;
    }
    struct eve_target *target = &targets[group->target_count++];
    copy_text(target->address, sizeof target->address, address);
    target->port = port <= UINT16_MAX ? (uint32_t)port : 0;
}

void tcn_eve_take(struct tcn_eve *eve, struct tcn_import *im,
                  const struct tcn_node *record)
{
    struct reading r = {0};
    if (!json_is_object(record->json)) {
        tcn_json_fail(im, record, NULL, TCN_ERR_FORMAT,
                      "this must be an object");
        return;
    }
    struct tcn_view type = tcn_json_text(im, record, "event_type");
    if (!tcn_view_is(type, "alert")) {
        eve->other_records++;
        tcn_import_leave(im, 1, "record of type %s, not an alert",
                         tcn_import_word(im, type));
        return;
    }
    if (!read_record(im, record, &r)) {
        return;
    }
    struct eve_group *group = find_group(eve, im, record, &r);
    if (group == NULL) {
        return;
    }
    struct tcn_view action = tcn_json_text(im, &r.alert, "action");
    group->count++;
    group->blocked += action.len > 0 && !tcn_view_is(action, "allowed");
    group->first_ms = r.time_ms < group->first_ms ? r.time_ms : group->first_ms;
    group->last_ms = r.time_ms > group->last_ms ? r.time_ms : group->last_ms;
    add_target(group, r.target, tcn_json_number(im, record, "dest_port", 0));
    eve->records++;
}

static void notice_rest(struct tcn_eve *eve, struct tcn_import *im)
{
    if (eve->other_records > 0) {
        tcn_import_notice(im, "%llu records are no alerts: left out",
                          (unsigned long long)eve->other_records);
    }
    if (eve->records == 0) {
        tcn_import_notice(im, "nothing to warn of: no alert record");
    }
    eve->other_records = 0;
}

void tcn_eve_tell(struct tcn_eve *eve, struct tcn_import *im, bool end)
{
    for (size_t i = 0; i < eve->count && im->err == TCN_ERR_OK; i++) {
        struct eve_group *group = eve->groups[i];
        bool grown =
            end ? group->count > group->told : group->count >= 2 * group->told;
        if (grown && group->count > 0) {
            eve_group_emit(im, group);
            group->told = group->count;
            tcn_arena_fini(&im->arena);
        }
    }
    if (end) {
        notice_rest(eve, im);
        forget_groups(eve);
    }
}

void tcn_eve_import(struct tcn_import *im, const struct tcn_node *root)
{
    struct tcn_eve *eve = tcn_eve_open();
    if (eve == NULL) {
        tcn_import_fail(im, TCN_ERR_NO_MEMORY, "out of memory");
        return;
    }
    size_t count = json_is_array(root->json) ? tcn_json_count(root) : 1;
    for (size_t i = 0; i < count && im->err == TCN_ERR_OK; i++) {
        struct tcn_node item = tcn_json_item(root, i);
        tcn_eve_take(eve, im, json_is_array(root->json) ? &item : root);
        if (tcn_eve_is_full(eve)) {
            tcn_import_notice(im, "%u groups gathered: told, then begun anew",
                              TCN_EVE_GROUPS_MAX);
            tcn_eve_tell(eve, im, true);
        }
    }
    if (im->err == TCN_ERR_OK) {
        tcn_eve_tell(eve, im, true);
    }
    tcn_eve_close(eve);
}
