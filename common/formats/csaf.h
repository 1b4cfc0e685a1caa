/* CSAF 2.0 and 2.1: advisories and VEX; one alert per document. Source of the
 * format: OASIS CSAF 2.0, csaf_json_schema.json. */
#pragma once

#include "formats/collect.h"
#include "formats/json.h"

void tcn_csaf_import(struct tcn_import *im, const struct tcn_node *root);

/* The products of the document's tree, and which of them each vulnerability
 * concerns, by their names. */
struct tcn_csaf_products {
    unsigned helpers; /* products with means to recognise them, left out */
    json_t *names;    /* product_id -> name; owned */
};
void tcn_csaf_products_init(struct tcn_csaf_products *products,
                            struct tcn_import *im, const struct tcn_node *root);
void tcn_csaf_products_fini(struct tcn_csaf_products *products);
/* "A 1.0, B 2.1": the names of a list of ids. */
struct tcn_view tcn_csaf_products_line(const struct tcn_csaf_products *products,
                                       struct tcn_import *im,
                                       const struct tcn_node *ids);

/* The references of a document or a vulnerability. */
void tcn_csaf_references(struct tcn_collect *c, const struct tcn_node *of);
/* One entry of `vulnerabilities`; returns whether it says that somebody is
 * affected or may be. */
bool tcn_csaf_vulnerability(struct tcn_collect *c, const struct tcn_node *node,
                            const struct tcn_csaf_products *products);
