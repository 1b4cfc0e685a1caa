/* Replays a corpus through a harness without libFuzzer:
 *
 *   fuzz_NAME CORPUS-DIRECTORY [DIRECTORY ...]
 *
 * Every input must be survived, an input named REASON--WHAT must give that
 * reason, and all of them together exactly the reasons that the file
 * CORPUS-DIRECTORY.reasons lists, and the sentences of
 * CORPUS-DIRECTORY.sentences if there are any. */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "fuzz/replay.h"

#define INPUT_MAX  ((size_t)72 * 1024 * 1024)
#define PATH_BYTES 4096

static bool reached[TCN_ERR_COUNT];
static bool listed[TCN_ERR_COUNT];
static const char *last_word;
static unsigned wrong;

void tcn_fuzz_verdict(enum tcn_err err)
{
    reached[err] = true;
    last_word = tcn_err_word(err);
}

static int find_word(const char *word)
{
    for (int i = 0; i < TCN_ERR_COUNT; i++) {
        if (strcmp(tcn_err_word((enum tcn_err)i), word) == 0) {
            return i;
        }
    }
    return -1;
}

/* One word per line; '#' begins a comment. */
static void read_reasons(const char *path)
{
    FILE *file = fopen(path, "r");
    char line[256];
    if (file == NULL) {
        perror(path);
        exit(2);
    }
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "# \n")] = '\0';
        int at = find_word(line);
        if (at >= 0) {
            listed[at] = true;
        } else if (line[0] != '\0') {
            printf("%s: \"%s\" is no reason\n", path, line);
            wrong++;
        }
    }
    (void)fclose(file);
}

/* What the name of the input promises before its "--". */
static void check_promise(const char *name)
{
    const char *end = strstr(name, "--");
    const char *word = last_word == NULL ? "nothing" : last_word;
    if (end == NULL) {
        return;
    }
    size_t len = (size_t)(end - name);
    if (strlen(word) != len || memcmp(word, name, len) != 0) {
        printf("%s gives %s\n", name, word);
        wrong++;
    }
}

/* The input gets memory of exactly its size, so that a sanitizer sees a read
 * of one byte too many. */
static void replay(const char *directory, const char *name, uint8_t *room)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(2);
    }
    size_t size = fread(room, 1, INPUT_MAX, file);
    (void)fclose(file);
    uint8_t *data = malloc(size > 0 ? size : 1);
    if (data == NULL) {
        exit(2);
    }
    memcpy(data, room, size);
    last_word = NULL;
    (void)LLVMFuzzerTestOneInput(data, size);
    free(data);
    check_promise(name);
}

static int is_input(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static unsigned replay_all(const char *directory)
{
    struct dirent **entries;
    int count = scandir(directory, &entries, is_input, alphasort);
    uint8_t *room = malloc(INPUT_MAX);
    if (count <= 0 || room == NULL) {
        printf("%s: nothing to replay\n", directory);
        exit(2);
    }
    for (int i = 0; i < count; i++) {
        replay(directory, entries[i]->d_name, room);
        free(entries[i]);
    }
    free(entries);
    free(room);
    return (unsigned)count;
}

static unsigned compare_reasons(void)
{
    unsigned count = 0;
    for (unsigned i = 0; i < TCN_ERR_COUNT; i++) {
        const char *word = tcn_err_word((enum tcn_err)i);
        count += reached[i];
        if (reached[i] != listed[i]) {
            printf("%s: %s\n", word,
                   listed[i] ? "no input reaches it any more"
                             : "reached, but not listed");
            wrong++;
        }
    }
    return count;
}

static void read_lists(const char *corpus)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s.reasons", corpus);
    read_reasons(path);
    (void)snprintf(path, sizeof path, "%s.sentences", corpus);
    wrong += replay_read_sentences(path);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        (void)fprintf(stderr, "usage: %s CORPUS-DIRECTORY [DIRECTORY ...]\n",
                      argv[0]);
        return 2;
    }
    read_lists(argv[1]);
    unsigned inputs = 0;
    for (int i = 1; i < argc; i++) {
        inputs += replay_all(argv[i]);
    }
    unsigned reasons = compare_reasons();
    wrong += replay_compare_sentences();
    printf("%u inputs, %u reasons, %u wrong\n", inputs, reasons, wrong);
    return wrong == 0 ? 0 : 1;
}
