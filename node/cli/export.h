/* The export command from the inside: an alert at a time, into one document on
 * standard output or into files of a directory. */
#pragma once

#include "cli/cli.h"
#include "formats/export.h"

struct exporting {
    const struct cli_args *args;
    struct cli_node node;
    struct tcn_alert *alert;
    struct tcn_buf envelope; /* TCN_ENVELOPE_MAX */
    struct tcn_alert_facts facts;
    char received_from[TCN_MEMBER_MAX + 1];
    char key[32]; /* what speaks against the key it was signed with */
    char subject_origin[TCN_MEMBER_MAX + 1];
    struct tcn_told *told;
    unsigned revisions; /* of its thread that are held here */
    bool many;          /* more than one alert is asked for */
    struct tcn_id *ids;
    size_t id_count;
    /* export_put.c */
    bool raw; /* the envelope as it is */
    enum tcn_export_format format;
    const char *dir; /* --out, or NULL */
    struct tcn_export document;
    json_t *manifest;       /* of a MISP feed */
    struct tcn_text hashes; /* of a MISP feed */
    unsigned count;
};

/* Reads --format and --out; the exit code. */
int export_begin(struct exporting *e);
/* Writes the alert at hand, or adds it to the document. */
int export_put(struct exporting *e);
/* Writes what is still to be written. */
int export_end(struct exporting *e);
void export_free(struct exporting *e);
