/* With libFuzzer nobody asks for verdicts and sentences. */
#include "fuzz/fuzz.h"

void tcn_fuzz_verdict(enum tcn_err err)
{
    (void)err;
}

void tcn_fuzz_sentence(const char *text)
{
    (void)text;
}
