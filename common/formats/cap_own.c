/* Parameters that our own export writes: "tocsin:<key>", and TLP and PAP as
 * others write them too. */
#include "formats/cap.h"
#include "formats/own.h"
#include "formats/words.h"

bool tcn_cap_own_parameter(struct tcn_collect *c, struct tcn_view name,
                           struct tcn_view value)
{
    static const char prefix[] = "tocsin:";
    if (tcn_word_is(name, "tlp") || tcn_word_is(name, "pap")) {
        while (value.len > 0 && value.data[0] <= ' ') {
            value = tcn_view(value.data + 1, value.len - 1);
        }
        while (value.len > 0 && value.data[value.len - 1] <= ' ') {
            value.len--;
        }
        return tcn_own_take(c, name, value);
    }
    if (!tcn_word_begins(name, prefix)) {
        return false;
    }
    size_t len = sizeof prefix - 1;
    return tcn_own_take(c, tcn_view(name.data + len, name.len - len), value);
}
