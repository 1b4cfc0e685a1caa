/* Numbers of the node among the named values of its store, as the encoding
 * profile has them. */
#include "daemon/node.h"

enum tcn_err number_read(struct tcn_node *node, const char *name,
                         uint64_t *number)
{
    uint8_t bytes[16];
    struct tcn_buf value = tcn_buf(bytes, sizeof bytes);
    enum tcn_err err = tcn_store_value(node->store, name, &value);
    if (err != TCN_ERR_OK) {
        return err;
    }
    struct tcn_reader r = tcn_reader(tcn_buf_view(&value));
    uint64_t read = tcn_read_uint(&r);
    if (tcn_read_end(&r) != TCN_ERR_OK) {
        return TCN_ERR_CORRUPT;
    }
    *number = read;
    return TCN_ERR_OK;
}

enum tcn_err number_keep(struct tcn_node *node, const char *name,
                         uint64_t number)
{
    uint8_t bytes[16];
    struct tcn_buf value = tcn_buf(bytes, sizeof bytes);
    tcn_put_uint(&value, number);
    return tcn_store_set(node->store, name, tcn_buf_view(&value));
}
