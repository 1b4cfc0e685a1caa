/* The configuration of a node: what is read, and what is refused. */
#include "conf/conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "alert/label.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

static struct tcn_conf conf;
static struct tcn_problems problems;
static char told[16384];

static enum tcn_err load(const char *text)
{
    struct tcn_source source = {.name = "c.conf", .text = tcn_view_str(text)};
    struct tcn_buf out = tcn_buf(told, sizeof told);
    problems.count = 0;
    enum tcn_err err = tcn_conf_load(&conf, &source, 1, &problems);
    tcn_problems_put(&out, &problems, &source);
    (void)tcn_buf_text(&out);
    assert_true((err == TCN_ERR_OK) == (problems.count == 0));
    return err;
}

static void the_worked_example_is_read(void **state)
{
    (void)state;
    static const char text[] =
        "node ee { listen tcp://0.0.0.0:7400; store /var/lib/tocsin; }\n"
        "member fi { card fi.card; }                 # pinned\n"
        "member lv { card lv.card; eu yes; role nation; group baltic; }\n"
        "member acme-telecom { card acme.card; eu yes; role partner; }\n"
        "peer lv { connect tcp://node.cert.lv:7400; }\n"
        "observers soc { socket /run/tocsin/feed; internal yes; }\n"
        "role releaser { user anna; user jaan; }\n"
        "exercise locked-2027 { from 2027-04-19T06:00:00Z; until "
        "2027-04-23T18:00:00Z; agreement \"ex-2027\"; }\n"
        "include \"policy/*.conf\";\n";
    if (load(text) != TCN_ERR_OK) {
        fail_msg("%s", told);
    }
    assert_string_equal(conf.member, "ee");
    assert_int_equal(conf.listen_count, 1);
    assert_string_equal(conf.listen[0], "tcp://0.0.0.0:7400");
    assert_string_equal(conf.store, "/var/lib/tocsin");
    /* linked first, whatever the order of the file */
    assert_int_equal(conf.party_count, 3);
    assert_int_equal(conf.peer_count, 1);
    assert_string_equal(conf.parties[0].name, "lv");
    assert_string_equal(conf.cards[0], "lv.card");
    assert_true(conf.parties[0].eu_set && conf.parties[0].eu);
    assert_int_equal(conf.parties[0].role, TCN_ROLE_NATION);
    assert_int_equal(conf.parties[0].group_count, 1);
    assert_string_equal(conf.parties[0].groups[0], "baltic");
    assert_string_equal(conf.peers[0].connect, "tcp://node.cert.lv:7400");
    assert_string_equal(conf.parties[1].name, "fi");
    assert_string_equal(conf.cards[1], "fi.card");
    assert_false(conf.parties[1].eu_set);
    assert_int_equal(conf.parties[1].role, TCN_ROLE_UNSET);
    assert_int_equal(conf.parties[2].role, TCN_ROLE_PARTNER);
    assert_int_equal(conf.observer_count, 1);
    assert_string_equal(conf.observers[0].name, "soc");
    assert_true(conf.observers[0].internal);
    assert_string_equal(conf.observer_sockets[0].socket, "/run/tocsin/feed");
    assert_int_equal(conf.role_count, 1);
    assert_int_equal(conf.roles[0].user_count, 2);
    assert_string_equal(conf.roles[0].users[1], "jaan");
    assert_int_equal(conf.exercise_count, 1);
    assert_string_equal(conf.exercises[0].agreement, "ex-2027");
    assert_true(conf.exercises[0].from_ms == 1808114400000ull);
    assert_int_equal(conf.include_count, 1);
    assert_string_equal(conf.includes[0], "policy/*.conf");

    struct tcn_world world = tcn_conf_world(&conf);
    assert_string_equal(world.self, "ee");
    assert_int_equal(world.party_count, 3);
    assert_int_equal(world.peer_count, 1);
    assert_int_equal(world.observer_count, 1);
    assert_int_equal(world.exercise_count, 1);
}

