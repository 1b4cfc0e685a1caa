/* XML for CAP: read within limits, without DTD, entities or network, and looked
 * at by local name. Errors name line and path. */
#pragma once

#include <libxml/tree.h>

#include "formats/context.h"

#define TCN_IMPORT_XML_MAX      (8u * 1024 * TCN_KIB) /* one document */
#define TCN_IMPORT_TAG_MAX      (16u * TCN_KIB)       /* one tag */
#define TCN_IMPORT_ELEMENTS_MAX 100000u

/* Parses one document; the caller frees with xmlFreeDoc(). NULL after an error.
 */
xmlDoc *tcn_xml_load(struct tcn_import *im, struct tcn_view bytes);

/* Latches an error at an element. */
void tcn_xml_fail(struct tcn_import *im, const xmlNode *node, enum tcn_err err,
                  const char *sentence);

bool tcn_xml_is(const xmlNode *node, const char *name);

/* The first child element of that name, and the next of the same name. */
const xmlNode *tcn_xml_child(const xmlNode *node, const char *name);
const xmlNode *tcn_xml_next(const xmlNode *node);

/* The text of an element or of its first child of that name, without blanks
 * around it; empty when absent. Arena memory. */
struct tcn_view tcn_xml_text(struct tcn_import *im, const xmlNode *node);
/* The same with the blanks. */
struct tcn_view tcn_xml_whole_text(struct tcn_import *im, const xmlNode *node);
struct tcn_view tcn_xml_child_text(struct tcn_import *im, const xmlNode *node,
                                   const char *name);
