/* The store from the inside: one connection per file, statements prepared once
 * and kept, one way to report what SQLite says. */
#pragma once

#include <sqlite3.h>

#include "store/store.h"

/* X(NAME, sql): every statement on node.db. */
#define STATEMENTS(X)                                                          \
    X(BEGIN, "BEGIN IMMEDIATE")                                                \
    X(COMMIT, "COMMIT")                                                        \
    X(ROLLBACK, "ROLLBACK")                                                    \
    X(META_PUT, "INSERT INTO meta(name,value) VALUES(?1,?2) "                  \
                "ON CONFLICT(name) DO UPDATE SET value=?2")                    \
    X(META_GET, "SELECT value FROM meta WHERE name=?1")                        \
    X(ALERT_PUT,                                                               \
      "INSERT INTO alerts(id,seq,origin,thread,revision,kind,created,expires," \
      "received,received_from,severity,tlp,form,present,status,cert,ref,"      \
      "title,envelope) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,"     \
      "?14,?15,?16,?17,?18,?19)")                                              \
    X(ALERT_MERGE,                                                             \
      "UPDATE alerts SET envelope=?2, form=?3, seq=?4 WHERE id=?1")            \
    X(ALERT_STATUS, "UPDATE alerts SET status=?2 WHERE id=?1")                 \
    X(ALERT_EMPTY, "UPDATE alerts SET envelope=NULL, title='' WHERE id=?1")    \
    X(ALERT_DROP, "DELETE FROM alerts WHERE id=?1")                            \
    X(SOURCES_DROP, "DELETE FROM sources WHERE id=?1")                         \
    X(DECISIONS_DROP, "DELETE FROM decisions WHERE id=?1")                     \
    X(ALERT_GET, "SELECT " ROW_COLUMNS ",envelope FROM alerts WHERE id=?1")    \
    X(ALERT_ROW, "SELECT " ROW_COLUMNS " FROM alerts WHERE id=?1")             \
    X(ALERT_FIND, "SELECT id FROM alerts WHERE id>=?1 AND id<=?2 LIMIT 2")     \
    X(ALERTS_AFTER,                                                            \
      "SELECT " ROW_COLUMNS " FROM alerts WHERE seq>?1 ORDER BY seq")          \
    X(ALERTS_RECENT, "SELECT " ROW_COLUMNS " FROM alerts WHERE received>=?1 "  \
                     "ORDER BY received DESC, seq DESC LIMIT ?2")              \
    X(ALERTS_THREAD,                                                           \
      "SELECT " ROW_COLUMNS " FROM alerts WHERE origin=?1 AND thread=?2 "      \
      "ORDER BY revision, seq")                                                \
    X(SOURCE_PUT, "INSERT OR IGNORE INTO sources(id,peer) VALUES(?1,?2)")      \
    X(SOURCES_OF, "SELECT id,peer FROM sources WHERE id=?1 ORDER BY peer")     \
    X(SOURCES_ALL, "SELECT id,peer FROM sources")                              \
    X(IMPORT_GET, "SELECT digest FROM imports WHERE thread=?1")                \
    X(IMPORT_PUT, "INSERT INTO imports(thread,digest) VALUES(?1,?2) "          \
                  "ON CONFLICT(thread) DO UPDATE SET digest=?2")               \
    X(PEER_GET,                                                                \
      "SELECT epoch,key,held_done,top,top_mark,settled_epoch,settled_n,"       \
      "settled_mark,scanned FROM peers WHERE member=?1")                       \
    X(PEER_NEW, "INSERT OR IGNORE INTO peers(member) VALUES(?1)")              \
    X(PEER_EPOCH,                                                              \
      "UPDATE peers SET epoch=?2,key=?3,held_done=0,top=0,top_mark=NULL,"      \
      "scanned=0 WHERE member=?1")                                             \
    X(PEER_HELD_DONE, "UPDATE peers SET held_done=1 WHERE member=?1")          \
    X(PEER_TOP, "UPDATE peers SET top=?2,top_mark=?3 WHERE member=?1")         \
    X(PEER_SCANNED, "UPDATE peers SET scanned=?2 WHERE member=?1")             \
    X(PEERS_RESCAN, "UPDATE peers SET scanned=0")                              \
    X(PEER_ADOPT,                                                              \
      "UPDATE peers SET settled_epoch=?2,settled_n=0,settled_mark=NULL "       \
      "WHERE member=?1")                                                       \
    X(PEER_SETTLED, "UPDATE peers SET settled_n=?2,settled_mark=?3 "           \
                    "WHERE member=?1 AND settled_n<?2")                        \
    X(LEDGER_PUT, "INSERT INTO ledger(peer,epoch,n,id,form,mark,policy,at) "   \
                  "VALUES(?1,?2,?3,?4,?5,?6,?7,?8)")                           \
    X(LEDGER_GET,                                                              \
      "SELECT l.epoch,l.n,l.id,l.form,l.mark,l.policy,l.at FROM ledger l "     \
      "JOIN peers p ON p.member=l.peer AND p.epoch=l.epoch "                   \
      "WHERE l.peer=?1 AND l.n=?2")                                            \
    X(LEDGER_OF,                                                               \
      "SELECT e.peer,l.epoch,l.n,e.id,e.form,l.mark,l.policy,l.at "            \
      "FROM exports e LEFT JOIN ledger l ON l.peer=e.peer AND l.id=e.id "      \
      "WHERE e.id=?1 ORDER BY e.peer, l.at")                                   \
    X(EXPORT_PUT, "INSERT INTO exports(peer,id,form) VALUES(?1,?2,?3) "        \
                  "ON CONFLICT(peer,id) DO UPDATE SET form=form|?3")           \
    X(EXPORT_LESS, "UPDATE exports SET form=form&~?3 WHERE peer=?1 AND id=?2") \
    X(EXPORTS_OPEN, "UPDATE exports SET form=0 WHERE peer=?1")                 \
    X(EXPORTS_ALL, "SELECT peer,NULL,0,id,form,NULL,NULL,0 FROM exports")      \
    X(REFUSAL_PUT,                                                             \
      "INSERT INTO refusals(peer,n,id,reason,retry_at,at) "                    \
      "VALUES(?1,?2,?3,?4,?5,?6) ON CONFLICT(peer,n) DO UPDATE SET "           \
      "reason=?4, retry_at=?5")                                                \
    X(REFUSAL_DROP, "DELETE FROM refusals WHERE peer=?1 AND n=?2")             \
    X(REFUSALS_DROP, "DELETE FROM refusals WHERE peer=?1")                     \
    X(REFUSALS_OF,                                                             \
      "SELECT peer,n,id,reason,retry_at,at FROM refusals WHERE peer=?1 "       \
      "AND n>?2 ORDER BY n LIMIT ?3")                                          \
    X(REFUSALS_ALL, "SELECT peer,n,id,reason,retry_at,at FROM refusals "       \
                    "ORDER BY at DESC LIMIT ?1")                               \
    X(HELD_OF, "SELECT s.id,a.form FROM sources s JOIN alerts a ON a.id=s.id " \
               "WHERE s.peer=?1 AND s.id>?2 ORDER BY s.id LIMIT ?3")           \
    X(CERT_PUT,                                                                \
      "INSERT OR IGNORE INTO certs(id,bytes,signature) VALUES(?1,?2,?3)")      \
    X(CERTS_ALL, "SELECT bytes,signature FROM certs")                          \
    X(KREV_PUT,                                                                \
      "INSERT OR IGNORE INTO krevs(cert,bytes,signature) VALUES(?1,?2,?3)")    \
    X(KREVS_ALL, "SELECT bytes,signature FROM krevs")                          \
    X(DECISION_PUT,                                                            \
      "INSERT INTO decisions(id,peer,hook,outcome,form,rule,policy,at) "       \
      "VALUES(?1,?2,?3,?4,?5,?6,?7,?8) ON CONFLICT(id,peer,hook) DO UPDATE "   \
      "SET outcome=?4, form=?5, rule=?6, policy=?7, at=?8")                    \
    X(DECISIONS_OF, "SELECT id,peer,hook,outcome,form,rule,policy,at "         \
                    "FROM decisions WHERE id=?1 ORDER BY hook, peer")          \
    X(DENIED_TO, "SELECT id,peer,hook,outcome,form,rule,policy,at "            \
                 "FROM decisions WHERE peer=?1 AND hook=0 AND outcome=0 "      \
                 "AND at>=?2 ORDER BY at DESC")                                \
    X(AUDIT_LAST, "SELECT n,hash FROM audit ORDER BY n DESC LIMIT 1")          \
    X(AUDIT_PUT, "INSERT INTO audit(n,at,actor,action,subject,detail,hash) "   \
                 "VALUES(?1,?2,?3,?4,?5,?6,?7)")                               \
    X(AUDIT_AFTER, "SELECT n,at,actor,action,subject,detail,hash FROM audit "  \
                   "WHERE n>?1 ORDER BY n")                                    \
    X(FEED_SEQ, "INSERT INTO feed_seq(observers,seq) VALUES(?1,1) "            \
                "ON CONFLICT(observers) DO UPDATE SET seq=seq+1 "              \
                "RETURNING seq")                                               \
    X(OUTBOX_PUT, "INSERT INTO outbox(observers,seq,at,topic,body,misp) "      \
                  "VALUES(?1,?2,?3,?4,?5,?6)")                                 \
    X(OUTBOX_ALL, "SELECT observers,seq,at,topic,body,misp FROM outbox "       \
                  "ORDER BY observers, seq LIMIT 1000")                        \
    X(OUTBOX_DROP, "DELETE FROM outbox WHERE observers=?1 AND seq<=?2")

