/* card: the public half of a nation, exchanged between people. */
#include <stdlib.h>

#include "base/text.h"
#include "base/time.h"
#include "cli/cards.h"
#include "cli/commands.h"
#include "cli/party_files.h"
#include "io/keys.h"

static bool read_card(struct tcn_card *card, const char *path)
{
    char text[512];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    enum tcn_err err = tcn_card_read(card, path, &message);
    if (err != TCN_ERR_OK) {
        (void)fprintf(stderr, "tocsin: %s", tcn_buf_text(&message));
    }
    return err == TCN_ERR_OK;
}

/* The one in force: peers that know nothing else must be able to link. */
static int export_card(const struct cli_args *args)
{
    uint8_t text[TCN_CARD_TEXT_MAX];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    struct tcn_key_chain chain;
    if (!cards_own(args, &chain)) {
        return EXIT_REFUSED;
    }
    const struct tcn_card *card =
        &chain.pairs[cards_in_force(args, &chain)]->card;
    enum tcn_err err = tcn_card_to_text(card, &out);
    tcn_key_chain_free(&chain);
    if (err != TCN_ERR_OK) {
        (void)fprintf(stderr, "tocsin: %s\n", tcn_err_sentence(err));
        return EXIT_REFUSED;
    }
    (void)fwrite(text, 1, out.len, stdout);
    return EXIT_DONE;
}

/* ---- import ---- */

static bool ask(const struct tcn_card *card)
{
    char answer[16] = "";
    printf("Compare this fingerprint with %s over another channel (read it "
           "aloud).\n  ",
           card->cert.member);
    cards_print_fingerprint(card);
    printf("Is it the same? [yes/no] ");
    (void)fflush(stdout);
    return fgets(answer, sizeof answer, stdin) != NULL &&
           strcmp(answer, "yes\n") == 0;
}

/* What was read over the telephone, if it was given: also of a card that is
 * pinned already. */
static bool is_as_read(const struct cli_args *args, const struct tcn_card *card)
{
    const char *given = cli_get(args, "fingerprint");
    char text[128];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    tcn_fingerprint_put(&out, card->cert.member, card->root_pk);
    return given == NULL || cards_same_fingerprint(tcn_buf_text(&out), given);
}

static int not_the_same(void)
{
    (void)fprintf(stderr, "tocsin: the fingerprint is not the same: nothing "
                          "was pinned\n");
    return EXIT_REFUSED;
}

static int check_words(const struct cli_args *args)
{
    const char *eu = cli_get(args, "eu");
    const char *role = cli_get(args, "role");
    if (eu != NULL && strcmp(eu, "yes") != 0 && strcmp(eu, "no") != 0) {
        return cli_wrong(args, eu, "--eu takes yes or no");
    }
    if (role != NULL && strcmp(role, "nation") != 0 &&
        strcmp(role, "partner") != 0) {
        return cli_wrong(args, role, "--role takes nation or partner");
    }
    size_t groups = 0;
    for (size_t i = 0; i < args->count; i++) {
        const char *value = args->given[i].value;
        bool group = strcmp(args->given[i].option->name, "group") == 0;
        groups += group;
        if (groups > TCN_GROUPS_MAX) {
            return cli_wrong(args, value, "a member has eight groups at most");
        }
        if (group &&
            !tcn_text_is_word(tcn_view_str(value), 1, TCN_NAME_MAX, true)) {
            return cli_wrong(args, value, "a group is a-z, digits and -");
        }
    }
    return EXIT_DONE;
}

static bool write_card(const struct tcn_card *card, const char *path)
{
    uint8_t text[TCN_CARD_TEXT_MAX];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    return tcn_card_to_text(card, &out) == TCN_ERR_OK &&
           cli_write(path, 0644, false, tcn_buf_view(&out));
}

/* What options say over what was said before. */
static struct tcn_party describe(const struct cli_args *args,
                                 const struct tcn_party *before)
{
    struct tcn_party party = *before;
    const char *eu = cli_get(args, "eu");
    const char *role = cli_get(args, "role");
    if (eu != NULL) {
        party.eu_set = true;
        party.eu = strcmp(eu, "yes") == 0;
    }
    if (role != NULL) {
        party.role =
            strcmp(role, "nation") == 0 ? TCN_ROLE_NATION : TCN_ROLE_PARTNER;
    }
    if (cli_has(args, "group")) {
        party.group_count = 0;
    }
    for (size_t i = 0; i < args->count; i++) {
        if (strcmp(args->given[i].option->name, "group") == 0 &&
            party.group_count < TCN_GROUPS_MAX) {
            (void)snprintf(party.groups[party.group_count++],
                           sizeof party.groups[0], "%s", args->given[i].value);
        }
    }
    return party;
}

static void warn_of_time(const struct tcn_cert *cert)
{
    uint64_t now = tcn_now_ms();
    if (now > cert->not_after_ms || now < cert->not_before_ms) {
        (void)fprintf(stderr,
                      "warning: its certificate is not valid now: is the clock "
                      "right? Else ask %s for its new card\n",
                      cert->member);
    }
}

/* A newer one may end sooner: lives are chosen. */
static bool is_older(const struct tcn_cert *a, const struct tcn_cert *b)
{
    return a->not_before_ms != b->not_before_ms
               ? a->not_before_ms < b->not_before_ms
               : a->serial < b->serial;
}

