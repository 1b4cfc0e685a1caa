/* What the writing and the reading side of an archive share. */
#pragma once

#include <sodium.h>

#include "io/archive.h"

#define BLOCK      512
#define PIECE      (128 * BLOCK)
#define SUMS_NAME  "SHA256SUMS"
#define SUMS_BYTES (TCN_ARCHIVE_MEMBERS_MAX * (2 * 32 + 2 + 256 + 1))

/* The head of a member, ustar. */
struct head {
    char name[100];
    char mode[8];
    char uid[8];
    char gid[8];
    char size[12];
    char mtime[12];
    char checksum[8];
    char type;
    char link[100];
    char magic[8]; /* "ustar", NUL, "00" */
    char user[32];
    char group[32];
    char device[16];
    char prefix[155];
    char unused[12];
};
_Static_assert(sizeof(struct head) == BLOCK, "a head is a block");

struct tcn_archive {
    int fd;
    bool writing, finished;
    char path[4096];
    char temporary[4096];
    char message[4096 + 256];
    uint64_t now_ms;
    size_t members;
    struct tcn_buf sums; /* owned: the text of SHA256SUMS so far */
    crypto_hash_sha256_state hash;
    char name[TCN_ARCHIVE_NAME_MAX + 1]; /* of the member at hand */
    uint64_t mode;
    uint64_t size, left; /* of it; not read yet */
    bool in_member, is_dir;
    uint64_t done, total; /* of the file, when reading */
    uint8_t piece[PIECE];
};

/* Allocates; NULL when there is no memory. */
struct tcn_archive *archive_new(const char *path);
enum tcn_err archive_say(struct tcn_archive *archive, enum tcn_err err,
                         const char *what);
/* For errno. */
enum tcn_err archive_errno(struct tcn_archive *archive, const char *path);
unsigned head_checksum(const struct head *head);
/* The hash of the member that ends here becomes a line. */
void sums_add(struct tcn_archive *archive);
