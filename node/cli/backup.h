/* backup and restore: what is in such a file, and progress.
 *
 *   tocsin-backup      which node, when, by which version; always the first
 *   conf/PATH          files of the configuration, below its directory
 *   elsewhere/PATH     files that it names elsewhere, by their whole path
 *   keys/NAME          cards of the node; its keys only when asked for
 *   store/node.db, store/feed.db
 *
 * and, for their modes, the directories conf, those below it, and store.
 */
#pragma once

#include "cli/cli.h"
#include "io/archive.h"
#include "store/backup.h"

#define BACKUP_HEAD     "tocsin-backup"
#define BACKUP_VERSION  "tocsin backup 1\n"
#define BACKUP_PATH_MAX 1024

/* A percentage on a terminal, now and then; `what` is borrowed. */
struct backup_progress {
    const char *what;
    uint64_t shown_ms;
    bool shown;
};
void backup_show(struct backup_progress *progress, uint64_t done,
                 uint64_t total);
void backup_clear(struct backup_progress *progress);

/* "a message that ends with a newline", as an error of this command. */
int backup_refused(const struct cli_args *args, const char *message);

/* ---- restore: restore_stage.c reads, restore_place.c puts in place ---- */

struct restore {
    const struct cli_args *args;
    struct tcn_setup *now; /* what is here already; NULL when it is unusable */
    struct tcn_archive *archive;
    struct tcn_store *claim; /* holds the lock of the store */
    struct backup_progress progress;
    FILE *out; /* for people; stderr with --json */
    bool store_only, has_keys, has_store, made_dir, made_store;
    unsigned dir_mode, store_mode; /* of those that are made */
    char member[TCN_MEMBER_MAX + 1];
    char made[TCN_TIME_TEXT];
    char main_name[TCN_PATH_MAX]; /* of the main configuration file */
    char dir[BACKUP_PATH_MAX];    /* the configuration's */
    char store[BACKUP_PATH_MAX];
    char keys[BACKUP_PATH_MAX];
    char conf_stage[BACKUP_PATH_MAX];
    char store_stage[BACKUP_PATH_MAX];
    size_t count, elsewhere; /* of `names` */
    char (*names)[TCN_ARCHIVE_NAME_MAX + 1];
    size_t include_count; /* patterns of what the restored one includes */
    char includes[TCN_INCLUDES_MAX][BACKUP_PATH_MAX];
};

/* Reads and checks everything, into directories beside where it belongs; false
 * after an error was said. Nothing else has changed then. */
bool restore_stage(struct restore *restore);
/* The same, and writes nothing. */
bool restore_read(struct restore *restore);
/* Sets aside what is there and puts the rest in its place. */
bool restore_place(struct restore *restore);
/* Removes what was staged and not put in place. */
void restore_sweep(struct restore *restore);
