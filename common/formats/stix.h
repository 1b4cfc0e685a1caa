/* STIX 2.0 and 2.1: a bundle, or one object alone. */
#pragma once

#include "formats/collect.h"
#include "formats/json.h"

void tcn_stix_import(struct tcn_import *im, const struct tcn_node *root);

/* What a STIX type is to us. */
enum tcn_stix_role {
    TCN_STIX_OTHER,     /* unknown: kept as a tool, warns of nothing alone */
    TCN_STIX_CONTEXT,   /* identity, marking, relationship: nothing alone */
    TCN_STIX_KNOWLEDGE, /* who and how: severity low */
    TCN_STIX_THREAT,    /* what happens: severity medium */
    TCN_STIX_REPORT,    /* report or grouping: one alert each */
};

#define TCN_STIX_PARTS 2 /* classes that granular markings lead to */

/* One object of the bundle. */
struct tcn_stix_object {
    struct tcn_node node;
    const json_t *all;             /* as it came */
    json_t *open;                  /* of it, without what is in the parts */
    json_t *parts[TCN_STIX_PARTS]; /* marked AMBER, RED; NULL = nothing */
    uint8_t whole; /* class that all of it goes into, or COUNT */
    struct tcn_view id;
    struct tcn_view type;
    enum tcn_stix_role role;
    bool revoked;
    bool superseded; /* a newer version is in the bundle too */
    bool taken;      /* is in some alert */
    unsigned scope;  /* number of the alert it was last put in */
    uint8_t cls;     /* class of its names, COUNT = not sensitive */
};

struct tcn_stix {
    struct tcn_import *im;
    struct tcn_node list; /* the array of objects */
    bool is_bundle;       /* not one object alone */
    struct tcn_stix_object *objects;
    size_t count;
    json_t *by_id;                 /* id -> index */
    struct tcn_stix_object **todo; /* room for a walk over all of them */
    json_t *made;                  /* array: owns `open` and `parts` */
    unsigned scope;
};

/* The object of that id, or NULL. */
struct tcn_stix_object *tcn_stix_find(const struct tcn_stix *stix,
                                      struct tcn_view id);

enum tcn_stix_role tcn_stix_role_of(struct tcn_view type);

/* Puts `object` and all it leads to into a new scope (a report's), then what
 * speaks about members of the scope: relationships, sightings, notes, markings,
 * authors. With NULL: all that is in no scope yet. */
void tcn_stix_scope(struct tcn_stix *stix, struct tcn_stix_object *object);

/* Which objects name victims, persons, actors or the source, by the
 * relationships around them. */
void tcn_stix_classify(struct tcn_stix *stix);

/* Takes apart the objects that have granular markings (stix_granular.c). */
void tcn_stix_split(struct tcn_stix *stix);

uint8_t tcn_stix_part_class(unsigned part);

/* The class of a property of an object: COUNT when it is not marked more
 * strictly than the rest. */
unsigned tcn_stix_marked_class(const struct tcn_stix_object *object,
                               const char *key);

/* Keeps which properties had which granular marking. */
void tcn_stix_granular(struct tcn_collect *c,
                       const struct tcn_stix_object *object);

/* A text of the object that is not marked more strictly than the rest. */
struct tcn_view tcn_stix_open_text(const struct tcn_stix *stix,
                                   const struct tcn_stix_object *object,
                                   const char *key);

/* Puts one object of the scope into the alert. */
void tcn_stix_object(struct tcn_collect *c, const struct tcn_stix *stix,
                     const struct tcn_stix_object *object);

/* What all types share: labels, category words, references. */
void tcn_stix_common(struct tcn_collect *c,
                     const struct tcn_stix_object *object);

/* A relationship or sighting as one line that names both ends, without telling
 * more than the classes of the ends allow. */
void tcn_stix_relation(struct tcn_collect *c, const struct tcn_stix *stix,
                       const struct tcn_stix_object *object);

/* A cyber-observable object: an indicator that is not for detection, or false
 * when it is none that has a place. */
bool tcn_stix_observable(struct tcn_collect *c,
                         const struct tcn_stix_object *object);

/* What our own export put into the extension of a report; false when the
 * object has none. */
bool tcn_stix_own(struct tcn_collect *c, const struct tcn_stix_object *object);

/* A label that our own export writes; false when it is another's. */
bool tcn_stix_own_label(struct tcn_collect *c, struct tcn_view label);

/* "guess", of the label `tocsin:method=guess`, or "stix object". */
const char *tcn_stix_own_method(struct tcn_collect *c,
                                const struct tcn_stix_object *object);

/* Keeps how long the indicators of the scope are valid (stix_validity.h). */
void tcn_stix_validities(struct tcn_collect *c, const struct tcn_stix *stix);

/* object_marking_refs and granular_markings of an object; the strictest
 * counts. */
void tcn_stix_markings(struct tcn_collect *c, const struct tcn_stix *stix,
                       const struct tcn_stix_object *object);

/* The TLP of a marking: RED when it is not known, -1 for words that are none.
 */
int tcn_stix_tlp(const struct tcn_stix *stix, struct tcn_view id);

/* An indicator's pattern. `detect`: it is meant for detection. Returns false
 * when some of it could not be placed, and the pattern was kept as a tool. */
bool tcn_stix_pattern(struct tcn_collect *c, struct tcn_view pattern,
                      bool detect);

/* Rows of the tables: paths of patterns and their indicator type, types of
 * objects and the field they become, markings; false behind the last. */
bool tcn_stix_path_row(size_t index, const char **path, const char **type);
bool tcn_stix_type_row(size_t index, const char **type, const char **field);
bool tcn_stix_marking_row(size_t index, const char **id, unsigned *tlp);
