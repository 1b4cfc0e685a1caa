/* Parts of the replay of a corpus (replay_main.c). */
#pragma once

/* Reads the sentences that are expected, one pattern a line; the file may be
 * missing. Returns the number of faults in it. */
unsigned replay_read_sentences(const char *path);

/* Compares what was said with what was expected. Returns the faults, printed
 * one by one. */
unsigned replay_compare_sentences(void);
