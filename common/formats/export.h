/* Alerts out, in the formats that others read. Withheld classes are never
 * guessed: each document says that something is missing. */
#pragma once

#include "formats/import.h"
#include "formats/told.h"

enum tcn_export_format {
    TCN_EXPORT_JSON, /* our own, one object a line */
    TCN_EXPORT_STIX, /* one bundle */
    TCN_EXPORT_MISP, /* one event, or a "response" of several */
    TCN_EXPORT_CAP,  /* one message a document */
    TCN_EXPORT_CSV,  /* of indicators */
    TCN_EXPORT_COUNT,
};

/* "json", "stix" ...; NULL out of range. And back, or -1. */
const char *tcn_export_word(unsigned format);
int tcn_export_find(struct tcn_view word);

/* One alert as a document of its own, ended by a newline; of CSV its lines
 * without the header. Appends to *out; false when there is no memory. JSON is
 * not written here: alert_json.h does. */
bool tcn_export_one(struct tcn_text *out, enum tcn_export_format format,
                    const struct tcn_told *told);

/* Several alerts in one document. */
struct tcn_export {
    enum tcn_export_format format;
    json_t *root; /* STIX, MISP */
    struct tcn_text text;
    unsigned alerts;
    unsigned lines; /* of CSV */
    bool failed;
};
void tcn_export_begin(struct tcn_export *export, enum tcn_export_format format);
/* False when the format holds one alert only (CAP) and there is one. */
bool tcn_export_add(struct tcn_export *export, const struct tcn_told *told);
/* The document; valid until fini. data is NULL when there was no memory. */
struct tcn_view tcn_export_end(struct tcn_export *export);
void tcn_export_fini(struct tcn_export *export);
