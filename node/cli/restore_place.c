/* What is there is set aside, never written over; then what was staged takes
 * its place. Renames only, inside one directory: nothing is half done. */
#include "cli/backup.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#define PLACE_MAX (BACKUP_PATH_MAX + TCN_ARCHIVE_NAME_MAX + 8)

/* One directory below which files are replaced. */
struct place {
    struct restore *restore;
    const char *dir;
    const char *stage;
    char aside[BACKUP_PATH_MAX]; /* DIR/before-restore-TIME */
    uid_t uid;                   /* of DIR */
    gid_t gid;
    size_t set_aside;
};

static bool failed(const struct restore *restore, const char *path)
{
    char said[PLACE_MAX + 200];
    (void)snprintf(said, sizeof said,
                   "%s: %s; what was there before is in before-restore-* "
                   "beside it",
                   path, strerror(errno));
    (void)backup_refused(restore->args, said);
    return false;
}

/* Everything belongs to whom the directory belongs to. */
static bool give(const struct place *place, const char *path)
{
    return geteuid() != 0 || lchown(path, place->uid, place->gid) == 0 ||
           failed(place->restore, path);
}

/* A directory that is there stays as it is; one that is made is as it was
 * staged, or its owner's alone. */
static bool make_directory(const struct place *place, const char *path,
                           const char *staged)
{
    struct stat info;
    mode_t mode = stat(staged, &info) == 0 ? info.st_mode & 0777 : 0700;
    if (mkdir(path, 0700) != 0) {
        return errno == EEXIST || failed(place->restore, path);
    }
    return (chmod(path, mode) == 0 || failed(place->restore, path)) &&
           give(place, path);
}

/* The directories below `top` on the way to a file. */
static bool make_way(const struct place *place, const char *top,
                     const char *name)
{
    char path[PLACE_MAX];
    char staged[PLACE_MAX];
    for (const char *at = strchr(name, '/'); at != NULL;
         at = strchr(at + 1, '/')) {
        int len = (int)(at - name);
        (void)snprintf(path, sizeof path, "%s/%.*s", top, len, name);
        (void)snprintf(staged, sizeof staged, "%s/%.*s", place->stage, len,
                       name);
        if (!make_directory(place, path, staged)) {
            return false;
        }
    }
    return true;
}

/* "20260701T080000Z" */
static void stamp(char out[32])
{
    char text[TCN_TIME_TEXT];
    size_t len = 0;
    cli_time_text(tcn_now_ms(), text);
    for (const char *at = text; *at != '\0' && len < 31; at++) {
        if (*at != '-' && *at != ':') {
            out[len++] = *at;
        }
    }
    out[len] = '\0';
}

static bool open_place(struct place *place, struct restore *restore,
                       const char *dir, const char *stage)
{
    struct stat info;
    char when[32];
    stamp(when);
    *place = (struct place){.restore = restore, .dir = dir, .stage = stage};
    if (stat(dir, &info) != 0) {
        return failed(restore, dir);
    }
    place->uid = info.st_uid;
    place->gid = info.st_gid;
    (void)snprintf(place->aside, sizeof place->aside,
                   "%.900s/before-restore-%s", dir, when);
    return true;
}

static bool set_aside(struct place *place, const char *name)
{
    char from[PLACE_MAX];
    char to[PLACE_MAX];
    struct stat info;
    (void)snprintf(from, sizeof from, "%s/%s", place->dir, name);
    (void)snprintf(to, sizeof to, "%s/%s", place->aside, name);
    if (lstat(from, &info) != 0) {
        return errno == ENOENT || errno == ENOTDIR ||
               failed(place->restore, from);
    }
    if (!make_directory(place, place->aside, "") ||
        !make_way(place, place->aside, name)) {
        return false;
    }
    place->set_aside++;
    return rename(from, to) == 0 || failed(place->restore, from);
}

static bool put(struct place *place, const char *from, const char *name)
{
    char source[PLACE_MAX];
    char target[PLACE_MAX];
    (void)snprintf(source, sizeof source, "%s/%s", place->stage, from);
    (void)snprintf(target, sizeof target, "%s/%s", place->dir, name);
    if (!set_aside(place, name) || !make_way(place, place->dir, name) ||
        !give(place, source)) {
        return false;
    }
    return rename(source, target) == 0 || failed(place->restore, target);
}

static void say_aside(const struct place *place)
{
    if (place->set_aside > 0) {
        FILE *out = place->restore->out;
        (void)fprintf(out, "set aside: %zu files, in ", place->set_aside);
        cli_put_view(out, tcn_view_str(place->aside));
        (void)fputc('\n', out);
    }
}

/* ---- configuration ---- */

