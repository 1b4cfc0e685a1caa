/* The life of our own keys. The next pair is announced to peers as soon as its
 * card is there; the one in force goes on until they have had time to hear of
 * it, or until it ends or is revoked. */
#include "daemon/node.h"

#include "base/time.h"
#include "io/log.h"

static const struct tcn_cert *cert_at(const struct tcn_node *node, size_t at)
{
    return &node->keylife.chain.pairs[at]->card.cert;
}

static bool is_over(const struct tcn_node *node, const struct tcn_cert *cert)
{
    return !clock_is_off(node) && tcn_now_ms() > cert->not_after_ms;
}

static bool is_good(const struct tcn_node *node, size_t at)
{
    const struct tcn_cert *cert = cert_at(node, at);
    return !is_over(node, cert) &&
           !keyring_is_revoked(&node->keyring, &cert->id);
}

/* When pair `next` takes over from pair `at`; at once from one that is no good,
 * or when an operator said so. */
static uint64_t turn_of(const struct tcn_node *node, size_t at, size_t next)
{
    uint64_t announced = node->keylife.announced_ms[next];
    const struct tcn_cert *cert = cert_at(node, next);
    return !is_good(node, at) || announced == 0
               ? cert->not_before_ms
               : tcn_key_turn_ms(cert_at(node, at), cert, announced);
}

static size_t in_force(const struct tcn_node *node)
{
    size_t at = 0;
    for (size_t next = 1; next < node->keylife.chain.count; next++) {
        if (is_good(node, next) && tcn_now_ms() >= turn_of(node, at, next)) {
            at = next;
        }
    }
    return at;
}

static size_t place_of(const struct tcn_node *node)
{
    size_t at = 0;
    while (node->keylife.chain.pairs[at] != node->keys) {
        at++;
    }
    return at;
}

const struct tcn_cert *keylife_next(const struct tcn_node *node,
                                    uint64_t *turn_ms)
{
    size_t at = place_of(node);
    for (size_t next = at + 1; next < node->keylife.chain.count; next++) {
        if (is_good(node, next)) {
            *turn_ms = turn_of(node, at, next);
            return cert_at(node, next);
        }
    }
    return NULL;
}

const struct tcn_node_keys *keylife_former(const struct tcn_node *node)
{
    for (size_t at = place_of(node); at > 0; at--) {
        if (is_good(node, at - 1)) {
            return node->keylife.chain.pairs[at - 1];
        }
    }
    return NULL;
}

enum tcn_err keylife_ready(const struct tcn_node *node, struct tcn_buf *said)
{
    const struct tcn_cert *cert = &node->keys->card.cert;
    bool revoked = keyring_is_revoked(&node->keyring, &cert->id);
    if (!revoked && !is_over(node, cert)) {
        return TCN_ERR_OK;
    }
    tcn_buf_printf(said,
                   "our own certificate is %s, so nobody would believe what we "
                   "sign: make new keys (tocsin keys rotate), have them signed "
                   "with the root (tocsin cert sign) and bring the card back "
                   "(tocsin cert import)",
                   revoked ? "revoked" : "over");
    return revoked ? TCN_ERR_CERT_REVOKED : TCN_ERR_CERT_TIME;
}

/* ---- times of announcement, in the store ---- */

static void announced_name(const struct tcn_cert *cert, char out[64])
{
    struct tcn_buf name = tcn_buf(out, 64);
    tcn_buf_put_str(&name, "announced-");
    tcn_text_hex(&name, tcn_view(cert->id.bytes, 16));
    (void)tcn_buf_text(&name);
}

static enum tcn_err keep_announced(struct tcn_node *node, size_t at,
                                   uint64_t when_ms)
{
    char name[64];
    announced_name(cert_at(node, at), name);
    node->keylife.announced_ms[at] = when_ms;
    return number_keep(node, name, when_ms);
}

