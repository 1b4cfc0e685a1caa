/* The five markings of TLP 2.0, as OASIS published them (STIX common objects).
 */
#include "formats/stix_write.h"

static const struct {
    const char *id;
    const char *name;
    const char *value;
} markings[TCN_TLP_COUNT] = {
    [TCN_TLP_CLEAR] = {"marking-definition--94868c89-83c2-464b-929b-"
                       "a1a8aa3c8487",
                       "TLP:CLEAR", "clear"},
    [TCN_TLP_GREEN] = {"marking-definition--bab4a63c-aed9-4cf5-a766-"
                       "dfca5abac2bb",
                       "TLP:GREEN", "green"},
    [TCN_TLP_AMBER] = {"marking-definition--55d920b0-5e8b-4f79-9ee9-"
                       "91f868d9b421",
                       "TLP:AMBER", "amber"},
    [TCN_TLP_AMBER_STRICT] = {"marking-definition--939a9414-2ddd-4d32-a0cd-"
                              "375ea402b003",
                              "TLP:AMBER+STRICT", "amber+strict"},
    [TCN_TLP_RED] = {"marking-definition--e828b379-4e03-4974-9ac4-"
                     "e53a884c97c1",
                     "TLP:RED", "red"},
};

const char *tcn_stix_marking(unsigned tlp)
{
    return markings[tlp < TCN_TLP_COUNT ? tlp : TCN_TLP_RED].id;
}

bool tcn_stix_add_marking(json_t *objects, unsigned tlp)
{
    size_t i;
    const json_t *object;
    const char *id = tcn_stix_marking(tlp);
    unsigned row = tlp < TCN_TLP_COUNT ? tlp : TCN_TLP_RED;
    json_array_foreach(objects, i, object)
    {
        const char *text = json_string_value(json_object_get(object, "id"));
        if (text != NULL && strcmp(text, id) == 0) {
            return true;
        }
    }
    json_t *marking = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:{s:{s:s, s:s}}}", "type",
        "marking-definition", "spec_version", "2.1", "id", id, "created",
        "2022-10-01T00:00:00.000Z", "name", markings[row].name, "extensions",
        "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d",
        "extension_type", "property-extension", "tlp_2_0", markings[row].value);
    return json_array_append_new(objects, marking) == 0;
}
