/* Statements about what waits for people or for time, about values whose
 * time is over, about what was imported, and for going back through alerts.
 * Private to node/store. */
#pragma once

#define HOLD_COLUMNS "id,peer,state,asked,form,since,until,rules"

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
    X(DELAY_DROP, "DELETE FROM delays WHERE id=?1 AND peer=?2")                \
    X(QUARANTINE_PUT, "INSERT OR IGNORE INTO quarantine(id,peer,rule,at) "     \
                      "VALUES(?1,?2,?3,?4)")                                   \
    X(QUARANTINE_GET, "SELECT 1 FROM quarantine WHERE id=?1")                  \
    X(QUARANTINE_DROP, "DELETE FROM quarantine WHERE id=?1")                   \
    X(QUARANTINE_ALL, "SELECT id,peer,rule,at FROM quarantine ORDER BY at, "   \
                      "id")
