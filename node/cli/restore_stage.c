/* Everything in a backup is read and checked beside where it belongs, before
 * anything that is there is touched. */
#include "cli/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#define HEAD_MAX 4096

static bool refuse(struct restore *restore, const char *message)
{
    backup_clear(&restore->progress);
    (void)backup_refused(restore->args, message);
    return false;
}

static bool refuse_archive(struct restore *restore)
{
    return refuse(restore, tcn_archive_message(restore->archive));
}

static bool no_backup(struct restore *restore)
{
    char text[BACKUP_PATH_MAX];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    tcn_text_escape(&out, tcn_view_str(restore->args->words[0]));
    tcn_buf_put_str(&out, ": this is no backup: it was not written by `tocsin "
                          "backup`, or by a newer one");
    return refuse(restore, tcn_buf_text(&out));
}

/* ---- the head ---- */

static bool take_line(const char *text, const char *name, char *out, size_t cap)
{
    const char *at = strstr(text, name);
    if (at == NULL) {
        return false;
    }
    at += strlen(name);
    size_t len = strcspn(at, "\n");
    if (len == 0 || len >= cap) {
        return false;
    }
    memcpy(out, at, len);
    out[len] = '\0';
    return true;
}

static bool read_head(struct restore *restore)
{
    struct tcn_archive_member member;
    struct tcn_view piece;
    char text[HEAD_MAX + 1];
    char keys[8];
    if (tcn_archive_next(restore->archive, &member) != TCN_ERR_OK) {
        return refuse_archive(restore);
    }
    if (strcmp(member.name, BACKUP_HEAD) != 0 || member.size_bytes > HEAD_MAX ||
        tcn_archive_read(restore->archive, &piece) != TCN_ERR_OK) {
        return no_backup(restore);
    }
    memcpy(text, piece.data, piece.len);
    text[piece.len] = '\0';
    bool good =
        strncmp(text, BACKUP_VERSION, strlen(BACKUP_VERSION)) == 0 &&
        take_line(text, "\nmember ", restore->member, sizeof restore->member) &&
        take_line(text, "\nmade ", restore->made, sizeof restore->made) &&
        take_line(text, "\nkeys ", keys, sizeof keys) &&
        take_line(text, "\nmain ", restore->main_name,
                  sizeof restore->main_name) &&
        tcn_text_is_member(tcn_view_str(restore->member)) &&
        cli_is_line(tcn_view_str(restore->made)) &&
        strchr(restore->main_name, '/') == NULL;
    restore->has_keys = good && strcmp(keys, "yes") == 0;
    return good || no_backup(restore);
}

/* ---- one member into a file ---- */

static bool make_parent(struct restore *restore, const char *path)
{
    char dir[BACKUP_PATH_MAX];
    char said[BACKUP_PATH_MAX];
    struct tcn_buf message = tcn_buf(said, sizeof said);
    (void)snprintf(dir, sizeof dir, "%s", path);
    char *slash = strrchr(dir, '/');
    if (slash != NULL && slash != dir) {
        *slash = '\0';
    }
    return tcn_dir_make(dir, 0700, &message) == TCN_ERR_OK ||
           refuse(restore, tcn_buf_text(&message));
}

static bool write_piece(int fd, struct tcn_view piece)
{
    while (piece.len > 0) {
        ssize_t n = write(fd, piece.data, piece.len);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        size_t done = n < 0 ? 0 : (size_t)n;
        piece = tcn_view(piece.data + done, piece.len - done);
    }
    return true;
}

