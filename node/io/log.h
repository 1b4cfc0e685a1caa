/* The log: one line per event to stderr, `key=value`; values of foreign text
 * are escaped and quoted. Never a secret. */
#pragma once

#include "base/buf.h"
#include "base/err.h"

enum tcn_log_level {
    TCN_LOG_ERROR,
    TCN_LOG_WARNING,
    TCN_LOG_INFO,
    TCN_LOG_DEBUG,
};

/* `program` is static. The least important level that is written is INFO. */
void tcn_log_open(const char *program, enum tcn_log_level level);

struct tcn_log_line {
    bool on;
    bool cut; /* a value did not fit: it and all after it are left out */
    size_t len;
    char text[1024];
};

/* tcn_log(TCN_LOG_INFO, "peer-up"), then values, then tcn_log_end(). An `event`
 * is a static word. */
struct tcn_log_line tcn_log(enum tcn_log_level level, const char *event);
void tcn_log_view(struct tcn_log_line *line, const char *key,
                  struct tcn_view value);
void tcn_log_str(struct tcn_log_line *line, const char *key, const char *value);
void tcn_log_uint(struct tcn_log_line *line, const char *key, uint64_t value);
void tcn_log_id(struct tcn_log_line *line, const char *key,
                struct tcn_view bytes); /* first 8 bytes as hex */
void tcn_log_err(struct tcn_log_line *line, enum tcn_err err);
void tcn_log_end(struct tcn_log_line *line);
