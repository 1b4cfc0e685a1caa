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

int cli_tell_node(const struct cli_args *args)
{
    struct cli_node node;
    struct tcn_setup *setup = cli_setup_node(args);
    char path[TCN_PATH_MAX + 32];
    int fd = -1;
    if (setup == NULL) {
        return EXIT_REFUSED;
    }
    (void)snprintf(path, sizeof path, "%s/control.sock", setup->conf.run);
    tcn_setup_free(setup);
    if (tcn_control_connect(&fd, path) == TCN_ERR_UNREACHABLE) {
        return EXIT_DONE; /* it will read the files when it starts */
    }
    close(fd);
    int code = EXIT_NO_NODE;
    if (cli_connect(&node, args)) {
        cli_begin(&node);
        code = cli_run(&node, args, "reload", NULL);
    }
    cli_disconnect(&node);
    return code;
}
