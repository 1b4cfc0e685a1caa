#define FORMAT TCN_FORMAT_CAP
#include "fuzz/import_target.h"
