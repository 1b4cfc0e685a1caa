/* What deciding one alert for every peer costs, beside one Ed25519
 * verification in the same run: 200 rules, 50 peers, conditions of one to four
 * tests over every kind of fact.
 *
 *   bench_policy [ALERTS]      (20000)
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/assert.h"
#include "policy/policy.h"

#define RULES  200
#define PEERS  50
#define ROUNDS 5

static double now_us(void)
{
    struct timespec ts = {0};
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static struct tcn_policy *load(void)
{
    static struct tcn_party parties[PEERS];
    static char text[RULES * 400];
    static const char *const verbs[] = {
        "allow export to any name r%03d when %s;\n",
        "redact export to any name r%03d classes { VICTIM } when %s;\n",
        "allow export to group g%d name r%03d with { TECH, FREE } when %s;\n",
        "deny export to any name r%03d when %s;\n",
    };
    static const char *const conditions[] = {
        "severity >= medium and tlp <= GREEN and confidence >= 50",
        "sector in { energy, health } and peer.role == partner",
        "category == fraud/* or indicator in { yara, sigma }",
        "origin == m7 and tlp == GREEN unless peer.eu",
        "audience in { m3, m4 } and has(actor) and size > 64KiB",
        "source in { m1, m2, m3 } and not (region EE or kind == revoke)",
        "sector water and severity == critical and peer.group g3",
    };
    struct tcn_world world = {.self = "ee",
                              .parties = parties,
                              .party_count = PEERS,
                              .peer_count = PEERS};
    for (int i = 0; i < PEERS; i++) {
        struct tcn_party *party = &parties[i];
        (void)snprintf(party->name, sizeof party->name, "m%d", i);
        (void)snprintf(party->groups[0], sizeof party->groups[0], "g%d", i % 8);
        party->group_count = 1;
        party->role = i % 5 == 0 ? TCN_ROLE_PARTNER : TCN_ROLE_NATION;
        party->eu_set = true;
        party->eu = i % 3 != 0;
    }
    struct tcn_buf out = tcn_buf(text, sizeof text);
    for (int i = 0; i < RULES; i++) {
        const char *condition = conditions[i % 7];
        if (i % 4 == 2) {
            tcn_buf_printf(&out, verbs[2], i % 8, i, condition);
        } else {
            /* A deny that never matches costs the most. */
            tcn_buf_printf(&out, verbs[i % 4], i,
                           i % 4 == 3 ? "severity == info and not tlp == CLEAR"
                                      : condition);
        }
    }
    struct tcn_source source = {"bench", tcn_buf_view(&out)};
    static struct tcn_problems problems;
    struct tcn_policy *policy;
    enum tcn_err err = tcn_policy_load(&policy, &world, &source, 1, &problems);
    if (err != TCN_ERR_OK) {
        (void)fprintf(stderr, "%s\n", problems.list[0].text);
        exit(1);
    }
    return policy;
}

static double decide_us(const struct tcn_policy *policy,
                        struct tcn_facts *facts, struct tcn_alert *alert,
                        int alerts)
{
    struct tcn_verdict verdicts[TCN_PEERS_MAX];
    unsigned allowed = 0;
    double from = now_us();
    for (int i = 0; i < alerts; i++) {
        alert->header.severity = (uint8_t)(1 + i % 4);
        alert->header.confidence = (uint8_t)(i % 101);
        facts->sources = (uint64_t)(i % 8);
        tcn_policy_export_all(policy, facts, verdicts);
        allowed += verdicts[i % PEERS].outcome == TCN_ALLOW;
    }
    double us = (now_us() - from) / alerts;
    tcn_assert(allowed > 0 && allowed < (unsigned)alerts);
    return us;
}

static double verify_us(int count)
{
    uint8_t pk[32], sk[64], signature[64], bytes[48] = {1};
    uint8_t seed[32] = {7};
    (void)crypto_sign_seed_keypair(pk, sk, seed);
    (void)crypto_sign_detached(signature, NULL, bytes, sizeof bytes, sk);
    double from = now_us();
    for (int i = 0; i < count; i++) {
        int bad =
            crypto_sign_verify_detached(signature, bytes, sizeof bytes, pk);
        tcn_assert(bad == 0);
    }
    return (now_us() - from) / count;
}

static double least(double a, double b)
{
    return b < a ? b : a;
}

int main(int argc, char **argv)
{
    int alerts = argc > 1 ? atoi(argv[1]) : 20000;
    tcn_assert(sodium_init() >= 0 && alerts >= 100);
    static struct tcn_alert alert;
    struct tcn_header *header = &alert.header;
    header->origin = tcn_view_str("m9");
    header->kind_text = tcn_view_str("alert");
    header->category = tcn_view_str("malicious-code/ransomware");
    header->sectors[0] = tcn_view_str("energy");
    header->sector_count = 1;
    header->regions[0] = tcn_view_str("LV");
    header->region_count = 1;
    header->expires_ms = 2;
    header->label.tlp = TCN_TLP_GREEN;
    header->label.onward = TCN_ONWARD_ANY;
    struct tcn_facts facts = {.alert = &alert, .key_valid = true, .now_ms = 1};
    struct tcn_policy *policy = load();
    double decide = 1e9, verify = 1e9;
    for (int i = 0; i < ROUNDS; i++) {
        decide = least(decide, decide_us(policy, &facts, &alert, alerts));
        verify = least(verify, verify_us(alerts / 10));
    }
    printf("rules %d\npeers %d\ndecide_us %.2f\ned25519_us %.2f\nratio %.3f\n",
           RULES, PEERS, decide, verify, decide / verify);
    tcn_policy_free(policy);
    return decide <= 20 ? 0 : 1;
}
