/* The policy: trying another one, loading it, confirming it, and how often each
 * rule has decided. A file comes in pieces, because it may be larger than a
 * datagram. */
#include <stdlib.h>

#include "daemon/control.h"
#include "daemon/holds.h"
#include "daemon/policies.h"
#include "io/policy_file.h"

/* ---- a file ---- */

static bool is_base_name(struct tcn_view name)
{
    return name.len > 0 && name.len < sizeof(((struct staged *)0)->name) &&
           memchr(name.data, '/', name.len) == NULL &&
           memchr(name.data, '\0', name.len) == NULL;
}

enum tcn_err verb_policy_file(struct verb_call *call)
{
    struct staged *staged = &call->client->staged;
    struct tcn_view name = tcn_pairs_str(call->pairs, "name");
    struct tcn_view text = tcn_pairs_bin(call->pairs, "text");
    if (name.len > 0) {
        if (!is_base_name(name)) {
            tcn_buf_put_str(call->said, "`name` is the base name of a file");
            return TCN_ERR_USAGE;
        }
        memcpy(staged->name, name.data, name.len);
        staged->name[name.len] = '\0';
        staged->len = 0;
    }
    if (staged->name[0] == '\0' || text.len > TCN_SOURCE_MAX - staged->len) {
        tcn_buf_put_str(call->said, "a policy file has at most 1 MiB");
        return TCN_ERR_SIZE;
    }
    uint8_t *longer = realloc(staged->text, staged->len + text.len + 1);
    if (longer == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    if (text.len > 0) {
        memcpy(longer + staged->len, text.data, text.len);
    }
    staged->text = longer;
    staged->len += text.len;
    return TCN_ERR_OK;
}

static bool is_staged(const struct client *client)
{
    return client->staged.text != NULL;
}

/* ---- the policy that it would be ---- */

/* The file that was sent, in its place among what runs. */
static enum tcn_err compile_staged(struct verb_call *call,
                                   struct tcn_policy **out,
                                   struct tcn_buf *text)
{
    const struct staged *staged = &call->client->staged;
    struct tcn_source file = {.name = staged->name,
                              .text = tcn_view(staged->text, staged->len)};
    return tcn_policy_placed(out, call->node->setup, &file, text);
}

/* What the files say now, for the peers that there are now. */
static enum tcn_err compile_files(struct verb_call *call,
                                  struct tcn_policy **out, struct tcn_buf *text)
{
    struct tcn_setup *setup;
    enum tcn_err err = tcn_setup_load(&setup, call->node->config_path, text);
    if (err != TCN_ERR_OK) {
        return err;
    }
    text->len = 0;
    err = tcn_policy_with(out, &call->node->setup->conf, setup->sources,
                          setup->source_count, text);
    tcn_setup_free(setup);
    return err;
}

/* ---- trying it ---- */

static enum tcn_err begin_trial(struct verb_call *call, uint64_t alerts)
{
    uint8_t *bytes = malloc(TCN_SETUP_MESSAGE);
    struct tcn_policy *policy = NULL;
    if (bytes == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    struct tcn_buf text = tcn_buf(bytes, TCN_SETUP_MESSAGE);
    enum tcn_err err = is_staged(call->client)
                           ? compile_staged(call, &policy, &text)
                           : compile_files(call, &policy, &text);
    if (err != TCN_ERR_OK) {
        reply_lines(call->client, tcn_buf_view(&text));
        tcn_buf_put_str(call->said, "this policy cannot be used");
    }
    free(bytes);
    trial_free(call->client->trial);
    call->client->trial =
        err == TCN_ERR_OK ? trial_new(call->node, policy, alerts) : NULL;
    return err != TCN_ERR_OK || call->client->trial != NULL ? err
                                                            : TCN_ERR_NO_MEMORY;
}

static void reply_classes(struct client *client, const char *key, uint8_t mask)
{
    struct tcn_view words[TCN_CLASS_COUNT];
    size_t count = 0;
    for (unsigned i = 0; i < TCN_CLASS_COUNT; i++) {
        if ((mask & TCN_CLASS_BIT(i)) != 0) {
            words[count++] = tcn_view_str(tcn_class_word(i));
        }
    }
    reply_list(client, key, words, count);
}

static void reply_group(struct verb_call *call, const struct trial_group *group)
{
    struct client *client = call->client;
    char hex[TRIAL_EXAMPLES][13];
    struct tcn_view examples[TRIAL_EXAMPLES];
    size_t count = 0;
    for (; count < TRIAL_EXAMPLES && count < group->count; count++) {
        struct tcn_buf out = tcn_buf(hex[count], sizeof hex[count]);
        tcn_text_hex(&out, tcn_view(group->examples[count].bytes, 6));
        examples[count] = tcn_view_str(tcn_buf_text(&out));
    }
    reply_begin(client);
    reply_str(client, "peer",
              call->node->setup->conf.parties[group->peer].name);
    reply_str(client, "change", trial_word((enum trial_change)group->change));
    reply_classes(client, "opens", group->opens);
    reply_classes(client, "cuts", group->cuts);
    reply_uint(client, "count", group->count);
    reply_str(client, "now", group->now);
    reply_str(client, "then", group->then);
    reply_list(client, "examples", examples, count);
    reply_row(client);
}

static void reply_trial(struct verb_call *call,
                        const struct trial_result *result)
{
    struct client *client = call->client;
    for (size_t i = 0; result->done && i < result->group_count; i++) {
        reply_group(call, &result->groups[i]);
    }
    reply_begin(client);
    reply_bool(client, "done", result->done);
    reply_uint(client, "alerts", result->looked_at);
    reply_uint(client, "decided", result->decided);
    reply_uint(client, "same", result->same);
    reply_uint(client, "lost", result->lost);
    reply_row(client);
}

enum tcn_err verb_policy_try(struct verb_call *call)
{
    struct client *client = call->client;
    uint64_t alerts = tcn_pairs_uint(call->pairs, "alerts");
    enum tcn_err err = TCN_ERR_OK;
    if (alerts > 0) {
        err = begin_trial(call,
                          alerts < TCN_REPLAY_MAX ? alerts : TCN_REPLAY_MAX);
    } else if (client->trial == NULL) {
        tcn_buf_put_str(call->said, "say how many `alerts` to try it on");
        err = TCN_ERR_USAGE;
    }
    if (err != TCN_ERR_OK) {
        return err;
    }
    struct trial_result result = {.done = true};
    err = trial_go_on(client->trial);
    if (err == TCN_ERR_OK) {
        trial_result(client->trial, &result);
        reply_trial(call, &result);
    } else if (err == TCN_ERR_BUSY) {
        tcn_buf_put_str(call->said,
                        "the configuration has changed meanwhile: try again");
    }
    if (result.done) {
        trial_free(client->trial);
        client->trial = NULL;
    }
    return err;
}

/* ---- loading ---- */

static enum tcn_err load(struct verb_call *call, struct tcn_buf *text)
{
    const struct client *client = call->client;
    uint64_t within = tcn_pairs_uint(call->pairs, "within");
    struct pending_wish wish = {
        .actor = client->peer.user,
        .name = client->staged.name,
        .file = tcn_view(client->staged.text, client->staged.len),
        .within_ms = within};
    if (call->node->pending != NULL) {
        tcn_buf_put_str(text, "a policy waits to be confirmed already: "
                              "`tocsin policy confirm` or `tocsin policy "
                              "abandon` first\n");
        return TCN_ERR_DENIED;
    }
    if (within == 0) {
        return node_reload_tested(call->node, client->peer.user, text);
    }
    if (!is_staged(client) || within < PENDING_MIN_MS ||
        within > PENDING_MAX_MS) {
        tcn_buf_put_str(text, "to wait for a confirmation takes a file and "
                              "between 10 seconds and a day\n");
        return TCN_ERR_USAGE;
    }
    return pending_begin(call->node, &wish, text);
}

static enum tcn_err confirm(struct verb_call *call, struct tcn_buf *text)
{
    if (call->node->pending == NULL) {
        tcn_buf_put_str(text, "no policy waits to be confirmed\n");
        return TCN_ERR_DENIED;
    }
    enum tcn_err err =
        node_reload_tested(call->node, call->client->peer.user, text);
    if (err == TCN_ERR_OK && call->node->pending != NULL) {
        tcn_buf_put_str(text, "it is not in its place in the configuration, "
                              "and still waits\n");
        err = TCN_ERR_DENIED;
    }
    return err;
}

static enum tcn_err change(struct verb_call *call,
                           enum tcn_err (*how)(struct verb_call *,
                                               struct tcn_buf *))
{
    uint8_t *bytes = malloc(TCN_SETUP_MESSAGE);
    if (bytes == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    struct tcn_buf text = tcn_buf(bytes, TCN_SETUP_MESSAGE);
    enum tcn_err err = how(call, &text);
    reply_lines(call->client, tcn_buf_view(&text));
    free(bytes);
    if (err != TCN_ERR_OK) {
        tcn_buf_put_str(call->said, "the policy that ran goes on");
    }
    return err;
}

enum tcn_err verb_policy_load(struct verb_call *call)
{
    return change(call, load);
}

enum tcn_err verb_policy_confirm(struct verb_call *call)
{
    return change(call, confirm);
}

enum tcn_err verb_policy_abandon(struct verb_call *call)
{
    if (call->node->pending == NULL) {
        tcn_buf_put_str(call->said, "no policy waits to be confirmed");
        return TCN_ERR_DENIED;
    }
    return pending_end(call->node, call->client->peer.user, "policy-abandon");
}

#define PIECE (64 * TCN_KIB)

/* Whoever is about to confirm has half a minute more to put the file in place.
 */
enum tcn_err verb_policy_pending(struct verb_call *call)
{
    struct client *client = call->client;
    struct pending *pending = call->node->pending;
    if (pending == NULL) {
        tcn_buf_put_str(call->said, "no policy waits to be confirmed");
        return TCN_ERR_DENIED;
    }
    if (tcn_pairs_bool(call->pairs, "confirming")) {
        pending->until_ms += PENDING_GRACE_MS;
        pending->steady_ms += PENDING_GRACE_MS;
    }
    reply_begin(client);
    reply_str(client, "name", pending->name);
    reply_str(client, "by", pending->by);
    reply_uint(client, "until", pending->until_ms);
    reply_row(client);
    for (size_t at = 0; at < pending->len; at += PIECE) {
        size_t left = pending->len - at;
        reply_begin(client);
        reply_bin(client, "text",
                  tcn_view(pending->text + at, left < PIECE ? left : PIECE));
        reply_row(client);
    }
    return TCN_ERR_OK;
}

/* ---- how often each rule has decided ---- */

struct telling {
    struct verb_call *call;
    uint64_t waiting[HOLD_RULES_MAX];
};

static void reply_waiting(const struct telling *telling, const char *name)
{
    const struct tcn_policy *policy = telling->call->node->setup->policy;
    for (size_t i = 0; i < tcn_policy_hold_count(policy); i++) {
        if (strcmp(tcn_policy_hold(policy, i).name, name) == 0) {
            reply_uint(telling->call->client, "waiting", telling->waiting[i]);
        }
    }
}

static void reply_rule(void *ctx, const struct hits_row *row)
{
    static const char *const keys[] = {[TCN_DENY] = "denied",
                                       [TCN_HOLD] = "held",
                                       [TCN_ALLOW] = "allowed",
                                       [TCN_DELAY] = "delayed"};
    const struct telling *telling = ctx;
    struct client *client = telling->call->client;
    reply_begin(client);
    reply_str(client, "hook", row->hook);
    reply_str(client, "verb", row->verb);
    reply_str(client, "rule", row->rule);
    for (unsigned i = 0; i < 4; i++) {
        reply_uint(client, keys[i], row->counts[i]);
    }
    if (strcmp(row->verb, "hold") == 0) {
        reply_waiting(telling, row->rule);
    }
    reply_row(client);
}

enum tcn_err verb_policy_rules(struct verb_call *call)
{
    struct telling telling = {.call = call};
    enum tcn_err err = holds_waiting(call->node, telling.waiting);
    if (err == TCN_ERR_OK) {
        hits_each(call->node, (struct hits_taker){reply_rule, &telling});
    }
    return err;
}
