/* Every statement of the store, X(NAME, sql), each prepared once. Private to
 * node/store. */
#pragma once

#include "store/sql_feed.h"
#include "store/sql_wait.h"

#define ROW_COLUMNS                                                            \
    "id,seq,origin,thread,revision,kind,created,expires,received,"             \
    "received_from,severity,tlp,form,present,status,cert,ref,title,"           \
    "exercise,ifnull(length(envelope),0)"
/* What exports, ledger and decisions call the id ?1; NULL: nothing is said of
 * it there. */
#define KEY_OF_ID                                                              \
    "(SELECT k FROM alerts WHERE id=?1 "                                       \
    "UNION ALL SELECT k FROM unheld WHERE id=?1)"
/* The id behind the k of a row of `t`. */
#define ID_OF(t)                                                               \
    "coalesce((SELECT id FROM alerts a WHERE a.k=" t ".k),"                    \
    "(SELECT id FROM unheld u WHERE u.k=" t ".k))"
#define REFUSAL_COLUMNS  "peer,lane,n,id,reason,retry_at,at"
#define DECISION_COLUMNS "k,peer,hook,outcome,form,rule,policy,at"
/* What was refused ?1 rows or more before what is settled of its lane. */
#define OLD_REFUSED                                                            \
    "FROM lanes l CROSS JOIN refusals r "                                      \
    "ON r.peer=l.peer AND r.lane=l.lane AND r.n<=l.settled_n-?1 "
#define OLD_UNHELD "SELECT u.k " OLD_REFUSED "JOIN unheld u ON u.id=r.id"

