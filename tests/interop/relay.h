/* A way between two nodes that a test can disturb: a process that takes TCP
 * connections on a port of loopback and passes them on. */
#pragma once

#include <sys/types.h>

struct relay {
    pid_t pid;
    int control;
    char endpoint[64]; /* where to connect instead of the target */
};

/* `target` is "tcp://127.0.0.1:PORT". */
void relay_open(struct relay *relay, const char *target);
void relay_close(struct relay *relay);

/* Breaks the connection that came in as number `index`, from 0. */
void relay_cut(struct relay *relay, unsigned index);
/* From now on only so many at a time; those beyond are closed at once. */
void relay_limit(struct relay *relay, unsigned most);
/* How many have come in, refused ones too, and how many stand. */
void relay_count(struct relay *relay, unsigned *came, unsigned *stand);
