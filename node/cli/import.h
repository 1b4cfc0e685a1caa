/* The import command from the inside: sources give drafts, drafts go to the
 * node in batches of bounded size. */
#pragma once

#include "cli/cli.h"
#include "formats/lines.h"

#define BATCH_DRAFTS 1024
#define BATCH_BYTES  (8u * 1024 * 1024)

struct totals {
    unsigned files, refused_files;
    unsigned stored, updated, revoked, known, refused;
};

struct job {
    const struct cli_args *args;
    struct cli_node node;
    bool connected;
    bool stays; /* keeps importing: waits for a node that is not there */
    struct tcn_import_options options;
    struct tcn_view audience[TCN_AUDIENCE_MAX];
    /* Drafts that wait to be submitted. */
    size_t count;
    size_t bytes;
    uint8_t *list[BATCH_DRAFTS];
    size_t len[BATCH_DRAFTS];
    unsigned file[BATCH_DRAFTS]; /* number of the file it is of */
    uint16_t last_part[BATCH_DRAFTS];
    size_t file_start; /* first draft of the file at hand */
    struct {
        unsigned number;
        char *path;
    } names[BATCH_DRAFTS]; /* files of the batch */
    size_t name_count;
    /* What asks whether a source had more parts than now (import_tail.c). */
    size_t tail_count;
    struct import_tail {
        uint8_t *bytes;
        size_t len;
        uint16_t part;
    } tails[BATCH_DRAFTS];
    bool probing;       /* the drafts of the batch are such */
    const char *path;   /* of the file at hand */
    unsigned submitted; /* of the file at hand */
    struct totals totals;
    int worst;
    uint64_t shown_ms; /* steady: when progress was shown last */
    bool shown;
};

/* import_submit.c */
enum tcn_err job_take(void *ctx, const struct tcn_draft *draft);
/* Hands over what waits; the exit code. */
int job_submit(struct job *job);
void job_forget(struct job *job);
/* A file begins, or gave nothing after all: its drafts that still wait go. */
void job_begin_file(struct job *job, const char *path);
void job_drop_file(struct job *job);
bool job_connect(struct job *job);

/* import_tail.c */
/* Draft `n` of the batch was an update or a revocation. */
void tail_note(struct job *job, uint64_t n);
/* The batch becomes what was noted; false when nothing was. */
bool tail_take(struct job *job);
void tail_forget(struct job *job);

/* import_report.c */
void report_file(struct job *job, const char *path, enum tcn_err err,
                 const struct tcn_import_report *report);
void report_notices(struct job *job, const struct tcn_import_report *report);
void report_totals(const struct job *job);
/* A line on the terminal that is written over; nothing elsewhere. */
void report_progress(struct job *job, const char *path);
void report_clear(struct job *job);

/* import_file.c: a file or "-". */
void import_file(struct job *job, const char *path);
/* Notes the end of one file. */
void import_done(struct job *job, int code);

/* import_tree.c: a file, a directory with all in it, or a MISP feed. */
void import_path(struct job *job, const char *path);

/* import_follow.c: until a signal. */
bool import_wait(int ms); /* false when the signal came */
int import_watch(struct job *job, const char *dir);
int import_follow(struct job *job, const char *path);
