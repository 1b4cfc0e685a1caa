/* What one alert on its way costs when each thing is done alone, in CPU: the
 * sum that a node is compared with.
 *
 *   bench_primitives ORIGIN.conf MIDDLE.conf STORE_DIR NEXT [GROUP]
 *
 * ORIGIN signs with its keys; MIDDLE, its peer, decides by its policy what
 * comes from ORIGIN and what goes on to NEXT, and stores in STORE_DIR (empty),
 * GROUP (64) alerts in a transaction. Prints lines of "NAME MICROSECONDS". */
#include "bench/bare_link.h"
#include "io/keys.h"
#include "io/setup.h"
#include "lib/load_draft.h"
#include "store/audit.h"
#include "store/feed.h"
#include "store/ledger.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#define COUNT      2048u
#define BATCH      64u
#define JSON_BYTES 2200u /* what observers get of such an alert */
#define LINK_COUNT 30000u
#define ROUNDS     3

/* What a nation of the chain does with an alert, besides storing it. */
struct role {
    const char *name;
    bool signs; /* else it came from `from` */
    bool hands_on;
};

struct bench {
    struct tcn_setup *origin, *middle;
    struct tcn_node_keys *keys;
    struct tcn_store *store;
    const char *store_dir;
    unsigned from, to; /* peers of the middle */
    unsigned group;
    const struct role *role;
    struct tcn_buf single[COUNT], batched[COUNT]; /* envelopes */
    struct tcn_buf *envelopes;                    /* one of the two */
};

static void need(enum tcn_err err, const char *what)
{
    if (err != TCN_ERR_OK) {
        (void)fprintf(stderr, "bench_primitives: %s: %s\n", what,
                      tcn_err_sentence(err));
        exit(1);
    }
}

static const char *name_of(const struct bench *bench, unsigned peer)
{
    return bench->middle->conf.parties[peer].name;
}

/* The best of some rounds: what disturbs only ever adds. */
static void report(const char *name, void (*act)(struct bench *bench),
                   struct bench *bench)
{
    double best = 0;
    for (int i = 0; i < ROUNDS; i++) {
        double start = clock_of(CLOCK_PROCESS_CPUTIME_ID);
        act(bench);
        double took = clock_of(CLOCK_PROCESS_CPUTIME_ID) - start;
        best = i == 0 || took < best ? took : best;
    }
    printf("%s %.2f\n", name, best * 1e6 / COUNT);
}

/* ---- making ---- */

static void build(struct bench *bench, unsigned n, struct tcn_unsigned *out)
{
    static struct load_draft load;
    static char text[LOAD_TEXT_BYTES];
    static uint8_t salts[TCN_FIELDS_MAX * 16], blind[16];
    load_text(text, sizeof text);
    load_draft_init(&load, n, TCN_SEVERITY_LOW, tcn_view(text, sizeof text));
    struct tcn_header *header = &load.draft.header;
    header->created_ms = bench->keys->card.cert.not_before_ms + 1000;
    header->expires_ms = header->created_ms + TCN_DAY_MS;
    randombytes_buf(header->thread.bytes, sizeof header->thread.bytes);
    randombytes_buf(salts, (size_t)load.draft.field_count * 16);
    randombytes_buf(blind, sizeof blind);
    need(tcn_unsigned_init(out, &load.draft, &bench->keys->card.cert, salts,
                           blind),
         "build");
}

static void sign(struct bench *bench, unsigned size, struct tcn_buf *envelopes)
{
    static struct tcn_unsigned alerts[BATCH];
    const struct tcn_unsigned *list[BATCH];
    struct tcn_buf *outs[BATCH];
    struct tcn_signer signer = {&bench->keys->card.cert,
                                bench->keys->sign_seed};
    for (unsigned first = 0; first < COUNT; first += size) {
        for (unsigned i = 0; i < size; i++) {
            build(bench, first + i, &alerts[i]);
            list[i] = &alerts[i];
            outs[i] = &envelopes[first + i];
            outs[i]->len = 0;
        }
        need(tcn_batch_sign(&signer, list, size, outs), "sign");
        for (unsigned i = 0; i < size; i++) {
            tcn_unsigned_fini(&alerts[i]);
        }
    }
}

static void sign_single(struct bench *bench)
{
    sign(bench, 1, bench->single);
}

static void sign_batch(struct bench *bench)
{
    sign(bench, BATCH, bench->batched);
}

/* ---- checking and deciding ---- */

static struct tcn_alert *decode(const struct tcn_buf *envelope)
{
    static struct tcn_alert alert;
    need(tcn_alert_decode(&alert, tcn_buf_view(envelope)), "decode");
    return &alert;
}

static void verify(struct bench *bench)
{
    struct tcn_roots roots = {0};
    for (unsigned i = 0; i < COUNT; i++) {
        need(tcn_alert_verify(decode(&bench->envelopes[i]),
                              &bench->keys->card.cert, &roots),
             "verify");
    }
}

