/* An alert as a view on its envelope: strict decoding, verification, redaction
 * and merging. The bytes are verified as received and never re-encoded first.
 * Rules: common/alert/FORMAT.md. */
#pragma once

#include "alert/label.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"

struct tcn_thread {
    uint8_t bytes[16];
};

/* The 20 items of a header. Views point into the envelope. */
struct tcn_header {
    struct tcn_view origin;
    struct tcn_id cert;
    struct tcn_thread thread;
    uint32_t revision;
    struct tcn_view kind_text;
    enum tcn_kind kind;
    uint64_t created_ms;
    uint64_t expires_ms;
    uint8_t severity;
    uint8_t confidence;
    struct tcn_view category;
    uint8_t sector_count;
    uint8_t region_count;
    struct tcn_view sectors[TCN_TAGS_MAX];
    struct tcn_view regions[TCN_TAGS_MAX];
    struct tcn_label label;
    struct tcn_view agreement; /* "" or NAME#16 hex digits */
    struct tcn_view exercise;  /* "" = live */
    bool has_ref;
    struct tcn_id ref;
    struct tcn_view classes; /* one byte per field */
    struct tcn_view leaves;  /* 32 bytes per field */
};

/* One field. bytes.data == NULL: withheld in this copy, and then name and
 * value are empty. `value` is one encoded element (str, uint or array). */
struct tcn_field {
    struct tcn_view bytes;
    struct tcn_view name;
    struct tcn_view value;
    uint8_t cls;
};

struct tcn_alert {
    struct tcn_view envelope;
    struct tcn_view header_bytes;
    struct tcn_header header;
    struct tcn_view signature; /* 64 bytes: Ed25519 over the batch root */
    struct tcn_view blind;     /* 16 bytes */
    uint32_t index;            /* place in the batch */
    struct tcn_view path;      /* siblings, 32 bytes each, from the leaf up */
    struct tcn_id id;
    uint16_t field_count;
    uint8_t form;    /* mask of open classes that have a field */
    uint8_t present; /* mask of classes that have a field at all */
    struct tcn_field fields[TCN_FIELDS_MAX];
};

/* Size, structure, envelope, header, field count, id. Views point into
 * `envelope`, which must outlive *alert. Checks no hash and no signature; field
 * names and values are filled in by tcn_alert_check_fields(). */
TCN_MUST_USE enum tcn_err tcn_alert_decode(struct tcn_alert *alert,
                                           struct tcn_view envelope);

/* Form (no class half open), KEEP open, every open field against its leaf, its
 * shape and its class; fills in form, names and values. */
TCN_MUST_USE enum tcn_err tcn_alert_check_fields(struct tcn_alert *alert);

struct tcn_cert;
struct tcn_roots;

/* Certificate, validity at `created`, batch signature, then
 * tcn_alert_check_fields(). `roots` remembers verified (cert, root) pairs, so
 * that a batch costs one signature check; may be NULL. CERT_MEMBER, CERT_TIME,
 * SIGNATURE, FORM, KEEP, LEAF, FIELD or FIELD_CLASS. */
TCN_MUST_USE enum tcn_err tcn_alert_verify(struct tcn_alert *alert,
                                           const struct tcn_cert *cert,
                                           struct tcn_roots *roots);

/* Writes the copy in which only the classes of `form` are open (KEEP always).
 * The id and the signature stay those of the original. */
TCN_MUST_USE enum tcn_err tcn_alert_redact(const struct tcn_alert *alert,
                                           uint8_t form, struct tcn_buf *out);

/* Writes a copy in which every class is open that is open in one of the two.
 * Both must be verified copies of one id. */
TCN_MUST_USE enum tcn_err tcn_alert_merge(const struct tcn_alert *held,
                                          const struct tcn_alert *more,
                                          struct tcn_buf *out);

/* The first open field of that name, or NULL. */
const struct tcn_field *tcn_alert_find(const struct tcn_alert *alert,
                                       const char *name);

/* A field's value as text: a str as it is, a uint in decimal, an array joined
 * by one blank. Not escaped: foreign text. */
void tcn_field_put_text(struct tcn_buf *out, const struct tcn_field *field);

/* Whether `next` may follow `held` in one thread (or precede it, when its
 * revision is lower): same origin, agreement and exercise; audience only wider,
 * TLP only lower. OK or UPDATE_RULE. FORMAT.md, "Revisions". */
TCN_MUST_USE enum tcn_err tcn_alert_follows(const struct tcn_header *held,
                                            const struct tcn_header *next);

/* Whether a sighting or ack is at least as strict as its subject: OK or
 * REMARK_RULE. FORMAT.md, "Sighting and ack". */
TCN_MUST_USE enum tcn_err tcn_alert_remarks(const struct tcn_header *subject,
                                            const struct tcn_header *remark);