static bool extract(struct restore *restore, const char *path, mode_t mode)
{
    struct tcn_view piece;
    char said[BACKUP_PATH_MAX + 200];
    if (!make_parent(restore, path)) {
        return false;
    }
    int fd =
        open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    bool ok = fd >= 0 && fchmod(fd, mode) == 0;
    enum tcn_err err = TCN_ERR_OK;
    while (ok &&
           (err = tcn_archive_read(restore->archive, &piece)) == TCN_ERR_OK) {
        ok = write_piece(fd, piece);
        backup_show(&restore->progress,
                    tcn_archive_done_bytes(restore->archive),
                    tcn_archive_size_bytes(restore->archive));
    }
    ok = ok && fsync(fd) == 0;
    if (!ok) {
        (void)snprintf(said, sizeof said, "%s: %s", path, strerror(errno));
    }
    if (fd >= 0) {
        close(fd);
    }
    return ok ? err == TCN_ERR_NOT_FOUND || refuse_archive(restore)
              : refuse(restore, said);
}

/* ---- where it goes ---- */

/* Paths that begin at the staged configuration begin at DIR. */
static void from_stage(const struct restore *restore, const char *path,
                       char out[BACKUP_PATH_MAX])
{
    size_t len = strlen(restore->conf_stage);
    bool staged =
        strncmp(path, restore->conf_stage, len) == 0 && path[len] == '/';
    (void)snprintf(out, BACKUP_PATH_MAX, "%.700s%.256s",
                   staged ? restore->dir : "", staged ? path + len : path);
}

static bool stage_dir(struct restore *restore, const char *dir, char *stage)
{
    char said[BACKUP_PATH_MAX + 200];
    int n = snprintf(stage, BACKUP_PATH_MAX, "%s/.restore-XXXXXX", dir);
    bool ok = n > 0 && n < BACKUP_PATH_MAX - TCN_ARCHIVE_NAME_MAX &&
              mkdtemp(stage) != NULL;
    if (!ok) {
        (void)snprintf(said, sizeof said, "%s: %s", dir, strerror(errno));
        stage[0] = '\0';
        return refuse(restore, said);
    }
    return true;
}

/* As they will be: what lies there and is not of the backup must not join. */
static void note_includes(struct restore *restore,
                          const struct tcn_setup *setup)
{
    const struct tcn_conf *conf = &setup->conf;
    for (size_t i = 0; i < conf->include_count; i++) {
        char path[BACKUP_PATH_MAX + TCN_PATH_MAX];
        const char *by = setup->sources[conf->include_spans[i].source].name;
        const char *slash = strrchr(by, '/');
        bool whole = conf->includes[i][0] == '/' || slash == NULL;
        (void)snprintf(path, sizeof path, "%.*s%s",
                       whole ? 0 : (int)(slash + 1 - by), by,
                       conf->includes[i]);
        from_stage(restore, path, restore->includes[i]);
    }
    restore->include_count = conf->include_count;
}

/* What the configuration says that is to be in force. */
static bool find_places(struct restore *restore)
{
    static uint8_t text[TCN_SETUP_MESSAGE];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    char path[BACKUP_PATH_MAX + TCN_PATH_MAX];
    struct tcn_setup *setup = restore->now;
    if (!restore->store_only) {
        (void)snprintf(path, sizeof path, "%s/%s", restore->conf_stage,
                       restore->main_name);
        if (tcn_setup_load(&setup, path, &message) != TCN_ERR_OK) {
            (void)fputs(tcn_buf_text(&message), stderr);
            return refuse(restore,
                          restore->elsewhere > 0
                              ? "the configuration in this backup needs files "
                                "that lie elsewhere: put them there first "
                                "(tar -xf FILE elsewhere)"
                              : "the configuration in this backup cannot be "
                                "used");
        }
    }
    bool same = strcmp(setup->conf.member, restore->member) == 0;
    from_stage(restore, setup->conf.store, restore->store);
    from_stage(restore, setup->conf.keys, restore->keys);
    if (setup != restore->now) {
        note_includes(restore, setup);
        tcn_setup_free(setup);
    }
    return same || refuse(restore, "the configuration and the backup are not "
                                   "of the same member");
}

