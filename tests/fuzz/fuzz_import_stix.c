#define FORMAT TCN_FORMAT_STIX
#include "fuzz/import_target.h"
