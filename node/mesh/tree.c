/* Who pushes to whom. At first everybody pushes a stream (what one origin says
 * under one TLP to the same sectors) to everybody. Whoever brings an alert that
 * two others have brought already, and never was the first one with anything of
 * that stream, is asked to offer it instead; it is asked to push again when an
 * offer had to be asked for, or came long before the push of others. What
 * remains are two ways to each node, more where filters tell alerts of one
 * stream apart.
 *
 * Nothing but speed depends on this file: with tree_pushes() always true every
 * alert floods, with false every one is offered and asked for. Per stream and
 * not per link, because filters differ by origin, TLP and sector: a link that
 * is of no use for one stream may be the only one for another. What it brings,
 * with and without filters: scripts/bench-mesh. */
#include "alert/hash.h"
#include "mesh/internal.h"

/* Both ends of a link have to find the same one. */
uint8_t stream_number(const struct tcn_header *header)
{
    struct tcn_view parts[1 + TCN_TAGS_MAX];
    uint8_t tlp = header->label.tlp;
    uint8_t number;
    parts[0] = tcn_view(&tlp, 1);
    memcpy(parts + 1, header->sectors,
           header->sector_count * sizeof header->sectors[0]);
    tcn_hash_parts(TCN_PERSONAL_STREAM, tcn_view(NULL, 0), parts,
                   1u + header->sector_count, &number, sizeof number);
    return number % TCN_STREAMS;
}

/* NULL: of none. */
static struct stream *stream_of(struct tcn_mesh *mesh, uint32_t at)
{
    const struct entry *entry = entry_at(mesh, at);
    if (entry->stream == NO_STREAM || entry->origin == SHARED_ORIGIN) {
        return NULL; /* of the shared place, which one cannot be said */
    }
    struct stream *stream =
        &mesh->origins[entry->origin].streams[entry->stream];
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
    frame->stream.number = entry->stream;
}

bool tree_pushes(struct tcn_mesh *mesh, unsigned peer, uint32_t at)
{
    const struct stream *stream = stream_of(mesh, at);
    return stream == NULL || (stream->lazy >> peer & 1) == 0;
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
    if (stream != NULL && are_two(others) &&
        ((stream->pruned | stream->kept) >> peer & 1) == 0) {
        stream->pruned |= 1ull << peer;
        say(mesh, peer, at, TCN_FRAME_PRUNE);
    }
}

/* It was the first to bring it, or would have been: `late`, it was offered and
 * had to be asked for, or was pushed by others long after. */
void tree_brought(struct tcn_mesh *mesh, unsigned peer, uint32_t at, bool late)
{
    struct stream *stream = stream_of(mesh, at);
    if (stream == NULL) {
        return;
    }
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
    struct stream *stream =
        &mesh->origins[origin].streams[frame->stream.number];
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
        for (size_t k = 0; k < TCN_STREAMS; k++) {
            mesh->origins[i].streams[k].lazy &= ~(1ull << peer);
            mesh->origins[i].streams[k].pruned &= ~(1ull << peer);
        }
    }
}
