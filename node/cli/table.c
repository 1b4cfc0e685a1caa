/* The commands: help, manual, options and dispatch come from these rows. */
#include "cli/commands.h"

static const struct cli_option init_options[] = {
    {"member", "CODE", "the nation's member code, such as ee", false},
    {"name", "TEXT", "what people call the team", false},
    {"listen", "ENDPOINT", "where peers reach us (tcp://0.0.0.0:7400)", false},
    {"store", "DIR", "where alerts are kept", false},
    {"run", "DIR", "where the sockets are", false},
    {"life", "DURATION", "how long the certificate is valid (90d)", false},
    {"root-out", "DIR", "where the root key goes: a stick, not this disk",
     false},
};
static const struct cli_option cert_options[] = {
    {"root", "DIR", "where MEMBER-root.key is: a stick", false},
    {"life", "DURATION", "sign: how long it is valid (90d, and no more)",
     false},
    {"fingerprint", "TEXT", "sign: what `cert request` has shown", false},
    {"now", NULL, "import: in force at once; peers are not given two weeks",
     false},
    {"since", "DURATION", "revoke: how long ago the key was lost (0s)", false},
    {"out", "FILE", "revoke: only write the proof", false},
    {"yes", NULL, "ask nothing", false},
};
static const struct cli_option keys_options[] = {
    {"out", "FILE", "rotate: the request (MEMBER-SERIAL.request)", false},
};
static const struct cli_option card_options[] = {
    {"as", "MEMBER", "whose card it is expected to be", false},
    {"fingerprint", "TEXT", "the fingerprint, as read over the telephone",
     false},
    {"yes", NULL, "the fingerprint was compared already", false},
    {"eu", "yes|no", "for policies that ask peer.eu", false},
    {"role", "nation|partner", "for policies that ask peer.role", false},
    {"group", "NAME", "a group that policies name", true},
};
static const struct cli_option peer_options[] = {
    {"connect", "ENDPOINT", "where we reach it, tcp://HOST:PORT", false},
    {"since", "DURATION", "how far back it is served at first (7d)", false},
};
static const struct cli_option send_options[] = {
    {"dry-run", NULL, "say what would go to whom, do nothing", false},
};
static const struct cli_option update_options[] = {
    {"fresh", NULL, "keep no field of the revision before", false},
    {"narrow", NULL, "revoke it and send a new one, where it narrows", false},
    {"reason", "TEXT", "with --narrow: why it is revoked", false},
    {"dry-run", NULL, "say what would go to whom, do nothing", false},
};
static const struct cli_option import_options[] = {
    {"format", "WORD", "stix, misp, cap, eve, idea, kev or csaf (found out)",
     false},
    {"tlp", "WORD", "for sources without a marking", false},
    {"onward", "WORD", "none, listed, members or any (any)", false},
    {"to", "MEMBER,...", "the audience of everything imported", false},
    {"expires", "DURATION", "how long the alerts live", false},
    {"exercise", "NAME", "all of it belongs to that exercise", false},
    {"source", "NAME", "whose it is: what others bring cannot change it",
     false},
    {"watch", "DIR", "go on with every file that appears there", false},
    {"follow", "FILE", "go on with every line that is added to it", false},
    {"published-only", NULL, "skip MISP events that are not published", false},
    {"dry-run", NULL, "say what would happen, do nothing", false},
};
/* Without them only what is live is shown. */
#define EXERCISE_OPTIONS                                                       \
    {"exercise", "NAME", "of that exercise, not live ones", false},            \
    {                                                                          \
        "exercises", NULL, "exercises too", false                              \
    }
