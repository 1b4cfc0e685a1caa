/* Who pushes to whom. At first everybody pushes a stream (what one origin says
 * under one TLP) to everybody. Whoever brings an alert that two others have
 * brought already, and never was the first one with anything of that stream, is
 * asked to offer it instead; it is asked to push again when an offer had to be
 * asked for, or came long before the push of others. What remains are two ways
 * to each node, more where filters tell alerts of one stream apart.
 *
 * Nothing but speed depends on this file: with tree_pushes() always true every
 * alert floods, with false every one is offered and asked for. Per stream and
 * not per link, because filters differ by origin and TLP: a link that is of no
 * use for one stream may be the only one for another. What it brings, with and
 * without filters: scripts/bench-mesh. */
#include "mesh/internal.h"

static struct stream *stream_of(struct tcn_mesh *mesh, uint32_t at)
{
    const struct entry *entry = entry_at(mesh, at);
    struct stream *stream = &mesh->origins[entry->origin].streams[entry->tlp];
    if (mesh->now_ms - stream->used_ms > IDLE_STREAM_MS) {
        stream->lazy = stream->pruned = stream->kept = 0;
    }
    stream->used_ms = mesh->now_ms;
    return stream;
}

static void say(struct tcn_mesh *mesh, unsigned peer, uint32_t at,
                enum tcn_frame_type type)
{
    const struct entry *entry = entry_at(mesh, at);
    struct tcn_frame *frame = send_frame(mesh, peer, TCN_LANE_FAST, type);
    frame->stream.origin = tcn_view_str(mesh->origins[entry->origin].name);
    frame->stream.tlp = entry->tlp;
}

bool tree_pushes(struct tcn_mesh *mesh, unsigned peer, uint32_t at)
{
    return (stream_of(mesh, at)->lazy >> peer & 1) == 0;
}

/* Two of an alert are enough. */
static bool are_two(uint64_t sources)
{
    return (sources & (sources - 1)) != 0;
}

/* `at` came once more from the peer. */
void tree_brought_again(struct tcn_mesh *mesh, unsigned peer, uint32_t at)
{
    struct stream *stream = stream_of(mesh, at);
    uint64_t others = entry_at(mesh, at)->sources & ~(1ull << peer);
    if (entry_at(mesh, at)->origin == SHARED_ORIGIN) {
        return; /* which of them it would be about cannot be said */
    }
    if (are_two(others) && ((stream->pruned | stream->kept) >> peer & 1) == 0) {
        stream->pruned |= 1ull << peer;
        say(mesh, peer, at, TCN_FRAME_PRUNE);
    }
}

/* It was the first to bring it, or would have been: `late`, it was offered and
 * had to be asked for, or was pushed by others long after. */
void tree_brought(struct tcn_mesh *mesh, unsigned peer, uint32_t at, bool late)
{
    struct stream *stream = stream_of(mesh, at);
    stream->kept |= 1ull << peer;
    if (late && (stream->pruned >> peer & 1) != 0) {
        stream->pruned &= ~(1ull << peer);
        say(mesh, peer, at, TCN_FRAME_GRAFT);
    }
}

void on_stream(struct tcn_mesh *mesh, unsigned peer,
               const struct tcn_frame *frame)
{
    uint16_t origin = origin_find(mesh, frame->stream.origin);
    if (origin == ORIGINS_MAX) {
        return; /* nothing of it was ever sent */
    }
    struct stream *stream = &mesh->origins[origin].streams[frame->stream.tlp];
    if (frame->type == TCN_FRAME_PRUNE) {
        stream->lazy |= 1ull << peer;
    } else {
        stream->lazy &= ~(1ull << peer);
    }
}

/* Both ends begin a session with every stream eager. */
void tree_reset(struct tcn_mesh *mesh, unsigned peer)
{
    for (size_t i = 0; i < mesh->origin_count; i++) {
        for (size_t tlp = 0; tlp < 5; tlp++) {
            mesh->origins[i].streams[tlp].lazy &= ~(1ull << peer);
            mesh->origins[i].streams[tlp].pruned &= ~(1ull << peer);
        }
    }
}