static void what_is_not_said_has_a_default(void **state)
{
    (void)state;
    assert_int_equal(load("node ee { }"), TCN_ERR_OK);
    assert_string_equal(conf.name, "");
    assert_int_equal(conf.listen_count, 0);
    assert_string_equal(conf.store, "/var/lib/tocsin");
    assert_string_equal(conf.keys, "keys");
    assert_string_equal(conf.run, "/run/tocsin");
    assert_int_equal(conf.capacity, 65536);
    assert_int_equal(conf.default_tlp, -1);
    assert_true(conf.life_ms == 90 * TCN_DAY_MS);
    assert_int_equal(load("node ee { } member lv { card c; } peer lv { }"),
                     TCN_ERR_OK);
    assert_string_equal(conf.peers[0].connect, "");
    assert_false(conf.peers[0].paused);
    assert_true(conf.peers[0].since_ms == 7 * TCN_DAY_MS);
}

static void every_setting_is_read(void **state)
{
    (void)state;
    static const char text[] =
        "node ee { name \"CERT-EE\"; listen tcp://[::]:7400; listen "
        "tcp://*:7401; store s; keys k; run r; capacity 100; default tlp "
        "AMBER+STRICT; life 30d; }\n"
        "member lv { card c; eu no; role partner; group a; group b; }\n"
        "peer lv { connect tcp://[2001:db8::1]:7400; since 12h; paused; }\n"
        "observers soc { socket s; internal no; misp tcp://127.0.0.1:50000; "
        "stix yes; }\n"
        "role operator { user anna.b; group csirt; }\n";
    if (load(text) != TCN_ERR_OK) {
        fail_msg("%s", told);
    }
    assert_string_equal(conf.name, "CERT-EE");
    assert_int_equal(conf.listen_count, 2);
    assert_string_equal(conf.listen[1], "tcp://*:7401");
    assert_string_equal(conf.keys, "k");
    assert_string_equal(conf.run, "r");
    assert_int_equal(conf.capacity, 100);
    assert_int_equal(conf.default_tlp, TCN_TLP_AMBER_STRICT);
    assert_true(conf.life_ms == 30 * TCN_DAY_MS);
    assert_true(conf.parties[0].eu_set && !conf.parties[0].eu);
    assert_int_equal(conf.parties[0].group_count, 2);
    assert_true(conf.peers[0].paused);
    assert_true(conf.peers[0].since_ms == 12 * TCN_HOUR_MS);
    assert_string_equal(conf.observer_sockets[0].misp, "tcp://127.0.0.1:50000");
    assert_true(conf.observer_sockets[0].stix);
    assert_false(conf.observers[0].internal);
    assert_string_equal(conf.roles[0].users[0], "anna.b");
    assert_string_equal(conf.roles[0].groups[0], "csirt");
}

static void peers_keep_their_order_and_their_cards(void **state)
{
    (void)state;
    assert_int_equal(
        load("member no { card no; } member lv { card lv; } peer lt { } "
             "member lt { card lt; } peer fi { connect tcp://fi:1; } peer lv { "
             "} member fi { card fi; } node ee { }"),
        TCN_ERR_OK);
    static const char *const names[] = {"lt", "fi", "lv", "no"};
    assert_int_equal(conf.peer_count, 3);
    assert_int_equal(conf.party_count, 4);
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_string_equal(conf.parties[i].name, names[i]);
        assert_string_equal(conf.cards[i], names[i]);
    }
    assert_string_equal(conf.peers[1].connect, "tcp://fi:1");
    assert_string_equal(conf.peers[2].connect, "");
}

static void policies_are_left_to_others(void **state)
{
    (void)state;
    static const char text[] =
        "node ee { }\n"
        "allow export to nobody-knows name x when anything { a; b };\n"
        "test \"t\" { alert { x; } expect y; }\n"
        "agreement \"a\" version 1 { from nonsense; }\n"
        "group x = { a, b }; retain rest 1d; assert never x;\n"
        "role r { user a; }\n";
    assert_int_equal(load(text), TCN_ERR_OK);
    assert_int_equal(conf.role_count, 1);
}