static const struct cli_option export_options[] = {
    {"format", "WORD", "stix, misp, cap, csv, json or raw (json)", false},
    {"out", "DIR", "a file for each alert; of MISP a feed", false},
    {"since", "DURATION", "what was received that long ago at most", false},
    EXERCISE_OPTIONS,
};
static const struct cli_option tail_options[] = {
    {"since", "DURATION", "begin that long ago", false},
    {"observers", "CLASS", "which class of observers to be (the first)", false},
    {"filter", "CONDITION", "e.g. 'severity >= high and tlp <= green'", false},
    {"count", "N", "stop after so many", false},
    {"format", "WORD", "each alert as stix, misp, cap, csv or json", false},
    EXERCISE_OPTIONS,
};
static const struct cli_option list_options[] = {
    {"since", "DURATION", "received that long ago at most", false},
    {"limit", "N", "at most so many (100)", false},
    EXERCISE_OPTIONS,
};
static const struct cli_option show_options[] = {
    {"raw", NULL, "the envelope as it is, for verification", false},
};
static const struct cli_option revoke_options[] = {
    {"reason", "TEXT", "read by everybody who had the alert", false},
};
static const struct cli_option hold_options[] = {
    {"to", "PEER", "towards which peer it is held", false},
    {"cut", "CLASS,...", "release: classes that are not to go", false},
    {"reason", "TEXT", "what is said to those who asked for it", false},
};
static const struct cli_option request_options[] = {
    {"to", "MEMBER", "who is to get it (we ourselves)", false},
    {"classes", "CLASS,...", "which classes (all of them)", false},
    {"reason", "TEXT", "why, for those who decide", false},
    {"origin", "MEMBER", "whose alert it is, when it is not here", false},
    {"agreement", "NAME#HASH", "of an alert that is not here", false},
    {"exercise", "NAME", "of an alert that is not here", false},
    {"dry-run", NULL, "say what would go to whom, do nothing", false},
};
static const struct cli_option policy_options[] = {
    {"strict", NULL, "check: findings count as failures", false},
    {"write", NULL, "fmt: replace the files", false},
    {"replay", "N", "try, load: on the last N alerts (10000)", false},
    {"confirm-within", "DURATION", "load: what ran returns if nobody confirms",
     false},
};
static const struct cli_option agreement_options[] = {
    {"file", "FILE", "look there, not in the node's configuration", false},
};
static const struct cli_option backup_options[] = {
    {"with-keys", NULL, "the node's secret keys too: guard the file like them",
     false},
};
static const struct cli_option restore_options[] = {
    {"store-only", NULL, "leave configuration, policy and cards as they are",
     false},
    {"dry-run", NULL, "only say whether the file is whole", false},
};
static const struct cli_option why_options[] = {
    {"to", "PEER", "the export decision towards this peer", false},
    {"from", "PEER", "the import decision for what it sends", false},
    {"not-sent", NULL, "what was withheld, held or put off, by deciding rule",
     false},
    {"since", "DURATION", "with --not-sent (24h)", false},
};

#define NONE NULL, 0
#define REMARK                                                                 \
    "Its label and audience are those of the alert, and its origin is named "  \
    "too; options may\nonly make them stricter.\n"

