/* request-release: asks the originator of an alert for more of it. */
#include "base/text.h"
#include "cli/commands.h"
#include "cli/draft.h"

bool cli_classes(const struct cli_args *args, const char *option,
                 uint64_t *mask)
{
    const char *text = cli_get(args, option);
    *mask = 0;
    while (text != NULL && *text != '\0') {
        size_t len = strcspn(text, ",");
        int cls = tcn_class_find(tcn_view(text, len));
        if (cls <= TCN_CLASS_KEEP) {
            (void)cli_wrong(args, text,
                            "expected classes such as VICTIM,PERSONAL; KEEP "
                            "is in every copy");
            return false;
        }
        *mask |= TCN_CLASS_BIT(cls);
        text += len + (text[len] == ',');
    }
    return true;
}

static int check(const struct cli_args *args)
{
    static const char *const members[] = {"to", "origin"};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        const char *member = cli_get(args, members[i]);
        if (member != NULL && !tcn_text_is_member(tcn_view_str(member))) {
            return cli_wrong(args, member,
                             "this is no member code, such as ee");
        }
    }
    const char *reason = cli_get(args, "reason");
    if (reason != NULL && !cli_is_line(tcn_view_str(reason))) {
        return cli_wrong(args, "--reason", "one line of text");
    }
    bool known = cli_get(args, "origin") != NULL;
    if (!known && (cli_has(args, "agreement") || cli_has(args, "exercise"))) {
        return cli_wrong(args, "--origin",
                         "agreement and exercise are said only of an alert "
                         "that is not here");
    }
    return EXIT_DONE;
}

int cmd_request(struct cli_args *args)
{
    static const char *const texts[] = {"to", "reason", "origin", "agreement",
                                        "exercise"};
    struct cli_node node;
    uint64_t classes;
    int code = check(args);
    if (code != EXIT_DONE || !cli_classes(args, "classes", &classes)) {
        return EXIT_USAGE;
    }
    code = EXIT_NO_NODE;
    if (cli_connect(&node, args)) {
        cli_begin(&node);
        tcn_pair_str(&node.pairs, &node.pair_count, "id",
                     tcn_view_str(args->words[0]));
        tcn_pair_uint(&node.pairs, &node.pair_count, "classes", classes);
        tcn_pair_bool(&node.pairs, &node.pair_count, "dry_run",
                      cli_has(args, "dry-run"));
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
            const char *text = cli_get(args, texts[i]);
            if (text != NULL) {
                tcn_pair_str(&node.pairs, &node.pair_count, texts[i],
                             tcn_view_str(text));
            }
        }
        code = cli_run(&node, args, "request-release", cli_print_id);
    }
    cli_disconnect(&node);
    return code;
}
