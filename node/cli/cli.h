/* The command line from the inside: a table of commands, one file each; options
 * as tables; one client of the control socket; one way to print rows. */
#pragma once

#include <stdio.h>

#include "alert/build.h"
#include "alert/status.h"
#include "cli/output.h"
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
    bool is_draft; /* it takes the options of a draft too */
    size_t words_min, words_max;
    int (*run)(struct cli_args *args);
};

extern const struct cli_command cli_commands[];
extern const size_t cli_command_count;
#define CLI_OPTIONS(table) (table), sizeof(table) / sizeof(table)[0]
/* Every option of a command: its own, those of a draft, those of all commands;
 * NULL behind the last. */
const struct cli_option *cli_option_at(const struct cli_command *command,
                                       size_t at);
extern const struct cli_option cli_common_options[];
extern const size_t cli_common_option_count;

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
int cli_wrong_view(const struct cli_args *args, struct tcn_view text,
                   const char *expected);
/* Whether a word can be an id or begin one: EXIT_DONE or EXIT_USAGE, said. */
int cli_check_id(const struct cli_args *args, const char *word);
/* Durations ("24h" before now) and numbers of at least 1: false after
 * cli_wrong(). */
bool cli_duration(const struct cli_args *args, const char *name,
                  uint64_t fallback, uint64_t *out);
bool cli_number(const struct cli_args *args, const char *name,
                uint64_t fallback, uint64_t *out);
/* The time that long ago; one before there was time is 1 ms. */
uint64_t cli_ago(uint64_t duration_ms);
/* Shortens *text to what stands before the first `at`; returns what stands
 * behind it (data NULL when it is not there). */
struct tcn_view cli_cut(struct tcn_view *text, char at);
/* One line of text, as people may read it. */
bool cli_is_line(struct tcn_view text);

/* ---- the node ---- */

struct cli_node {
    int fd;
    struct tcn_setup *setup; /* where it is; no cards and no policy */
    uint8_t *bytes;          /* TCN_CONTROL_MAX + 1 */
    uint8_t *request_bytes;
    struct tcn_buf pairs;
    size_t pair_count;
    struct tcn_control_msg msg;
    enum tcn_err end;
    char sentence[1024];
    bool tells; /* the command itself tells what the node wants said */
};

/* The configuration, with an error for people; NULL when it cannot be read. */
struct tcn_setup *cli_setup(const struct cli_args *args);
/* Only where its sockets are: tcn_setup_load_node(). */
struct tcn_setup *cli_setup_node(const struct cli_args *args);
/* Connects to the node that the configuration names; false after an error was
 * said (exit EXIT_NO_NODE). */
bool cli_connect(struct cli_node *node, const struct cli_args *args);
/* Whether a node runs there, without a word when none does. */
bool cli_answers(const struct cli_args *args);
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
/* What the node wants everybody to be told, once; quietly nothing when none
 * answers or it was asked before. */
void cli_look(const struct cli_args *args);
/* Whole exchange: rows as JSON or through `row`, texts as they are. */
int cli_run(struct cli_node *node, const struct cli_args *args,
            const char *verb,
            void (*row)(const struct cli_args *args,
                        const struct tcn_pairs *pairs));

/* ---- files of a configuration directory ---- */
/* DIR of the main configuration file. */
void cli_directory(const struct cli_args *args, char *out, size_t cap);
bool cli_write(const char *path, unsigned mode, bool fresh,
               struct tcn_view text);
/* Makes a running node read its files again; EXIT_DONE when none runs. */
int cli_tell_node(const struct cli_args *args);