/* What is not below DIR stays. */
static bool set_aside_path(struct place *place, const char *path)
{
    size_t len = strlen(place->dir);
    bool here = strcmp(place->dir, ".") == 0;
    bool below = here ? path[0] != '/'
                      : strncmp(path, place->dir, len) == 0 && path[len] == '/';
    return !below || strstr(path, "..") != NULL ||
           set_aside(place, here ? path : path + len + 1);
}

/* Also when what is here cannot be used, and so does not say what it is. */
static bool clear_included(struct place *place)
{
    const struct restore *restore = place->restore;
    bool ok = true;
    for (size_t i = 0; i < restore->include_count; i++) {
        glob_t found = {0};
        int result = glob(restore->includes[i], 0, NULL, &found);
        for (size_t j = 0; result == 0 && ok && j < found.gl_pathc; j++) {
            ok = set_aside_path(place, found.gl_pathv[j]);
        }
        globfree(&found);
    }
    return ok;
}

/* What is in force now: a file that the backup lacks must not go on. */
static bool clear_configuration(struct place *place)
{
    const struct tcn_setup *now = place->restore->now;
    size_t count = now == NULL ? 0 : now->source_count + now->conf.party_count;
    for (size_t i = 0; i < count; i++) {
        const char *path = i < now->source_count
                               ? now->sources[i].name
                               : now->conf.cards[i - now->source_count];
        if (!set_aside_path(place, path)) {
            return false;
        }
    }
    return clear_included(place);
}

static bool place_configuration(struct restore *restore)
{
    struct place place;
    const char *slash = strrchr(restore->args->config, '/');
    const char *main_name = slash == NULL ? restore->args->config : slash + 1;
    if (!open_place(&place, restore, restore->dir, restore->conf_stage) ||
        !clear_configuration(&place)) {
        return false;
    }
    for (size_t i = 0; i < restore->count; i++) {
        const char *name = restore->names[i];
        if (strncmp(name, "conf/", 5) != 0) {
            continue;
        }
        bool is_main = strcmp(name + 5, restore->main_name) == 0;
        if (!put(&place, name + 5, is_main ? main_name : name + 5)) {
            return false;
        }
    }
    say_aside(&place);
    return true;
}

/* ---- store ---- */

static bool place_store(struct restore *restore)
{
    struct place place;
    static const char *const names[] = {"node.db",     "node.db-wal",
                                        "node.db-shm", "feed.db",
                                        "feed.db-wal", "feed.db-shm"};
    bool ok = open_place(&place, restore, restore->store, restore->store_stage);
    for (size_t i = 0; ok && i < sizeof names / sizeof names[0]; i++) {
        ok = set_aside(&place, names[i]);
    }
    for (unsigned i = 0; ok && i < TCN_STORE_FILES; i++) {
        ok = put(&place, tcn_store_file_names[i], tcn_store_file_names[i]);
    }
    if (ok) {
        say_aside(&place);
    }
    return ok;
}

/* ---- keys ---- */

static bool has_any(const char *dir, const char *pattern)
{
    char text[PLACE_MAX];
    glob_t found = {0};
    (void)snprintf(text, sizeof text, "%s/%s", dir, pattern);
    bool any = glob(text, 0, NULL, &found) == 0;
    globfree(&found);
    return any;
}

/* The directory may be on another file system: they are written anew. */
static bool put_key(struct restore *restore, const char *name,
                    const struct stat *owner)
{
    char from[PLACE_MAX];
    char to[PLACE_MAX];
    char said[PLACE_MAX];
    struct tcn_buf message = tcn_buf(said, sizeof said);
    uint8_t *bytes = NULL;
    size_t len = 0;
    struct stat staged;
    (void)snprintf(from, sizeof from, "%s/.keys/%s", restore->conf_stage, name);
    (void)snprintf(to, sizeof to, "%s/%s", restore->keys, name);
    if (stat(from, &staged) != 0) {
        return failed(restore, from);
    }
    enum tcn_err err = tcn_file_read(from, 64 * 1024, &bytes, &len, &message);
    if (err == TCN_ERR_OK) {
        err = tcn_file_write(to, staged.st_mode & 0777, true,
                             tcn_view(bytes, len), &message);
        explicit_bzero(bytes, len);
        free(bytes);
    }
    if (err != TCN_ERR_OK) {
        (void)backup_refused(restore->args, tcn_buf_text(&message));
        return false;
    }
    return geteuid() != 0 || lchown(to, owner->st_uid, owner->st_gid) == 0 ||
           failed(restore, to);
}

static bool read_small(const char *path, uint8_t **bytes, size_t *len)
{
    char said[PLACE_MAX];
    struct tcn_buf message = tcn_buf(said, sizeof said);
    return tcn_file_read(path, 64 * 1024, bytes, len, &message) == TCN_ERR_OK;
}

