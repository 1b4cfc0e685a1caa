#include "formats/category.h"

#include "formats/words.h"

/* The more telling a word, the higher its row's rank: a "ransomware" outweighs
 * the "trojan" that brought it. A category has no digits (the alert format), so
 * RSIT's c2-server is written out. */
static const struct {
    const char *word;
    const char *category;
    unsigned rank;
} words[] = {
    {"ransomware", "malicious-code/ransomware", 9},
    {"ransom", "malicious-code/ransomware", 9},
    {"wiper", "availability/sabotage", 9},
    {"ddos", "availability/ddos", 8},
    {"dos", "availability/dos", 7},
    {"denial-of-service", "availability/dos", 7},
    {"phishing", "fraud/phishing", 8},
    {"spearphishing", "fraud/phishing", 8},
    {"spear-phishing", "fraud/phishing", 8},
    {"spam", "abusive-content/spam", 7},
    {"exfiltration", "information-content-security/data-leak", 6},
    {"data-leak", "information-content-security/data-leak", 7},
    {"data-breach", "information-content-security/data-leak", 7},
    {"compromised", "intrusions/system-compromise", 6},
    {"system-compromise", "intrusions/system-compromise", 6},
    {"defacement",
     "information-content-security/unauthorised-information-modification", 6},
    {"brute-force", "intrusion-attempts/brute-force", 6},
    {"bruteforce", "intrusion-attempts/brute-force", 6},
    {"exploit", "intrusion-attempts/exploit", 4},
    {"exploit-kit", "intrusion-attempts/exploit", 4},
    {"scanner", "information-gathering/scanner", 6},
    {"scanning", "information-gathering/scanner", 6},
    {"sniffing", "information-gathering/sniffing", 5},
    {"social-engineering", "information-gathering/social-engineering", 5},
    {"c2-server", "malicious-code/command-and-control", 5},
    {"c2", "malicious-code/command-and-control", 5},
    {"command-and-control", "malicious-code/command-and-control", 5},
    {"dropper", "malicious-code/malware-distribution", 4},
    {"downloader", "malicious-code/malware-distribution", 4},
    {"malware-distribution", "malicious-code/malware-distribution", 4},
    {"remote-access-trojan", "malicious-code/infected-system", 3},
    {"backdoor", "malicious-code/infected-system", 3},
    {"bot", "malicious-code/infected-system", 3},
    {"botnet", "malicious-code/infected-system", 3},
    {"keylogger", "malicious-code/infected-system", 3},
    {"rootkit", "malicious-code/infected-system", 3},
    {"spyware", "malicious-code/infected-system", 3},
    {"trojan", "malicious-code/infected-system", 3},
    {"virus", "malicious-code/infected-system", 3},
    {"worm", "malicious-code/infected-system", 3},
    {"malware", "malicious-code/infected-system", 2},
    {"vulnerability", "vulnerable/vulnerable-system", 1},
};

static const char *const rsit[] = {
    "abusive-content/harmful-speech",
    "abusive-content/spam",
    "abusive-content/violence",
    "availability/ddos",
    "availability/dos",
    "availability/misconfiguration",
    "availability/outage",
    "availability/sabotage",
    "fraud/copyright",
    "fraud/masquerade",
    "fraud/phishing",
    "fraud/unauthorised-use-of-resources",
    "information-content-security/data-leak",
    "information-content-security/data-loss",
    "information-content-security/unauthorised-information-access",
    "information-content-security/unauthorised-information-modification",
    "information-gathering/scanner",
    "information-gathering/sniffing",
    "information-gathering/social-engineering",
    "intrusion-attempts/brute-force",
    "intrusion-attempts/exploit",
    "intrusion-attempts/ids-alert",
    "intrusions/application-compromise",
    "intrusions/burglary",
    "intrusions/privileged-account-compromise",
    "intrusions/system-compromise",
    "intrusions/unprivileged-account-compromise",
    "malicious-code/command-and-control",
    "malicious-code/infected-system",
    "malicious-code/malware-configuration",
    "malicious-code/malware-distribution",
    "malicious-code/ransomware",
    "other/other",
    "other/undetermined",
    "test/test",
    "vulnerable/ddos-amplifier",
    "vulnerable/information-disclosure",
    "vulnerable/potentially-unwanted-accessible",
    "vulnerable/vulnerable-system",
    "vulnerable/weak-crypto",
};

const char *tcn_category_of(struct tcn_view word, unsigned *rank)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (tcn_word_is(word, words[i].word)) {
            *rank = words[i].rank;
            return words[i].category;
        }
    }
    *rank = 0;
    return NULL;
}

const char *tcn_category_rsit(struct tcn_view cls, struct tcn_view type)
{
    for (size_t i = 0; i < sizeof rsit / sizeof *rsit; i++) {
        size_t len = strcspn(rsit[i], "/");
        if (cls.len == len && memcmp(cls.data, rsit[i], len) == 0 &&
            tcn_word_is(type, rsit[i] + len + 1)) {
            return rsit[i];
        }
    }
    return NULL;
}
