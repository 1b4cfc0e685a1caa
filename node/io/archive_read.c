/* Nothing in a file that was brought here is believed before it is checked: not
 * a size, not a name. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "io/archive_file.h"

/* Its owner can read it, nobody else's programs run as him, and not everybody
 * writes to it, whatever is written there. */
#define MODE_LEAST 0600u
#define MODE_MOST  0775u
#define DIR_LEAST  0700u

enum tcn_err tcn_archive_open(struct tcn_archive **out, const char *path)
{
    struct stat info;
    struct tcn_archive *archive = archive_new(path);
    *out = archive;
    if (archive == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    archive->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (archive->fd < 0 || fstat(archive->fd, &info) != 0) {
        return archive_errno(archive, path);
    }
    if (!S_ISREG(info.st_mode)) {
        return archive_say(archive, TCN_ERR_FORMAT, "this is no plain file");
    }
    archive->total = (uint64_t)info.st_size;
    return TCN_ERR_OK;
}

uint64_t tcn_archive_done_bytes(const struct tcn_archive *archive)
{
    return archive->done;
}

uint64_t tcn_archive_size_bytes(const struct tcn_archive *archive)
{
    return archive->total;
}

static enum tcn_err too_short(struct tcn_archive *archive)
{
    return archive_say(archive, TCN_ERR_CORRUPT,
                       "it ends too early: a part of it is missing");
}

static enum tcn_err altered(struct tcn_archive *archive)
{
    return archive_say(archive, TCN_ERR_CORRUPT,
                       "it is damaged: it is not what was written");
}

static enum tcn_err read_exact(struct tcn_archive *archive, void *out,
                               size_t len)
{
    uint8_t *at = out;
    while (len > 0) {
        ssize_t n = read(archive->fd, at, len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return archive_errno(archive, archive->path);
        }
        if (n == 0) {
            return too_short(archive);
        }
        at += n;
        len -= (size_t)n;
        archive->done += (uint64_t)n;
    }
    return TCN_ERR_OK;
}

/* ---- heads ---- */

static bool take_number(const char *text, size_t width, uint64_t *number)
{
    const uint8_t *bytes = (const uint8_t *)text;
    *number = 0;
    if (bytes[0] == 0x80) {
        for (size_t i = 1; i < width; i++) {
            if (i < width - sizeof *number && bytes[i] != 0) {
                return false;
            }
            *number = *number << 8 | bytes[i];
        }
        return *number >> 62 == 0;
    }
    size_t at = 0;
    for (; at < width && text[at] >= '0' && text[at] <= '7'; at++) {
        *number = *number << 3 | (uint64_t)(text[at] - '0');
    }
    return at > 0 && (at == width || text[at] == '\0' || text[at] == ' ');
}

/* Components that lead nowhere else: "conf/policy/10.conf". */
static bool is_safe(const char *name)
{
    if (tcn_text_check(tcn_view_str(name)) != TCN_ERR_OK || name[0] == '\0') {
        return false;
    }
    for (const char *at = name;; at++) {
        size_t len = strcspn(at, "/");
        bool dots = (len == 1 && at[0] == '.') ||
                    (len == 2 && at[0] == '.' && at[1] == '.');
        if (len == 0 || dots) {
            return false;
        }
        at += len;
        if (*at == '\0') {
            return true;
        }
    }
}

static bool take_name(const struct head *head, char *out)
{
    struct tcn_buf name = tcn_buf(out, TCN_ARCHIVE_NAME_MAX + 1);
    size_t prefix = strnlen(head->prefix, sizeof head->prefix);
    if (prefix > 0) {
        tcn_buf_put(&name, head->prefix, prefix);
        tcn_buf_put_str(&name, "/");
    }
    tcn_buf_put(&name, head->name, strnlen(head->name, sizeof head->name));
    bool whole = !name.full && name.len <= TCN_ARCHIVE_NAME_MAX;
    (void)tcn_buf_text(&name);
    return whole && is_safe(out);
}

static enum tcn_err take_head(struct tcn_archive *archive,
                              const struct head *head)
{
    uint64_t checksum = 0;
    bool first = archive->members == 0;
    bool good = memcmp(head->magic, "ustar", 6) == 0 &&
                take_number(head->checksum, sizeof head->checksum, &checksum) &&
                checksum == head_checksum(head);
    if (!good && first) {
        return archive_say(archive, TCN_ERR_FORMAT,
                           "this is no backup: it was not written by `tocsin "
                           "backup`");
    }
    if (!good || !take_number(head->size, sizeof head->size, &archive->size) ||
        !take_number(head->mode, sizeof head->mode, &archive->mode)) {
        return altered(archive);
    }
    archive->is_dir = head->type == '5' && archive->size == 0;
    bool is_file = head->type == '0' || head->type == '\0';
    if ((!is_file && !archive->is_dir) || !take_name(head, archive->name) ||
        archive->members == TCN_ARCHIVE_MEMBERS_MAX) {
        return archive_say(archive, TCN_ERR_FORMAT,
                           "there is something in it that `tocsin backup` "
                           "never writes");
    }
    return archive->size > archive->total - archive->done ? too_short(archive)
                                                          : TCN_ERR_OK;
}

/* ---- members ---- */

static enum tcn_err end_member(struct tcn_archive *archive)
{
    struct tcn_view unread;
    enum tcn_err err = TCN_ERR_OK;
    while (archive->in_member && err == TCN_ERR_OK) {
        err = tcn_archive_read(archive, &unread);
    }
    return err == TCN_ERR_NOT_FOUND ? TCN_ERR_OK : err;
}

/* It must be to the letter what we have computed ourselves. */
static enum tcn_err check_sums(struct tcn_archive *archive)
{
    uint8_t block[BLOCK];
    struct tcn_view expected = tcn_buf_view(&archive->sums);
    if (archive->sums.full || archive->size != expected.len) {
        return altered(archive);
    }
    while (expected.len > 0) {
        size_t len = expected.len < BLOCK ? expected.len : BLOCK;
        enum tcn_err err = read_exact(archive, block, sizeof block);
        if (err != TCN_ERR_OK) {
            return err;
        }
        if (memcmp(block, expected.data, len) != 0) {
            return altered(archive);
        }
        expected = tcn_view(expected.data + len, expected.len - len);
    }
    return TCN_ERR_NOT_FOUND; /* and what is behind it is nothing of ours */
}

enum tcn_err tcn_archive_next(struct tcn_archive *archive,
                              struct tcn_archive_member *member)
{
    struct head head = {0};
    enum tcn_err err = end_member(archive);
    if (err == TCN_ERR_OK) {
        err = archive->total - archive->done < sizeof head &&
                      archive->members == 0
                  ? archive_say(archive, TCN_ERR_FORMAT,
                                "this is no backup: it was not written by "
                                "`tocsin backup`")
                  : read_exact(archive, &head, sizeof head);
    }
    err = err == TCN_ERR_OK ? take_head(archive, &head) : err;
    if (err != TCN_ERR_OK) {
        return err;
    }
    bool is_dir = archive->is_dir;
    if (!is_dir && strcmp(archive->name, SUMS_NAME) == 0) {
        return check_sums(archive);
    }
    memcpy(member->name, archive->name, sizeof member->name);
    member->size_bytes = archive->left = archive->size;
    member->is_dir = is_dir;
    member->mode = (unsigned)(archive->mode & MODE_MOST) |
                   (is_dir ? DIR_LEAST : MODE_LEAST);
    archive->in_member = !is_dir;
    archive->members += is_dir;
    (void)crypto_hash_sha256_init(&archive->hash);
    return TCN_ERR_OK;
}

enum tcn_err tcn_archive_read(struct tcn_archive *archive,
                              struct tcn_view *piece)
{
    *piece = tcn_view(NULL, 0);
    if (!archive->in_member) {
        return TCN_ERR_NOT_FOUND;
    }
    if (archive->left == 0) {
        sums_add(archive);
        archive->in_member = false;
        return TCN_ERR_NOT_FOUND;
    }
    /* Whole blocks: what fills the last one is read with it. */
    size_t len = archive->left < PIECE ? (size_t)archive->left : PIECE;
    size_t blocks = (len + BLOCK - 1) / BLOCK * BLOCK;
    enum tcn_err err = read_exact(archive, archive->piece, blocks);
    if (err == TCN_ERR_OK) {
        (void)crypto_hash_sha256_update(&archive->hash, archive->piece, len);
        archive->left -= len;
        *piece = tcn_view(archive->piece, len);
    }
    return err;
}
