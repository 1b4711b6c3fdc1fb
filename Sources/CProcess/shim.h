// What of glibc Swift cannot call: a variadic function, and one that it does not import.

#include <spawn.h>
#include <sys/prctl.h>

/// From then on no core is written of this process, and only root may look into it. The corresponding C function is
/// prctl(2), which is variadic.
static inline int pm_forbid_dumps(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

/// Declared for those alone who define _GNU_SOURCE before the first header.
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);

/// The program gets no descriptor from that number on.
static inline int pm_close_from(posix_spawn_file_actions_t *actions, int from) {
    return posix_spawn_file_actions_addclosefrom_np(actions, from);
}
