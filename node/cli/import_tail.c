/* A source that needed several alerts may need fewer when it changes, and none
 * when it is taken back. So behind the last part of what was updated or revoked
 * the next one is withdrawn, as long as there is one. */
#include <stdlib.h>

#include "alert/build.h"
#include "cli/import.h"

static struct tcn_draft draft;

/* "misp:<uuid>#3" behind "misp:<uuid>#2"; part 1 has the bare key. */
static bool next_key(struct tcn_view key, unsigned part, char *out, size_t cap)
{
    char mark[16];
    size_t len =
        part > 1 ? (size_t)snprintf(mark, sizeof mark, "#%u", part) : 0;
    if (key.len < len || key.len - len + sizeof mark > cap) {
        return false;
    }
    (void)snprintf(out, cap, "%.*s#%u", (int)(key.len - len),
                   (const char *)key.data, part + 1);
    return true;
}

/* The draft at hand as the withdrawal of the part behind it: its title stays.
 */
static void make_withdrawal(struct tcn_view key)
{
    static const struct tcn_draft_field reason = {.cls = TCN_CLASS_KEEP,
                                                  .value_count = 1};
    draft.source_key = key;
    draft.replaces_count = 0;
    draft.withdrawn = true;
    draft.field_count = 2;
    draft.fields[1] = reason;
    draft.fields[1].name = tcn_view_str("reason");
    draft.fields[1].values[0].text =
        tcn_view_str("no longer part of its source");
}

void tail_note(struct job *job, uint64_t n)
{
    static char key[1024]; /* `draft` views it */
    if (n >= job->count || job->last_part[n] == 0 ||
        job->tail_count == BATCH_DRAFTS) {
        return;
    }
    unsigned part = job->last_part[n];
    enum tcn_err err =
        tcn_draft_decode(&draft, tcn_view(job->list[n], job->len[n]));
    if (err != TCN_ERR_OK || draft.field_count == 0 ||
        !next_key(draft.source_key, part, key, sizeof key)) {
        return;
    }
    make_withdrawal(tcn_view_str(key));
    size_t cap = job->len[n] + sizeof key;
    struct import_tail *tail = &job->tails[job->tail_count];
    tail->bytes = malloc(cap);
    struct tcn_buf out = tcn_buf(tail->bytes, tail->bytes == NULL ? 0 : cap);
    if (tail->bytes == NULL || tcn_draft_encode(&draft, &out) != TCN_ERR_OK) {
        free(tail->bytes);
        return;
    }
    tail->len = out.len;
    tail->part = (uint16_t)(part + 1);
    job->tail_count++;
}

bool tail_take(struct job *job)
{
    for (size_t i = 0; i < job->tail_count; i++) {
        job->list[i] = job->tails[i].bytes;
        job->len[i] = job->tails[i].len;
        job->last_part[i] = job->tails[i].part;
        job->bytes += job->len[i];
    }
    job->count = job->tail_count;
    job->tail_count = 0;
    return job->count > 0;
}

void tail_forget(struct job *job)
{
    while (job->tail_count > 0) {
        free(job->tails[--job->tail_count].bytes);
    }
}
