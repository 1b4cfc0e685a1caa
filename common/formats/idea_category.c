/* Event categories of IDEA to RSIT. A longer word outweighs the shorter one
 * that it begins with; of several categories the more telling counts. */
#include "formats/idea.h"
#include "formats/words.h"

static const struct {
    const char *word;
    const char *category;
    unsigned rank;
} rows[] = {
    {"Abusive", "abusive-content/harmful-speech", 3},
    {"Abusive.Spam", "abusive-content/spam", 6},
    {"Abusive.Violence", "abusive-content/violence", 5},
    {"Anomaly", "other/undetermined", 1},
    {"Attempt", "intrusion-attempts/ids-alert", 3},
    {"Attempt.Exploit", "intrusion-attempts/exploit", 6},
    {"Attempt.Login", "intrusion-attempts/brute-force", 6},
    {"Availability.DDoS", "availability/ddos", 8},
    {"Availability.DoS", "availability/dos", 7},
    {"Availability.Outage", "availability/outage", 5},
    {"Availability.Sabotage", "availability/sabotage", 8},
    {"Fraud", "fraud/masquerade", 4},
    {"Fraud.Copyright", "fraud/copyright", 5},
    {"Fraud.Phishing", "fraud/phishing", 8},
    {"Fraud.UnauthorizedUsage", "fraud/unauthorised-use-of-resources", 5},
    {"Information.UnauthorizedAccess",
     "information-content-security/unauthorised-information-access", 7},
    {"Information.UnauthorizedModification",
     "information-content-security/unauthorised-modification", 7},
    {"Intrusion", "intrusions/system-compromise", 7},
    {"Intrusion.AdminCompromise", "intrusions/privileged-account-compromise",
     8},
    {"Intrusion.AppCompromise", "intrusions/application-compromise", 7},
    {"Intrusion.Botnet", "malicious-code/infected-system", 6},
    {"Intrusion.UserCompromise", "intrusions/unprivileged-account-compromise",
     7},
    {"Malware", "malicious-code/infected-system", 5},
    {"Malware.Ransomware", "malicious-code/ransomware", 9},
    {"Other", "other/other", 1},
    {"Recon.Scanning", "information-gathering/scanner", 5},
    {"Recon.Searching", "information-gathering/scanner", 4},
    {"Recon.Sniffing", "information-gathering/sniffing", 5},
    {"Recon.SocialEngineering", "information-gathering/social-engineering", 5},
    {"Test", "test/test", 1},
    {"Vulnerable", "vulnerable/vulnerable-system", 3},
    {"Vulnerable.Open", "vulnerable/potentially-unwanted-accessible", 4},
};

const char *tcn_idea_category(struct tcn_view word, unsigned *rank)
{
    const char *found = NULL;
    size_t longest = 0;
    *rank = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t len = strlen(rows[i].word);
        bool whole =
            word.len == len || (word.len > len && word.data[len] == '.');
        if (len > longest && whole && tcn_word_begins(word, rows[i].word)) {
            found = rows[i].category;
            *rank = rows[i].rank;
            longest = len;
        }
    }
    return found;
}

bool tcn_idea_category_row(size_t index, const char **word,
                           const char **category)
{
    if (index >= sizeof rows / sizeof *rows) {
        return false;
    }
    *word = rows[index].word;
    *category = rows[index].category;
    return true;
}
