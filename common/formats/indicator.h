/* Whether a value is a plain indicator of a type: an address, a name, a hash.
 */
#pragma once

#include "base/view.h"

/* The type the value really is ("ip" becomes ipv4-addr or ipv6-addr), or NULL
 * when it is not a value of that type. Trims blanks around *value. Types: ip,
 * ipv4-addr, ipv6-addr, domain-name, url, email-addr, sha256, sha1, md5,
 * file-name, mutex, asn, cve, yara, sigma, snort. Static storage. */
const char *tcn_indicator_type(const char *type, struct tcn_view *value);