/* A new certificate of a nation that is pinned: the root is the same, so there
 * is nothing to compare. */
static int renew(const struct cli_args *args, const struct tcn_card *card,
                 const struct tcn_setup *setup, size_t at)
{
    const char *member = card->cert.member;
    const struct tcn_card *held = &setup->cards[at];
    bool described =
        cli_has(args, "eu") || cli_has(args, "role") || cli_has(args, "group");
    if (memcmp(held->root_pk, card->root_pk, sizeof held->root_pk) != 0) {
        (void)fprintf(stderr,
                      "tocsin: %s is pinned with another root key: refused. If "
                      "%s really has a new root, remove its member statement "
                      "and %s first\n",
                      member, member, setup->conf.cards[at]);
        return EXIT_REFUSED;
    }
    if (is_older(&card->cert, &held->cert)) {
        (void)fprintf(stderr,
                      "tocsin: this card is older than the one of %s that is "
                      "held here: nothing was changed\n",
                      member);
        return EXIT_REFUSED;
    }
    bool ours = party_has_file(args, "members", member);
    if (described && !ours) {
        (void)fprintf(stderr,
                      "tocsin: the member statement of %s was not written by "
                      "this command: change eu, role and group where it "
                      "stands\n",
                      member);
        return EXIT_REFUSED;
    }
    struct tcn_party party = describe(args, &setup->conf.parties[at]);
    if (!write_card(card, setup->conf.cards[at]) ||
        (ours && !party_write_member(args, &party, false))) {
        return EXIT_REFUSED;
    }
    (void)fprintf(cli_people(args->json),
                  "%s was pinned already: its card is renewed\n", member);
    return EXIT_DONE;
}

static int pin(const struct cli_args *args, const struct tcn_card *card)
{
    char path[PARTY_PATH_MAX];
    struct tcn_party party = {0};
    const char *member = card->cert.member;
    if (!cli_has(args, "fingerprint") && !cli_has(args, "yes") && !ask(card)) {
        return not_the_same();
    }
    (void)snprintf(party.name, sizeof party.name, "%s", member);
    party = describe(args, &party);
    party_path(args, "cards", member, path);
    if (!write_card(card, path) || !party_write_member(args, &party, true)) {
        return EXIT_REFUSED;
    }
    (void)fprintf(cli_people(args->json),
                  "%s is pinned: its alerts are believed. Link with it: tocsin "
                  "peer add %s --connect tcp://HOST:PORT\n",
                  member, member);
    return EXIT_DONE;
}

/* What was written must be readable, and read. */
static int take_effect(const struct cli_args *args, const char *member)
{
    struct tcn_setup *setup = cli_setup(args);
    bool good =
        setup != NULL && party_find(setup, member) < setup->conf.party_count;
    if (setup != NULL && !good) {
        (void)fprintf(stderr, "tocsin: the configuration does not include "
                              "members/*.conf: add that\n");
    }
    tcn_setup_free(setup);
    return good ? cli_tell_node(args) : EXIT_REFUSED;
}

static int place(const struct cli_args *args, const struct tcn_card *card)
{
    struct tcn_setup *setup = cli_setup(args);
    const char *member = card->cert.member;
    if (setup == NULL) {
        return EXIT_REFUSED;
    }
    int code = EXIT_REFUSED;
    size_t at = party_find(setup, member);
    if (strcmp(member, setup->conf.member) == 0) {
        (void)fprintf(stderr,
                      "tocsin: %s is this node itself: import the "
                      "cards of others\n",
                      member);
    } else if (at < setup->conf.party_count) {
        code = renew(args, card, setup, at);
    } else {
        code = pin(args, card);
    }
    tcn_setup_free(setup);
    if (code == EXIT_DONE) {
        warn_of_time(&card->cert);
        code = take_effect(args, member);
        if (args->json) {
            cards_print_json(card, "pinned");
        }
    }
    return code;
}

static int import_card(const struct cli_args *args)
{
    struct tcn_card card;
    const char *as = cli_get(args, "as");
    int code = check_words(args);
    if (code != EXIT_DONE) {
        return code;
    }
    if (as == NULL) {
        return cli_wrong(args, "--as", "say whose card you expect it to be");
    }
    if (!read_card(&card, args->words[1])) {
        return EXIT_REFUSED;
    }
    if (strcmp(card.cert.member, as) != 0) {
        (void)fprintf(stderr,
                      "tocsin: this card is of %s, not of %s: "
                      "refused\n",
                      card.cert.member, as);
        return EXIT_REFUSED;
    }
    return is_as_read(args, &card) ? place(args, &card) : not_the_same();
}

int cmd_card(struct cli_args *args)
{
    const char *what = args->words[0];
    struct tcn_card card;
    bool has_file = args->word_count == 2;
    if (strcmp(what, "export") == 0 && !has_file) {
        return export_card(args);
    }
    if (strcmp(what, "show") == 0 && has_file) {
        if (!read_card(&card, args->words[1])) {
            return EXIT_REFUSED;
        }
        if (args->json) {
            cards_print_json(&card, NULL);
        } else {
            cards_print(&card);
        }
        return EXIT_DONE;
    }
    if (strcmp(what, "import") == 0 && has_file) {
        return import_card(args);
    }
    return cli_wrong(args, what,
                     "expected export, show FILE or import FILE --as MEMBER");
}
