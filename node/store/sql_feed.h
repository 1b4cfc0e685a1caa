/* The statements of the observers' stream, X(NAME, sql). Part of store/sql.h.
 */
#pragma once

/* On node.db. */
#define OUTBOX_STATEMENTS(X)                                                   \
    X(FEED_SEQ, "INSERT INTO feed_seq(observers,seq) VALUES(?1,1) "            \
                "ON CONFLICT(observers) DO UPDATE SET seq=seq+1 "              \
                "RETURNING seq")                                               \
    X(FEED_SEQ_RAISE, "INSERT INTO feed_seq(observers,seq) VALUES(?1,?2) "     \
                      "ON CONFLICT(observers) DO UPDATE SET seq=max(seq,?2)")  \
    X(FEED_SEQ_NEXT,                                                           \
      "SELECT coalesce((SELECT min(seq) FROM outbox WHERE observers=?1), "     \
      "(SELECT seq+1 FROM feed_seq WHERE observers=?1), 1)")                   \
    X(OUTBOX_PUT,                                                              \
      "INSERT INTO outbox(observers,seq,at,k) VALUES(?1,?2,?3,?4)")            \
    X(OUTBOX_AFTER, "SELECT n,observers,seq,at," ID_OF(                        \
                        "o") " FROM outbox o "                                 \
                             "WHERE n>?1 ORDER BY n LIMIT 1000")               \
    X(OUTBOX_DROP, "DELETE FROM outbox WHERE n<=?1")

/* On feed.db. A row is put only behind the last one of its class. */
#define FEED_STATEMENTS(X)                                                     \
    X(FEED_BEGIN, "BEGIN IMMEDIATE")                                           \
    X(FEED_COMMIT, "COMMIT")                                                   \
    X(FEED_ROLLBACK, "ROLLBACK")                                               \
    X(FEED_PUT, "INSERT INTO feed(observers,seq,at,topic,body,misp) "          \
                "SELECT ?1,?2,?3,?4,?5,?6 WHERE ?2>coalesce("                  \
                "(SELECT max(seq) FROM feed WHERE observers=?1),0)")           \
    X(FEED_TRIM,                                                               \
      "DELETE FROM feed WHERE k IN (SELECT k FROM feed f INDEXED BY feed_at "  \
      "WHERE at<?1 AND seq<(SELECT max(seq) FROM feed l WHERE "                \
      "l.observers=f.observers) LIMIT 1000)")                                  \
    X(FEED_QUIET,                                                              \
      "UPDATE feed SET topic='keepalive',body=CAST('{}' AS BLOB),misp=NULL "   \
      "WHERE at<?1 AND topic<>'keepalive' AND seq=(SELECT max(seq) FROM feed " \
      "l WHERE l.observers=feed.observers)")                                   \
    X(FEED_TOPS, "SELECT observers,max(seq) FROM feed GROUP BY observers")     \
    X(FEED_EMPTY, "DELETE FROM feed")                                          \
    X(FEED_EPOCH, "UPDATE meta SET value=lower(hex(randomblob(8))) "           \
                  "WHERE name='epoch'")
