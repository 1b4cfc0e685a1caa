/* Requests for release, at the originator: what peers ask for, and what our
 * people say to it. A request changes no decision before one of them agrees;
 * then the policy says what may go and who else has to agree. */
#pragma once

#include "daemon/holds.h"
#include "store/requests.h"

#define REQUEST_KIND "request-release"
#define ANSWER_KIND  "answer-release"

/* Open requests of one member; more are counted and not kept. */
#define REQUESTS_PER_MEMBER 32

/* An alert was stored: if it is a request to us, it is noted. In the
 * transaction of the alert. */
TCN_MUST_USE enum tcn_err requests_came(struct tcn_node *node,
                                        const struct tcn_alert *alert);
/* The peers that an alert of ours is asked for, and somebody agreed. */
TCN_MUST_USE enum tcn_err requests_told(struct tcn_node *node,
                                        const struct tcn_stored *row,
                                        uint64_t *requested);
/* The core was built anew. */
void requests_restart(void);
uint64_t requests_dropped(void);
TCN_MUST_USE enum tcn_err requests_count(struct tcn_node *node,
                                         uint64_t *count);

/* Of one alert those towards `peer` (NULL: any) in these states that still ask
 * for something. */
struct requests_found {
    size_t count, cap;
    struct tcn_request *list; /* to be freed */
    const char *peer;
    unsigned states; /* one bit each */
};
#define REQUEST_STATE(name) (1u << TCN_REQUEST_##name)
TCN_MUST_USE enum tcn_err requests_find(struct tcn_node *node,
                                        const struct hold_word *word,
                                        unsigned states,
                                        struct requests_found *found);
/* Whether there are any at all: asked before every decision. */
TCN_MUST_USE enum tcn_err requests_any(struct tcn_node *node, bool *any);
TCN_MUST_USE enum tcn_err requests_put(struct tcn_node *node,
                                       const struct tcn_request *request);
/* One line of the audit about it. */
TCN_MUST_USE enum tcn_err requests_note(struct tcn_node *node,
                                        const char *actor, const char *action,
                                        const struct tcn_request *request);

/* ---- request_people.c ---- */

/* What is told to those who asked. */
struct request_reply {
    struct tcn_view words; /* of the person; may be empty */
    struct tcn_buf note;   /* why somebody was not told */
};

enum request_outcome {
    REQUEST_NONE, /* nobody has asked for it */
    REQUEST_GOES, /* the policy lets it go at once */
    REQUEST_HELD, /* a hold waits for its people */
};

/* One of our people agrees to what is asked about (id, peer). DENIED: the
 * policy opens no more of it; `said` tells why, and nothing has changed. */
TCN_MUST_USE enum tcn_err requests_agree(struct tcn_node *node,
                                         const struct hold_word *word,
                                         struct tcn_buf *said,
                                         enum request_outcome *outcome);
/* What was agreed to is released, or all that is asked is refused; whoever
 * asked is told. NOT_FOUND when there is nothing of the kind. */
TCN_MUST_USE enum tcn_err requests_released(struct tcn_node *node,
                                            const struct hold_word *word,
                                            struct request_reply *reply);
TCN_MUST_USE enum tcn_err requests_refuse(struct tcn_node *node,
                                          const struct hold_word *word,
                                          struct request_reply *reply);
/* Whether somebody waits for an answer about it. */
TCN_MUST_USE enum tcn_err requests_asked(struct tcn_node *node,
                                         const struct hold_word *word,
                                         bool *asked);
/* The hold was not approved in time: the request is open again. */
TCN_MUST_USE enum tcn_err requests_over(struct tcn_node *node,
                                        const struct tcn_hold *hold);

/* What the policy would say if it were agreed to, and the classes that the
 * peer would get by it and has not got. The alert is in node->loaded. */
TCN_MUST_USE enum tcn_err requests_judge(struct tcn_node *node,
                                         const struct hold_word *word,
                                         struct tcn_verdict *verdict,
                                         uint8_t *more);

/* ---- request_words.c ---- */

/* What a request says: for whom, and which classes; false when it says nothing
 * that can be understood. */
struct request_terms {
    char peer[TCN_MEMBER_MAX + 1];
    uint8_t classes;
};
bool request_read(const struct tcn_alert *alert, struct request_terms *terms);
/* The draft of a request about `subject`, which it borrows from; `terms` and
 * `words` too. */
void request_draft(struct tcn_draft *draft, const struct tcn_header *subject,
                   const struct request_terms *terms, struct tcn_view words);
/* Signs and submits the answer to a request; the note says why it does not
 * reach whoever asked. Only errors of the machine. */
TCN_MUST_USE enum tcn_err answer_send(struct tcn_node *node,
                                      const struct tcn_request *request,
                                      bool granted,
                                      struct request_reply *reply);
