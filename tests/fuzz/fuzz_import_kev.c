#define FORMAT TCN_FORMAT_KEV
#include "fuzz/import_target.h"
