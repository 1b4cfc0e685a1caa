/* The command line from the inside: a table of commands, one file each; options
 * as tables; one client of the control socket; one way to print rows. */
#pragma once

#include <stdio.h>

#include "alert/build.h"
#include "alert/status.h"
#include "io/control.h"
#include "io/file.h"
#include "io/setup.h"

enum cli_exit {
    EXIT_DONE = 0,
    EXIT_REFUSED = 1,
    EXIT_USAGE = 2,
    EXIT_NO_NODE = 3,
};

/* ---- options ---- */

#define CLI_OPTIONS_MAX 32
#define CLI_WORDS_MAX   1024

struct cli_option {
    const char *name;     /* without the dashes */
    const char *argument; /* NULL = a flag */
    const char *help;
    bool many; /* may be repeated */
};

struct cli_args {
    const struct cli_command *command;
    const char *config;
    bool json;
    size_t count; /* of given options, in their order */
    struct {
        const struct cli_option *option;
        const char *value;
    } given[CLI_OPTIONS_MAX * 8];
    size_t word_count; /* positional */
    const char *words[CLI_WORDS_MAX];
};

struct cli_command {
    const char *name;
    const char *synopsis; /* "ID --to PEER" */
    const char *help;     /* one line */
    const char *more;     /* further lines for --help, or NULL */
    const struct cli_option *options;
    size_t option_count;
    size_t words_min, words_max;
    int (*run)(struct cli_args *args);
};

extern const struct cli_command cli_commands[];
extern const size_t cli_command_count;
#define CLI_OPTIONS(table) (table), sizeof(table) / sizeof(table)[0]

/* Reads argv behind the command; 0 = go on, else the exit code + 1 (--help, or
 * a wrong word that was named). */
int cli_parse(struct cli_args *args, const struct cli_command *command,
              int argc, char **argv);
/* The (last) value of an option, or NULL; a flag's value is "". */
const char *cli_get(const struct cli_args *args, const char *name);
bool cli_has(const struct cli_args *args, const char *name);
void cli_help(const struct cli_command *command);
void cli_man(void);

/* Says what is wrong with which text; returns EXIT_USAGE. */
int cli_wrong(const struct cli_args *args, const char *text,
              const char *expected);
/* Numbers, durations ("24h" before now), words: false after cli_wrong(). */
bool cli_duration(const struct cli_args *args, const char *name,
                  uint64_t fallback, uint64_t *out);

/* ---- the node ---- */

struct cli_node {
    int fd;
    struct tcn_setup *setup; /* NULL unless loaded */
    uint8_t *bytes;          /* TCN_CONTROL_MAX + 1 */
    uint8_t *request_bytes;
    struct tcn_buf pairs;
    size_t pair_count;
    struct tcn_control_msg msg;
    enum tcn_err end;
    char sentence[1024];
};

/* The configuration, with an error for people; NULL when it cannot be read. */
struct tcn_setup *cli_setup(const struct cli_args *args);
/* Connects to the node that the configuration names; false after an error was
 * said (exit EXIT_NO_NODE). */
bool cli_connect(struct cli_node *node, const struct cli_args *args);
void cli_disconnect(struct cli_node *node);
/* A request: begin, add pairs with tcn_pair_*(&node->pairs, &node->pair_count,
 * ...), send. */
void cli_begin(struct cli_node *node);
bool cli_send(struct cli_node *node, const char *verb);
/* The next reply: true for a row or text (node->msg), false at the end, which
 * is in node->end and node->sentence. */
bool cli_next(struct cli_node *node);
/* Prints the sentence of an end that is no success; the exit code. */
int cli_finish(struct cli_node *node);
/* Whole exchange: rows as JSON or through `row`, texts as they are. */
int cli_run(struct cli_node *node, const struct cli_args *args,
            const char *verb,
            void (*row)(const struct cli_args *args,
                        const struct tcn_pairs *pairs));

/* ---- output ---- */
void cli_print_view(struct tcn_view text); /* escaped */
void cli_print_row_json(const struct tcn_pairs *pairs);
void cli_print_hex(struct tcn_view bytes, size_t digits);
void cli_print_time(uint64_t ms);
/* The status of a word that the node said; live when unknown. */
enum tcn_status cli_status_find(struct tcn_view word);
const char *cli_colour(const char *code); /* "" when not on a terminal */

/* ---- drafts: the options of send, update, sighting, ack ---- */
extern const struct cli_option draft_options[];
extern const size_t draft_option_count;
/* Fills in a draft from options; views point into argv. EXIT_DONE or the exit
 * code after an error was said. */
int draft_read(const struct cli_args *args, struct tcn_draft *draft);
/* Puts the draft as a pair. */
bool draft_put(struct cli_node *node, const struct tcn_draft *draft);

/* ---- files of a configuration directory ---- */
/* DIR of the main configuration file. */
void cli_directory(const struct cli_args *args, char *out, size_t cap);
bool cli_write(const char *path, unsigned mode, bool fresh,
               struct tcn_view text);
/* Tells a running node, or that none runs. */
void cli_reload_hint(const struct cli_args *args);
