/* backup: everything a node is made of, in one file, while it runs. */
#include "cli/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/commands.h"

#define SHOW_MS 200

struct job {
    const struct cli_args *args;
    const struct tcn_setup *setup;
    struct tcn_archive *archive;
    struct tcn_store *store;
    struct backup_progress progress;
    char dir[BACKUP_PATH_MAX];
    char before[TCN_ARCHIVE_NAME_MAX + 1]; /* what was put last below it */
    size_t files;
    bool keys;
};

/* ---- shared with restore ---- */

void backup_show(struct backup_progress *progress, uint64_t done,
                 uint64_t total)
{
    uint64_t now = tcn_steady_ms();
    if (now - progress->shown_ms < SHOW_MS || !isatty(STDERR_FILENO)) {
        return;
    }
    (void)fprintf(stderr, "\r\033[K%s: %llu %%", progress->what,
                  (unsigned long long)(total == 0 ? 100 : done * 100 / total));
    progress->shown_ms = now;
    progress->shown = true;
}

void backup_clear(struct backup_progress *progress)
{
    if (progress->shown) {
        (void)fputs("\r\033[K", stderr);
        progress->shown = false;
    }
}

int backup_refused(const struct cli_args *args, const char *message)
{
    size_t len = strlen(message);
    (void)fprintf(stderr, "tocsin %s: %s%s", args->command->name, message,
                  len > 0 && message[len - 1] == '\n' ? "" : "\n");
    return EXIT_REFUSED;
}

/* ---- the parts ---- */

static bool check(struct job *job, enum tcn_err err)
{
    if (err != TCN_ERR_OK) {
        backup_clear(&job->progress);
        (void)backup_refused(job->args, tcn_archive_message(job->archive));
    }
    job->files += err == TCN_ERR_OK;
    return err == TCN_ERR_OK;
}

/* Below DIR it is named from there, else by its whole path. */
static bool name_of(const struct job *job, const char *path,
                    char name[TCN_ARCHIVE_NAME_MAX + 1])
{
    size_t len = strlen(job->dir);
    bool here = strcmp(job->dir, ".") == 0 && path[0] != '/';
    const char *rest = here ? path : path + len + 1;
    int n = 0;
    if (!here && (strncmp(path, job->dir, len) != 0 || path[len] != '/')) {
        rest = NULL;
    }
    if (rest != NULL && strstr(rest, "..") == NULL) {
        n = snprintf(name, TCN_ARCHIVE_NAME_MAX + 1, "conf/%s", rest);
    } else {
        char *real = realpath(path, NULL);
        n = snprintf(name, TCN_ARCHIVE_NAME_MAX + 1, "elsewhere%s",
                     real == NULL ? "" : real);
        free(real);
    }
    return n > 0 && n <= TCN_ARCHIVE_NAME_MAX;
}

static bool too_long(const struct job *job, const char *path)
{
    backup_refused(job->args, path);
    (void)fprintf(stderr, "tocsin backup: this path is too long\n");
    return false;
}

static bool put_head(struct job *job)
{
    char text[1024];
    char when[TCN_TIME_TEXT];
    const char *slash = strrchr(job->args->config, '/');
    struct tcn_buf out = tcn_buf(text, sizeof text);
    cli_time_text(tcn_now_ms(), when);
    tcn_buf_printf(
        &out,
        BACKUP_VERSION "member %s\nmade %s\nprogram %s\nkeys %s\nmain %s\n",
        job->setup->conf.member, when, TOCSIN_VERSION, job->keys ? "yes" : "no",
        slash == NULL ? job->args->config : slash + 1);
    return check(job, tcn_archive_put(job->archive, BACKUP_HEAD, 0644,
                                      tcn_buf_view(&out)));
}

/* As it lies there; what cannot be looked at is its owner's alone. */
static unsigned mode_of(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? info.st_mode & 0777 : 0600;
}

static bool put_directory(struct job *job, const char *name, const char *path)
{
    enum tcn_err err = tcn_archive_put_dir(job->archive, name, mode_of(path));
    job->files -= err == TCN_ERR_OK; /* it is none */
    return check(job, err);
}

/* The directories on the way to a file, but for those that led to the one
 * before. */
static bool put_way(struct job *job, const char *name)
{
    char part[TCN_ARCHIVE_NAME_MAX + 1];
    char path[BACKUP_PATH_MAX + TCN_ARCHIVE_NAME_MAX];
    if (strncmp(name, "conf/", 5) != 0) {
        return true;
    }
    for (const char *at = strchr(name, '/'); at != NULL;
         at = strchr(at + 1, '/')) {
        size_t len = (size_t)(at - name);
        if (strncmp(job->before, name, len + 1) == 0) {
            continue;
        }
        (void)snprintf(part, sizeof part, "%.*s", (int)len, name);
        (void)snprintf(path, sizeof path, "%s%s", job->dir, part + 4);
        if (!put_directory(job, part, path)) {
            return false;
        }
    }
    (void)snprintf(job->before, sizeof job->before, "%s", name);
    return true;
}

static bool put_configuration(struct job *job)
{
    char name[TCN_ARCHIVE_NAME_MAX + 1];
    const struct tcn_setup *setup = job->setup;
    for (size_t i = 0; i < setup->source_count; i++) {
        if (!name_of(job, setup->sources[i].name, name)) {
            return too_long(job, setup->sources[i].name);
        }
        unsigned mode = mode_of(setup->sources[i].name);
        if (!put_way(job, name) ||
            !check(job, tcn_archive_put(job->archive, name, mode,
                                        setup->sources[i].text))) {
            return false;
        }
    }
    for (size_t i = 0; i < setup->conf.party_count; i++) {
        const char *path = setup->conf.cards[i];
        if (!name_of(job, path, name)) {
            return too_long(job, path);
        }
        if (!put_way(job, name) ||
            !check(job, tcn_archive_put_file(job->archive, name, mode_of(path),
                                             path))) {
            return false;
        }
    }
    return true;
}

