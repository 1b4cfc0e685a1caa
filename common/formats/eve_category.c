/* Suricata's classtypes, as records name them (classification.config), to
 * RSIT. */
#include "formats/eve.h"
#include "formats/words.h"

static const struct {
    const char *words;
    const char *category;
} rows[] = {
    {"A Network Trojan was detected", "malicious-code/infected-system"},
    {"A suspicious filename was detected", "other/undetermined"},
    {"A system call was detected", "intrusion-attempts/exploit"},
    {"access to a potentially vulnerable web application",
     "intrusion-attempts/exploit"},
    {"An attempted login using a suspicious username was detected",
     "intrusion-attempts/brute-force"},
    {"Attempt to login by a default username and password",
     "intrusion-attempts/brute-force"},
    {"Attempted Administrator Privilege Gain", "intrusion-attempts/exploit"},
    {"Attempted Denial of Service", "availability/dos"},
    {"Attempted Information Leak", "information-gathering/scanner"},
    {"Attempted User Privilege Gain", "intrusion-attempts/exploit"},
    {"Crypto Currency Mining Activity Detected",
     "fraud/unauthorised-use-of-resources"},
    {"Denial of Service", "availability/dos"},
    {"Detection of a Denial of Service Attack", "availability/dos"},
    {"Detection of a Network Scan", "information-gathering/scanner"},
    {"Device Retrieving External IP Address Detected", "other/undetermined"},
    {"Domain Observed Used for C2 Detected",
     "malicious-code/command-and-control"},
    {"Executable code was detected", "intrusion-attempts/exploit"},
    {"Exploit Kit Activity Detected", "intrusion-attempts/exploit"},
    {"Information Leak", "information-content-security/data-leak"},
    {"Large Scale Information Leak", "information-content-security/data-leak"},
    {"Malware Command and Control Activity Detected",
     "malicious-code/command-and-control"},
    {"Possible Social Engineering Attempted",
     "information-gathering/social-engineering"},
    {"Possibly Unwanted Program Detected", "malicious-code/infected-system"},
    {"Potential Corporate Privacy Violation", "other/undetermined"},
    {"Successful Administrator Privilege Gain",
     "intrusions/privileged-account-compromise"},
    {"Successful Credential Theft Detected", "fraud/phishing"},
    {"Successful User Privilege Gain",
     "intrusions/unprivileged-account-compromise"},
    {"Targeted Malicious Activity was Detected",
     "intrusions/system-compromise"},
    {"Unsuccessful User Privilege Gain", "intrusion-attempts/exploit"},
    {"Web Application Attack", "intrusion-attempts/exploit"},
};

const char *tcn_eve_category(struct tcn_view words)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (tcn_word_is(words, rows[i].words)) {
            return rows[i].category;
        }
    }
    return "intrusion-attempts/ids-alert";
}

bool tcn_eve_category_row(size_t index, const char **words,
                          const char **category)
{
    if (index >= sizeof rows / sizeof *rows) {
        return false;
    }
    *words = rows[index].words;
    *category = rows[index].category;
    return true;
}
