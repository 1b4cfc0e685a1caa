/* Key revocations that were put beside the keys while the node did not run. */
#include "daemon/node.h"

#include <glob.h>
#include <stdlib.h>

#include "io/log.h"

#define FILE_MAX (8 * TCN_KIB)

static enum tcn_err take(struct tcn_node *node, const char *path)
{
    uint8_t *text = NULL;
    size_t len = 0;
    char said[256];
    uint8_t bytes[TCN_PAPER_TEXT_MAX];
    struct tcn_buf message = tcn_buf(said, sizeof said);
    struct tcn_buf plain = tcn_buf(bytes, sizeof bytes);
    struct tcn_view krev, signature;
    enum tcn_err err = tcn_file_read(path, FILE_MAX, &text, &len, &message);
    if (err == TCN_ERR_OK) {
        err =
            tcn_krev_from_text(tcn_view(text, len), &plain, &krev, &signature);
    }
    free(text);
    if (err == TCN_ERR_OK) {
        err = keyring_revoke(node, krev, signature, true);
    }
    struct tcn_log_line line =
        tcn_log(err == TCN_ERR_OK ? TCN_LOG_INFO : TCN_LOG_ERROR,
                "revocation-from-file");
    tcn_log_str(&line, "file", path);
    tcn_log_err(&line, err);
    tcn_log_end(&line);
    return tcn_err_class(err) == TCN_CLASS_SYSTEM ? err : TCN_ERR_OK;
}

enum tcn_err keyfiles_revoke(struct tcn_node *node)
{
    char pattern[TCN_PATH_MAX + 16];
    glob_t found = {0};
    enum tcn_err err = TCN_ERR_OK;
    (void)snprintf(pattern, sizeof pattern, "%s/*.krev",
                   node->setup->conf.keys);
    int result = glob(pattern, 0, NULL, &found);
    for (size_t i = 0; result == 0 && i < found.gl_pathc; i++) {
        err = err == TCN_ERR_OK ? take(node, found.gl_pathv[i]) : err;
    }
    globfree(&found);
    return err;
}