/* On node.db. */
#define NODE_STATEMENTS(X)                                                     \
    X(BEGIN, "BEGIN IMMEDIATE")                                                \
    X(COMMIT, "COMMIT")                                                        \
    X(ROLLBACK, "ROLLBACK")                                                    \
    X(META_PUT, "INSERT INTO meta(name,value) VALUES(?1,?2) "                  \
                "ON CONFLICT(name) DO UPDATE SET value=?2")                    \
    X(META_GET, "SELECT value FROM meta WHERE name=?1")                        \
    X(ALERT_PUT,                                                               \
      "INSERT INTO alerts(id,seq,origin,thread,revision,kind,created,expires," \
      "received,received_from,severity,tlp,form,present,status,cert,ref,"      \
      "title,envelope,exercise,k) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,"  \
      "?12,?13,?14,?15,?16,?17,?18,?19,?20,?21)")                              \
    X(KEY_OF, "SELECT k,0 FROM alerts WHERE id=?1 "                            \
              "UNION ALL SELECT k,1 FROM unheld WHERE id=?1")                  \
    X(KEY_LAST, "SELECT max(ifnull((SELECT max(k) FROM alerts),0),"            \
                "ifnull((SELECT max(k) FROM unheld),0),"                       \
                "ifnull((SELECT max(k) FROM ledger),0))")                      \
    X(UNHELD_PUT, "INSERT INTO unheld(k,id) VALUES(?1,?2)")                    \
    X(ALERT_MERGE,                                                             \
      "UPDATE alerts SET envelope=?2, form=?3, seq=?4, title=?5 WHERE id=?1")  \
    X(ALERT_STATUS, "UPDATE alerts SET status=?2 WHERE id=?1")                 \
    X(ALERT_EMPTY, "UPDATE alerts SET envelope=NULL, title='' WHERE id=?1")    \
    X(ALERT_DROP, "DELETE FROM alerts WHERE id=?1")                            \
    X(SOURCES_DROP, "DELETE FROM sources WHERE k=" KEY_OF_ID)                  \
    X(DECISIONS_DROP, "DELETE FROM decisions WHERE k=" KEY_OF_ID)              \
    X(EXPORTS_DROP, "DELETE FROM exports WHERE k=" KEY_OF_ID)                  \
    X(UNHELD_DROP, "DELETE FROM unheld WHERE id=?1")                           \
    X(LEDGER_DROP,                                                             \
      "DELETE FROM ledger WHERE k=" KEY_OF_ID                                  \
      " AND NOT EXISTS(SELECT 1 FROM peers p "                                 \
      "JOIN lanes t ON t.peer=p.member WHERE p.member=ledger.peer "            \
      "AND p.epoch=ledger.epoch AND t.lane=ledger.lane AND t.top=ledger.n)")   \
    X(ALERT_GET, "SELECT " ROW_COLUMNS ",envelope FROM alerts WHERE id=?1")    \
    X(ALERT_ROW, "SELECT " ROW_COLUMNS " FROM alerts WHERE id=?1")             \
    X(ALERT_FIND, "SELECT id FROM alerts WHERE id>=?1 AND id<=?2 LIMIT 2")     \
    X(ALERTS_AFTER,                                                            \
      "SELECT " ROW_COLUMNS " FROM alerts WHERE seq>?1 ORDER BY seq")          \
    X(ALERTS_RECENT, "SELECT " ROW_COLUMNS " FROM alerts WHERE received>=?1 "  \
                     "ORDER BY received DESC, seq DESC LIMIT ?2")              \
    X(ALERTS_EXERCISES,                                                        \
      "SELECT exercise,count(*),"                                              \
      "sum((SELECT count(*) FROM exports e WHERE e.k=a.k)),"                   \
      "sum((SELECT count(*) FROM decisions d WHERE d.k=a.k AND d.hook=0 "      \
      "AND d.outcome=0)) FROM alerts a WHERE exercise<>'' GROUP BY exercise")  \
    X(ALERTS_THREAD,                                                           \
      "SELECT " ROW_COLUMNS " FROM alerts WHERE thread=?2 AND origin=?1 "      \
      "ORDER BY revision, seq")                                                \
    X(SOURCE_PUT, "INSERT OR IGNORE INTO sources(k,peer) VALUES(?1,?2)")       \
    X(SOURCES_OF, "SELECT ?1,peer FROM sources WHERE k=" KEY_OF_ID)            \
    X(SOURCES_ALL, "SELECT " ID_OF("s") ",peer FROM sources s")                \
    X(PEER_GET, "SELECT epoch,key,held_done,settled_epoch,scanned FROM peers " \
                "WHERE member=?1")                                             \
    X(LANES_GET, "SELECT lane,top,top_mark,settled_n,settled_mark FROM lanes " \
                 "WHERE peer=?1")                                              \
    X(LANES_BEGIN, "UPDATE lanes SET top=0,top_mark=NULL WHERE peer=?1")       \
    X(LANES_ADOPT,                                                             \
      "UPDATE lanes SET settled_n=0,settled_mark=NULL WHERE peer=?1")          \
    X(PEERS_WITH_LEDGER, "SELECT member FROM peers WHERE epoch IS NOT NULL")   \
    X(PEER_NEW, "INSERT OR IGNORE INTO peers(member) VALUES(?1)")              \
    X(PEER_EPOCH, "UPDATE peers SET epoch=?2,key=?3,held_done=0,scanned=0 "    \
                  "WHERE member=?1")                                           \
    X(PEER_HELD_DONE, "UPDATE peers SET held_done=1 WHERE member=?1")          \
    X(LANE_TOP,                                                                \
      "INSERT INTO lanes(peer,lane,top,top_mark) VALUES(?1,?2,?3,?4) "         \
      "ON CONFLICT(peer,lane) DO UPDATE SET top=?3,top_mark=?4")               \
    X(PEER_SCANNED, "UPDATE peers SET scanned=?2 WHERE member=?1")             \
    X(PEERS_RESCAN, "UPDATE peers SET scanned=0")                              \
    X(PEER_ADOPT, "UPDATE peers SET settled_epoch=?2 WHERE member=?1")         \
    X(LANE_SETTLED, "INSERT INTO lanes(peer,lane,settled_n,settled_mark) "     \
                    "VALUES(?1,?2,?3,?4) ON CONFLICT(peer,lane) DO UPDATE "    \
                    "SET settled_n=?3,settled_mark=?4 WHERE settled_n<?3")     \
    X(LEDGER_PUT,                                                              \
      "INSERT INTO ledger(peer,epoch,lane,n,id,form,mark,policy,at,k) "        \
      "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)")                                \
    X(LEDGER_GET,                                                              \
      "SELECT l.epoch,l.lane,l.n,l.id,l.form,l.mark,l.policy,l.at "            \
      "FROM ledger l JOIN peers p ON p.member=l.peer AND p.epoch=l.epoch "     \
      "WHERE l.peer=?1 AND l.lane=?2 AND l.n=?3")                              \
    X(LEDGER_OF,                                                               \
      "SELECT e.peer,l.epoch,l.lane,l.n,?1,e.form,l.mark,l.policy,l.at "       \
      "FROM exports e LEFT JOIN ledger l ON l.k=e.k AND l.peer=e.peer "        \
      "WHERE e.k=" KEY_OF_ID " ORDER BY e.peer, l.at")                         \
    X(EXPORT_PUT, "INSERT INTO exports(k,peer,form) VALUES(?1,?2,?3) "         \
                  "ON CONFLICT(k,peer) DO UPDATE SET form=form|?3")            \
    X(EXPORT_LESS, "UPDATE exports SET form=form&~?3 WHERE k=?1 AND peer=?2")  \
    X(EXPORTS_OPEN, "UPDATE exports SET form=0 WHERE peer=?1")                 \
    X(EXPORTS_ALL, "SELECT peer,NULL,0,0," ID_OF("e") ",form,NULL,NULL,0 "     \
                                                      "FROM exports e")        \
    X(REFUSAL_PUT,                                                             \
      "INSERT INTO refusals(" REFUSAL_COLUMNS ") "                             \
      "VALUES(?1,?2,?3,?4,?5,?6,?7) ON CONFLICT(peer,lane,n) DO UPDATE "       \
      "SET id=?4, reason=?5, retry_at=?6")                                     \
    X(REFUSAL_DROP, "DELETE FROM refusals WHERE peer=?1 AND lane=?2 AND n=?3") \
    X(REFUSALS_DROP, "DELETE FROM refusals WHERE peer=?1")                     \
    X(REFUSED_DECISIONS,                                                       \
      "DELETE FROM decisions WHERE hook=1 AND k IN(" OLD_UNHELD ")")           \
    X(REFUSED_UNHELD,                                                          \
      "DELETE FROM unheld WHERE k IN(" OLD_UNHELD ") AND NOT EXISTS"           \
      "(SELECT 1 FROM exports e WHERE e.k=unheld.k)")                          \
    X(REFUSALS_OLD, "DELETE FROM refusals WHERE (peer,lane,n) IN"              \
                    "(SELECT r.peer,r.lane,r.n " OLD_REFUSED ")")              \
    X(REFUSALS_OF, "SELECT " REFUSAL_COLUMNS " FROM refusals WHERE peer=?1 "   \
                   "AND (lane,n)>(?2,?3) ORDER BY lane, n LIMIT ?4")           \
    X(REFUSALS_ALL, "SELECT " REFUSAL_COLUMNS " FROM refusals "                \
                    "ORDER BY at DESC, peer, lane, n DESC LIMIT ?1")           \
    X(HELD_OF, "SELECT a.id,a.form,a.origin=?2 FROM sources s "                \
               "JOIN alerts a ON a.k=s.k WHERE s.peer=?2 "                     \
               "AND s.k>ifnull(" KEY_OF_ID ",0) ORDER BY s.k LIMIT ?3")        \
    WAIT_STATEMENTS(X)                                                         \
    OUTBOX_STATEMENTS(X)
