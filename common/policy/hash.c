/* What a policy is: the hash of everything that can change a decision. Each
 * statement by itself, so that order and files do not matter. */
#include "alert/hash.h"

#include <stdlib.h>

#include "policy/compiler.h"

bool hash_tokens(const struct tcn_token *from, const struct tcn_token *to,
                 struct tcn_id *out)
{
    size_t cap = tcn_canonical_size(from, to);
    uint8_t *text = malloc(cap);
    if (text == NULL) {
        return false;
    }
    struct tcn_buf buf = tcn_buf(text, cap);
    tcn_canonical_put(&buf, from, to);
    *out = tcn_hash(TCN_PERSONAL_AGREE, tcn_buf_view(&buf));
    free(text);
    return true;
}

static void put_party(struct tcn_buf *out, const struct tcn_party *party)
{
    tcn_buf_printf(out, "%s %u %d %d", party->name, party->role, party->eu_set,
                   party->eu);
    for (size_t i = 0; i < party->group_count; i++) {
        tcn_buf_printf(out, " %s", party->groups[i]);
    }
    tcn_buf_put_str(out, "\n");
}

static void put_role(struct tcn_buf *out, const struct tcn_role *role)
{
    tcn_buf_printf(out, "role %s", role->name);
    for (size_t i = 0; i < role->user_count; i++) {
        tcn_buf_printf(out, " %s", role->users[i]);
    }
    for (size_t i = 0; i < role->group_count; i++) {
        tcn_buf_printf(out, " @%s", role->groups[i]);
    }
    tcn_buf_put_str(out, "\n");
}

static void put_world(struct tcn_buf *out, const struct tcn_policy *policy)
{
    tcn_buf_printf(out, "%s %zu\n", policy->self, policy->peer_count);
    for (size_t i = 0; i < policy->party_count; i++) {
        put_party(out, &policy->parties[i]);
    }
    for (size_t i = 0; i < policy->exercise_count; i++) {
        const struct tcn_exercise *exercise = &policy->exercises[i];
        tcn_buf_printf(out, "%s %llu %llu %s\n", exercise->name,
                       (unsigned long long)exercise->from_ms,
                       (unsigned long long)exercise->until_ms,
                       exercise->agreement);
    }
    for (size_t i = 0; i < policy->role_count; i++) {
        put_role(out, &policy->roles[i]);
    }
    for (size_t i = 0; i < policy->observer_count; i++) {
        tcn_buf_printf(out, "%s %d\n", policy->observers[i].name,
                       policy->observers[i].internal);
    }
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct tcn_id));
}

bool hash_policy(struct compiler *compiler)
{
    struct tcn_policy *policy = compiler->policy;
    size_t cap = 256 * TCN_KIB;
    uint8_t *text = malloc(cap);
    if (text == NULL) {
        return false;
    }
    struct tcn_buf out = tcn_buf(text, cap);
    qsort(compiler->hashes, compiler->hash_count, sizeof(struct tcn_id),
          by_bytes);
    put_world(&out, policy);
    for (size_t i = 0; i < compiler->hash_count; i++) {
        tcn_buf_put(&out, compiler->hashes[i].bytes, sizeof(struct tcn_id));
    }
    policy->hash = tcn_hash(TCN_PERSONAL_AGREE, tcn_buf_view(&out));
    bool whole = !out.full;
    free(text);
    return whole;
}
