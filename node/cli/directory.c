/* The configuration directory: where the main file is, and files beside it. */
#include <unistd.h>

#include "cli/cli.h"

void cli_directory(const struct cli_args *args, char *out, size_t cap)
{
    (void)snprintf(out, cap, "%s", args->config);
    char *slash = strrchr(out, '/');
    if (slash == NULL) {
        (void)snprintf(out, cap, ".");
    } else {
        slash[slash == out ? 1 : 0] = '\0';
    }
}

bool cli_write(const char *path, unsigned mode, bool fresh,
               struct tcn_view text)
{
    char said[512];
    struct tcn_buf message = tcn_buf(said, sizeof said);
    enum tcn_err err = tcn_file_write(path, mode, fresh, text, &message);
    if (err != TCN_ERR_OK) {
        (void)fprintf(stderr, "tocsin: %s", tcn_buf_text(&message));
    }
    return err == TCN_ERR_OK;
}

void cli_reload_hint(const struct cli_args *args)
{
    struct cli_node node;
    struct tcn_setup *setup = cli_setup(args);
    char path[TCN_PATH_MAX + 32];
    if (setup == NULL) {
        return;
    }
    (void)snprintf(path, sizeof path, "%s/control.sock", setup->conf.run);
    tcn_setup_free(setup);
    if (access(path, F_OK) != 0) {
        return; /* it will read the files when it starts */
    }
    if (cli_connect(&node, args)) {
        cli_begin(&node);
        int code = cli_run(&node, args, "reload", NULL);
        (void)code; /* said by cli_run */
    }
    cli_disconnect(&node);
}
