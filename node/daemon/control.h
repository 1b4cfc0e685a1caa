/* The control socket inside tocsind: clients, roles, verbs. One client is
 * served one request at a time; replies wait in a bounded queue. */
#pragma once

#include "daemon/node.h"
#include "mesh/info.h"

#define CLIENT_QUEUE_MAX (16 * 1024 * TCN_KIB)
#define DRAFTS_AT_ONCE   256
#define DRAFTS_BYTES_MAX (4 * 1024 * TCN_KIB)

struct reply {
    struct reply *next;
    size_t len;
    uint8_t bytes[];
};

/* Drafts that a client sends after `submit`. */
struct submission {
    uint64_t left; /* still to come */
    uint64_t n;    /* of the next one, from 0 */
    bool dry_run;
    uint64_t life_ms;
    size_t count;
    size_t bytes;
    struct reply *drafts[DRAFTS_AT_ONCE];
    uint64_t stored; /* of those that are answered */
};

/* A policy file that a client sends in pieces. */
struct staged {
    char name[256]; /* base name */
    uint8_t *text;
    size_t len;
};

struct client {
    struct tcn_node *node;
    int fd;
    enum tcn_control_role role;
    struct tcn_control_peer peer;
    struct reply *first, *last;
    size_t queued;
    bool overflow; /* too slow: cut off */
    struct submission submission;
    struct staged staged;
    struct trial *trial;
    struct rehearsal *rehearsal; /* of its dry run, or NULL */
    struct portion *waiting; /* for the commit, to be answered in this order */
    /* A row being written. */
    struct tcn_buf row;
    size_t pairs;
    uint8_t *row_bytes;
    uint8_t *message_bytes;
};

/* control.c: the clients */
void control_accept(struct tcn_node *node);
void control_serve(struct tcn_node *node, size_t slot, short events);
short control_events(const struct client *client);
void control_close(struct tcn_node *node, size_t slot);
/* Answers what waits for a commit: replies come in the order of requests. */
void control_settle(struct tcn_node *node, const struct client *client);

/* control_reply.c */
void reply_begin(struct client *client);
void reply_str(struct client *client, const char *key, const char *value);
void reply_view(struct client *client, const char *key, struct tcn_view value);
void reply_uint(struct client *client, const char *key, uint64_t value);
void reply_bool(struct client *client, const char *key, bool value);
void reply_bin(struct client *client, const char *key, struct tcn_view value);
void reply_list(struct client *client, const char *key,
                const struct tcn_view *values, size_t count);
void reply_row(struct client *client);
void reply_text(struct client *client, struct tcn_view text);
/* Each line of it as a text reply. */
void reply_lines(struct client *client, struct tcn_view text);
void reply_end(struct client *client, enum tcn_err err, const char *sentence);

/* roles.c */
enum tcn_control_role role_of(const struct tcn_node *node,
                              const struct tcn_control_peer *peer);
/* Whether the person has a role that the configuration names. */
bool role_has(const struct tcn_node *node, const char *role,
              const struct tcn_control_peer *peer);

/* outlook.c: who gets an alert of ours, and who cannot although it names him */
#define OUTLOOK_TEXT_MAX 200
struct outlook_warnings {
    size_t count;
    char texts[TCN_WARNINGS_MAX][OUTLOOK_TEXT_MAX];
};
void outlook_tell(struct tcn_node *node, struct client *client,
                  const struct tcn_alert *alert);
void outlook_warn(struct tcn_node *node, const struct tcn_alert *alert,
                  struct outlook_warnings *out);
/* As `warnings` of the row that is being written. */
void outlook_reply(struct client *client,
                   const struct outlook_warnings *warnings);

/* control_verbs.c: the table */
void verb_run(struct tcn_node *node, struct client *client,
              const struct tcn_control_msg *msg);
/* One function per verb. Each returns the error that ends it; a sentence may be
 * left in node->store_message style buffers through `said`. */
struct verb_call {
    struct tcn_node *node;
    struct client *client;
    const struct tcn_pairs *pairs;
    struct tcn_buf *said; /* the sentence of the end; empty = the error's */
};
/* The parameter `id` as bin 32 or as a unique hex prefix; says what is wrong
 * with it. USAGE, NOT_FOUND, AMBIGUOUS or of the store. */
TCN_MUST_USE enum tcn_err verb_id(struct verb_call *call, struct tcn_id *id);
/* The parameter as the number of a peer; says what is wrong with it. */
TCN_MUST_USE enum tcn_err verb_peer(struct verb_call *call, const char *key,
                                    unsigned *number);
enum tcn_err verb_status(struct verb_call *call);
enum tcn_err verb_peers(struct verb_call *call);
/* control_agreements.c: as `agreements` of the row that is being written. */
void reply_agreements(struct verb_call *call, unsigned peer,
                      const struct tcn_mesh_peer_info *info);
enum tcn_err verb_refusals(struct verb_call *call);
enum tcn_err verb_list(struct verb_call *call);
enum tcn_err verb_show(struct verb_call *call);
enum tcn_err verb_thread(struct verb_call *call);
enum tcn_err verb_submit(struct verb_call *call);
enum tcn_err verb_revoke(struct verb_call *call);
enum tcn_err verb_update(struct verb_call *call);
enum tcn_err verb_remark(struct verb_call *call);
enum tcn_err verb_request(struct verb_call *call);
enum tcn_err verb_status_of(struct verb_call *call);
enum tcn_err verb_why(struct verb_call *call);
enum tcn_err verb_why_not_sent(struct verb_call *call);
enum tcn_err verb_explain_import(struct verb_call *call);
enum tcn_err verb_requests(struct verb_call *call);
enum tcn_err verb_holds(struct verb_call *call);
enum tcn_err verb_hold_show(struct verb_call *call);
enum tcn_err verb_hold_release(struct verb_call *call);
enum tcn_err verb_hold_refuse(struct verb_call *call);
enum tcn_err verb_hold_reopen(struct verb_call *call);
enum tcn_err verb_audit(struct verb_call *call);
enum tcn_err verb_audit_verify(struct verb_call *call);
enum tcn_err verb_audit_head(struct verb_call *call);
enum tcn_err verb_cert_revoke(struct verb_call *call);
enum tcn_err verb_cert_use(struct verb_call *call);
enum tcn_err verb_backup(struct verb_call *call);
enum tcn_err verb_reload(struct verb_call *call);
enum tcn_err verb_stop(struct verb_call *call);

/* control_change.c: signs, submits, commits and answers with the new id; a dry
 * run only tells. */
enum tcn_err publish_draft(struct verb_call *call,
                           const struct tcn_draft *draft, const char *action);

/* control_submit.c: one more draft of a submission has come */
void submit_draft(struct tcn_node *node, struct client *client,
                  struct tcn_view draft);
void submit_answer(struct client *client, enum tcn_err err); /* committed */
void submit_forget(struct client *client);