static void policy(struct bench *bench)
{
    struct tcn_alert *alert = decode(&bench->single[0]);
    need(tcn_alert_check_fields(alert), "fields");
    struct tcn_facts facts = {
        .alert = alert,
        .key_valid = true,
        .sources = 1ull << bench->from,
        .now_ms = alert->header.created_ms,
    };
    const struct tcn_policy *rules = bench->middle->policy;
    for (unsigned i = 0; i < COUNT; i++) {
        if (tcn_policy_import(rules, &facts, bench->from).outcome !=
                TCN_ALLOW ||
            tcn_policy_export(rules, &facts, bench->to).outcome != TCN_ALLOW ||
            tcn_policy_show(rules, &facts, 0).outcome != TCN_ALLOW) {
            need(TCN_ERR_DENIED, "policy");
        }
    }
}

static void encrypt(struct bench *bench)
{
    static uint8_t plain[FRAME_BYTES], sealed[FRAME_BYTES + 64];
    uint8_t nonce[crypto_box_NONCEBYTES] = {0};
    uint8_t key[crypto_box_BEFORENMBYTES] = {1};
    (void)bench;
    for (unsigned i = 0; i < COUNT; i++) {
        nonce[0] = (uint8_t)i;
        if (crypto_box_easy_afternm(sealed, plain, sizeof plain, nonce, key) !=
                0 ||
            crypto_box_open_easy_afternm(plain, sealed,
                                         sizeof plain + crypto_box_MACBYTES,
                                         nonce, key) != 0) {
            need(TCN_ERR_KEY, "box");
        }
    }
}

/* ---- storing: what each nation of the chain writes of an alert ---- */

static void put_alert(struct bench *bench, unsigned n)
{
    const struct tcn_alert *alert = decode(&bench->envelopes[n]);
    const struct tcn_header *header = &alert->header;
    struct tcn_stored row = {
        .id = alert->id,
        .cert = header->cert,
        .thread = header->thread,
        .seq = n + 1,
        .created_ms = header->created_ms,
        .expires_ms = header->expires_ms,
        .received_ms = header->created_ms + 1,
        .kind = (uint8_t)header->kind,
        .severity = header->severity,
        .form = TCN_CLASS_ALL,
        .status = TCN_STATUS_LIVE,
        .has_contents = true,
    };
    memcpy(row.origin, header->origin.data, header->origin.len);
    if (!bench->role->signs) {
        (void)snprintf(row.received_from, sizeof row.received_from, "%s",
                       name_of(bench, bench->from));
    }
    need(tcn_store_put(bench->store, alert, &row), "put");
}

static void put_decision(struct bench *bench, unsigned n, enum tcn_hook hook)
{
    bool in = hook == TCN_HOOK_IMPORT;
    struct tcn_decision decision = {
        .id = decode(&bench->envelopes[n])->id,
        .hook = (uint8_t)hook,
        .outcome = TCN_ALLOW,
        .form = TCN_CLASS_ALL,
        .rule = "onward",
        .policy = *tcn_policy_hash(bench->middle->policy),
        .at_ms = n,
    };
    (void)snprintf(decision.peer, sizeof decision.peer, "%s",
                   name_of(bench, in ? bench->from : bench->to));
    need(tcn_store_decide(bench->store, &decision), "decision");
}

static void put_came(struct bench *bench, unsigned n)
{
    static const uint8_t mark[8];
    put_decision(bench, n, TCN_HOOK_IMPORT);
    need(tcn_store_cursor(bench->store, name_of(bench, bench->from),
                          (struct tcn_row_number){1, n + 1}, mark),
         "cursor");
}

static void put_export(struct bench *bench, unsigned n)
{
    struct tcn_ledger_row row = {.lane = 1,
                                 .n = n + 1,
                                 .id = decode(&bench->envelopes[n])->id,
                                 .form = 3,
                                 .at_ms = n};
    put_decision(bench, n, TCN_HOOK_EXPORT);
    need(tcn_store_export(bench->store, name_of(bench, bench->to), &row),
         "ledger");
}

static void put_audit(struct bench *bench, unsigned n)
{
    const struct tcn_audit_row row = {.at_ms = n,
                                      .actor = "operator",
                                      .action = "stored",
                                      .subject = "0123456789abcdef",
                                      .detail = ""};
    need(tcn_store_audit(bench->store, &row), "audit");
}

static void put_feed(struct bench *bench, unsigned n)
{
    static const uint8_t json[JSON_BYTES];
    const struct tcn_feed_row row = {.observers = "soc",
                                     .at_ms = n,
                                     .topic = "alert.low.ee.alert",
                                     .body = tcn_view(json, sizeof json)};
    need(tcn_store_feed(bench->store, &decode(&bench->envelopes[n])->id, &row),
         "outbox");
}

