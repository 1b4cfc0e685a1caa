/* Frames in order, up to a number of bytes: what waits while libzmq or tocsind
 * takes nothing. */
#pragma once

#include "base/view.h"

struct frame_node;

struct frame_queue {
    struct frame_node *first;
    struct frame_node *last;
    size_t bytes; /* of the frames, with what each costs */
};

/* Copies the frame; false when it does not fit below `limit` bytes, or memory
 * is short. */
bool frame_queue_push(struct frame_queue *queue, struct tcn_view frame,
                      size_t limit);

/* The oldest frame; NULL data when there is none. Valid until it is popped. */
struct tcn_view frame_queue_first(const struct frame_queue *queue);
void frame_queue_pop(struct frame_queue *queue);
void frame_queue_clear(struct frame_queue *queue);
