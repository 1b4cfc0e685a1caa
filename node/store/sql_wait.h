/* Statements about what waits for people or for time, about values whose
 * time is over, about what was imported, proven and decided, about the audit
 * chain, and for going back through alerts. Private to node/store. */
#pragma once

#define HOLD_COLUMNS "id,peer,state,asked,form,since,until,rules"

#define REQUEST_COLUMNS                                                        \
    "r.id,r.peer,r.asker,r.request,r.classes,r.state,r.granted,r.at,"          \
    "r.before_state,r.before_asked,r.before_form,r.before_rules"
/* Open or agreed to, and the alert that asks is live. */
#define REQUESTS_LIVE                                                          \
    "FROM requests r JOIN alerts a ON a.id=r.request "                         \
    "WHERE r.state<2 AND a.status=0"

#define WAIT_STATEMENTS(X)                                                     \
    X(ALERTS_BEFORE, "SELECT " ROW_COLUMNS " FROM alerts WHERE seq<?1 "        \
                     "ORDER BY seq DESC LIMIT ?2")                             \
    X(IMPORT_GET, "SELECT digest FROM imports WHERE thread=?1")                \
    X(IMPORT_PUT, "INSERT INTO imports(thread,digest) VALUES(?1,?2) "          \
                  "ON CONFLICT(thread) DO UPDATE SET digest=?2")               \
    X(ALERT_WIPE, "UPDATE alerts SET envelope=?2 WHERE id=?1")                 \
    X(HOLD_PUT, "INSERT INTO holds(" HOLD_COLUMNS ") "                         \
                "VALUES(?1,?2,?3,?4,?5,?6,?7,?8)")                             \
    X(HOLD_GET, "SELECT " HOLD_COLUMNS " FROM holds WHERE id=?1 AND peer=?2")  \
    X(HOLD_STATE,                                                              \
      "UPDATE holds SET state=?3, form=?4 WHERE id=?1 AND peer=?2")            \
    X(HOLD_DROP, "DELETE FROM holds WHERE id=?1 AND peer=?2")                  \
    X(HOLDS_GONE, "DELETE FROM holds WHERE id=?1")                             \
    X(APPROVALS_GONE, "DELETE FROM approvals WHERE id=?1")                     \
    X(DELAYS_GONE, "DELETE FROM delays WHERE id=?1")                           \
    X(HOLDS_OVER, "SELECT " HOLD_COLUMNS " FROM holds "                        \
                  "WHERE state=0 AND until<=?1")                               \
    X(HOLDS_COUNT, "SELECT rules,count(*) FROM holds WHERE state=0 "           \
                   "GROUP BY rules")                                           \
    X(HOLDS_OF, "SELECT " HOLD_COLUMNS " FROM holds WHERE id=?1")              \
    X(HOLDS_ALL,                                                               \
      "SELECT " HOLD_COLUMNS " FROM holds ORDER BY since, id, peer")           \
    X(APPROVAL_PUT, "INSERT OR REPLACE INTO approvals(id,peer,uid,user,cut,"   \
                    "at,rules) VALUES(?1,?2,?3,?4,?5,?6,?7)")                  \
    X(APPROVALS_OF, "SELECT uid,user,cut,at,rules FROM approvals "             \
                    "WHERE id=?1 AND peer=?2 ORDER BY at, uid")                \
    X(APPROVALS_DROP, "DELETE FROM approvals WHERE id=?1 AND peer=?2")         \
    X(DELAY_PUT,                                                               \
      "INSERT OR REPLACE INTO delays(id,peer,until) VALUES(?1,?2,?3)")         \
    X(DELAYS_DUE, "SELECT DISTINCT id FROM delays WHERE until>?1 "             \
                  "AND until<=?2 ORDER BY id")                                 \
    X(DELAY_GET, "SELECT until FROM delays WHERE id=?1 AND peer=?2")           \
    X(DELAY_DROP, "DELETE FROM delays WHERE id=?1 AND peer=?2")                \
    X(ACK_PUT, "INSERT OR IGNORE INTO acks(id,due) VALUES(?1,?2)")             \
    X(ACK_TOLD, "UPDATE acks SET told=1 WHERE id=?1")                          \
    X(ACKS_GONE, "DELETE FROM acks WHERE id=?1")                               \
    X(ACKS_DUE, "SELECT k.id,k.due,k.told FROM acks k JOIN alerts a "          \
                "ON a.id=k.id AND a.status=0 WHERE k.due<=?1 ORDER BY k.due")  \
    X(REQUEST_PUT,                                                             \
      "INSERT OR REPLACE INTO requests(id,peer,asker,request,classes,state,"   \
      "granted,at,before_state,before_asked,before_form,before_rules) "        \
      "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)")                        \
    X(REQUESTS_OF, "SELECT " REQUEST_COLUMNS " FROM requests r WHERE r.id=?1 " \
                   "ORDER BY r.peer, r.asker")                                 \
    X(REQUESTS_EACH, "SELECT " REQUEST_COLUMNS " FROM requests r")             \
    X(REQUESTS_OPEN, "SELECT " REQUEST_COLUMNS " " REQUESTS_LIVE               \
                     " ORDER BY r.at, r.id, r.peer, r.asker")                  \
    X(REQUESTS_COUNT, "SELECT count(*) " REQUESTS_LIVE " AND r.asker=?1")      \
    X(REQUESTS_DEAD,                                                           \
      "DELETE FROM requests WHERE asker=?1 AND state<2 AND state=0 AND "       \
      "granted=0 AND NOT EXISTS(SELECT 1 FROM alerts a "                       \
      "WHERE a.id=requests.request AND a.status=0)")                           \
    X(REQUESTS_GONE, "DELETE FROM requests WHERE id=?1")                       \
    X(CERT_PUT,                                                                \
      "INSERT OR IGNORE INTO certs(id,bytes,signature) VALUES(?1,?2,?3)")      \
    X(CERTS_ALL, "SELECT bytes,signature FROM certs")                          \
    X(KREV_PUT,                                                                \
      "INSERT OR IGNORE INTO krevs(cert,bytes,signature) VALUES(?1,?2,?3)")    \
    X(KREVS_ALL, "SELECT bytes,signature FROM krevs")                          \
    X(DECISION_PUT,                                                            \
      "INSERT INTO decisions(" DECISION_COLUMNS ") "                           \
      "VALUES(?1,?2,?3,?4,?5,?6,?7,?8) ON CONFLICT(k,peer,hook) DO UPDATE "    \
      "SET outcome=?4, form=?5, rule=?6, policy=?7, at=?8")                    \
    X(DECISIONS_OF, "SELECT " DECISION_COLUMNS ",?1 FROM decisions "           \
                    "WHERE k=" KEY_OF_ID " ORDER BY hook, peer")               \
    X(UNSENT_TO, "SELECT " DECISION_COLUMNS                                    \
                 "," ID_OF("d") " FROM decisions d "                           \
                                "WHERE peer=?1 AND hook=0 AND outcome<>2 AND " \
                                "at>=?2 ORDER BY at DESC")                     \
    X(AUDIT_PUT, "INSERT INTO audit(n,at,actor,action,subject,detail,hash) "   \
                 "VALUES(?1,?2,?3,?4,?5,?6,?7)")                               \
    X(AUDIT_AFTER,                                                             \
      "SELECT a.n,a.at,actor,action,subject,detail,a.hash,ifnull(h.at,0) "     \
      "FROM audit a LEFT JOIN heads h ON h.n=a.n WHERE a.n>?1 ORDER BY a.n")   \
    X(AUDIT_HASH, "SELECT hash FROM audit WHERE n=?1")                         \
    X(HEAD_PUT, "INSERT OR REPLACE INTO heads(n,at,hash,cert,signature) "      \
                "VALUES(?1,?2,?3,?4,?5)")                                      \
    X(HEADS_ALL, "SELECT n,at,hash,cert,signature FROM heads ORDER BY n")      \
    X(HEAD_LAST, "SELECT n,at,hash,cert,signature FROM heads "                 \
                 "ORDER BY n DESC LIMIT 1")                                    \
    X(QUARANTINE_PUT, "INSERT OR IGNORE INTO quarantine(id,peer,rule,at) "     \
                      "VALUES(?1,?2,?3,?4)")                                   \
    X(QUARANTINE_GET, "SELECT 1 FROM quarantine WHERE id=?1")                  \
    X(QUARANTINE_DROP, "DELETE FROM quarantine WHERE id=?1")                   \
    X(QUARANTINE_ALL, "SELECT id,peer,rule,at FROM quarantine ORDER BY at, "   \
                      "id")
