// The commit that the program was built from.

#pragma once

/// The commit's abbreviated id; empty where the build was not given one.
const char *pm_build_commit(void);
