#include "cli/cards.h"

#include <stdlib.h>

#include "base/text.h"

void cards_print_fingerprint(const struct tcn_card *card)
{
    char text[128];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    tcn_fingerprint_put(&out, card->cert.member, card->root_pk);
    (void)puts(tcn_buf_text(&out));
}

void cards_print(const struct tcn_card *card)
{
    char from[TCN_TIME_TEXT];
    char to[TCN_TIME_TEXT];
    printf("member       %s\n", card->cert.member);
    printf("node         ");
    cli_print_view(tcn_view_str(card->cert.node));
    printf(", certificate %llu\n", (unsigned long long)card->cert.serial);
    printf("valid        %.10s to %.10s\n",
           tcn_time_format(card->cert.not_before_ms, from),
           tcn_time_format(card->cert.not_after_ms, to));
    printf("fingerprint  ");
    cards_print_fingerprint(card);
}

void cards_print_json(const struct tcn_card *card, const char *state)
{
    char text[128];
    char from[TCN_TIME_TEXT];
    char to[TCN_TIME_TEXT];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    tcn_fingerprint_put(&out, card->cert.member, card->root_pk);
    printf("{\"member\":\"%s\",\"node\":", card->cert.member);
    cli_print_json_text(tcn_view_str(card->cert.node));
    printf(",\"serial\":%llu,\"cert\":\"",
           (unsigned long long)card->cert.serial);
    cli_print_hex(tcn_id_view(&card->cert.id), 64);
    printf("\",\"not_before\":\"%s\",\"not_after\":\"%s\","
           "\"fingerprint\":\"%s\"",
           tcn_time_format(card->cert.not_before_ms, from),
           tcn_time_format(card->cert.not_after_ms, to), tcn_buf_text(&out));
    if (state != NULL) {
        printf(",\"state\":\"%s\"", state);
    }
    printf("}\n");
}

bool cards_same_fingerprint(const char *ours, const char *given)
{
    for (;;) {
        ours += strspn(ours, "- ");
        given += strspn(given, "- ");
        if (*ours == '\0' || *given == '\0') {
            return *ours == *given;
        }
        int upper = *given >= 'a' && *given <= 'z' ? *given - 32 : *given;
        if (*ours++ != upper) {
            return false;
        }
        given++;
    }
}

bool cards_own(const struct cli_args *args, struct tcn_key_chain *chain)
{
    char text[1024];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    struct tcn_setup *setup = cli_setup(args);
    if (setup == NULL) {
        return false;
    }
    enum tcn_err err = tcn_key_chain_load(chain, setup->conf.keys, &message);
    tcn_setup_free(setup);
    if (err != TCN_ERR_OK) {
        (void)fprintf(stderr, "tocsin: %s", tcn_buf_text(&message));
    }
    return err == TCN_ERR_OK;
}

bool cards_connect(struct cli_node *node, const struct cli_args *args)
{
    *node = (struct cli_node){.fd = -1};
    return cli_answers(args) && cli_connect(node, args);
}

static uint64_t serial_in_force(const struct cli_args *args)
{
    struct cli_node node;
    uint64_t serial = 0;
    if (cards_connect(&node, args)) {
        cli_begin(&node);
        bool sent = cli_send(&node, "status");
        while (sent && cli_next(&node)) {
            serial = tcn_pairs_uint(&node.msg.pairs, "cert_serial");
        }
    }
    cli_disconnect(&node);
    return serial;
}

size_t cards_in_force(const struct cli_args *args,
                      const struct tcn_key_chain *chain)
{
    uint64_t serial = serial_in_force(args);
    uint64_t now = tcn_now_ms();
    size_t first = chain->count - 1;
    for (size_t i = chain->count; i-- > 0;) {
        const struct tcn_cert *cert = &chain->pairs[i]->card.cert;
        if (cert->serial == serial) {
            return i;
        }
        first = now <= cert->not_after_ms ? i : first;
    }
    return first;
}

/* Clocks differ, so it begins an hour ago. */
bool cards_life(const struct cli_args *args, uint64_t *from_ms, uint64_t *to_ms)
{
    uint64_t life;
    uint64_t now = tcn_now_ms();
    if (!cli_duration(args, "life", TCN_CERT_LIFE_MAX_MS, &life)) {
        return false;
    }
    if (life == 0 || life > TCN_CERT_LIFE_MAX_MS) {
        (void)cli_wrong(args, cli_get(args, "life"),
                        "a certificate lives 90 days at most");
        return false;
    }
    uint64_t longest = now - TCN_HOUR_MS + TCN_CERT_LIFE_MAX_MS;
    *from_ms = now - TCN_HOUR_MS;
    *to_ms = now + life < longest ? now + life : longest;
    return true;
}

int cards_show_own(const struct cli_args *args)
{
    struct tcn_key_chain chain;
    if (!cards_own(args, &chain)) {
        return EXIT_REFUSED;
    }
    size_t now = cards_in_force(args, &chain);
    for (size_t i = 0; i < chain.count; i++) {
        const struct tcn_card *card = &chain.pairs[i]->card;
        const char *state = i == now  ? "in force"
                            : i < now ? "before it"
                                      : "next";
        if (args->json) {
            cards_print_json(card, state);
            continue;
        }
        cards_print(card);
        if (chain.count > 1) {
            printf("state        %s\n\n", state);
        }
    }
    tcn_key_chain_free(&chain);
    return EXIT_DONE;
}

void cards_say_request(const struct tcn_cert *cert)
{
    char text[64];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    tcn_request_fingerprint(&out, cert);
    (void)fprintf(stderr, "certificate %llu of %s, request %s\n",
                  (unsigned long long)cert->serial, cert->member,
                  tcn_buf_text(&out));
}