#define EE   "node ee { } "
#define BAD  TCN_ERR_SYNTAX
#define TWO  TCN_ERR_EXISTS
#define MANY TCN_ERR_CAPACITY

struct mistake {
    const char *text;
    unsigned column;
    enum tcn_err err;
    const char *told;
};

static const struct mistake node_mistakes[] = {
    {"", 1, BAD, "there is no `node MEMBER { ... }` statement"},
    {"nod ee { }", 1, BAD, "unknown statement `nod`, did you mean `node`?"},
    {"\"x\";", 1, BAD, "unknown statement `x`"},
    {"node EE { }", 6, BAD, "a member code is 2 to 32"},
    {"node e { }", 6, BAD, "a member code is 2 to 32"},
    {"node any { }", 6, BAD, "`any` means something else"},
    {"node { }", 6, BAD, "expected a member code, found `{`"},
    {"node ee listen", 9, BAD, "expected `{`, found `listen`"},
    {"node ee { lisen tcp://x:1; }", 11, BAD,
     "unknown setting `lisen`, did you mean `listen`?"},
    {"node ee { store a }", 18, BAD, "`;` is missing here, before `}`"},
    {"node ee { store a; store b; }", 20, TWO, "a second `store`"},
    {"node ee { store; }", 16, BAD, "expected a word or a quoted text"},
    {"node ee { listen 0.0.0.0:7400; }", 18, BAD, "expected an endpoint"},
    {"node ee { listen tcp://x; }", 18, BAD, "expected an endpoint"},
    {"node ee { listen tcp://:7400; }", 18, BAD, "expected an endpoint"},
    {"node ee { listen tcp://x:0; }", 18, BAD, "expected an endpoint"},
    {"node ee { listen tcp://x:65536; }", 18, BAD, "expected an endpoint"},
    {"node ee { listen udp://x:7400; }", 18, BAD, "expected an endpoint"},
    {"node ee { listen tcp://a:1; listen tcp://a:2; listen tcp://a:3; "
     "listen tcp://a:4; listen tcp://a:5; }",
     90, MANY, "more than 4 listen addresses"},
    {"node ee { capacity 0; }", 20, BAD, "expected a number from 1 to"},
    {"node ee { capacity many; }", 20, BAD, "expected a number from 0 to"},
    {"node ee { default amber; }", 19, BAD, "expected `tlp`"},
    {"node ee { default tlp ambr; }", 23, BAD,
     "unknown TLP `ambr`, did you mean `amber`?"},
    {"node ee { life 401d; }", 16, BAD, "at most 400d"},
    {"node ee { life 0d; }", 16, BAD, "more than nothing"},
    {"node ee { life long; }", 16, BAD, "expected a duration such as"},
    {"node ee { store a; ", 19, BAD, "found the end of the text"},
    {"node ee { store a;\nmember lv { card c; }", 1, BAD,
     "the block before it lacks its `}`"},
};