static bool claim(struct restore *restore)
{
    restore->made_store = access(restore->store, F_OK) != 0;
    enum tcn_err err = tcn_store_claim(&restore->claim, restore->store);
    if (err == TCN_ERR_BUSY) {
        return refuse(restore, "the node runs: stop it first (systemctl stop "
                               "tocsind, or tocsin stop)");
    }
    if (err != TCN_ERR_OK) {
        return refuse(restore, restore->claim == NULL
                                   ? tcn_err_sentence(err)
                                   : tcn_store_message(restore->claim));
    }
    return stage_dir(restore, restore->store, restore->store_stage);
}

/* ---- all members ---- */

static bool stage_store(struct restore *restore, const char *name)
{
    char path[BACKUP_PATH_MAX];
    if (restore->store_stage[0] == '\0' &&
        (!find_places(restore) || !claim(restore))) {
        return false;
    }
    for (unsigned i = 0; i < TCN_STORE_FILES; i++) {
        if (strcmp(name, tcn_store_file_names[i]) == 0) {
            (void)snprintf(path, sizeof path, "%.900s/%s", restore->store_stage,
                           tcn_store_file_names[i]);
            restore->has_store = i + 1 == TCN_STORE_FILES;
            return extract(restore, path, i == TCN_STORE_NODE ? 0600 : 0640);
        }
    }
    return no_backup(restore);
}

/* What lies with the keys and is no card is a secret, whatever mode it has in
 * the backup. */
static bool is_secret(const char *name)
{
    const char *dot = strrchr(name, '.');
    return strncmp(name, "keys/", 5) == 0 &&
           (dot == NULL || strcmp(dot, ".card") != 0);
}

/* Kept under the name it has in the archive, keys and what lies elsewhere
 * apart from the rest. */
static bool stage_file(struct restore *restore,
                       const struct tcn_archive_member *member)
{
    const char *name = member->name;
    char path[BACKUP_PATH_MAX + TCN_ARCHIVE_NAME_MAX + 16];
    bool conf = strncmp(name, "conf/", 5) == 0;
    bool key = strncmp(name, "keys/", 5) == 0;
    if (strncmp(name, "elsewhere/", 10) == 0) {
        restore->elsewhere++;
        return true;
    }
    if (!conf && !key) {
        return no_backup(restore);
    }
    if (restore->store_only && conf) {
        return true;
    }
    (void)snprintf(path, sizeof path, "%.1000s/%s%.255s", restore->conf_stage,
                   key ? ".keys/" : "", name + 5);
    memcpy(restore->names[restore->count++], name, sizeof restore->names[0]);
    return extract(restore, path, is_secret(name) ? 0600 : member->mode);
}

/* Where it is not staged as such, what there is of it is kept for later. */
static bool stage_directory(struct restore *restore,
                            const struct tcn_archive_member *member)
{
    char path[BACKUP_PATH_MAX + TCN_ARCHIVE_NAME_MAX + 16];
    char said[sizeof path + 200];
    struct tcn_buf message = tcn_buf(said, sizeof said);
    bool below = strncmp(member->name, "conf/", 5) == 0;
    if (strcmp(member->name, "conf") == 0) {
        restore->dir_mode = member->mode;
    } else if (strcmp(member->name, "store") == 0) {
        restore->store_mode = member->mode;
    } else if (!below) {
        return no_backup(restore);
    }
    if (!below || restore->store_only) {
        return true;
    }
    (void)snprintf(path, sizeof path, "%.1000s/%s", restore->conf_stage,
                   member->name + 5);
    if (tcn_dir_make(path, member->mode, &message) != TCN_ERR_OK) {
        return refuse(restore, tcn_buf_text(&message));
    }
    if (chmod(path, member->mode) != 0) {
        (void)snprintf(said, sizeof said, "%s: %s", path, strerror(errno));
        return refuse(restore, said);
    }
    return true;
}

