#include "base/text.h"
#include "store/internal.h"

/* All ids that begin with the digits lie between two bounds. */
static bool bounds_of(struct tcn_view hex, struct tcn_id *low,
                      struct tcn_id *high)
{
    char low_hex[64];
    char high_hex[64];
    memset(low_hex, '0', sizeof low_hex);
    memset(high_hex, 'f', sizeof high_hex);
    if (hex.len < 4 || hex.len > sizeof low_hex) {
        return false;
    }
    memcpy(low_hex, hex.data, hex.len);
    memcpy(high_hex, hex.data, hex.len);
    return tcn_text_unhex(tcn_view(low_hex, 64), low->bytes, 32) &&
           tcn_text_unhex(tcn_view(high_hex, 64), high->bytes, 32);
}

enum tcn_err tcn_store_find(struct tcn_store *store, struct tcn_view hex_prefix,
                            struct tcn_id *id)
{
    struct tcn_id low, high;
    if (!bounds_of(hex_prefix, &low, &high)) {
        return TCN_ERR_SYNTAX;
    }
    struct query *query = use(store, S_ALERT_FIND);
    bind_id(query, 1, &low);
    bind_id(query, 2, &high);
    enum tcn_err err = next_row(store, query);
    if (err != TCN_ERR_OK) {
        return err;
    }
    take_bytes(query, 0, id->bytes, sizeof id->bytes);
    err = next_row(store, query);
    if (err == TCN_ERR_OK) {
        done(query);
        return TCN_ERR_AMBIGUOUS;
    }
    return all_rows(err);
}
