/* Directories: every file in them, or a MISP feed, whose manifest says which
 * events there are. */
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/text.h"
#include "cli/import.h"

#define TREE_DEPTH_MAX 16
#define MANIFEST_MAX   ((size_t)64 * 1024 * 1024)

static void refuse(struct job *job, const char *path, const char *sentence)
{
    report_clear(job);
    cli_put_view(stderr, tcn_view_str(path));
    (void)fprintf(stderr, ": %s\n", sentence);
    import_done(job, EXIT_REFUSED);
}

/* ---- a feed of MISP ---- */

/* The manifest of a feed, or NULL: an object of uuids. */
static json_t *load_manifest(const char *dir)
{
    char path[4096];
    char text[512];
    uint8_t *data;
    size_t len;
    struct tcn_buf message = tcn_buf(text, sizeof text);
    (void)snprintf(path, sizeof path, "%s/manifest.json", dir);
    if (tcn_file_read(path, MANIFEST_MAX, &data, &len, &message) !=
        TCN_ERR_OK) {
        return NULL;
    }
    json_t *manifest =
        json_loadb((const char *)data, len, JSON_REJECT_DUPLICATES, NULL);
    free(data);
    const char *uuid;
    const json_t *row;
    bool fits = json_is_object(manifest);
    json_object_foreach(manifest, uuid, row)
    {
        fits = fits && strlen(uuid) == 36 && strchr(uuid, '/') == NULL &&
               json_is_object(row);
    }
    if (!fits) {
        json_decref(manifest);
        return NULL;
    }
    return manifest;
}

/* Where the manifest has a hash of the file, it must be that file. */
static bool is_whole(const char *path, const json_t *row)
{
    const char *wanted =
        json_string_value(json_object_get(row, "integrity:sha256"));
    char text[512];
    uint8_t *data;
    size_t len;
    unsigned char hash[crypto_hash_sha256_BYTES];
    unsigned char known[crypto_hash_sha256_BYTES];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    if (wanted == NULL) {
        return true;
    }
    if (tcn_file_read(path, TCN_IMPORT_BYTES_MAX, &data, &len, &message) !=
        TCN_ERR_OK) {
        return true; /* the import says what is wrong */
    }
    crypto_hash_sha256(hash, data, len);
    free(data);
    return tcn_text_unhex(tcn_view_str(wanted), known, sizeof known) &&
           sodium_memcmp(hash, known, sizeof hash) == 0;
}

static void import_feed(struct job *job, const char *dir, json_t *manifest)
{
    const char *uuid;
    const json_t *row;
    struct stat info;
    report_clear(job);
    if (!job->args->json) {
        cli_print_view(tcn_view_str(dir));
        (void)printf(": a MISP feed of %zu events\n",
                     json_object_size(manifest));
    }
    json_object_foreach(manifest, uuid, row)
    {
        char path[4096];
        (void)snprintf(path, sizeof path, "%s/%s.json", dir, uuid);
        if (job->worst == EXIT_NO_NODE) {
            return;
        }
        if (stat(path, &info) != 0) {
            refuse(job, path, "named in the manifest, but not there");
        } else if (!is_whole(path, row)) {
            refuse(job, path,
                   "is not the file that the manifest has a hash "
                   "of");
        } else {
            import_file(job, path);
        }
    }
}

/* ---- any directory ---- */

static void import_at(struct job *job, const char *path, unsigned depth);

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void import_directory(struct job *job, const char *path, unsigned depth)
{
    struct dirent **names;
    int count = scandir(path, &names, NULL, by_name);
    if (count < 0) {
        refuse(job, path, strerror(errno));
        return;
    }
    for (int i = 0; i < count; i++) {
        char inner[4096];
        (void)snprintf(inner, sizeof inner, "%s/%s", path, names[i]->d_name);
        if (names[i]->d_name[0] != '.') {
            import_at(job, inner, depth + 1);
        }
        free(names[i]);
    }
    free(names);
}

static void import_at(struct job *job, const char *path, unsigned depth)
{
    struct stat info;
    bool is_dir = strcmp(path, "-") != 0 && stat(path, &info) == 0 &&
                  S_ISDIR(info.st_mode);
    json_t *manifest = is_dir ? load_manifest(path) : NULL;
    if (job->worst == EXIT_NO_NODE) {
        json_decref(manifest);
    } else if (depth > TREE_DEPTH_MAX) {
        refuse(job, path, "nested deeper than 16 directories");
    } else if (manifest != NULL) {
        import_feed(job, path, manifest);
        json_decref(manifest);
    } else if (is_dir) {
        import_directory(job, path, depth);
    } else {
        import_file(job, path);
    }
}

void import_path(struct job *job, const char *path)
{
    import_at(job, path, 0);
}
