/* Conditions and the floor where not everything is known yet: what is possible
 * still. With everything known it is the evaluation itself, and an alert that
 * is found is decided on by the real one before anybody hears of it. Private to
 * the search. */
#pragma once

#include "policy/space.h"

struct maybe maybe(bool yes);
struct maybe opposite(struct maybe m);
struct maybe both(struct maybe a, struct maybe b);
struct maybe either(struct maybe a, struct maybe b);

typedef bool (*cell_test)(const void *ctx, const struct cell *cell);

/* One cell of a set; the value of a scalar; some cell of a set that fits. */
struct maybe is_there(const struct known *known, uint16_t var);
struct maybe test_scalar(const struct known *known, unsigned var,
                         cell_test fits, const void *ctx);
struct maybe test_set(const struct known *known, unsigned set, cell_test fits,
                      const void *ctx);

/* Classes from that one up, some of which is so. */
struct maybe any_class(const struct known *known, unsigned from,
                       cell_test fits);
struct maybe field_is_there(const struct known *known, struct tcn_view name);

bool cell_is_own(const void *space, const struct cell *cell);
bool cell_is_withheld(const void *ctx, const struct cell *cell);
bool cell_is_present(const void *ctx, const struct cell *cell);
bool cell_is_class_open(const void *ctx, const struct cell *cell);

/* NAME of NAME#16 hex digits */
struct tcn_view agreement_name_of(struct tcn_view ref);

/* when and not unless, with the bias of a rule that opens or of any other. */
struct maybe condition_can(const struct known *known, uint16_t when,
                           uint16_t unless, bool opens);
