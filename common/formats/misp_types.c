/* The types of MISP attributes that have a place in an alert. What is not here
 * is kept as a tool field under its own name. */
#include "formats/misp.h"

static const struct tcn_misp_type types[] = {
    {"AS", TCN_MISP_INDICATOR, "asn", NULL},
    {"campaign-name", TCN_MISP_DESCRIPTION, NULL, NULL},
    {"comment", TCN_MISP_DESCRIPTION, NULL, NULL},
    {"domain", TCN_MISP_INDICATOR, "domain-name", NULL},
    {"domain|ip", TCN_MISP_INDICATOR, "domain-name", "ip"},
    {"email", TCN_MISP_INDICATOR, "email-addr", NULL},
    {"email-dst", TCN_MISP_INDICATOR, "email-addr", NULL},
    {"email-reply-to", TCN_MISP_INDICATOR, "email-addr", NULL},
    {"email-src", TCN_MISP_INDICATOR, "email-addr", NULL},
    {"filename", TCN_MISP_INDICATOR, "file-name", NULL},
    {"filename|authentihash", TCN_MISP_FIRST, "file-name", NULL},
    {"filename|impfuzzy", TCN_MISP_FIRST, "file-name", NULL},
    {"filename|imphash", TCN_MISP_FIRST, "file-name", NULL},
    {"filename|md5", TCN_MISP_INDICATOR, "file-name", "md5"},
    {"filename|pehash", TCN_MISP_FIRST, "file-name", NULL},
    {"filename|sha1", TCN_MISP_INDICATOR, "file-name", "sha1"},
    {"filename|sha224", TCN_MISP_FIRST, "file-name", NULL},
    {"filename|sha256", TCN_MISP_INDICATOR, "file-name", "sha256"},
    {"filename|sha3-224", TCN_MISP_FIRST, "file-name", NULL},
    {"filename|sha3-256", TCN_MISP_FIRST, "file-name", NULL},
    {"filename|sha3-384", TCN_MISP_FIRST, "file-name", NULL},
    {"filename|sha3-512", TCN_MISP_FIRST, "file-name", NULL},
    {"filename|sha384", TCN_MISP_FIRST, "file-name", NULL},
    {"filename|sha512", TCN_MISP_FIRST, "file-name", NULL},
    {"filename|sha512/224", TCN_MISP_FIRST, "file-name", NULL},
    {"filename|sha512/256", TCN_MISP_FIRST, "file-name", NULL},
    {"filename|ssdeep", TCN_MISP_FIRST, "file-name", NULL},
    {"filename|tlsh", TCN_MISP_FIRST, "file-name", NULL},
    {"filename|vhash", TCN_MISP_FIRST, "file-name", NULL},
    {"hostname", TCN_MISP_INDICATOR, "domain-name", NULL},
    {"hostname|port", TCN_MISP_FIRST, "domain-name", NULL},
    {"ip-dst", TCN_MISP_INDICATOR, "ip", NULL},
    {"ip-dst|port", TCN_MISP_FIRST, "ip", NULL},
    {"ip-src", TCN_MISP_INDICATOR, "ip", NULL},
    {"ip-src|port", TCN_MISP_FIRST, "ip", NULL},
    {"link", TCN_MISP_REFERENCE, NULL, NULL},
    {"malware-sample", TCN_MISP_INDICATOR, "file-name", "md5"},
    {"md5", TCN_MISP_INDICATOR, "md5", NULL},
    {"mutex", TCN_MISP_INDICATOR, "mutex", NULL},
    {"sha1", TCN_MISP_INDICATOR, "sha1", NULL},
    {"sha256", TCN_MISP_INDICATOR, "sha256", NULL},
    {"sigma", TCN_MISP_INDICATOR, "sigma", NULL},
    {"snort", TCN_MISP_INDICATOR, "snort", NULL},
    {"target-email", TCN_MISP_CONTACT, NULL, NULL},
    {"target-external", TCN_MISP_VICTIM, NULL, NULL},
    {"target-location", TCN_MISP_VICTIM, NULL, NULL},
    {"target-machine", TCN_MISP_VICTIM, NULL, NULL},
    {"target-org", TCN_MISP_VICTIM, NULL, NULL},
    {"target-user", TCN_MISP_CONTACT, NULL, NULL},
    {"text", TCN_MISP_DESCRIPTION, NULL, NULL},
    {"threat-actor", TCN_MISP_ACTOR, NULL, NULL},
    {"url", TCN_MISP_INDICATOR, "url", NULL},
    {"vulnerability", TCN_MISP_INDICATOR, "cve", NULL},
    {"whois-registrant-email", TCN_MISP_CONTACT, NULL, NULL},
    {"whois-registrant-name", TCN_MISP_CONTACT, NULL, NULL},
    {"whois-registrant-org", TCN_MISP_CONTACT, NULL, NULL},
    {"whois-registrant-phone", TCN_MISP_CONTACT, NULL, NULL},
    {"yara", TCN_MISP_INDICATOR, "yara", NULL},
};

const struct tcn_misp_type *tcn_misp_type(struct tcn_view name)
{
    static const struct tcn_misp_type other = {"", TCN_MISP_TOOL, NULL, NULL};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (tcn_view_is(name, types[i].name)) {
            return &types[i];
        }
    }
    return &other;
}

const struct tcn_misp_type *tcn_misp_type_at(size_t index)
{
    return index < sizeof types / sizeof *types ? &types[index] : NULL;
}