#define ROW_COLUMNS                                                            \
    "id,seq,origin,thread,revision,kind,created,expires,received,"             \
    "received_from,severity,tlp,form,present,status,cert,ref,title,"           \
    "envelope IS NOT NULL"

enum statement {
#define STATEMENT_NUMBER(name, sql) S_##name,
    STATEMENTS(STATEMENT_NUMBER)
#undef STATEMENT_NUMBER
        STATEMENT_COUNT
};

struct tcn_store {
    sqlite3 *db;
    sqlite3 *feed;
    sqlite3_stmt *statements[STATEMENT_COUNT];
    sqlite3_stmt *feed_put;
    sqlite3_stmt *feed_trim;
    int lock_fd;
    char dir[256];
    char message[512];
};

/* ---- error.c ---- */
/* The error of the connection's last call, with a message for people. */
enum tcn_err store_error(struct tcn_store *store, sqlite3 *db);
enum tcn_err store_say(struct tcn_store *store, enum tcn_err err,
                       const char *format, ...)
    __attribute__((format(printf, 3, 4)));
enum tcn_err store_err_of(int code);

/* ---- statement.c: a statement, ready to be bound ---- */
sqlite3_stmt *use(struct tcn_store *store, enum statement which);
/* For statements that give no rows. NULL is passed on as an error. */
enum tcn_err run(struct tcn_store *store, sqlite3_stmt *stmt);
/* Steps to the next row: OK, NOT_FOUND at the end (then it is reset), or an
 * error (then too). */
enum tcn_err next_row(struct tcn_store *store, sqlite3_stmt *stmt);
void bind_view(sqlite3_stmt *stmt, int at, struct tcn_view bytes);
void bind_id(sqlite3_stmt *stmt, int at, const struct tcn_id *id);
void bind_text(sqlite3_stmt *stmt, int at, const char *text);
void bind_uint(sqlite3_stmt *stmt, int at, uint64_t value);
/* Column values; a blob of another size than `len` gives zeros. */
void take_bytes(sqlite3_stmt *stmt, int at, void *out, size_t len);
void take_text(sqlite3_stmt *stmt, int at, char *out, size_t cap);
uint64_t take_uint(sqlite3_stmt *stmt, int at);
struct tcn_view take_view(sqlite3_stmt *stmt, int at);

/* ---- schema.c ---- */
TCN_MUST_USE enum tcn_err schema_open(struct tcn_store *store);
/* Settings that every connection of ours has. */
TCN_MUST_USE enum tcn_err schema_harden(struct tcn_store *store, sqlite3 *db);