/* node.card, node-2.key and so on: never anything else that lies there, such as
 * a root key. */
static bool put_keys(struct job *job, const char *ending)
{
    char pattern[TCN_PATH_MAX + 32];
    char name[TCN_ARCHIVE_NAME_MAX + 1];
    glob_t found = {0};
    bool ok = true;
    (void)snprintf(pattern, sizeof pattern, "%s/node*.%s",
                   job->setup->conf.keys, ending);
    int result = glob(pattern, 0, NULL, &found);
    for (size_t i = 0; result == 0 && ok && i < found.gl_pathc; i++) {
        const char *path = found.gl_pathv[i];
        (void)snprintf(name, sizeof name, "keys%s", strrchr(path, '/'));
        unsigned mode = strcmp(ending, "key") == 0 ? 0600 : mode_of(path);
        ok = check(job, tcn_archive_put_file(job->archive, name, mode, path));
    }
    globfree(&found);
    return ok;
}

static void tell(void *ctx, uint64_t done, uint64_t total)
{
    backup_show(ctx, done, total);
}

static bool copy_store(struct job *job, enum tcn_store_file file,
                       const char *temporary)
{
    char name[64];
    job->progress.what = tcn_store_file_names[file];
    enum tcn_err err = tcn_store_snapshot_copy(
        job->store, file, temporary,
        (struct tcn_store_progress){tell, &job->progress});
    backup_clear(&job->progress);
    if (err != TCN_ERR_OK) {
        (void)backup_refused(job->args, tcn_store_message(job->store));
        return false;
    }
    (void)snprintf(name, sizeof name, "store/%s", tcn_store_file_names[file]);
    unsigned mode = file == TCN_STORE_NODE ? 0600 : 0640;
    return check(job,
                 tcn_archive_put_file(job->archive, name, mode, temporary));
}

/* Copied beside the backup first: there it must fit anyhow. */
static bool put_store(struct job *job)
{
    char temporary[4096 + 8];
    bool ok = put_directory(job, "store", job->setup->conf.store);
    (void)snprintf(temporary, sizeof temporary, "%s.db",
                   tcn_archive_temporary(job->archive));
    for (unsigned i = 0; ok && i < TCN_STORE_FILES; i++) {
        int fd = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0) {
            return backup_refused(job->args, strerror(errno)) == EXIT_DONE;
        }
        close(fd);
        ok = copy_store(job, (enum tcn_store_file)i, temporary);
        (void)unlink(temporary);
    }
    return ok;
}

/* ---- the whole ---- */

static void print_done(const struct job *job, const char *path)
{
    if (job->args->json) {
        printf("{\"files\":%zu,\"keys\":%s,\"member\":\"%s\"}\n", job->files,
               job->keys ? "true" : "false", job->setup->conf.member);
        return;
    }
    cli_print_view(tcn_view_str(path));
    printf(": %zu files of %s, %s\n", job->files, job->setup->conf.member,
           job->keys ? "WITH THE NODE'S KEYS: guard it like them"
                     : "without the node's keys (--with-keys)");
    printf("The root key is in no backup.\n");
}

static int write_all(struct job *job, const char *path)
{
    int code = EXIT_REFUSED;
    enum tcn_err err = tcn_store_snapshot(&job->store, job->setup->conf.store);
    if (err != TCN_ERR_OK) {
        code = backup_refused(job->args, job->store == NULL
                                             ? tcn_err_sentence(err)
                                             : tcn_store_message(job->store));
    } else if (put_head(job) && put_configuration(job) &&
               put_keys(job, "card") && (!job->keys || put_keys(job, "key")) &&
               put_store(job) && check(job, tcn_archive_finish(job->archive))) {
        job->files -= 2; /* the head and the hashes */
        print_done(job, path);
        code = EXIT_DONE;
    }
    tcn_store_close(job->store);
    return code;
}

/* A node that runs knows who may, and notes it. */
static int ask_node(const struct cli_args *args, bool keys)
{
    struct cli_node node;
    int code = EXIT_DONE;
    if (!cli_answers(args)) {
        return EXIT_DONE; /* then the permissions of its files decide */
    }
    if (cli_connect(&node, args)) {
        cli_begin(&node);
        tcn_pair_bool(&node.pairs, &node.pair_count, "keys", keys);
        code = cli_run(&node, args, "backup", NULL);
    } else {
        code = EXIT_NO_NODE;
    }
    cli_disconnect(&node);
    return code;
}

static int begin(struct job *job, const char *path)
{
    enum tcn_err err = tcn_archive_create(&job->archive, path, tcn_now_ms());
    if (err != TCN_ERR_OK) {
        return backup_refused(job->args,
                              job->archive == NULL
                                  ? tcn_err_sentence(err)
                                  : tcn_archive_message(job->archive));
    }
    int code = ask_node(job->args, job->keys);
    return code == EXIT_DONE ? write_all(job, path) : code;
}

int cmd_backup(struct cli_args *args)
{
    struct job job = {.args = args, .keys = cli_has(args, "with-keys")};
    struct tcn_setup *setup = cli_setup(args);
    if (setup == NULL) {
        return EXIT_REFUSED;
    }
    job.setup = setup;
    cli_directory(args, job.dir, sizeof job.dir);
    int code = begin(&job, args->words[0]);
    tcn_archive_close(job.archive);
    tcn_setup_free(setup);
    return code;
}
