#include "build.h"

const char *pm_build_commit(void) { return PM_BUILD_COMMIT; }
