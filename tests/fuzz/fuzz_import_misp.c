#define FORMAT TCN_FORMAT_MISP
#include "fuzz/import_target.h"
