/* Tables, and how they came to be. SCHEMA.md says what they mean. */
#include "store/internal.h"

static const char node_1[] =
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value BLOB NOT NULL)"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE alerts(seq INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE,"
    " origin TEXT NOT NULL, thread BLOB NOT NULL, revision INTEGER NOT NULL,"
    " kind INTEGER NOT NULL, created INTEGER NOT NULL,"
    " expires INTEGER NOT NULL, received INTEGER NOT NULL,"
    " received_from TEXT NOT NULL, severity INTEGER NOT NULL,"
    " tlp INTEGER NOT NULL, form INTEGER NOT NULL, present INTEGER NOT NULL,"
    " status INTEGER NOT NULL, cert BLOB NOT NULL, ref BLOB,"
    " title TEXT NOT NULL, envelope BLOB) STRICT;"
    "CREATE INDEX alerts_thread ON alerts(thread);"
    "CREATE INDEX alerts_received ON alerts(received);"
    "CREATE TABLE sources(id BLOB NOT NULL,"
    " peer TEXT NOT NULL, PRIMARY KEY(id, peer)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX sources_peer ON sources(peer, id);"
    "CREATE TABLE peers(member TEXT PRIMARY KEY, epoch BLOB, key BLOB,"
    " held_done INTEGER NOT NULL DEFAULT 0, top INTEGER NOT NULL DEFAULT 0,"
    " top_mark BLOB, settled_epoch BLOB,"
    " settled_n INTEGER NOT NULL DEFAULT 0, settled_mark BLOB,"
    " scanned INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;"
    "CREATE TABLE ledger(peer TEXT NOT NULL, epoch BLOB NOT NULL,"
    " n INTEGER NOT NULL, id BLOB NOT NULL, form INTEGER NOT NULL,"
    " mark BLOB NOT NULL, policy BLOB NOT NULL, at INTEGER NOT NULL,"
    " PRIMARY KEY(peer, epoch, n)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX ledger_id ON ledger(id, peer);"
    "CREATE TABLE exports(peer TEXT NOT NULL, id BLOB NOT NULL,"
    " form INTEGER NOT NULL, PRIMARY KEY(id, peer)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE refusals(peer TEXT NOT NULL, n INTEGER NOT NULL,"
    " id BLOB NOT NULL, reason TEXT NOT NULL, retry_at INTEGER NOT NULL,"
    " at INTEGER NOT NULL, PRIMARY KEY(peer, n)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE decisions(id BLOB NOT NULL, peer TEXT NOT NULL,"
    " hook INTEGER NOT NULL, outcome INTEGER NOT NULL,"
    " form INTEGER NOT NULL, rule TEXT NOT NULL, policy BLOB NOT NULL,"
    " at INTEGER NOT NULL, PRIMARY KEY(id, peer, hook))"
    " STRICT, WITHOUT ROWID;"
    "CREATE INDEX decisions_denied ON decisions(peer, at)"
    " WHERE hook=0 AND outcome=0;"
    "CREATE TABLE audit(n INTEGER PRIMARY KEY, at INTEGER NOT NULL,"
    " actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL,"
    " detail TEXT NOT NULL, hash BLOB NOT NULL) STRICT;"
    "CREATE TABLE certs(id BLOB PRIMARY KEY, bytes BLOB NOT NULL,"
    " signature BLOB NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE krevs(cert BLOB PRIMARY KEY, bytes BLOB NOT NULL,"
    " signature BLOB NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE imports(thread BLOB PRIMARY KEY, digest BLOB NOT NULL)"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE feed_seq(observers TEXT PRIMARY KEY,"
    " seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE outbox(k INTEGER PRIMARY KEY, observers TEXT NOT NULL,"
    " seq INTEGER NOT NULL, at INTEGER NOT NULL, topic TEXT NOT NULL,"
    " body BLOB NOT NULL, misp BLOB, UNIQUE(observers, seq)) STRICT;";

/* Two lanes: what was numbered before is on the bulk one. */
static const char node_2[] =
    "CREATE TABLE lanes(peer TEXT NOT NULL, lane INTEGER NOT NULL,"
    " top INTEGER NOT NULL DEFAULT 0, top_mark BLOB,"
    " settled_n INTEGER NOT NULL DEFAULT 0, settled_mark BLOB,"
    " PRIMARY KEY(peer, lane)) STRICT, WITHOUT ROWID;"
    "INSERT INTO lanes(peer,lane,top,top_mark,settled_n,settled_mark)"
    " SELECT member,1,top,top_mark,settled_n,settled_mark FROM peers;"
    "ALTER TABLE peers DROP COLUMN top;"
    "ALTER TABLE peers DROP COLUMN top_mark;"
    "ALTER TABLE peers DROP COLUMN settled_n;"
    "ALTER TABLE peers DROP COLUMN settled_mark;"
    "ALTER TABLE ledger RENAME TO ledger_1;"
    "CREATE TABLE ledger(peer TEXT NOT NULL, epoch BLOB NOT NULL,"
    " lane INTEGER NOT NULL, n INTEGER NOT NULL, id BLOB NOT NULL,"
    " form INTEGER NOT NULL, mark BLOB NOT NULL, policy BLOB NOT NULL,"
    " at INTEGER NOT NULL, PRIMARY KEY(peer, epoch, lane, n))"
    " STRICT, WITHOUT ROWID;"
    "INSERT INTO ledger SELECT peer,epoch,1,n,id,form,mark,policy,at"
    " FROM ledger_1;"
    "DROP TABLE ledger_1;"
    "CREATE INDEX ledger_id ON ledger(id, peer);"
    "ALTER TABLE refusals RENAME TO refusals_1;"
    "CREATE TABLE refusals(peer TEXT NOT NULL, lane INTEGER NOT NULL,"
    " n INTEGER NOT NULL, id BLOB NOT NULL, reason TEXT NOT NULL,"
    " retry_at INTEGER NOT NULL, at INTEGER NOT NULL,"
    " PRIMARY KEY(peer, lane, n)) STRICT, WITHOUT ROWID;"
    "INSERT INTO refusals SELECT peer,1,n,id,reason,retry_at,at"
    " FROM refusals_1;"
    "DROP TABLE refusals_1;";

/* What waits for people or for time. */
static const char node_3[] =
    "CREATE TABLE holds(id BLOB NOT NULL, peer TEXT NOT NULL,"
    " state INTEGER NOT NULL, asked INTEGER NOT NULL, form INTEGER NOT NULL,"
    " since INTEGER NOT NULL, until INTEGER NOT NULL, rules TEXT NOT NULL,"
    " PRIMARY KEY(id, peer)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE approvals(id BLOB NOT NULL, peer TEXT NOT NULL,"
    " uid INTEGER NOT NULL, user TEXT NOT NULL, cut INTEGER NOT NULL,"
    " at INTEGER NOT NULL, rules TEXT NOT NULL,"
    " PRIMARY KEY(id, peer, uid)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE delays(id BLOB NOT NULL, peer TEXT NOT NULL,"
    " until INTEGER NOT NULL, PRIMARY KEY(id, peer)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX delays_until ON delays(until);"
    "CREATE TABLE quarantine(id BLOB PRIMARY KEY, peer TEXT NOT NULL,"
    " rule TEXT NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;";

/* Exercises apart, requests for release, what is held or delayed among what was
 * not sent, and heads of the audit chain that the node signed. */
static const char node_4[] =
    "CREATE TABLE requests(id BLOB NOT NULL, peer TEXT NOT NULL,"
    " asker TEXT NOT NULL, request BLOB NOT NULL, classes INTEGER NOT NULL,"
    " state INTEGER NOT NULL, granted INTEGER NOT NULL, at INTEGER NOT NULL,"
    " before_state INTEGER, before_asked INTEGER, before_form INTEGER,"
    " before_rules TEXT, PRIMARY KEY(id, peer, asker)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX requests_asker ON requests(asker) WHERE state<2;"
    "ALTER TABLE alerts ADD COLUMN exercise TEXT NOT NULL DEFAULT '';"
    "CREATE INDEX alerts_exercise ON alerts(exercise) WHERE exercise<>'';"
    "DROP INDEX decisions_denied;"
    "CREATE INDEX decisions_unsent ON decisions(peer, at)"
    " WHERE hook=0 AND outcome<>2;"
    "CREATE TABLE acks(id BLOB PRIMARY KEY, due INTEGER NOT NULL,"
    " told INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;"
    "CREATE INDEX acks_due ON acks(due);"
    "CREATE TABLE heads(n INTEGER PRIMARY KEY, at INTEGER NOT NULL,"
    " hash BLOB NOT NULL, cert BLOB NOT NULL, signature BLOB NOT NULL)"
    " STRICT;";

/* What grows with every alert is in the order in which alerts came: a page
 * holds what came together, and a commit writes few. By ids, which are hashes,
 * every row was on a page of its own. */
static const char node_5[] =
    "CREATE TABLE alerts_5(k INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE,"
    " seq INTEGER NOT NULL UNIQUE, origin TEXT NOT NULL,"
    " thread BLOB NOT NULL, revision INTEGER NOT NULL,"
    " kind INTEGER NOT NULL, created INTEGER NOT NULL,"
    " expires INTEGER NOT NULL, received INTEGER NOT NULL,"
    " received_from TEXT NOT NULL, severity INTEGER NOT NULL,"
    " tlp INTEGER NOT NULL, form INTEGER NOT NULL, present INTEGER NOT NULL,"
    " status INTEGER NOT NULL, cert BLOB NOT NULL, ref BLOB,"
    " title TEXT NOT NULL, exercise TEXT NOT NULL, envelope BLOB) STRICT;"
    "INSERT INTO alerts_5 SELECT seq,id,seq,origin,thread,revision,kind,"
    " created,expires,received,received_from,severity,tlp,form,present,status,"
    " cert,ref,title,exercise,envelope FROM alerts ORDER BY seq;"
    "DROP TABLE alerts;"
    "ALTER TABLE alerts_5 RENAME TO alerts;"
    "CREATE INDEX alerts_thread ON alerts(thread);"
    "CREATE INDEX alerts_received ON alerts(received);"
    "CREATE INDEX alerts_exercise ON alerts(exercise) WHERE exercise<>'';"
    "CREATE TABLE unheld(k INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE)"
    " STRICT;"
    "INSERT INTO unheld SELECT (SELECT ifnull(max(k),0) FROM alerts)"
    " + row_number() OVER (ORDER BY id), id"
    " FROM (SELECT id FROM exports UNION SELECT id FROM decisions)"
    " WHERE id NOT IN (SELECT id FROM alerts);"
    "CREATE TEMP TABLE keys AS SELECT id,k FROM alerts"
    " UNION ALL SELECT id,k FROM unheld;"
    "CREATE INDEX temp.keys_id ON keys(id, k);"
    "ALTER TABLE sources RENAME TO sources_4;"
    "CREATE TABLE sources(k INTEGER NOT NULL, peer TEXT NOT NULL,"
    " PRIMARY KEY(k, peer)) STRICT, WITHOUT ROWID;"
    "INSERT INTO sources SELECT k,peer FROM sources_4 JOIN keys USING(id)"
    " UNION SELECT k,received_from FROM alerts WHERE received_from<>'';"
    "DROP TABLE sources_4;"
    "CREATE INDEX sources_peer ON sources(peer, k);"
    "DELETE FROM meta WHERE name='sources-seq';"
    "ALTER TABLE exports RENAME TO exports_4;"
    "CREATE TABLE exports(k INTEGER NOT NULL, peer TEXT NOT NULL,"
    " form INTEGER NOT NULL, PRIMARY KEY(k, peer)) STRICT, WITHOUT ROWID;"
    "INSERT INTO exports SELECT k,peer,form FROM exports_4 JOIN keys USING(id)"
    " ORDER BY k;"
    "DROP TABLE exports_4;"
    "ALTER TABLE decisions RENAME TO decisions_4;"
    "CREATE TABLE decisions(k INTEGER NOT NULL, peer TEXT NOT NULL,"
    " hook INTEGER NOT NULL, outcome INTEGER NOT NULL,"
    " form INTEGER NOT NULL, rule TEXT NOT NULL, policy BLOB NOT NULL,"
    " at INTEGER NOT NULL, PRIMARY KEY(k, peer, hook)) STRICT, WITHOUT ROWID;"
    "INSERT INTO decisions SELECT k,peer,hook,outcome,form,rule,policy,at"
    " FROM decisions_4 JOIN keys USING(id) ORDER BY k;"
    "DROP TABLE decisions_4;"
    "CREATE INDEX decisions_unsent ON decisions(peer, at)"
    " WHERE hook=0 AND outcome<>2;"
    "DROP INDEX ledger_id;"
    "ALTER TABLE ledger ADD COLUMN k INTEGER;"
    "UPDATE ledger SET k=(SELECT k FROM keys WHERE keys.id=ledger.id);"
    "CREATE INDEX ledger_k ON ledger(k);"
    "CREATE TEMP TABLE told AS SELECT k AS n,"
    " CASE WHEN json_valid(CAST(body AS TEXT))"
    "  THEN json_extract(CAST(body AS TEXT),'$.id') END AS hex FROM outbox;"
    "CREATE INDEX temp.told_hex ON told(hex);"
    "CREATE TEMP TABLE told_keys AS SELECT n,k FROM alerts CROSS JOIN told"
    " ON hex=lower(hex(id));"
    "ALTER TABLE outbox RENAME TO outbox_4;"
    "CREATE TABLE outbox(n INTEGER PRIMARY KEY, observers TEXT NOT NULL,"
    " seq INTEGER NOT NULL, at INTEGER NOT NULL, k INTEGER) STRICT;"
    "INSERT INTO outbox SELECT o.k,observers,seq,at,t.k FROM outbox_4 o"
    " LEFT JOIN told_keys t ON t.n=o.k ORDER BY o.k;"
    "DROP TABLE outbox_4;"
    "DROP TABLE temp.told; DROP TABLE temp.told_keys; DROP TABLE temp.keys;";

static const char feed_1[] =
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL)"
    " STRICT, WITHOUT ROWID;"
    "INSERT INTO meta VALUES('epoch', lower(hex(randomblob(8))));"
    "CREATE TABLE feed(k INTEGER PRIMARY KEY, observers TEXT NOT NULL,"
    " seq INTEGER NOT NULL, at INTEGER NOT NULL, topic TEXT NOT NULL,"
    " body BLOB NOT NULL, misp BLOB, UNIQUE(observers, seq)) STRICT;"
    "CREATE INDEX feed_at ON feed(at, observers, seq);";

