/* Under which names a source's message is known. A message that goes on with an
 * earlier one belongs to its thread; from then on it and what it names can be
 * named too, in this run and in later ones. A name that is no thread itself is
 * a row of `imports` as well: under the hash of the name, with its thread in
 * front of the digest. */
#include "daemon/import_names.h"
#include "alert/hash.h"
#include "daemon/rehearsal.h"

#define STEPS_MAX 1000 /* times that a source came back */

/* Nobody without the node's secret can tell which source a thread is of. */
static struct tcn_thread hash_of(const struct tcn_node *node,
                                 struct tcn_view name)
{
    struct tcn_thread thread;
    tcn_hash_parts(TCN_PERSONAL_THREAD,
                   tcn_view(node->thread_secret, sizeof node->thread_secret),
                   &name, 1, thread.bytes, sizeof thread.bytes);
    return thread;
}

static struct tcn_thread row_for(const struct tcn_node *node,
                                 const char *prefix,
                                 const struct tcn_thread *name)
{
    uint8_t room[32];
    struct tcn_buf text = tcn_buf(room, sizeof room);
    tcn_buf_put_str(&text, prefix);
    tcn_buf_put(&text, name->bytes, sizeof name->bytes);
    return hash_of(node, tcn_buf_view(&text));
}

/* The key of the row that says which thread a name belongs to. */
static struct tcn_thread row_of(const struct tcn_node *node,
                                const struct tcn_thread *name)
{
    return row_for(node, "name:", name);
}

/* The key of the row that says that its source withdrew a thread. */
static struct tcn_thread gone_row_of(const struct tcn_node *node,
                                     const struct tcn_thread *thread)
{
    return row_for(node, "gone:", thread);
}

/* The thread that a name is, or belongs to; NOT_FOUND when it is new. A thread
 * that was withdrawn may have begun anew, more than once. */
static enum tcn_err find(struct tcn_node *node, const struct tcn_thread *name,
                         struct tcn_thread *thread)
{
    struct tcn_id digest;
    enum tcn_err err = TCN_ERR_OK;
    *thread = *name;
    for (unsigned i = 0; err == TCN_ERR_OK && i < STEPS_MAX; i++) {
        struct tcn_thread row = row_of(node, thread);
        err = rehearsal_import(node, &row, &digest);
        if (err == TCN_ERR_OK) {
            memcpy(thread->bytes, digest.bytes, sizeof thread->bytes);
        }
    }
    return err == TCN_ERR_OK || err == TCN_ERR_NOT_FOUND
               ? rehearsal_import(node, thread, &digest)
               : err;
}

/* The first of names `from` to `to` that is known; otherwise the first. */
static enum tcn_err find_first(struct tcn_node *node,
                               const struct import_names *names, size_t from,
                               struct tcn_thread *thread)
{
    for (size_t i = from; i < names->count; i++) {
        enum tcn_err err = find(node, &names->list[i], thread);
        if (err != TCN_ERR_NOT_FOUND) {
            return err;
        }
    }
    *thread = names->list[from];
    return TCN_ERR_NOT_FOUND;
}

enum tcn_err import_names_read(struct tcn_node *node,
                               const struct tcn_draft *draft,
                               struct import_names *names,
                               struct tcn_thread *thread)
{
    struct tcn_thread other;
    names->count = 1;
    names->withdrawn = draft->withdrawn;
    names->goes_on = names->early = names->again = false;
    names->list[0] = hash_of(node, draft->source_key);
    for (size_t i = 0; i < draft->replaces_count; i++) {
        names->list[names->count++] = hash_of(node, draft->replaces[i]);
    }
    enum tcn_err own = find(node, &names->list[0], thread);
    if (names->count == 1 || (own != TCN_ERR_OK && own != TCN_ERR_NOT_FOUND)) {
        return own == TCN_ERR_NOT_FOUND ? TCN_ERR_OK : own;
    }
    enum tcn_err err = find_first(node, names, 1, &other);
    bool known = err == TCN_ERR_OK;
    if (!known && err != TCN_ERR_NOT_FOUND) {
        return err;
    }
    if (draft->withdrawn) {
        names->goes_on = known && memcmp(other.bytes, thread->bytes,
                                         sizeof other.bytes) == 0;
    } else if (known || own != TCN_ERR_OK) {
        *thread = other;
    }
    return TCN_ERR_OK;
}

static enum tcn_err keep_row(struct tcn_node *node, struct tcn_thread row,
                             const struct tcn_thread *thread)
{
    struct tcn_id digest = {{0}};
    memcpy(digest.bytes, thread->bytes, sizeof thread->bytes);
    return rehearsal_put_import(node, &row, &digest);
}

enum tcn_err import_names_again(struct tcn_node *node,
                                struct import_names *names,
                                const struct tcn_id *digest,
                                struct tcn_thread *thread)
{
    uint8_t both[16 + sizeof digest->bytes];
    struct tcn_id unused;
    struct tcn_thread gone = gone_row_of(node, thread);
    enum tcn_err err = rehearsal_import(node, &gone, &unused);
    if (err != TCN_ERR_OK) {
        return err == TCN_ERR_NOT_FOUND ? TCN_ERR_OK : err;
    }
    names->again = true;
    names->old = *thread;
    memcpy(both, thread->bytes, 16);
    memcpy(both + 16, digest->bytes, sizeof digest->bytes);
    *thread = hash_of(node, tcn_view(both, sizeof both));
    return TCN_ERR_OK;
}

enum tcn_err import_names_keep(struct tcn_node *node,
                               const struct import_names *names,
                               const struct tcn_thread *thread)
{
    if (names->again) {
        return keep_row(node, row_of(node, &names->old), thread);
    }
    if (names->withdrawn) {
        return keep_row(node, gone_row_of(node, thread), thread);
    }
    /* One name alone is the thread, or led to it before. */
    for (size_t i = 0; names->count > 1 && i < names->count; i++) {
        struct tcn_thread known;
        enum tcn_err err = find(node, &names->list[i], &known);
        bool is_thread = memcmp(names->list[i].bytes, thread->bytes,
                                sizeof thread->bytes) == 0;
        if (err == TCN_ERR_NOT_FOUND && !is_thread) {
            err = keep_row(node, row_of(node, &names->list[i]), thread);
        }
        if (err != TCN_ERR_OK && err != TCN_ERR_NOT_FOUND) {
            return err;
        }
    }
    return TCN_ERR_OK;
}

bool import_names_meet(const struct import_names *a,
                       const struct import_names *b)
{
    for (size_t i = 0; i < a->count; i++) {
        for (size_t k = 0; k < b->count; k++) {
            if (memcmp(a->list[i].bytes, b->list[k].bytes,
                       sizeof a->list[i].bytes) == 0) {
                return true;
            }
        }
    }
    return false;
}
