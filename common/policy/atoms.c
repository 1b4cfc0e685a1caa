/* Texts by the patterns they match. A text that matches a set of patterns goes
 * on, behind the longest pattern that it begins with, with some character; so
 * every set that occurs occurs among the patterns, one character more, and
 * where that is not a whole text yet, a few more behind it. */
#include <stdlib.h>

#include "policy/space.h"
#include "policy/text_fact.h"

#define PATTERNS_MAX 512
#define TEXT_MAX     80

struct patterns {
    size_t count;
    const struct value *list[PATTERNS_MAX];
};

struct signature {
    uint64_t words[PATTERNS_MAX / 64];
};

struct atoms {
    struct space *space;
    enum fact fact;
    struct patterns patterns;
    size_t count;
    struct signature *seen;
    struct cells *cells;
    bool out_of_memory;
};

static bool same_pattern(const struct value *a, const struct value *b)
{
    return a->prefix == b->prefix && tcn_view_equal(a->text, b->text);
}

static void add_pattern(struct atoms *atoms, const struct value *value)
{
    struct patterns *patterns = &atoms->patterns;
    for (size_t i = 0; i < patterns->count; i++) {
        if (same_pattern(patterns->list[i], value)) {
            return;
        }
    }
    if (patterns->count == PATTERNS_MAX) {
        atoms->space->too_large = true;
        return;
    }
    patterns->list[patterns->count++] = value;
}

static void find_patterns(struct atoms *atoms)
{
    const struct tcn_policy *policy = atoms->space->policy;
    for (size_t i = 0; i < policy->node_count; i++) {
        const struct node *node = &policy->nodes[i];
        if (node->op != NODE_TEST || node->fact != atoms->fact) {
            continue;
        }
        for (uint32_t j = 0; j < node->value_count; j++) {
            add_pattern(atoms, &policy->values[node->value + j]);
        }
    }
}

static bool is_new(struct atoms *atoms, const struct signature *signature)
{
    for (size_t i = 0; i < atoms->count; i++) {
        if (memcmp(&atoms->seen[i], signature, sizeof *signature) == 0) {
            return false;
        }
    }
    return true;
}

static void keep(struct atoms *atoms, const struct signature *signature,
                 struct tcn_view text)
{
    struct signature *seen =
        reallocarray(atoms->seen, atoms->count + 1, sizeof *atoms->seen);
    if (seen == NULL) {
        atoms->out_of_memory = true;
        return;
    }
    atoms->seen = seen;
    atoms->seen[atoms->count++] = *signature;
    struct tcn_view kept = policy_text(atoms->space->memory, text);
    atoms->out_of_memory |=
        kept.data == NULL ||
        !cells_add(atoms->cells, (struct cell){.text = kept});
}

static void try_text(struct atoms *atoms, struct tcn_view text)
{
    struct signature signature = {{0}};
    if (atoms->out_of_memory || !text_is_possible(atoms->fact, text, false)) {
        return;
    }
    for (size_t i = 0; i < atoms->patterns.count; i++) {
        if (value_matches(atoms->patterns.list[i], text)) {
            signature.words[i / 64] |= 1ull << i % 64;
        }
    }
    if (is_new(atoms, &signature)) {
        keep(atoms, &signature, text);
    }
}

static void try_pieces(struct atoms *atoms, const char *a, const char *b)
{
    char text[2 * TEXT_MAX];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    tcn_buf_put_str(&out, a);
    tcn_buf_put_str(&out, b);
    try_text(atoms, tcn_buf_view(&out));
}

/* `text` is not whole yet: what a category, or a text of two characters, needs
 * behind it. */
static void try_endings(struct atoms *atoms, const char *text)
{
    char ending[4] = "";
    try_pieces(atoms, text, "");
    if (text_is_possible(atoms->fact, tcn_view_str(text), false)) {
        return;
    }
    for (const char *c = text_alphabet(atoms->fact); *c != '\0'; c++) {
        (void)memcpy(ending, (char[]){*c, '\0'}, 2);
        try_pieces(atoms, text, ending);
        (void)memcpy(ending, (char[]){'/', *c, '\0'}, 3);
        try_pieces(atoms, text, ending);
        (void)memcpy(ending, (char[]){'-', '/', *c, '\0'}, 4);
        try_pieces(atoms, text, ending);
    }
}

static void try_around(struct atoms *atoms, struct tcn_view begin)
{
    char text[TEXT_MAX + 2];
    if (begin.len > TEXT_MAX) {
        atoms->space->too_large = true;
        return;
    }
    if (begin.len > 0) {
        memcpy(text, begin.data, begin.len);
    }
    text[begin.len] = '\0';
    try_endings(atoms, text);
    text[begin.len + 1] = '\0';
    for (const char *c = text_alphabet(atoms->fact); *c != '\0'; c++) {
        text[begin.len] = *c;
        try_endings(atoms, text);
    }
    if (atoms->fact == FACT_CATEGORY) {
        text[begin.len] = '/';
        try_endings(atoms, text);
    }
}

bool atoms_add(struct space *space, enum fact fact, struct cells *cells)
{
    struct atoms *atoms = calloc(1, sizeof *atoms);
    if (atoms == NULL) {
        return false;
    }
    atoms->space = space;
    atoms->fact = fact;
    atoms->cells = cells;
    find_patterns(atoms);
    if (fact == FACT_CATEGORY) {
        try_text(atoms, tcn_view_str("other/other"));
    }
    try_around(atoms, tcn_view_str(""));
    for (size_t i = 0; i < atoms->patterns.count; i++) {
        try_around(atoms, atoms->patterns.list[i]->text);
    }
    bool done = !atoms->out_of_memory;
    free(atoms->seen);
    free(atoms);
    return done;
}
