#define FORMAT TCN_FORMAT_EVE
#include "fuzz/import_target.h"
