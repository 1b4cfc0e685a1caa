/* Strict JSON, and typed access that knows the path of what it looks at. A
 * value of the wrong type latches an error with its path; an absent one or null
 * does not. */
#pragma once

#include <jansson.h>

#include "formats/context.h"

/* A value and how it was reached: under `key` of `up`, or at `index` of it. */
struct tcn_node {
    json_t *json; /* borrowed; NULL = absent */
    const struct tcn_node *up;
    const char *key; /* NULL = an array element */
    size_t index;
};

/* Parses one file; the caller frees with json_decref(). NULL after an error,
 * with line, column and the text at fault in the report. */
json_t *tcn_json_load(struct tcn_import *im, struct tcn_view bytes);

/* Latches an error at `node` (or at its member `key`, unless NULL). */
void tcn_json_fail(struct tcn_import *im, const struct tcn_node *node,
                   const char *key, enum tcn_err err, const char *sentence);

/* The member of that name; json is NULL when absent or null. */
struct tcn_node tcn_json_member(const struct tcn_node *node, const char *key);

/* The same, required to be an object or an array when there. */
struct tcn_node tcn_json_object(struct tcn_import *im,
                                const struct tcn_node *node, const char *key);
struct tcn_node tcn_json_array(struct tcn_import *im,
                               const struct tcn_node *node, const char *key);

/* Elements of an array node; 0 when absent. */
size_t tcn_json_count(const struct tcn_node *array);
struct tcn_node tcn_json_item(const struct tcn_node *array, size_t index);

/* A text member; data is NULL when absent. The second form also takes numbers
 * and booleans, as their text. */
struct tcn_view tcn_json_text(struct tcn_import *im,
                              const struct tcn_node *node, const char *key);
struct tcn_view tcn_json_any_text(struct tcn_import *im,
                                  const struct tcn_node *node, const char *key);

/* The node itself as text; FORMAT error when it is none. */
struct tcn_view tcn_json_self_text(struct tcn_import *im,
                                   const struct tcn_node *node);

/* A boolean, also as "0", "1", "true", "false" or a number. */
bool tcn_json_flag(struct tcn_import *im, const struct tcn_node *node,
                   const char *key, bool absent);

/* A number that is not negative, also as a text; `absent` when not there. */
uint64_t tcn_json_number(struct tcn_import *im, const struct tcn_node *node,
                         const char *key, uint64_t absent);

/* Compact JSON with sorted keys; arena memory. */
struct tcn_view tcn_json_dump(struct tcn_import *im, const json_t *json);
