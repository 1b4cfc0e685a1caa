/* What every fuzz target shares. A target is a libFuzzer harness that also says
 * what became of its input, so that replaying the corpus can check that every
 * reason is still reached (tests/fuzz/README.md). */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* The harness. Takes any bytes; a broken promise ends in tcn_assert. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Says what became of the input, once for each input that the target takes at
 * all: the word of the error, or "ok". */
void tcn_fuzz_verdict(enum tcn_err err);

/* A sentence of a target that explains itself: replaying the corpus checks that
 * every sentence there is is still reached. NUL-terminated. */
void tcn_fuzz_sentence(const char *text);
