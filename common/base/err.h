/* Every error of Tocsin: one list gives value, stable word, class, sentence.
 *
 * The words of class INPUT are the reject reasons of common/alert/FORMAT.md
 * and of tests/vectors; they are part of the interface. */
#pragma once

enum tcn_err_class {
    TCN_CLASS_NONE,
    TCN_CLASS_INPUT,  /* the bytes or the text are wrong */
    TCN_CLASS_LIMIT,  /* correct, but more than we take */
    TCN_CLASS_PEER,   /* correct, but refused from this peer or now */
    TCN_CLASS_SYSTEM, /* this machine failed us */
};

/* X(NAME, word, class, sentence) */
#define TCN_ERRORS(X)                                                          \
    X(OK, "ok", NONE, "done")                                                  \
    /* encoding profile */                                                     \
    X(TRUNCATED, "truncated", INPUT, "the data ends too early")                \
    X(TRAILING, "trailing", INPUT, "there are bytes after the end")            \
    X(TYPE, "type", INPUT, "an element has a type the profile forbids")        \
    X(DEPTH, "depth", INPUT, "arrays are nested too deep")                     \
    X(UTF8, "utf8", INPUT, "a text is not valid UTF-8")                        \
    X(TEXT, "text", INPUT, "a text has a control or direction character")      \
    X(ENCODING, "encoding", INPUT, "an element is not in its shortest form")   \
    X(SIZE, "size", LIMIT, "larger than the limit")                            \
    /* envelope and header */                                                  \
    X(ENVELOPE, "envelope", INPUT, "the envelope has the wrong shape")         \
    X(HEADER, "header", INPUT, "the header has the wrong shape")               \
    X(VERSION, "version", INPUT, "unknown version")                            \
    X(ORIGIN, "origin", INPUT, "the origin is not a member code")              \
    X(REVISION, "revision", INPUT, "the revision does not fit the kind")       \
    X(KIND, "kind", INPUT, "the kind is not a lower-case word")                \
    X(LIFE, "life", INPUT, "created and expires are out of order or range")    \
    X(SEVERITY, "severity", INPUT, "the severity is not 0 to 4")               \
    X(CONFIDENCE, "confidence", INPUT, "the confidence is not 0 to 100")       \
    X(CATEGORY, "category", INPUT, "the category is not class/type")           \
    X(SECTORS, "sectors", INPUT, "the sectors are not a sorted set")           \
    X(REGIONS, "regions", INPUT, "the regions are not a sorted set")           \
    X(LABEL, "label", INPUT, "the label is malformed")                         \
    X(AGREEMENT, "agreement", INPUT, "the agreement is not NAME#hash")         \
    X(EXERCISE, "exercise", INPUT, "the exercise is not a plain name")         \
    X(REF, "ref", INPUT, "the ref does not fit the kind")                      \
    X(CLASSES, "classes", INPUT, "the field classes are wrong")                \
    X(LEAVES, "leaves", INPUT, "the leaves do not match the classes")          \
    X(SEAL, "seal", INPUT, "something is in the place of the seal")            \
    X(FIELDS, "fields", INPUT, "the fields do not match the classes")          \
    X(FORM, "form", INPUT, "a class is half open")                             \
    X(KEEP, "keep", INPUT, "a KEEP field is withheld")                         \
    X(LEAF, "leaf", INPUT, "a field does not match its leaf")                  \
    X(FIELD, "field", INPUT, "a field has the wrong shape")                    \
    X(FIELD_CLASS, "field-class", INPUT, "a field is in a class not its own")  \
    /* identity */                                                             \
    X(CERT, "cert", INPUT, "the certificate is malformed")                     \
    X(CERT_SIGNATURE, "cert-signature", INPUT,                                 \
      "the certificate is not signed by the pinned root")                      \
    X(CERT_MEMBER, "cert-member", INPUT,                                       \
      "the certificate belongs to another member")                             \
    X(CERT_TIME, "cert-time", INPUT,                                           \
      "the alert was created outside the certificate's validity")              \
    X(SIGNATURE, "signature", INPUT, "the signature is wrong")                 \
    X(KREV, "krev", INPUT, "the key revocation is malformed")                  \
    X(KREV_SIGNATURE, "krev-signature", INPUT,                                 \
      "the key revocation is not signed by root or duty key")                  \
    X(CARD, "card", INPUT, "the card is malformed")                            \
    X(ARMOUR, "armour", INPUT, "the armoured text is damaged")                 \
    X(KEY, "key", INPUT, "the key file is malformed")                          \
    /* what a node refuses although it is well formed */                       \
    X(UNPINNED, "unpinned", PEER, "the origin is not pinned: import its card") \
    X(CERT_UNKNOWN, "cert-unknown", PEER, "its certificate is not known here") \
    X(CERT_REVOKED, "cert-revoked", PEER, "its certificate is revoked")        \
    X(EARLY, "early", PEER, "created too far in the future")                   \
    X(EXPIRED, "expired", PEER, "it has expired")                              \
    X(IMPORT_DENIED, "import-denied", PEER, "the import filter refuses it")    \
    X(UPDATE_RULE, "update-rule", PEER,                                        \
      "an update may not narrow its audience, raise its TLP or leave its "     \
      "agreement or exercise")                                                 \
    X(REMARK_RULE, "remark-rule", PEER,                                        \
      "a sighting or ack must be at least as strict as its subject")           \
    X(REVOKE_QUOTA, "revoke-quota", LIMIT,                                     \
      "too many revocations of this origin without their alert")               \
    X(CAPACITY, "capacity", LIMIT, "the node holds as much as it may")         \
    /* the mesh */                                                             \
    X(FRAME, "frame", INPUT, "the frame is malformed")                         \
    X(SESSION, "session", PEER, "the frame belongs to another session")        \
    X(NUMBER, "number", PEER, "the frame number is out of order")              \
    X(CREDIT, "credit", PEER, "the peer sent more than it was granted")        \
    X(PROTOCOL, "protocol", PEER, "no protocol version in common")             \
    X(UNSERVED, "unserved", PEER, "the peer offered it and does not serve it") \
    X(RATE, "rate", PEER, "the peer sends faster than it may")                 \
    X(RESTORING, "restoring", PEER,                                            \
      "the node takes back what its backup forgot: try again in a moment")     \
    X(IMPOSTOR, "impostor", PEER, "the peer claims another's name")            \
    /* people and files */                                                     \
    X(USAGE, "usage", INPUT, "wrong usage")                                    \
    X(SYNTAX, "syntax", INPUT, "the text does not follow the grammar")         \
    X(FORMAT, "format", INPUT, "the file is not in a known format")            \
    X(NOT_YET, "not-yet", INPUT, "this version does not carry that out yet")   \
    X(DENIED, "denied", PEER, "the policy does not allow it")                  \
    X(ROLE, "role", PEER, "your role does not allow it")                       \
    X(NOT_FOUND, "not-found", INPUT, "there is no such thing here")            \
    X(AMBIGUOUS, "ambiguous", INPUT, "the short form fits more than one")      \
    X(EXISTS, "exists", INPUT, "it exists already")                            \
    X(FINAL, "final", PEER, "the thread is revoked, and that is final")        \
    /* the machine */                                                          \
    X(NO_MEMORY, "no-memory", SYSTEM, "out of memory")                         \
    X(IO, "io", SYSTEM, "input or output failed")                              \
    X(DISK_FULL, "disk-full", SYSTEM,                                          \
      "the disk is full: make room; the node goes on by itself")               \
    X(CORRUPT, "corrupt", SYSTEM, "the store is damaged")                      \
    X(DOWNGRADE, "downgrade", SYSTEM, "the store is of a newer version")       \
    X(BUSY, "busy", SYSTEM, "somebody else is using it")                       \
    X(PERMISSION, "permission", SYSTEM, "permissions are wrong")               \
    X(UNREACHABLE, "unreachable", SYSTEM, "the node does not answer")          \
    X(CLOCK, "clock", SYSTEM,                                                  \
      "our clock is off against the peers': set it (timedatectl set-ntp "      \
      "true)")

enum tcn_err {
#define TCN_ERR_VALUE(name, word, cls, sentence) TCN_ERR_##name,
    TCN_ERRORS(TCN_ERR_VALUE)
#undef TCN_ERR_VALUE
        TCN_ERR_COUNT
};

#define TCN_MUST_USE __attribute__((warn_unused_result))

/* The stable word, e.g. "cert-time"; static storage, never NULL. */
const char *tcn_err_word(enum tcn_err err);

/* One sentence for people, without a full stop; static storage. */
const char *tcn_err_sentence(enum tcn_err err);

enum tcn_err_class tcn_err_class(enum tcn_err err);
