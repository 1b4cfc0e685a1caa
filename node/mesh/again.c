/* Deciding again about one alert: a hold was released, a delay is over,
 * somebody has looked at what was in quarantine. It takes its place among the
 * news once more, for every peer; who has it is passed over. */
#include "mesh/info.h"
#include "mesh/internal.h"

void on_again(struct tcn_mesh *mesh, const struct tcn_event *event)
{
    uint32_t at = entry_find(mesh, &event->again.id);
    if (at != NOBODY && !entry_at(mesh, at)->ghost) {
        flow_touch(mesh, at);
    }
}

bool tcn_mesh_disagrees(const struct tcn_mesh *mesh, unsigned number,
                        struct tcn_view agreement)
{
    const struct peer *peer = &mesh->peers[number];
    bool other = false;
    if (agreement.len <= 17) {
        return false;
    }
    size_t name = agreement.len - 16; /* with its # */
    for (unsigned i = 0; i < peer->agreement_count; i++) {
        struct tcn_view theirs = tcn_view_str(peer->agreements[i]);
        if (tcn_view_equal(theirs, agreement)) {
            return false;
        }
        other |= theirs.len == agreement.len &&
                 memcmp(theirs.data, agreement.data, name) == 0;
    }
    return other;
}
