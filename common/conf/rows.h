/* The settings of a block as a table: one row gives parsing, range, default and
 * help. Private to common/conf. */
#pragma once

#include "conf/conf.h"
#include "lang/token.h"

enum row_type {
    ROW_TEXT,      /* a word or a quoted text of `size` bytes */
    ROW_ENDPOINT,  /* tcp://host:port */
    ROW_LISTEN,    /* the same, into conf->listen, several times */
    ROW_NUMBER,    /* uint32_t, 1 to `size` */
    ROW_DURATION,  /* uint64_t ms, at most `size` days */
    ROW_TIME,      /* uint64_t ms since 1970 */
    ROW_YES_NO,    /* bool */
    ROW_FLAG,      /* bool, true when it is there */
    ROW_EU,        /* yes or no, into a party */
    ROW_ROLE,      /* nation or partner, into a party */
    ROW_GROUP,     /* a name, into a party's groups */
    ROW_USER,      /* a name, into a role's users */
    ROW_USERGROUP, /* a name, into a role's groups */
    ROW_TLP,       /* `default tlp WORD`: int */
};

struct row {
    const char *name;
    enum row_type type;
    size_t offset; /* of the member in the block's struct */
    size_t size;
    const char *fallback; /* for the reference; "" = none */
    const char *help;
};

struct block {
    const char *name;
    const char *argument; /* for the reference */
    const char *help;
    const struct row *rows;
    size_t row_count;
};

extern const struct block conf_blocks[];
extern const size_t conf_block_count;
const struct block *conf_block(const char *name);

/* Reads `{ setting; ... }` into `target`, the struct that the offsets mean. */
void rows_read(struct tcn_cursor *c, const struct block *block, void *target);

/* One `setting value;`. A setting that may stand only once is marked in *seen,
 * one bit a row. */
void rows_read_one(struct tcn_cursor *c, const struct block *block,
                   uint32_t *seen, void *target);

/* The value behind the name of a setting. */
void row_read(struct tcn_cursor *c, const struct row *row, void *target);
