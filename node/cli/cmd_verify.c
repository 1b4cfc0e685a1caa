/* verify: whether a copy, however much was cut out of it, is its origin's. */
#include <stdlib.h>

#include "base/text.h"
#include "cli/commands.h"
#include "io/keys.h"

static const char *card_path(const struct cli_args *args,
                             struct tcn_view origin)
{
    for (size_t i = 1; i < args->word_count; i++) {
        const char *equals = strchr(args->words[i], '=');
        size_t len = equals == NULL ? 0 : (size_t)(equals - args->words[i]);
        if (equals != NULL &&
            tcn_view_equal(origin, tcn_view(args->words[i], len))) {
            return equals + 1;
        }
    }
    return NULL;
}

static enum tcn_err check(const struct cli_args *args, struct tcn_alert *alert,
                          struct tcn_view envelope, struct tcn_buf *message)
{
    struct tcn_card card;
    enum tcn_err err = tcn_alert_decode(alert, envelope);
    if (err != TCN_ERR_OK) {
        return err;
    }
    const char *path = card_path(args, alert->header.origin);
    if (path == NULL) {
        return TCN_ERR_UNPINNED;
    }
    err = tcn_card_read(&card, path, message);
    return err == TCN_ERR_OK ? tcn_alert_verify(alert, &card.cert, NULL) : err;
}

static void print_form(const struct tcn_alert *alert)
{
    printf("  open:");
    for (unsigned i = 0; i < TCN_CLASS_COUNT; i++) {
        if ((alert->form & TCN_CLASS_BIT(i)) != 0) {
            printf(" %s", tcn_class_word(i));
        }
    }
    printf("; withheld:");
    for (unsigned i = 0; i < TCN_CLASS_COUNT; i++) {
        if ((alert->present & ~alert->form & TCN_CLASS_BIT(i)) != 0) {
            printf(" %s", tcn_class_word(i));
        }
    }
    printf("%s\n", alert->present == alert->form ? " nothing" : "");
}

static void print_good(const struct cli_args *args,
                       const struct tcn_alert *alert)
{
    if (args->json) {
        printf("{\"origin\":");
        cli_print_json_text(alert->header.origin);
        printf(",\"id\":\"");
        cli_print_hex(tcn_id_view(&alert->id), 64);
        printf("\",\"form\":%u,\"present\":%u}\n", (unsigned)alert->form,
               (unsigned)alert->present);
        return;
    }
    printf("good: said by ");
    cli_print_view(alert->header.origin);
    printf(", id ");
    cli_print_hex(tcn_id_view(&alert->id), 64);
    printf("\n");
    print_form(alert);
}

/* What could not be read has been said already. */
static void say_wrong(const struct cli_args *args, enum tcn_err err,
                      struct tcn_buf *message)
{
    if (message->len > 0) {
        (void)fprintf(stderr, "tocsin verify: %s", tcn_buf_text(message));
        return;
    }
    (void)fprintf(stderr, "tocsin verify: ");
    cli_put_view(stderr, tcn_view_str(args->words[0]));
    (void)fprintf(stderr, ": %s (%s)\n", tcn_err_sentence(err),
                  tcn_err_word(err));
}

static int check_words(const struct cli_args *args)
{
    for (size_t i = 1; i < args->word_count; i++) {
        struct tcn_view member = tcn_view_str(args->words[i]);
        struct tcn_view path = cli_cut(&member, '=');
        if (path.len == 0 || !tcn_text_is_member(member)) {
            return cli_wrong(args, args->words[i],
                             "expected MEMBER=CARD, such as ee=ee.card");
        }
    }
    return EXIT_DONE;
}

int cmd_verify(struct cli_args *args)
{
    if (check_words(args) != EXIT_DONE) {
        return EXIT_USAGE;
    }
    uint8_t *data;
    size_t len;
    char text[512];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    struct tcn_alert *alert = calloc(1, sizeof *alert);
    enum tcn_err err = alert == NULL
                           ? TCN_ERR_NO_MEMORY
                           : tcn_file_read(args->words[0], TCN_ENVELOPE_MAX,
                                           &data, &len, &message);
    if (err == TCN_ERR_OK) {
        err = check(args, alert, tcn_view(data, len), &message);
        if (err == TCN_ERR_OK) {
            print_good(args, alert);
        }
        free(data);
    }
    if (err != TCN_ERR_OK) {
        say_wrong(args, err, &message);
    }
    free(alert);
    return err == TCN_ERR_OK ? EXIT_DONE : EXIT_REFUSED;
}
