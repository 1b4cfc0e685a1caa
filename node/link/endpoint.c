#include "link/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <zmq.h>

#include "base/text.h"
#include "io/self_test.h"

#define SCHEME "tcp://"

static bool is_name_char(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

static bool is_host(struct tcn_view host, bool listener)
{
    if (host.len == 0 || host.len > 200) {
        return false;
    }
    if (tcn_view_is(host, "*")) {
        return listener;
    }
    bool bracketed = host.data[0] == '[';
    if (bracketed != (host.data[host.len - 1] == ']')) {
        return false;
    }
    size_t edge = bracketed ? 1 : 0;
    for (size_t i = edge; i < host.len - edge; i++) {
        uint8_t c = host.data[i];
        if (!is_name_char(c) && !(bracketed && (c == ':' || c == '%'))) {
            return false;
        }
    }
    return true;
}

static bool is_endpoint(struct tcn_view text, bool listener)
{
    size_t start = strlen(SCHEME);
    if (text.len >= TCN_ENDPOINT_MAX || text.len <= start ||
        memcmp(text.data, SCHEME, start) != 0) {
        return false;
    }
    size_t colon = text.len;
    while (colon > start && text.data[colon - 1] != ':') {
        colon--;
    }
    uint64_t port;
    return colon > start &&
           is_host(tcn_view(text.data + start, colon - 1 - start), listener) &&
           tcn_text_uint(tcn_view(text.data + colon, text.len - colon),
                         &port) &&
           port >= 1 && port <= 65535;
}

enum tcn_err endpoint_check(struct tcn_view text, bool listener,
                            struct tcn_buf *message)
{
    if (is_endpoint(text, listener)) {
        return TCN_ERR_OK;
    }
    tcn_buf_put_str(message, "\"");
    tcn_text_escape(message, text.len > 80 ? tcn_view(text.data, 80) : text);
    tcn_buf_printf(
        message, "\" is not an endpoint to %s: write tcp://%s:7400\n",
        listener ? "listen on" : "connect to", listener ? "0.0.0.0" : "HOST");
    return TCN_ERR_FORMAT;
}

bool endpoint_has_name(const char *endpoint)
{
    char host[TCN_ENDPOINT_MAX];
    struct in_addr v4;
    const char *start = endpoint + strlen(SCHEME);
    const char *colon = strrchr(endpoint, ':');
    if (*start == '[' || colon == NULL || colon < start) {
        return false;
    }
    size_t len = (size_t)(colon - start);
    memcpy(host, start, len);
    host[len] = '\0';
    return inet_pton(AF_INET, host, &v4) != 1;
}

void endpoint_explain(const char *endpoint, int why, struct tcn_buf *message)
{
    switch (why) {
    case EADDRINUSE:
        tcn_buf_printf(message,
                       "%s is in use by another program: stop it (ss -ltnp "
                       "shows it) or choose another port in \"listen\"\n",
                       endpoint);
        return;
    case EADDRNOTAVAIL:
    case ENODEV:
        tcn_buf_printf(message,
                       "%s: this machine has no such address: write one of its "
                       "own (ip addr shows them) or 0.0.0.0 in \"listen\"\n",
                       endpoint);
        return;
    case EACCES:
        tcn_buf_printf(message,
                       "%s: ports below 1024 need a right that this program "
                       "gives up: choose a higher one in \"listen\"\n",
                       endpoint);
        return;
    default:
        tcn_buf_printf(message, "cannot listen on %s: %s\n", endpoint,
                       zmq_strerror(why));
    }
}
