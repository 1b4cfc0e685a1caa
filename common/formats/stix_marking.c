/* Markings of STIX objects. The TLP markings have fixed ids, in two sets: those
 * of the STIX 2.1 standard (TLP 1.x) and the OASIS common objects (TLP 2.0). */
#include "formats/stix.h"

static const struct {
    const char *id;
    enum tcn_tlp tlp;
} fixed[] = {
    {"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9", TCN_TLP_CLEAR},
    {"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da", TCN_TLP_GREEN},
    {"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82", TCN_TLP_AMBER},
    {"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed", TCN_TLP_RED},
    {"marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487", TCN_TLP_CLEAR},
    {"marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb", TCN_TLP_GREEN},
    {"marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421", TCN_TLP_AMBER},
    {"marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
     TCN_TLP_AMBER_STRICT},
    {"marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1", TCN_TLP_RED},
};

static const char tlp2[] =
    "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d";

/* What a definition in the bundle says in words: a TLP, or -1. */
static int defined_tlp(struct tcn_import *im, const struct tcn_node *node)
{
    struct tcn_node definition = tcn_json_object(im, node, "definition");
    struct tcn_node extensions = tcn_json_object(im, node, "extensions");
    struct tcn_node extension = tcn_json_object(im, &extensions, tlp2);
    struct tcn_view old = tcn_json_text(im, &definition, "tlp");
    struct tcn_view new = tcn_json_text(im, &extension, "tlp_2_0");
    int tlp = old.len > 0 ? tcn_tlp_find(old) : -1;
    int second = new.len > 0 ? tcn_tlp_find(new) : -1;
    return second > tlp ? second : tlp;
}

static bool is_statement(struct tcn_import *im, const struct tcn_node *node)
{
    return tcn_view_is(tcn_json_text(im, node, "definition_type"), "statement");
}

/* The TLP of a marking, -1 for a statement; whether it is `known`. */
static int look_up(const struct tcn_stix *stix, struct tcn_view id, bool *known)
{
    int tlp = -1;
    *known = false;
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
        if (tcn_view_is(id, fixed[i].id)) {
            tlp = (int)fixed[i].tlp;
            *known = true;
        }
    }
    const struct tcn_stix_object *definition = tcn_stix_find(stix, id);
    if (definition != NULL) {
        int said = defined_tlp(stix->im, &definition->node);
        *known |= said >= 0 || is_statement(stix->im, &definition->node);
        tlp = said > tlp ? said : tlp;
    }
    return tlp;
}

int tcn_stix_tlp(const struct tcn_stix *stix, struct tcn_view id)
{
    bool known;
    int tlp = look_up(stix, id, &known);
    return known ? tlp : TCN_TLP_RED;
}

static void take_marking(struct tcn_collect *c, const struct tcn_stix *stix,
                         struct tcn_view id)
{
    bool known;
    tcn_collect_tlp(c, look_up(stix, id, &known));
    if (!known) {
        tcn_collect_unknown_marking(c, id);
    }
}

void tcn_stix_markings(struct tcn_collect *c, const struct tcn_stix *stix,
                       const struct tcn_stix_object *object)
{
    struct tcn_import *im = c->im;
    struct tcn_node refs =
        tcn_json_array(im, &object->node, "object_marking_refs");
    for (size_t i = 0; i < tcn_json_count(&refs); i++) {
        struct tcn_node ref = tcn_json_item(&refs, i);
        take_marking(c, stix, tcn_json_self_text(im, &ref));
    }
    struct tcn_node granular =
        tcn_json_array(im, &object->node, "granular_markings");
    for (size_t i = 0; i < tcn_json_count(&granular); i++) {
        struct tcn_node item = tcn_json_item(&granular, i);
        struct tcn_view ref = tcn_json_text(im, &item, "marking_ref");
        if (ref.len > 0) {
            take_marking(c, stix, ref);
        }
    }
    tcn_stix_granular(c, object);
}

bool tcn_stix_marking_row(size_t index, const char **id, unsigned *tlp)
{
    if (index >= sizeof fixed / sizeof *fixed) {
        return false;
    }
    *id = fixed[index].id;
    *tlp = fixed[index].tlp;
    return true;
}
