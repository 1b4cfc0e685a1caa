/* With libFuzzer nobody asks for verdicts. */
#include "fuzz/fuzz.h"

void tcn_fuzz_verdict(enum tcn_err err)
{
    (void)err;
}
