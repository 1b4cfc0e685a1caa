/* From a file of another format to drafts of alerts: STIX 2.0 and 2.1, MISP,
 * CAP 1.1 and 1.2, EVE, IDEA, KEV, CSAF; JSON also line by line.
 * Nothing is dropped in silence: what has no place becomes a `tool` field, what
 * is left out is counted and named in a notice. Tables: MAPPING.md.
 * Reads no file and no clock; takes memory with malloc, gives all of it back.
 */
#pragma once

#include "alert/build.h"
#include "base/err.h"
#include "base/limits.h"

/* What an import takes at most. */
#define TCN_IMPORT_BYTES_MAX   (64u * 1024 * TCN_KIB) /* one file */
#define TCN_IMPORT_DEPTH_MAX   64                     /* nested JSON */
#define TCN_IMPORT_VALUES_MAX  2000000u               /* JSON values */
#define TCN_IMPORT_STRING_MAX  (4u * 1024 * TCN_KIB)  /* one text */
#define TCN_IMPORT_DATA_MAX    (48u * 1024 * TCN_KIB) /* an attachment */
#define TCN_IMPORT_FIELDS_MAX  100000u /* of one event or report */
#define TCN_IMPORT_NOTICES_MAX 200u
#define TCN_IMPORT_LIFE_MS     (90 * TCN_DAY_MS)

enum tcn_format {
    TCN_FORMAT_AUTO, /* look at the content */
    TCN_FORMAT_STIX,
    TCN_FORMAT_MISP,
    TCN_FORMAT_CAP,
    TCN_FORMAT_EVE,
    TCN_FORMAT_IDEA,
    TCN_FORMAT_KEV,
    TCN_FORMAT_CSAF,
    TCN_FORMAT_COUNT,
};

/* "auto", "stix", "misp", "cap", "eve", "idea", "kev", "csaf"; "?" otherwise.
 * And back, or -1. */
const char *tcn_format_word(unsigned format);
int tcn_format_find(struct tcn_view word);

struct tcn_import_options {
    enum tcn_format format;
    int tlp;          /* where the source has no marking; -1 = then an error */
    int pap;          /* where the source has none; -1 = as strict as the TLP */
    unsigned onward;  /* enum tcn_onward; the source may only narrow it */
    uint64_t now_ms;  /* becomes `created` */
    uint64_t life_ms; /* 0 = TCN_IMPORT_LIFE_MS; at most TCN_LIFE_MAX_MS */
    bool published_only;      /* skip MISP events that are not published */
    struct tcn_view exercise; /* its name for all of it; "" = as the source */
    /* Whose it is, a word; "" = nobody's in particular. What is of different
     * sources has different keys, whatever ids it names. */
    struct tcn_view source;
    /* Who may have it: without one, nothing above GREEN leaves. Sorted. */
    const struct tcn_view *audience;
    uint16_t audience_count;
};

/* Takes one draft; its views are valid during the call only. Anything but OK
 * ends the import with that error. source_key is "stix:<id>", "misp:<uuid>" ...
 * with "from:<source> " before it for a named source, and "#2", "#3" ... behind
 * it for the further parts of one that needs several alerts; source_digest is
 * 32 bytes. A withdrawn draft has only `title` and `reason`.
 */
struct tcn_import_sink {
    enum tcn_err (*take)(void *ctx, const struct tcn_draft *draft);
    void *ctx;
};

#define TCN_IMPORT_KINDS_MAX 32
#define TCN_IMPORT_KIND_TEXT 80

/* Pieces of one kind that were left out, and why: "attachment, too large". */
struct tcn_import_left {
    char what[TCN_IMPORT_KIND_TEXT]; /* escaped */
    uint64_t count;
};

struct tcn_import_report {
    enum tcn_format format; /* what it was taken for; AUTO = unknown */
    unsigned alerts;        /* drafts handed over */
    unsigned fields;        /* in all of them */
    unsigned placed;        /* pieces of the source that found their field */
    unsigned kept_as_tool;  /* pieces kept as `tool` fields */
    unsigned skipped;       /* left out: deleted, revoked, attachments ... */
    unsigned left_count;    /* and of which kinds; the last one counts the */
    struct tcn_import_left left[TCN_IMPORT_KINDS_MAX]; /* rest when full */
    unsigned notice_count;                             /* lines in `notices` */
    unsigned notices_unsaid; /* beyond TCN_IMPORT_NOTICES_MAX */
    char *notices;           /* lines, each ended by \n, escaped; NULL = none */
    size_t notices_len;
    /* After an error. */
    char message[256];   /* what is wrong, one escaped line */
    char path[256];      /* JSON path, e.g. "objects[3].pattern", or "" */
    char offending[128]; /* the text at fault, escaped, or "" */
    unsigned line;       /* from 1, or 0 when there is only a path */
    unsigned column;
};

/* Whether it may name a source: a-z, 0-9 and -, at most 32. */
bool tcn_import_is_source(struct tcn_view text);

/* What the bytes look like; AUTO when like nothing known. */
enum tcn_format tcn_format_detect(struct tcn_view bytes);

/* Whether each line is a document of its own, so that lines.h reads it; `head`
 * is the beginning of the file, with more than one line of it. */
bool tcn_format_is_lines(struct tcn_view head);

/* Imports one file. Fills in *report (needs no init; call fini after). OK with
 * no alerts is possible: valid, but nothing to warn of; a notice says so.
 * On an error discard what was taken: SIZE, DEPTH, UTF8, SYNTAX (JSON), FORMAT
 * (not this format), LABEL (no marking and no default), USAGE (options),
 * NO_MEMORY, or what `take` returned. */
TCN_MUST_USE enum tcn_err tcn_import(struct tcn_view bytes,
                                     const struct tcn_import_options *options,
                                     const struct tcn_import_sink *sink,
                                     struct tcn_import_report *report);

void tcn_import_report_fini(struct tcn_import_report *report);
