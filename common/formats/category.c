#include "formats/category.h"

#include "formats/words.h"

/* The more telling a word, the higher its row's rank: a "ransomware" outweighs
 * the "trojan" that brought it. */
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
    {"defacement", "information-content-security/unauthorised-modification", 6},
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
    "information-content-security/unauthorised-modification",
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

/* A category has no digits and at most 32 letters after the slash (the alert
 * format): what RSIT calls otherwise. */
static const struct {
    const char *ours;
    const char *theirs;
} renamed[] = {
    {"malicious-code/command-and-control", "malicious-code/c2-server"},
    {"information-content-security/unauthorised-modification",
     "information-content-security/unauthorised-information-modification"},
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

static bool is_pair(const char *pair, struct tcn_view cls, struct tcn_view type)
{
    size_t len = strcspn(pair, "/");
    return cls.len == len && memcmp(cls.data, pair, len) == 0 &&
           tcn_word_is(type, pair + len + 1);
}

const char *tcn_category_rsit(struct tcn_view cls, struct tcn_view type)
{
    for (size_t i = 0; i < sizeof renamed / sizeof *renamed; i++) {
        if (is_pair(renamed[i].theirs, cls, type)) {
            return renamed[i].ours;
        }
    }
    for (size_t i = 0; i < sizeof rsit / sizeof *rsit; i++) {
        if (is_pair(rsit[i], cls, type)) {
            return rsit[i];
        }
    }
    return NULL;
}

struct tcn_view tcn_category_name(struct tcn_view category)
{
    for (size_t i = 0; i < sizeof renamed / sizeof *renamed; i++) {
        if (tcn_view_is(category, renamed[i].ours)) {
            return tcn_view_str(renamed[i].theirs);
        }
    }
    return category;
}

bool tcn_category_row(size_t index, const char **word, const char **category)
{
    if (index >= sizeof words / sizeof *words) {
        return false;
    }
    *word = words[index].word;
    *category = words[index].category;
    return true;
}
