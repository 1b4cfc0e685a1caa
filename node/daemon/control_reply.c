/* Replies are queued, and sent when the client takes them. */
#include <stdlib.h>

#include "daemon/control.h"
#include "daemon/policies.h"

static void enqueue(struct client *client, const struct tcn_buf *message)
{
    struct reply *reply = malloc(sizeof *reply + message->len);
    if (reply == NULL || message->full ||
        client->queued + message->len > CLIENT_QUEUE_MAX) {
        client->overflow = true;
        free(reply);
        return;
    }
    reply->next = NULL;
    reply->len = message->len;
    memcpy(reply->bytes, message->data, message->len);
    if (client->last == NULL) {
        client->first = reply;
    } else {
        client->last->next = reply;
    }
    client->last = reply;
    client->queued += reply->len;
}

void reply_begin(struct client *client)
{
    client->row = tcn_buf(client->row_bytes, TCN_CONTROL_MAX - 64);
    client->pairs = 0;
}

void reply_str(struct client *client, const char *key, const char *value)
{
    tcn_pair_str(&client->row, &client->pairs, key, tcn_view_str(value));
}

void reply_view(struct client *client, const char *key, struct tcn_view value)
{
    tcn_pair_str(&client->row, &client->pairs, key, value);
}

void reply_uint(struct client *client, const char *key, uint64_t value)
{
    tcn_pair_uint(&client->row, &client->pairs, key, value);
}

void reply_bool(struct client *client, const char *key, bool value)
{
    tcn_pair_bool(&client->row, &client->pairs, key, value);
}

void reply_bin(struct client *client, const char *key, struct tcn_view value)
{
    tcn_pair_bin(&client->row, &client->pairs, key, value);
}

void reply_list(struct client *client, const char *key,
                const struct tcn_view *values, size_t count)
{
    tcn_pair_list(&client->row, &client->pairs, key, values, count);
}

void reply_row(struct client *client)
{
    struct tcn_buf out = tcn_buf(client->message_bytes, TCN_CONTROL_MAX);
    tcn_control_put(&out, "row", tcn_buf_view(&client->row), client->pairs);
    out.full |= client->row.full;
    enqueue(client, &out);
}

void reply_text(struct client *client, struct tcn_view text)
{
    struct tcn_buf out = tcn_buf(client->message_bytes, TCN_CONTROL_MAX);
    tcn_control_put_text(&out, text);
    enqueue(client, &out);
}

void reply_lines(struct client *client, struct tcn_view text)
{
    size_t start = 0;
    for (size_t at = 0; at < text.len; at++) {
        if (text.data[at] == '\n') {
            reply_text(client, tcn_view(text.data + start, at - start));
            start = at + 1;
        }
    }
    if (start < text.len) {
        reply_text(client, tcn_view(text.data + start, text.len - start));
    }
}

void reply_end(struct client *client, enum tcn_err err, const char *sentence)
{
    char text[300];
    struct tcn_buf notice = tcn_buf(text, sizeof text);
    struct tcn_buf out = tcn_buf(client->message_bytes, TCN_CONTROL_MAX);
    policy_notice(client->node, &notice);
    tcn_control_put_end(&out, err, sentence, tcn_buf_text(&notice));
    enqueue(client, &out);
}
