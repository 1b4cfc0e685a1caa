#include "alert/status.h"

const char *tcn_status_word(unsigned status)
{
    static const char *const words[TCN_STATUS_COUNT] = {
        [TCN_STATUS_LIVE] = "live",
        [TCN_STATUS_SUPERSEDED] = "superseded",
        [TCN_STATUS_REVOKED] = "revoked",
        [TCN_STATUS_EQUIVOCAL] = "equivocal",
        [TCN_STATUS_EXPIRED] = "expired",
    };
    return status < TCN_STATUS_COUNT ? words[status] : "?";
}