/* Whether a card that is here is the one of the backup. */
static bool is_of_backup(const struct restore *restore, const char *path)
{
    char staged[PLACE_MAX];
    uint8_t *here = NULL;
    uint8_t *there = NULL;
    size_t here_len = 0;
    size_t there_len = 0;
    (void)snprintf(staged, sizeof staged, "%s/.keys%s", restore->conf_stage,
                   strrchr(path, '/'));
    bool same =
        read_small(path, &here, &here_len) &&
        read_small(staged, &there, &there_len) &&
        tcn_view_equal(tcn_view(here, here_len), tcn_view(there, there_len));
    free(here);
    free(there);
    return same;
}

/* The cards without keys that are here: none, or those of the backup, left by
 * one that had no keys. Others may be newer: then their keys are wanted. */
static bool keys_fit(const struct restore *restore)
{
    char pattern[PLACE_MAX];
    glob_t found = {0};
    bool fit = true;
    (void)snprintf(pattern, sizeof pattern, "%s/node*.card", restore->keys);
    int result = glob(pattern, 0, NULL, &found);
    for (size_t i = 0; result == 0 && fit && i < found.gl_pathc; i++) {
        fit = is_of_backup(restore, found.gl_pathv[i]);
    }
    globfree(&found);
    return fit;
}

/* One that is made is its owner's alone, whatever mode it had, and he is the
 * owner of the configuration. */
static bool make_keys(const struct restore *restore, struct stat *owner)
{
    char said[PLACE_MAX];
    struct tcn_buf message = tcn_buf(said, sizeof said);
    bool made = access(restore->keys, F_OK) != 0;
    if (tcn_dir_make(restore->keys, 0700, &message) != TCN_ERR_OK) {
        (void)backup_refused(restore->args, tcn_buf_text(&message));
        return false;
    }
    if (stat(made ? restore->dir : restore->keys, owner) != 0) {
        return failed(restore, restore->keys);
    }
    return !made || geteuid() != 0 ||
           lchown(restore->keys, owner->st_uid, owner->st_gid) == 0 ||
           failed(restore, restore->keys);
}

/* Keys that are here are never replaced: they may be newer than the backup. */
static bool place_keys(struct restore *restore)
{
    struct stat owner;
    if (has_any(restore->keys, "node*.key")) {
        (void)fprintf(restore->out, "keys: those that are here stay\n");
        return true;
    }
    if (!make_keys(restore, &owner)) {
        return false;
    }
    bool fit = keys_fit(restore);
    size_t count = 0;
    for (size_t i = 0; i < restore->count && fit; i++) {
        const char *name = restore->names[i];
        if (strncmp(name, "keys/", 5) == 0 &&
            !has_any(restore->keys, name + 5)) {
            count++;
            if (!put_key(restore, name + 5, &owner)) {
                return false;
            }
        }
    }
    if (restore->has_keys && count > 0) {
        (void)fprintf(restore->out, "keys: put back\n");
    } else if (restore->has_keys && !fit) {
        (void)fprintf(restore->out, "keys: not put back: the cards that are "
                                    "here are not those of the backup\n");
    }
    return true;
}

/* ---- all ---- */

/* Now that everything in it is as it was. */
static bool open_up(const struct restore *restore, bool made, const char *dir,
                    unsigned mode)
{
    return !made || chmod(dir, mode) == 0 || failed(restore, dir);
}

bool restore_place(struct restore *restore)
{
    return (restore->store_only || place_configuration(restore)) &&
           place_store(restore) && place_keys(restore) &&
           open_up(restore, restore->made_store, restore->store,
                   restore->store_mode) &&
           open_up(restore, restore->made_dir, restore->dir, restore->dir_mode);
}

static void remove_below(const char *dir, int depth)
{
    static const char *const patterns[] = {"%s/*", "%s/.[!.]*"};
    for (size_t i = 0; i < 2; i++) {
        char pattern[PLACE_MAX];
        glob_t found = {0};
        (void)snprintf(pattern, sizeof pattern, patterns[i], dir);
        int result = glob(pattern, 0, NULL, &found);
        for (size_t j = 0; result == 0 && j < found.gl_pathc; j++) {
            if (unlink(found.gl_pathv[j]) != 0 && depth > 0) {
                remove_below(found.gl_pathv[j], depth - 1);
            }
        }
        globfree(&found);
    }
    (void)rmdir(dir);
}

void restore_sweep(struct restore *restore)
{
    char lock[PLACE_MAX];
    if (restore->conf_stage[0] != '\0') {
        remove_below(restore->conf_stage, 16);
    }
    if (restore->store_stage[0] != '\0') {
        remove_below(restore->store_stage, 1);
    }
    tcn_store_close(restore->claim);
    restore->claim = NULL;
    if (restore->made_store &&
        !has_any(restore->store, "*.db")) { /* it came to nothing */
        (void)snprintf(lock, sizeof lock, "%s/lock", restore->store);
        (void)unlink(lock);
        (void)rmdir(restore->store);
    }
}
