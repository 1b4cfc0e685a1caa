/* Whom we believe: certificates by id, each signed by the root that is pinned
 * for its member. */
#include <stdlib.h>

#include "daemon/node.h"
#include "io/log.h"

static enum tcn_err keyring_init(struct tcn_node *node)
{
    struct keyring *ring = &node->keyring;
    uint32_t slot_count = tcn_idmap_slots(CERTS_MAX);
    uint64_t seed;
    tcn_random(&seed, sizeof seed);
    ring->slots = calloc(slot_count, sizeof *ring->slots);
    if (ring->slots == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    tcn_idmap_init(&ring->map, ring->slots, slot_count, seed);
    return TCN_ERR_OK;
}

void keyring_fini(struct keyring *ring)
{
    free(ring->certs);
    free(ring->slots);
    *ring = (struct keyring){0};
}

const uint8_t *keyring_root(const struct tcn_node *node, struct tcn_view member)
{
    const struct tcn_conf *conf = &node->setup->conf;
    if (tcn_view_is(member, conf->member)) {
        return node->keys->card.root_pk;
    }
    for (size_t i = 0; i < conf->party_count; i++) {
        if (tcn_view_is(member, conf->parties[i].name)) {
            return node->setup->cards[i].root_pk;
        }
    }
    return NULL;
}

const struct known_cert *keyring_find(const struct keyring *ring,
                                      const struct tcn_id *id)
{
    uint32_t at = tcn_idmap_get(&ring->map, id);
    return at == TCN_IDMAP_NONE ? NULL : &ring->certs[at];
}

bool keyring_is_revoked(const struct keyring *ring, const struct tcn_id *id)
{
    const struct known_cert *known = keyring_find(ring, id);
    return known != NULL && known->suspect_since_ms != 0;
}

static enum tcn_err make_room(struct keyring *ring)
{
    if (ring->count < ring->cap) {
        return TCN_ERR_OK;
    }
    if (ring->count == CERTS_MAX) {
        return TCN_ERR_CAPACITY;
    }
    size_t cap = ring->cap == 0 ? 16 : ring->cap * 2;
    struct known_cert *certs =
        reallocarray(ring->certs, cap, sizeof *ring->certs);
    if (certs == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    ring->certs = certs;
    ring->cap = cap;
    return TCN_ERR_OK;
}

static enum tcn_err read_cert(struct tcn_cert *cert, struct tcn_view bytes,
                              struct tcn_view signature)
{
    enum tcn_err err = tcn_cert_decode(cert, bytes);
    return err == TCN_ERR_OK && signature.len != TCN_SIG_BYTES ? TCN_ERR_CERT
                                                               : err;
}

/* One that is not known yet. */
static enum tcn_err add(struct tcn_node *node, const struct tcn_cert *cert,
                        struct tcn_view bytes, struct tcn_view signature,
                        bool durable)
{
    struct keyring *ring = &node->keyring;
    const uint8_t *root = keyring_root(node, tcn_view_str(cert->member));
    if (root == NULL) {
        return TCN_ERR_UNPINNED;
    }
    enum tcn_err err = tcn_cert_verify(cert, signature.data, root);
    if (err == TCN_ERR_OK) {
        err = make_room(ring);
    }
    if (err == TCN_ERR_OK && durable) {
        err = tcn_store_put_cert(node->store, cert, bytes, signature);
    }
    if (err != TCN_ERR_OK) {
        return err;
    }
    tcn_assert(ring->certs != NULL);
    struct known_cert *known = &ring->certs[ring->count];
    *known = (struct known_cert){.cert = *cert, .len = bytes.len};
    memcpy(known->bytes, bytes.data, bytes.len);
    memcpy(known->signature, signature.data, TCN_SIG_BYTES);
    ring->changed = true;
    return tcn_idmap_put(&ring->map, &cert->id, (uint32_t)ring->count++)
               ? TCN_ERR_OK
               : TCN_ERR_CAPACITY;
}

enum tcn_err keyring_add(struct tcn_node *node, struct tcn_view bytes,
                         struct tcn_view signature, bool durable)
{
    struct tcn_cert cert;
    enum tcn_err err = read_cert(&cert, bytes, signature);
    if (err != TCN_ERR_OK || keyring_find(&node->keyring, &cert.id) != NULL) {
        return err;
    }
    return add(node, &cert, bytes, signature, durable);
}

static size_t count_of(const struct keyring *ring, const char *member)
{
    size_t count = 0;
    tcn_assert(ring->certs != NULL);
    for (size_t i = 0; i < ring->count; i++) {
        count += strcmp(ring->certs[i].cert.member, member) == 0;
    }
    return count;
}

enum tcn_err keyring_hear(struct tcn_node *node, struct tcn_view bytes,
                          struct tcn_view signature)
{
    const size_t share = CERTS_MAX / (node->setup->conf.party_count + 1);
    struct tcn_cert cert;
    enum tcn_err err = read_cert(&cert, bytes, signature);
    if (err != TCN_ERR_OK || keyring_find(&node->keyring, &cert.id) != NULL) {
        return err;
    }
    return count_of(&node->keyring, cert.member) < share
               ? add(node, &cert, bytes, signature, true)
               : TCN_ERR_CAPACITY;
}

enum tcn_err keyring_revoke(struct tcn_node *node, struct tcn_view bytes,
                            struct tcn_view signature, bool durable)
{
    struct tcn_krev krev;
    enum tcn_err err = tcn_krev_decode(&krev, bytes);
    if (err != TCN_ERR_OK || signature.len != TCN_SIG_BYTES) {
        return err != TCN_ERR_OK ? err : TCN_ERR_KREV;
    }
    uint32_t at = tcn_idmap_get(&node->keyring.map, &krev.cert);
    const uint8_t *root = keyring_root(node, tcn_view_str(krev.member));
    if (at == TCN_IDMAP_NONE || root == NULL) {
        return TCN_ERR_CERT_UNKNOWN;
    }
    struct known_cert *known = &node->keyring.certs[at];
    if (known->suspect_since_ms != 0) {
        return TCN_ERR_OK; /* every session tells it again */
    }
    err = tcn_krev_verify(bytes, signature.data, root, &known->cert);
    if (err == TCN_ERR_OK && durable) {
        err = tcn_store_put_krev(node->store, &krev, bytes, signature);
    }
    if (err == TCN_ERR_OK && bytes.len > sizeof known->krev_bytes) {
        err = TCN_ERR_KREV;
    }
    if (err == TCN_ERR_OK) {
        memcpy(known->krev_bytes, bytes.data, bytes.len);
        known->krev_len = bytes.len;
        memcpy(known->krev_signature, signature.data, TCN_SIG_BYTES);
        if (node->keyring.revoked_count < KREVS_AT_ONCE) {
            node->keyring.revoked[node->keyring.revoked_count++] =
                known->cert.id;
        }
        node->keyring.changed = node->keyring.untold = true;
        /* 0 stands for "not revoked". */
        known->suspect_since_ms =
            krev.suspect_since_ms == 0 ? 1 : krev.suspect_since_ms;
    }
    return err;
}

enum tcn_err keyring_prove(struct tcn_node *node, const struct tcn_alert *alert,
                           struct tcn_proof *proof)
{
    if (keyring_root(node, alert->header.origin) == NULL) {
        return TCN_ERR_UNPINNED;
    }
    const struct known_cert *known =
        keyring_find(&node->keyring, &alert->header.cert);
    if (known == NULL) {
        return TCN_ERR_CERT_UNKNOWN;
    }
    if (known->suspect_since_ms != 0) {
        return TCN_ERR_CERT_REVOKED;
    }
    return proof == NULL ? TCN_ERR_OK
                         : tcn_alert_prove(alert, &known->cert, proof);
}

enum tcn_err keyring_verify(struct tcn_node *node, struct tcn_alert *alert)
{
    struct tcn_proof proof;
    struct tcn_roots *roots = &node->keyring.roots;
    enum tcn_err err = keyring_prove(node, alert, &proof);
    if (err != TCN_ERR_OK) {
        return err;
    }
    if (!tcn_proof_known(roots, &proof)) {
        if (!tcn_proof_holds(&proof)) {
            return TCN_ERR_SIGNATURE;
        }
        tcn_proof_remember(roots, &proof);
    }
    return tcn_alert_check_fields(alert);
}

/* ---- the certificates of a peer ---- */

static bool is_of(const struct known_cert *known, const char *member)
{
    return strcmp(known->cert.member, member) == 0;
}

const struct tcn_cert *keyring_last_cert(const struct tcn_node *node,
                                         unsigned peer)
{
    const char *member = node->setup->conf.parties[peer].name;
    const struct tcn_cert *best = NULL;
    for (size_t i = 0; i < node->keyring.count; i++) {
        const struct known_cert *known = &node->keyring.certs[i];
        if (is_of(known, member) && known->suspect_since_ms == 0 &&
            (best == NULL || known->cert.not_after_ms > best->not_after_ms)) {
            best = &known->cert;
        }
    }
    return best;
}

/* One that has not begun is good: it is known before it is used. */
static bool is_usable(const struct tcn_node *node,
                      const struct known_cert *known, uint64_t now_ms)
{
    bool in_time = now_ms <= known->cert.not_after_ms || clock_is_off(node);
    return known->suspect_since_ms == 0 && in_time;
}

static bool is_newer(const struct tcn_cert *a, const struct tcn_cert *b)
{
    return a->not_before_ms != b->not_before_ms
               ? a->not_before_ms > b->not_before_ms
               : a->serial > b->serial;
}

/* Certificates that renew only the rest of a pair share a link key. */
static bool has_key(const struct tcn_cert *const *certs, size_t count,
                    const struct tcn_cert *cert)
{
    for (size_t i = 0; i < count; i++) {
        if (memcmp(certs[i]->curve_pk, cert->curve_pk, TCN_PK_BYTES) == 0) {
            return true;
        }
    }
    return false;
}

void keyring_curve_keys(const struct tcn_node *node, unsigned peer,
                        struct curve_keys *out)
{
    const char *member = node->setup->conf.parties[peer].name;
    const struct tcn_cert *certs[TCN_PEER_KEYS_MAX + 1];
    uint64_t now = tcn_now_ms();
    size_t count = 0;
    for (size_t i = 0; i < node->keyring.count; i++) {
        const struct known_cert *known = &node->keyring.certs[i];
        if (!is_of(known, member) || !is_usable(node, known, now) ||
            has_key(certs, count, &known->cert)) {
            continue;
        }
        size_t at = count;
        while (at > 0 && is_newer(&known->cert, certs[at - 1])) {
            certs[at] = certs[at - 1];
            at--;
        }
        certs[at] = &known->cert;
        count += count < TCN_PEER_KEYS_MAX;
    }
    *out = (struct curve_keys){.count = count};
    for (size_t i = 0; i < count; i++) {
        memcpy(out->keys[i], certs[i]->curve_pk, TCN_PK_BYTES);
    }
}

void keyring_explain(const struct tcn_node *node, unsigned peer,
                     struct tcn_buf *out)
{
    const char *member = node->setup->conf.parties[peer].name;
    bool over = keyring_last_cert(node, peer) != NULL;
    tcn_buf_printf(out,
                   "its certificate is %s: import %s's new card (tocsin card "
                   "import FILE --as %s)",
                   over ? "over" : "revoked", member, member);
}

/* ---- from cards and from the store ---- */

enum tcn_err keyring_add_card(struct tcn_node *node,
                              const struct tcn_card *card)
{
    return keyring_add(node, tcn_view(card->cert_bytes, card->cert_len),
                       tcn_view(card->signature, TCN_SIG_BYTES), true);
}

static enum tcn_err add_own(struct tcn_node *node)
{
    const struct tcn_key_chain *chain = &node->keylife.chain;
    enum tcn_err err = TCN_ERR_OK;
    for (size_t i = 0; i < chain->count && err == TCN_ERR_OK; i++) {
        err = keyring_add_card(node, &chain->pairs[i]->card);
    }
    return err;
}

static enum tcn_err add_cards(struct tcn_node *node)
{
    enum tcn_err err = TCN_ERR_OK;
    for (size_t i = 0; i < node->setup->conf.party_count && err == TCN_ERR_OK;
         i++) {
        err = keyring_add_card(node, &node->setup->cards[i]);
    }
    return err;
}

/* Those of members that are no longer pinned stay in the store, unused. */
static enum tcn_err add_stored(void *ctx, struct tcn_view bytes,
                               struct tcn_view signature)
{
    enum tcn_err err = keyring_add(ctx, bytes, signature, false);
    return tcn_err_class(err) == TCN_CLASS_SYSTEM ? err : TCN_ERR_OK;
}

static enum tcn_err revoke_stored(void *ctx, struct tcn_view bytes,
                                  struct tcn_view signature)
{
    enum tcn_err err = keyring_revoke(ctx, bytes, signature, false);
    return tcn_err_class(err) == TCN_CLASS_SYSTEM ? err : TCN_ERR_OK;
}

enum tcn_err keyring_load(struct tcn_node *node)
{
    enum tcn_err err = keyring_init(node);
    if (err == TCN_ERR_OK) {
        err = tcn_store_certs(node->store,
                              (struct tcn_proof_taker){add_stored, node});
    }
    err = err == TCN_ERR_OK ? add_own(node) : err;
    err = err == TCN_ERR_OK ? add_cards(node) : err;
    if (err == TCN_ERR_OK) {
        err = tcn_store_krevs(node->store,
                              (struct tcn_proof_taker){revoke_stored, node});
    }
    return err;
}

struct keyring keyring_aside(struct tcn_node *node)
{
    const struct keyring before = node->keyring;
    node->keyring = (struct keyring){0};
    return before;
}

void keyring_settle(struct tcn_node *node, struct keyring before,
                    enum tcn_err err)
{
    struct keyring gone = before;
    if (err != TCN_ERR_OK) {
        gone = node->keyring;
        node->keyring = before;
    }
    keyring_fini(&gone);
}

enum tcn_err keyring_renew(struct tcn_node *node)
{
    const struct keyring before = keyring_aside(node);
    enum tcn_err err = keyring_load(node);
    keyring_settle(node, before, err);
    return err;
}