static const struct mistake other_mistakes[] = {
    {EE "node ee { }", 18, TWO, "a second node statement"},
    {EE "member ee { card c; }", 6, BAD, "ee is this node"},
    {EE "member lv { }", 20, BAD, "member lv has no card"},
    {EE "member lv { card a; card b; }", 33, TWO, "a second `card`"},
    {EE "member lv { card c; } member lv { card c; }", 42, TWO,
     "a second member lv"},
    {EE "member lv { card c; eu maybe; }", 36, BAD, "expected yes or no"},
    {EE "member lv { card c; role natoin; }", 38, BAD,
     "unknown role `natoin`, did you mean `nation`?"},
    {EE "member lv { card c; group \"a b\"; }", 39, BAD,
     "a name is lower-case letters"},
    {EE "peer lv { }", 18, BAD, "peer lv is not pinned"},
    {EE "member lv { card c; } peer lv { } peer lv { }", 52, TWO,
     "a second peer lv"},
    {EE "member lv { card c; } peer lv { paused yes; }", 51, BAD,
     "`;` is missing here, before `yes`"},
    {EE "observers any { socket s; }", 23, BAD, "`any` means something else"},
    {EE "observers soc { internal yes; }", 23, BAD,
     "observers soc have no socket"},
    {EE "observers soc { socket s; } observers soc { socket t; }", 51, TWO,
     "a second observers soc"},
    {EE "role a { user x; } role a { user y; }", 37, TWO, "a second role a"},
    {EE "role a { user \"x y\"; }", 27, BAD, "a name is"},
    {EE "role a { user "
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; }",
     27, BAD, "longer than 32 characters"},
    {EE "exercise X { }", 22, BAD, "a name is lower-case letters"},
    {EE "exercise x { until 2027-01-01; }", 22, BAD, "exercise x needs `from`"},
    {EE "exercise x { from 2027-01-01; until 2027-01-01; }", 22, BAD,
     "exercise x needs `from` and a later `until`"},
    {EE "exercise x { from 2027-01-01; }", 22, BAD,
     "exercise x needs `from` and a later `until`"},
    {EE "exercise x { from now; }", 31, BAD, "expected a time such as"},
    {EE "include policy/x;", 21, BAD, "expected a quoted file pattern"},
};

static void check_mistakes(const struct mistake *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char at[32];
        enum tcn_err err = load(rows[i].text);
        unsigned line = strchr(rows[i].text, '\n') == NULL ? 1 : 2;
        (void)snprintf(at, sizeof at, "c.conf:%u:%u: ", line, rows[i].column);
        if (err != rows[i].err || strncmp(told, at, strlen(at)) != 0 ||
            strstr(told, rows[i].told) == NULL) {
            fail_msg("row %zu: %s\n%s", i, rows[i].text, told);
        }
    }
}

static void mistakes_are_shown_where_they_stand(void **state)
{
    (void)state;
    check_mistakes(node_mistakes, COUNT(node_mistakes));
    check_mistakes(other_mistakes, COUNT(other_mistakes));
}

static void everything_has_a_limit(void **state)
{
    (void)state;
    static const struct {
        const char *piece;
        int fits;
        const char *told;
    } rows[] = {
        {"member m%d { card c; }\n", TCN_MEMBERS_MAX, "more than 256 members"},
        {"observers o%d { socket s; }\n", TCN_OBSERVERS_MAX,
         "more than 16 observer classes"},
        {"role r%d { user a; }\n", TCN_ROLES_MAX, "more than 16 roles"},
        {"exercise e%d { from 2027-01-01; until 2027-01-02; }\n",
         TCN_EXERCISES_MAX, "more than 16 exercises"},
        {"include \"f%d\";\n", TCN_INCLUDES_MAX, "more than 64 includes"},
        {"member p%1$d { card c; } peer p%1$d { }\n", TCN_PEERS_MAX,
         "more than 64 peers"},
    };
    static char text[20000];
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (int extra = 0; extra < 2; extra++) {
            struct tcn_buf buf = tcn_buf(text, sizeof text);
            tcn_buf_put_str(&buf, EE "\n");
            for (int j = 0; j < rows[i].fits + extra; j++) {
                tcn_buf_printf(&buf, rows[i].piece, j + 10);
            }
            enum tcn_err err = load(tcn_buf_text(&buf));
            assert_false(buf.full);
            bool wanted = extra == 0 ? err == TCN_ERR_OK
                                     : err == TCN_ERR_CAPACITY &&
                                           strstr(told, rows[i].told) != NULL;
            if (!wanted) {
                fail_msg("row %zu and %d more: %s", i, extra, told);
            }
        }
    }
}

