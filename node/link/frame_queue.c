#include "link/frame_queue.h"

#include <stdlib.h>

#include "base/assert.h"

struct frame_node {
    struct frame_node *next;
    size_t len;
    uint8_t bytes[];
};

static size_t cost(size_t len)
{
    return sizeof(struct frame_node) + len;
}

bool frame_queue_push(struct frame_queue *queue, struct tcn_view frame,
                      size_t limit)
{
    size_t need = cost(frame.len);
    if (queue->bytes > limit || need > limit - queue->bytes) {
        return false;
    }
    struct frame_node *node = malloc(need);
    if (node == NULL) {
        return false;
    }
    node->next = NULL;
    node->len = frame.len;
    if (frame.len > 0) {
        memcpy(node->bytes, frame.data, frame.len);
    }
    if (queue->last == NULL) {
        queue->first = node;
    } else {
        queue->last->next = node;
    }
    queue->last = node;
    queue->bytes += need;
    return true;
}

struct tcn_view frame_queue_first(const struct frame_queue *queue)
{
    const struct frame_node *node = queue->first;
    return node == NULL ? tcn_view(NULL, 0) : tcn_view(node->bytes, node->len);
}

void frame_queue_pop(struct frame_queue *queue)
{
    struct frame_node *node = queue->first;
    tcn_assert(node != NULL);
    queue->first = node->next;
    if (queue->first == NULL) {
        queue->last = NULL;
    }
    queue->bytes -= cost(node->len);
    free(node);
}

void frame_queue_clear(struct frame_queue *queue)
{
    while (queue->first != NULL) {
        frame_queue_pop(queue);
    }
}
