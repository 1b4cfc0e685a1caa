/* The product tree: a product stands in branches, in a plain list, or is what
 * two others make together. */
#include "formats/csaf.h"

#define NAMED_MAX 100 /* products in one line */

static void add(struct tcn_csaf_products *products, struct tcn_import *im,
                const struct tcn_node *product)
{
    struct tcn_view id = tcn_json_text(im, product, "product_id");
    struct tcn_view name = tcn_json_text(im, product, "name");
    products->helpers +=
        tcn_json_member(product, "product_identification_helper").json != NULL;
    if (id.len > 0 && name.len > 0) {
        json_object_setn_new_nocheck(
            products->names, (const char *)id.data, id.len,
            json_stringn((const char *)name.data, name.len));
    }
}

/* No deeper than JSON itself may be nested. */
static void add_branches(struct tcn_csaf_products *products,
                         struct tcn_import *im, const struct tcn_node *node)
{
    struct tcn_node list = tcn_json_array(im, node, "branches");
    for (size_t i = 0; i < tcn_json_count(&list) && !im->err; i++) {
        struct tcn_node branch = tcn_json_item(&list, i);
        struct tcn_node product = tcn_json_object(im, &branch, "product");
        add(products, im, &product);
        add_branches(products, im, &branch);
    }
}

static void add_list(struct tcn_csaf_products *products, struct tcn_import *im,
                     const struct tcn_node *tree)
{
    struct tcn_node list = tcn_json_array(im, tree, "full_product_names");
    for (size_t i = 0; i < tcn_json_count(&list); i++) {
        struct tcn_node item = tcn_json_item(&list, i);
        add(products, im, &item);
    }
    list = tcn_json_array(im, tree, "relationships");
    for (size_t i = 0; i < tcn_json_count(&list); i++) {
        struct tcn_node item = tcn_json_item(&list, i);
        struct tcn_node product =
            tcn_json_object(im, &item, "full_product_name");
        add(products, im, &product);
    }
}

void tcn_csaf_products_init(struct tcn_csaf_products *products,
                            struct tcn_import *im, const struct tcn_node *root)
{
    products->names = json_object();
    products->helpers = 0;
    struct tcn_node tree = tcn_json_object(im, root, "product_tree");
    add_branches(products, im, &tree);
    add_list(products, im, &tree);
    if (products->helpers > 0) {
        tcn_import_leave(im, products->helpers,
                         "product_identification_helper");
        tcn_import_notice(im, "%u products: identification helpers left out",
                          products->helpers);
    }
}

void tcn_csaf_products_fini(struct tcn_csaf_products *products)
{
    json_decref(products->names);
}

struct tcn_view tcn_csaf_products_line(const struct tcn_csaf_products *products,
                                       struct tcn_import *im,
                                       const struct tcn_node *ids)
{
    struct tcn_view line = tcn_view("", 0);
    size_t count = tcn_json_count(ids);
    size_t named = count < NAMED_MAX ? count : NAMED_MAX;
    for (size_t i = 0; i < named; i++) {
        struct tcn_node item = tcn_json_item(ids, i);
        struct tcn_view id = tcn_json_self_text(im, &item);
        json_t *name =
            json_object_getn(products->names, (const char *)id.data, id.len);
        if (line.len > 0) {
            line = tcn_import_join(im, line, tcn_view_str(", "));
        }
        line = tcn_import_join(
            im, line,
            name ? tcn_view(json_string_value(name), json_string_length(name))
                 : id);
    }
    if (named < count) {
        line = tcn_import_join(
            im, line, tcn_import_text(im, " and %zu more", count - named));
        tcn_import_notice(im, "%zu products are counted, not named",
                          count - named);
    }
    return line;
}
