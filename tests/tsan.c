/* What builds with TSan say about themselves (preset tsan); children of ours
 * have no environment that could say it for them.
 *
 * libzmq is not instrumented and hands messages from thread to thread without
 * locks: TSan sees what comes before and after, and not why it is in order. So
 * what is done inside that library, and those that it calls on its own threads,
 * is not looked at. (Suppressing the reports instead costs so much for each of
 * them that tests run into their time limits.) None of our own symbols is named
 * here; libzmq never calls us. */

const char *__tsan_default_suppressions(void);
const char *__tsan_default_options(void);

const char *__tsan_default_suppressions(void)
{
    return "called_from_lib:libzmq.so\n"
           "called_from_lib:libsodium.so\n"
           "called_from_lib:libstdc++.so\n";
}

/* The first report ends the process, which no test takes for success. */
const char *__tsan_default_options(void)
{
    return "halt_on_error=1:exitcode=66";
}
