/* What is gathered of one signature and one source. */
#pragma once

#include "formats/eve.h"

#define EVE_ADDRESS_MAX 46 /* an IPv6 address and its NUL */
#define EVE_TEXT_MAX    240

struct eve_target {
    char address[EVE_ADDRESS_MAX];
    uint32_t port; /* 0 = none */
};

struct eve_group {
    char source[EVE_ADDRESS_MAX];
    char proto[24];
    char signature[EVE_TEXT_MAX + 1];
    char category[EVE_TEXT_MAX + 1];
    char *first_record; /* JSON of all the rest of it; malloc */
    uint64_t gid, sid, rev;
    uint64_t severity; /* Suricata's: 1 is the worst */
    uint64_t count;
    uint64_t told; /* `count` when it was told last */
    uint64_t first_ms;
    uint64_t last_ms;
    uint64_t blocked; /* records whose action was not "allowed" */
    uint64_t unnamed; /* records whose target found no room */
    uint32_t target_count;
    struct eve_target targets[TCN_EVE_TARGETS_MAX];
};

/* Makes the alert of one group. */
void eve_group_emit(struct tcn_import *im, const struct eve_group *group);
