#define FORMAT TCN_FORMAT_CSAF
#include "fuzz/import_target.h"