static const struct step node_steps[] = {{node_1, audit_begin},
                                         {node_2, NULL},
                                         {node_3, NULL},
                                         {node_4, upgrade_exercises},
                                         {node_5, NULL}};
static const struct step feed_steps[] = {{feed_1, NULL}};

struct file {
    sqlite3 *db;
    const struct step *steps;
    int version;
    const char *bulky; /* the table that makes it large */
    bool synced;       /* with each commit; what feed.db lacks, node.db has */
};

/* Nothing is written to a file that is not ours, newer or damaged. */
static enum tcn_err prepare(struct tcn_store *store, const struct file *file)
{
    if (store_harden(file->db) != TCN_ERR_OK) {
        return store_error(store, file->db);
    }
    enum tcn_err err = store_known(store, file->db, file->version);
    if (err == TCN_ERR_OK) {
        err = store_check(store, file->db, file->bulky, CHECK_WHOLE_MAX);
    }
    err = err == TCN_ERR_OK ? store_writer(store, file->db, file->synced) : err;
    return err == TCN_ERR_OK
               ? store_migrate(store, file->db, file->steps, file->version)
               : err;
}

#define COUNT(list) ((int)(sizeof(list) / sizeof(list)[0]))

enum tcn_err schema_open(struct tcn_store *store)
{
    const struct file files[] = {
        {store->db, node_steps, COUNT(node_steps), "alerts", true},
        {store->feed, feed_steps, COUNT(feed_steps), "feed", false},
    };
    enum tcn_err err = prepare(store, &files[0]);
    return err == TCN_ERR_OK ? prepare(store, &files[1]) : err;
}
