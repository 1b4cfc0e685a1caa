/* Importing that goes on: files that appear in a directory, lines that are
 * added to a file. Ends at SIGINT or SIGTERM. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/import.h"
#include "cli/import_reader.h"

#define LOOK_MS 500

static volatile sig_atomic_t ended;

static void end(int signal_number)
{
    (void)signal_number;
    ended = 1;
}

static void begin(struct job *job)
{
    struct sigaction action = {.sa_handler = end};
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    job->stays = true;
}

bool import_wait(int ms)
{
    if (!ended) {
        (void)poll(NULL, 0, ms);
    }
    return !ended;
}

/* ---- a directory ---- */

static void take_events(struct job *job, const char *dir, int fd)
{
    union {
        struct inotify_event event; /* for its alignment */
        char bytes[16384];
    } room;
    ssize_t n = read(fd, room.bytes, sizeof room.bytes);
    for (ssize_t at = 0; at < n && !ended;) {
        const struct inotify_event *event =
            (const struct inotify_event *)(const void *)(room.bytes + at);
        char path[4096];
        at += (ssize_t)(sizeof *event + event->len);
        if (event->len > 0 && event->name[0] != '.') {
            (void)snprintf(path, sizeof path, "%s/%s", dir, event->name);
            import_file(job, path);
            (void)job_submit(job);
        }
        if ((event->mask & IN_Q_OVERFLOW) != 0) {
            import_path(job, dir); /* what is known already stays as it is */
            (void)job_submit(job);
        }
    }
    (void)fflush(stdout);
}

int import_watch(struct job *job, const char *dir)
{
    int fd = inotify_init1(IN_CLOEXEC);
    begin(job);
    /* First the watch: what comes during the first look is seen again. */
    if (fd < 0 || inotify_add_watch(
                      fd, dir, IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR) < 0) {
        int why = errno;
        cli_put_view(stderr, tcn_view_str(dir));
        (void)fprintf(stderr, ": cannot be watched: %s\n", strerror(why));
        if (fd >= 0) {
            (void)close(fd);
        }
        return EXIT_REFUSED;
    }
    import_path(job, dir);
    (void)job_submit(job);
    (void)fflush(stdout);
    while (!ended) {
        struct pollfd slot = {fd, POLLIN, 0};
        if (poll(&slot, 1, LOOK_MS) > 0) {
            take_events(job, dir, fd);
        }
    }
    (void)close(fd);
    return EXIT_DONE;
}

/* ---- a file that grows ---- */

struct following {
    struct job *job;
    const char *path;
    struct reader reader;
    struct tcn_lines *lines;
    struct tcn_import_report report;
    ino_t inode;
    bool open;
};

static bool open_file(struct following *f)
{
    struct stat info;
    if (reader_open(&f->reader, f->path) != TCN_ERR_OK) {
        return false;
    }
    f->open = true;
    f->inode = fstat(f->reader.fd, &info) == 0 ? info.st_ino : 0;
    return true;
}

/* Another file under the name, or a shorter one: begin it anew. */
static bool is_rotated(const struct following *f)
{
    struct stat now;
    return stat(f->path, &now) == 0 &&
           (now.st_ino != f->inode ||
            now.st_size < lseek(f->reader.fd, 0, SEEK_CUR));
}

/* Whole lines only: the rest of one may not be written yet. */
static enum tcn_err take_lines(struct following *f, bool last)
{
    struct tcn_view line;
    bool got = true;
    enum tcn_err err = TCN_ERR_OK;
    while (err == TCN_ERR_OK && got && !ended) {
        err = reader_line(&f->reader, &got, &line);
        if (err == TCN_ERR_OK && (got || (last && line.len > 0))) {
            err = tcn_lines_take(f->lines, line);
        }
    }
    return err;
}

static void tell(struct following *f)
{
    if (f->job->count > 0) {
        (void)job_submit(f->job);
    }
    report_notices(f->job, &f->report);
    f->report.notices_len = 0;
    f->report.notice_count = 0;
    f->report.notices_unsaid = 0;
    (void)fflush(stdout);
}

static enum tcn_err look(struct following *f)
{
    f->job->options.now_ms = tcn_now_ms();
    if (!f->open && !open_file(f)) {
        return TCN_ERR_OK; /* it may come */
    }
    bool rotated = is_rotated(f);
    enum tcn_err err = take_lines(f, rotated);
    if (rotated) {
        reader_close(&f->reader);
        f->open = false;
    }
    if (err == TCN_ERR_OK) {
        err = tcn_lines_tell(f->lines, false);
    }
    tell(f);
    return err;
}

int import_follow(struct job *job, const char *path)
{
    struct following f = {.job = job, .path = path, .reader = {.fd = -1}};
    const struct tcn_import_sink sink = {job_take, job};
    f.lines = tcn_lines_open(&job->options, &sink, &f.report);
    enum tcn_err err = f.lines == NULL ? TCN_ERR_NO_MEMORY : TCN_ERR_OK;
    begin(job);
    job_begin_file(job, path);
    if (access(path, F_OK) != 0) {
        cli_put_view(stderr, tcn_view_str(path));
        (void)fprintf(stderr, ": it is not there yet, and waited for\n");
    }
    while (err == TCN_ERR_OK && !ended) {
        err = look(&f);
        if (err == TCN_ERR_OK) {
            (void)import_wait(LOOK_MS);
        }
    }
    if (err == TCN_ERR_OK && f.report.alerts > 0) {
        job->stays = false; /* told to end: what cannot be handed over is not */
        err = tcn_lines_tell(f.lines, true);
        tell(&f);
    }
    report_file(job, path, err, &f.report);
    reader_close(&f.reader);
    tcn_lines_close(f.lines);
    tcn_import_report_fini(&f.report);
    import_done(job, err == TCN_ERR_OK ? EXIT_DONE : EXIT_REFUSED);
    return err == TCN_ERR_OK ? EXIT_DONE : EXIT_REFUSED;
}