static void one_run_shows_every_mistake(void **state)
{
    (void)state;
    assert_int_not_equal(load("node ee { lisen x; capacity none; }\n"
                              "memebr lv { card c; }\n"
                              "member lt { crad c; eu perhaps; card d; }\n"
                              "peer lt { connect nowhere; }\n"),
                         TCN_ERR_OK);
    static const char *const places[] = {
        ":1:11: ", ":1:29: ", ":2:1: ", ":3:13: ", ":3:24: ", ":4:19: "};
    assert_int_equal(problems.count, COUNT(places));
    for (size_t i = 0; i < COUNT(places); i++) {
        if (strstr(told, places[i]) == NULL) {
            fail_msg("%s is missing in\n%s", places[i], told);
        }
    }
    /* every peer that is not pinned, not only the first */
    (void)load(EE "peer lv { } member lt { card c; } peer lt { } peer fi { }");
    assert_int_equal(problems.count, 2);
}

static void files_complete_each_other(void **state)
{
    (void)state;
    struct tcn_source sources[] = {
        {.name = "a",
         .text = tcn_view_str("node ee { } peer lv { } include \"b\";")},
        {.name = "b", .text = tcn_view_str("member lv { card c; }")},
    };
    problems.count = 0;
    assert_int_equal(tcn_conf_load_includes(&conf, sources, 1, &problems),
                     TCN_ERR_OK);
    assert_int_equal(conf.include_count, 1);
    assert_int_equal(conf.include_spans[0].source, 0);
    assert_int_equal(tcn_conf_load(&conf, sources, 1, &problems),
                     TCN_ERR_SYNTAX);
    problems.count = 0;
    assert_int_equal(tcn_conf_load(&conf, sources, 2, &problems), TCN_ERR_OK);
    assert_int_equal(conf.peer_count, 1);
    /* but no statement goes on in the next file */
    sources[0].text = tcn_view_str("node ee { } member lv {");
    sources[1].text = tcn_view_str("card c; }");
    assert_int_equal(tcn_conf_load(&conf, sources, 2, &problems),
                     TCN_ERR_SYNTAX);
}

static void the_reference_names_every_setting(void **state)
{
    (void)state;
    static const char *const words[] = {
        "node MEMBER",
        "name TEXT;",
        "listen ENDPOINT;",
        "store TEXT;",
        "keys TEXT;",
        "run TEXT;",
        "capacity NUMBER;",
        "default tlp TLP;",
        "life DURATION;",
        "(90d)",
        "member MEMBER",
        "card TEXT;",
        "eu yes|no;",
        "role nation|partner;",
        "group NAME;",
        "peer MEMBER",
        "connect ENDPOINT;",
        "since DURATION;",
        "paused;",
        "observers CLASS",
        "socket TEXT;",
        "misp ENDPOINT;",
        "stix yes|no;",
        "internal yes|no;",
        "role NAME",
        "user NAME;",
        "exercise NAME",
        "from TIME;",
        "until TIME;",
        "agreement TEXT;",
        "include \"PATTERN\";",
    };
    static char text[8000];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    tcn_conf_put_reference(&out);
    (void)tcn_buf_text(&out);
    assert_false(out.full);
    for (size_t i = 0; i < COUNT(words); i++) {
        if (strstr(text, words[i]) == NULL) {
            fail_msg("%s is missing in\n%s", words[i], text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worked_example_is_read),
        cmocka_unit_test(what_is_not_said_has_a_default),
        cmocka_unit_test(every_setting_is_read),
        cmocka_unit_test(peers_keep_their_order_and_their_cards),
        cmocka_unit_test(policies_are_left_to_others),
        cmocka_unit_test(mistakes_are_shown_where_they_stand),
        cmocka_unit_test(everything_has_a_limit),
        cmocka_unit_test(one_run_shows_every_mistake),
        cmocka_unit_test(files_complete_each_other),
        cmocka_unit_test(the_reference_names_every_setting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