static enum tcn_err read_announced(struct tcn_node *node, size_t at)
{
    char name[64];
    announced_name(cert_at(node, at), name);
    enum tcn_err err = number_read(node, name, &node->keylife.announced_ms[at]);
    return err == TCN_ERR_NOT_FOUND ? keep_announced(node, at, tcn_now_ms())
                                    : err;
}

static void log_cert(const char *event, const struct tcn_cert *cert)
{
    char ends[TCN_TIME_TEXT];
    struct tcn_log_line line = tcn_log(TCN_LOG_INFO, event);
    tcn_log_uint(&line, "serial", cert->serial);
    tcn_log_id(&line, "cert", tcn_id_view(&cert->id));
    tcn_log_str(&line, "ends", tcn_time_format(cert->not_after_ms, ends));
    tcn_log_end(&line);
}

/* ---- start ---- */

enum tcn_err keylife_open(struct tcn_node *node, struct tcn_buf *message)
{
    const struct tcn_conf *conf = &node->setup->conf;
    enum tcn_err err =
        tcn_key_chain_load(&node->keylife.chain, conf->keys, message);
    if (err != TCN_ERR_OK) {
        return err;
    }
    node->keys = node->keylife.chain.pairs[0];
    if (strcmp(node->keys->card.cert.member, conf->member) != 0) {
        tcn_buf_printf(message,
                       "%s: these keys are of %s, the configuration is of "
                       "%s\n",
                       conf->keys, node->keys->card.cert.member, conf->member);
        return TCN_ERR_CERT_MEMBER;
    }
    return TCN_ERR_OK;
}

void keylife_close(struct tcn_node *node)
{
    tcn_key_chain_free(&node->keylife.chain);
    node->keys = NULL;
}

enum tcn_err keylife_start(struct tcn_node *node)
{
    enum tcn_err err = TCN_ERR_OK;
    for (size_t i = 1; i < node->keylife.chain.count && err == TCN_ERR_OK;
         i++) {
        err = read_announced(node, i);
    }
    err = err == TCN_ERR_OK ? keyfiles_revoke(node) : err;
    node->keys = node->keylife.chain.pairs[in_force(node)];
    return err;
}

void keylife_restore(struct tcn_node *node)
{
    for (size_t i = place_of(node) + 1; i < node->keylife.chain.count; i++) {
        tcn_mesh_restore_announced(node->mesh, &cert_at(node, i)->id);
    }
}

/* ---- while it runs ---- */

static void turn(struct tcn_node *node, size_t to)
{
    char serial[24];
    const struct tcn_cert *cert = cert_at(node, to);
    (void)snprintf(serial, sizeof serial, "%llu",
                   (unsigned long long)cert->serial);
    enum tcn_err err = audit_note(node, "node", "key-turn", serial, "");
    if (err != TCN_ERR_OK) {
        shell_fail(node, err);
        return; /* again when the store works */
    }
    node->keys = node->keylife.chain.pairs[to];
    node->keyring.changed = true;
    log_cert("key-turn", cert);
}

static void log_end(const char *event, const char *who,
                    const struct tcn_cert *cert)
{
    uint64_t now = tcn_now_ms();
    if (cert == NULL || cert->not_after_ms > now + CERT_NOTICE_MS) {
        return;
    }
    char ends[TCN_TIME_TEXT];
    struct tcn_log_line line = tcn_log(TCN_LOG_WARNING, event);
    tcn_log_str(&line, "member", who);
    tcn_log_str(&line, "ends", tcn_time_format(cert->not_after_ms, ends));
    tcn_log_end(&line);
}

static void log_ends(struct tcn_node *node)
{
    const struct tcn_conf *conf = &node->setup->conf;
    log_end("certificate-ends", conf->member,
            cert_at(node, node->keylife.chain.count - 1));
    for (unsigned i = 0; i < conf->peer_count; i++) {
        log_end("certificate-of-peer-ends", conf->parties[i].name,
                keyring_last_cert(node, i));
    }
}

