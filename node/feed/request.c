/* {"from":120,"to":123}, {"from":120} or {"since":"2026-07-01T08:00:00Z"}:
 * strictly that, since a word that is passed over is one that was meant. */
#include <jansson.h>

#include "base/text.h"
#include "base/time.h"
#include "feed/feed.h"

static bool read_number(const json_t *object, const char *key, uint64_t *out)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_integer(value) || json_integer_value(value) < 1) {
        return false;
    }
    *out = (uint64_t)json_integer_value(value);
    return true;
}

static const char *read_range(struct request *request, const json_t *object)
{
    bool ends = json_object_get(object, "to") != NULL;
    request->to = INT64_MAX;
    if (!read_number(object, "from", &request->from) ||
        (ends && !read_number(object, "to", &request->to))) {
        return "from and to are numbers from 1";
    }
    if (json_object_size(object) != (ends ? 2u : 1u)) {
        return "ask for from and to, or for since, and nothing else";
    }
    return request->from <= request->to ? NULL : "to is below from";
}

static const char *read_time(struct request *request, const json_t *since,
                             size_t keys)
{
    request->by_time = true;
    request->to = INT64_MAX;
    if (!json_is_string(since) ||
        !tcn_time_parse(
            tcn_view(json_string_value(since), json_string_length(since)),
            &request->since_ms)) {
        return "since is a time such as 2026-07-01T08:00:00Z";
    }
    return keys == 1 ? NULL : "ask for from and to, or for since, not for both";
}

const char *request_read(struct request *request, struct tcn_view bytes)
{
    *request = (struct request){0};
    if (bytes.len > REQUEST_BYTES_MAX) {
        return "a request has 1024 bytes at most";
    }
    json_t *object = json_loadb((const char *)bytes.data, bytes.len,
                                JSON_REJECT_DUPLICATES, NULL);
    const json_t *since = json_object_get(object, "since");
    const char *wrong;
    if (!json_is_object(object)) {
        wrong = "a request is one JSON object";
    } else if (since != NULL) {
        wrong = read_time(request, since, json_object_size(object));
    } else {
        wrong = read_range(request, object);
    }
    json_decref(object);
    return wrong;
}