const struct cli_command cli_commands[] = {
    {"status", "[ID]",
     "The node; or who has an alert, who was not sent it "
     "and by which rule.",
     NULL, NONE, false, 0, 1, cmd_status},
    {"init", "--member CODE [--root-out DIR]",
     "Makes keys, a certificate, a card and a commented configuration.",
     "The configuration is written to the path of --config, the rest beside "
     "it.\n",
     CLI_OPTIONS(init_options), false, 0, 0, cmd_init},
    {"cert", "show | request | sign FILE | import FILE | revoke [ID]",
     "The keys of this node and their certificates: renewing and revoking.",
     "request makes new keys on the node and prints what is to be certified; "
     "sign --root DIR\ncertifies it on the machine that has the root; import "
     "brings the card back, and the\nnode announces it to its peers two weeks "
     "before it uses it. revoke ends a certificate\nfor ever, by the root "
     "(--root) or by the duty key that is beside it; import takes such\na "
     "proof too.\n",
     CLI_OPTIONS(cert_options), false, 1, 2, cmd_cert},
    {"keys", "show | rotate",
     "New keys for this node: makes them and says what is to be done next.",
     "rotate is `cert request` into a file, with the next step printed; when "
     "it was done it\nsays what is missing. It is also the way to new keys "
     "when those of the node are\nlost and the root is not.\n",
     CLI_OPTIONS(keys_options), false, 1, 1, cmd_keys},
    {"card", "export | show FILE | import FILE --as MEMBER",
     "Cards carry a nation's root key and certificate; importing one pins it.",
     "A new card of a nation that is pinned renews its certificate; another "
     "root is refused.\n",
     CLI_OPTIONS(card_options), false, 1, 2, cmd_card},
    {"peer", "list | add | remove | pause | resume MEMBER",
     "The links of this node and how they are.",
     "Both nodes add each other. pause cuts a link and keeps what waits for "
     "it until\nresume; remove ends it, and the nation stays pinned: its "
     "alerts are believed when\nthey come by others.\n",
     CLI_OPTIONS(peer_options), false, 1, 2, cmd_peer},
    {"send", "--severity WORD --tlp WORD --title TEXT [OPTIONS]",
     "Signs an alert and hands it to the mesh. Prints its id; returns when it "
     "is durable.",
     "It warns of members in its audience that it cannot reach.\n",
     CLI_OPTIONS(send_options), true, 0, 0, cmd_send},
    {"import", "FILE... | --watch DIR | --follow FILE",
     "Alerts from files of other tools, directories or standard input (-).",
     "STIX, MISP events and feeds, CAP, Suricata EVE, IDEA, KEV, CSAF; JSON "
     "also line\nby line. --watch and --follow go on until they are "
     "interrupted. What a file says of\nearlier ones (an update, a "
     "withdrawal) holds for what came under the same --source,\nor without "
     "one: give each feed its own.\n",
     CLI_OPTIONS(import_options), false, 0, CLI_WORDS_MAX, cmd_import},
    {"export", "ID... | --since DURATION [--format WORD] [--out DIR]",
     "Alerts for other tools: STIX 2.1, MISP, CAP 1.2, CSV, JSON.",
     "Says on standard error when fields are withheld from a copy; nothing is "
     "guessed\nin their place. CAP and raw hold one alert; with --out any "
     "number.\n",
     CLI_OPTIONS(export_options), false, 0, CLI_WORDS_MAX, cmd_export},
    {"formats", "[FORMAT]",
     "How words of other tools become ours (->) and ours theirs (<-).", NULL,
     NONE, false, 0, 1, cmd_formats},
    {"tail", "", "What observers see, as it comes; gaps are filled.", NULL,
     CLI_OPTIONS(tail_options), false, 0, 0, cmd_tail},
    {"list", "", "Alerts held here, newest first.", NULL,
     CLI_OPTIONS(list_options), false, 0, 0, cmd_list},
    {"show", "ID", "One alert.", NULL, CLI_OPTIONS(show_options), false, 1, 1,
     cmd_show},
    {"verify", "FILE MEMBER=CARD...",
     "Checks a raw envelope (show --raw) against its origin's card.",
     "Needs no node and no configuration; FILE may be -.\n", NONE, false, 2, 64,
     cmd_verify},
    {"thread", "ID", "All revisions of an alert.", NULL, NONE, false, 1, 1,
     cmd_thread},
    {"update", "ID [OPTIONS]", "A new revision of an own alert.",
     "What no option names stays as it was; --indicator and --field add to "
     "what is there.\nThe audience may only grow and the TLP only fall: see "
     "--narrow.\n",
     CLI_OPTIONS(update_options), true, 1, 1, cmd_update},
    {"revoke", "ID --reason TEXT",
     "Withdraws an own alert: final, and it follows everybody who got it.",
     NULL, CLI_OPTIONS(revoke_options), false, 1, 1, cmd_revoke},
    {"sighting", "ID [OPTIONS]", "Says that the subject was seen here too.",
     REMARK, CLI_OPTIONS(send_options), true, 1, 1, cmd_sighting},
    {"ack", "ID [OPTIONS]", "Says that the alert was received and is acted on.",
     REMARK, CLI_OPTIONS(send_options), true, 1, 1, cmd_ack},
    {"request-release", "ID [--classes CLASS,...] [--to MEMBER]",
     "Asks the originator of an alert for what was cut, or for somebody else.",
     "The request goes to the originator alone, as an alert of its own kind. "
     "Its people see\nit in `tocsin hold list`; `tocsin status` of the "
     "request shows their answer.\n",
     CLI_OPTIONS(request_options), false, 1, 1, cmd_request},
    {"why", "ID --to PEER | ID --from PEER | --not-sent --to PEER",
     "Which rule decides, and what would change that.", NULL,
     CLI_OPTIONS(why_options), false, 0, 1, cmd_why},
    {"hold",
     "list | requests | show | release | refuse | reopen [ID --to PEER]",
     "What waits for people to decide, and what they say.",
     "A release needs as many people as the rule says, each with its role "
     "and, as for\nevery command here, the role operator. Without --to, "
     "release takes an alert out of\nquarantine. What peers ask for is "
     "answered the same way: who releases agrees to the\nrequest, and the "
     "policy says what may go and who else has to.\n",
     CLI_OPTIONS(hold_options), false, 1, 2, cmd_hold},
    {"policy",
     "check | test | prove | fmt [FILE...] | try | load [FILE] | confirm | "
     "abandon | rules",
     "Whether the rules say what they should; trying and loading others.",
     "check runs tests and proofs and looks for rules that do nothing, or that "
     "no test\nshows; prove decides `assert never ...`; fmt prints a file in "
     "one style. try tells\nwhat would newly be sent, withheld, held or cut "
     "of the last alerts. load checks,\ntries and swaps: FILE takes the place "
     "of the file that holds the policy (of several\nthe one of its name), "
     "which is kept as NAME.before, and\nthose before it as NAME.before-1, -2 "
     "and so on. With --confirm-within only what both\nallow is sent until "
     "`policy confirm`, and the configuration stays as it is;\nunconfirmed, or "
     "after `policy abandon`, the one before decides alone, and what only\nthe "
     "new one kept back goes out. rules tells how often each has decided since "
     "the\nnode started. Without FILE the policy of the configuration; a FILE "
     "with a `node`\nstatement needs no node.\n",
     CLI_OPTIONS(policy_options), false, 1, 64, cmd_policy},
    {"agreement", "check | show [NAME] | fmt [NAME]",
     "The agreements this node is bound by.",
     "check looks for rules broader than the agreement they name; fmt prints "
     "the text\nthat is hashed.\n",
     CLI_OPTIONS(agreement_options), false, 1, 2, cmd_agreement},
    {"audit", "show | verify [HEAD...] | head",
     "What was done, and whether somebody changed that since.",
     "head prints the end of the chain, signed; keep it where the node's "
     "administrators\nhave no say. verify recomputes the chain, checks the "
     "heads that the node signed, and\nwith files compares it with those that "
     "were kept.\n",
     NONE, false, 1, 64, cmd_audit},
    {"doctor", "", "Looks for what is wrong and says what to do.", NULL, NONE,
     false, 0, 0, cmd_doctor},
    {"backup", "FILE [--with-keys]",
     "The whole node in one file, while it runs.",
     "Store, configuration, policy, agreements and cards as they are at one "
     "moment; the\nnode's keys only with --with-keys, the root key never. FILE "
     "is a tar archive with\nits own SHA256SUMS, mode 0600. Takes twice the "
     "room of the store, for a while.\n",
     CLI_OPTIONS(backup_options), false, 1, 1, cmd_backup},
    {"restore", "FILE [--dry-run | --store-only]",
     "Puts a backup back. The node must not run.",
     "It is read and checked whole before anything changes. What is there is "
     "set aside\n(before-restore-* beside it), and keys that are there stay. "
     "At its next start the\nnode takes back from its peers what it said "
     "since.\n",
     CLI_OPTIONS(restore_options), false, 1, 1, cmd_restore},
    {"completion", "bash | members",
     "Completion of commands, options and member codes for a shell.",
     "In ~/.bashrc: . <(tocsin completion bash)\n", NONE, false, 1, 1,
     cmd_completion},
    {"reload", "", "Makes the node read its configuration again.", NULL, NONE,
     false, 0, 0, cmd_reload},
    {"stop", "", "Stops the node.", NULL, NONE, false, 0, 0, cmd_stop},
};
const size_t cli_command_count = sizeof cli_commands / sizeof cli_commands[0];