static void put_all(struct bench *bench, unsigned n)
{
    put_alert(bench, n);
    if (bench->role->signs) {
        put_audit(bench, n);
    } else {
        put_came(bench, n);
    }
    if (bench->role->hands_on) {
        put_export(bench, n);
    }
    put_feed(bench, n);
}

static void begin_anew(struct bench *bench)
{
    static const char *const names[] = {"node.db",     "node.db-wal",
                                        "node.db-shm", "feed.db",
                                        "feed.db-wal", "feed.db-shm"};
    char path[256];
    tcn_store_close(bench->store);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", bench->store_dir, names[i]);
        (void)remove(path);
    }
}

/* Of a file that was just made, nothing was lost. */
static enum tcn_err render_nothing(void *ctx, const struct tcn_id *id,
                                   struct tcn_feed_row *row)
{
    (void)ctx;
    (void)id;
    (void)row;
    return TCN_ERR_IO;
}

static void store(struct bench *bench)
{
    static const struct tcn_feed_renderer renderer = {render_nothing, NULL};
    size_t moved;
    begin_anew(bench);
    need(tcn_store_open(&bench->store, bench->store_dir), "open");
    need(tcn_store_feed_flush(bench->store, &renderer, &moved), "feed");
    for (unsigned n = 0; n < COUNT; n++) {
        if (n % bench->group == 0) {
            need(tcn_store_begin(bench->store), "begin");
        }
        put_all(bench, n);
        if ((n + 1) % bench->group == 0 || n + 1 == COUNT) {
            need(tcn_store_commit(bench->store), "commit");
            need(tcn_store_feed_flush(bench->store, &renderer, &moved), "feed");
        }
    }
}

/* ---- start ---- */

static void load(struct tcn_setup **setup, const char *path)
{
    static uint8_t text[TCN_SETUP_MESSAGE];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    enum tcn_err err = tcn_setup_load(setup, path, &message);
    if (err != TCN_ERR_OK) {
        (void)fputs(tcn_buf_text(&message), stderr);
    }
    need(err, path);
}

static unsigned number_of(const struct tcn_setup *setup, const char *peer)
{
    unsigned at = 0;
    while (at < setup->conf.peer_count &&
           strcmp(setup->conf.parties[at].name, peer) != 0) {
        at++;
    }
    need(at < setup->conf.peer_count ? TCN_ERR_OK : TCN_ERR_NOT_FOUND, peer);
    return at;
}

static void envelopes(struct tcn_buf *list)
{
    for (unsigned i = 0; i < COUNT; i++) {
        uint8_t *bytes = malloc(4096);
        need(bytes == NULL ? TCN_ERR_NO_MEMORY : TCN_ERR_OK, "memory");
        list[i] = tcn_buf(bytes, 4096);
    }
}

static void measure(struct bench *bench)
{
    report("sign-single", sign_single, bench);
    report("sign-batch", sign_batch, bench);
    bench->envelopes = bench->single;
    report("verify-single", verify, bench);
    bench->envelopes = bench->batched;
    report("verify-batch", verify, bench);
    report("policy", policy, bench);
    report("box", encrypt, bench);
    static const struct role roles[] = {
        {"store-origin", true, true},
        {"store", false, true},
        {"store-end", false, false},
    };
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        bench->role = &roles[i];
        report(roles[i].name, store, bench);
    }
    struct bare_result link = bare_link(LINK_COUNT);
    printf("link %.2f\n", link.cpu_seconds * 1e6 / LINK_COUNT);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    static uint8_t text[TCN_SETUP_MESSAGE];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    if (argc < 5 || sodium_init() < 0) {
        (void)fputs("usage: bench_primitives ORIGIN.conf MIDDLE.conf STORE_DIR "
                    "NEXT [GROUP]\n",
                    stderr);
        return 2;
    }
    load(&bench.origin, argv[1]);
    load(&bench.middle, argv[2]);
    struct tcn_key_chain chain;
    need(tcn_key_chain_load(&chain, bench.origin->conf.keys, &message), "keys");
    bench.keys = chain.pairs[0];
    bench.from = number_of(bench.middle, bench.origin->conf.member);
    bench.to = number_of(bench.middle, argv[4]);
    bench.store_dir = argv[3];
    bench.group = argc > 5 ? (unsigned)strtoul(argv[5], NULL, 10) : BATCH;
    need(bench.group > 0 ? TCN_ERR_OK : TCN_ERR_USAGE, "GROUP");
    envelopes(bench.single);
    envelopes(bench.batched);
    measure(&bench);
    tcn_store_close(bench.store);
    tcn_key_chain_free(&chain);
    tcn_setup_free(bench.middle);
    tcn_setup_free(bench.origin);
    return 0;
}