static bool stage_member(struct restore *restore,
                         const struct tcn_archive_member *member)
{
    if (member->is_dir) {
        return stage_directory(restore, member);
    }
    return strncmp(member->name, "store/", 6) == 0
               ? stage_store(restore, member->name + 6)
               : stage_file(restore, member);
}

static bool stage_members(struct restore *restore)
{
    struct tcn_archive_member member;
    enum tcn_err err;
    while ((err = tcn_archive_next(restore->archive, &member)) == TCN_ERR_OK) {
        if (!stage_member(restore, &member)) {
            return false;
        }
    }
    backup_clear(&restore->progress);
    if (err != TCN_ERR_NOT_FOUND) {
        return refuse_archive(restore);
    }
    return restore->has_store || no_backup(restore);
}

/* It is opened as a node opens it, which checks it, and is told what it is. */
static bool make_ready(struct restore *restore)
{
    struct tcn_store *store = NULL;
    char user[64];
    char lock[BACKUP_PATH_MAX + 8];
    const struct passwd *entry = getpwuid(getuid());
    (void)snprintf(user, sizeof user, "%s",
                   entry == NULL ? "somebody" : entry->pw_name);
    enum tcn_err err = tcn_store_open(&store, restore->store_stage);
    if (err == TCN_ERR_OK) {
        err = tcn_store_restored(store, user, tcn_now_ms(), tcn_random);
    }
    if (err != TCN_ERR_OK) {
        (void)refuse(restore, store == NULL ? tcn_err_sentence(err)
                                            : tcn_store_message(store));
    }
    tcn_store_close(store);
    (void)snprintf(lock, sizeof lock, "%s/lock", restore->store_stage);
    (void)unlink(lock);
    return err == TCN_ERR_OK;
}

static bool open_backup(struct restore *restore)
{
    restore->progress.what = "restore";
    enum tcn_err err =
        tcn_archive_open(&restore->archive, restore->args->words[0]);
    if (err != TCN_ERR_OK) {
        return refuse(restore, restore->archive == NULL
                                   ? tcn_err_sentence(err)
                                   : tcn_archive_message(restore->archive));
    }
    if (!read_head(restore)) {
        return false;
    }
    if (restore->now != NULL &&
        strcmp(restore->now->conf.member, restore->member) != 0) {
        char said[200];
        (void)snprintf(said, sizeof said,
                       "this backup is of %s, and the node here is of %s: "
                       "name another configuration with --config",
                       restore->member, restore->now->conf.member);
        return refuse(restore, said);
    }
    return true;
}

bool restore_stage(struct restore *restore)
{
    char said[BACKUP_PATH_MAX];
    struct tcn_buf message = tcn_buf(said, sizeof said);
    restore->made_dir = access(restore->dir, F_OK) != 0;
    restore->dir_mode = restore->store_mode = 0700;
    if (tcn_dir_make(restore->dir, 0700, &message) != TCN_ERR_OK) {
        return refuse(restore, tcn_buf_text(&message));
    }
    return open_backup(restore) &&
           stage_dir(restore, restore->dir, restore->conf_stage) &&
           stage_members(restore) && make_ready(restore);
}

bool restore_read(struct restore *restore)
{
    struct tcn_archive_member member;
    enum tcn_err err = TCN_ERR_OK;
    if (!open_backup(restore)) {
        return false;
    }
    while (err == TCN_ERR_OK) {
        err = tcn_archive_next(restore->archive, &member);
        struct tcn_view piece;
        while (err == TCN_ERR_OK &&
               tcn_archive_read(restore->archive, &piece) == TCN_ERR_OK) {
            backup_show(&restore->progress,
                        tcn_archive_done_bytes(restore->archive),
                        tcn_archive_size_bytes(restore->archive));
        }
        restore->count += err == TCN_ERR_OK && !member.is_dir;
    }
    backup_clear(&restore->progress);
    return err == TCN_ERR_NOT_FOUND || refuse_archive(restore);
}