void keylife_tick(struct tcn_node *node)
{
    uint64_t steady = tcn_steady_ms();
    size_t at = in_force(node);
    if (node->keylife.chain.pairs[at] != node->keys && !node->store_failed) {
        turn(node, at);
    }
    if (steady >= node->keylife.notice_ms) {
        node->keylife.notice_ms = steady + TCN_DAY_MS;
        log_ends(node);
    }
}

/* ---- new pairs ---- */

static size_t find(const struct tcn_key_chain *chain, const struct tcn_id *cert)
{
    size_t at = 0;
    while (at < chain->count &&
           !tcn_id_equal(&chain->pairs[at]->card.cert.id, cert)) {
        at++;
    }
    return at;
}

static void announce(struct tcn_node *node, size_t at, struct tcn_buf *text)
{
    const struct tcn_cert *cert = cert_at(node, at);
    struct tcn_event event = {.kind = TCN_EVENT_ANNOUNCE};
    char when[TCN_TIME_TEXT];
    uint64_t turn_ms = 0;
    event.announce.cert = cert->id;
    shell_event(node, &event);
    log_cert("certificate-announced", cert);
    const struct tcn_cert *next = keylife_next(node, &turn_ms);
    tcn_buf_printf(
        text, "certificate %llu: announced to peers, takes over at %.19sZ\n",
        (unsigned long long)cert->serial,
        tcn_time_format(next == cert ? turn_ms : cert->not_before_ms, when));
}

static enum tcn_err take_new(struct tcn_node *node, size_t at,
                             const char *actor, struct tcn_buf *text)
{
    char serial[24];
    const struct tcn_card *card = &node->keylife.chain.pairs[at]->card;
    (void)snprintf(serial, sizeof serial, "%llu",
                   (unsigned long long)card->cert.serial);
    enum tcn_err err = shell_begin(node);
    err = err == TCN_ERR_OK ? keyring_add_card(node, card) : err;
    err = err == TCN_ERR_OK ? read_announced(node, at) : err;
    err = err == TCN_ERR_OK ? audit_note(node, actor, "certificate", serial, "")
                            : err;
    if (err == TCN_ERR_OK) {
        announce(node, at, text);
    }
    return err;
}

enum tcn_err keylife_reload(struct tcn_node *node, const char *actor,
                            struct tcn_buf *text)
{
    struct keylife *life = &node->keylife;
    struct tcn_key_chain fresh;
    const struct tcn_id now = node->keys->card.cert.id;
    enum tcn_err err = tcn_key_chain_load(&fresh, node->setup->conf.keys, text);
    if (err != TCN_ERR_OK) {
        return err;
    }
    if (find(&fresh, &now) == fresh.count) {
        tcn_buf_put_str(text, "the keys that are in force are not there any "
                              "more: put them back\n");
        tcn_key_chain_free(&fresh);
        return TCN_ERR_NOT_FOUND;
    }
    struct keylife old = *life;
    struct tcn_node_keys *keys = node->keys;
    life->chain = fresh;
    node->keys = fresh.pairs[find(&fresh, &now)];
    for (size_t i = 0; i < fresh.count && err == TCN_ERR_OK; i++) {
        size_t was = find(&old.chain, &fresh.pairs[i]->card.cert.id);
        if (was < old.chain.count) {
            life->announced_ms[i] = old.announced_ms[was];
        } else {
            err = take_new(node, i, actor, text);
        }
    }
    err = err == TCN_ERR_OK ? shell_commit(node) : err;
    if (err != TCN_ERR_OK) {
        /* A pair that was not announced waits for nobody. */
        if (!node->store_failed) {
            shell_fail(node, err);
        }
        *life = old;
        node->keys = keys;
    }
    tcn_key_chain_free(err == TCN_ERR_OK ? &old.chain : &fresh);
    return err;
}

enum tcn_err keylife_hasten(struct tcn_node *node, const struct tcn_id *cert)
{
    size_t at = find(&node->keylife.chain, cert);
    if (at == node->keylife.chain.count) {
        return TCN_ERR_NOT_FOUND;
    }
    enum tcn_err err = shell_begin(node);
    return err == TCN_ERR_OK ? keep_announced(node, at, 0) : err;
}
