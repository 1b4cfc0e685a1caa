#define FORMAT TCN_FORMAT_IDEA
#include "fuzz/import_target.h"
