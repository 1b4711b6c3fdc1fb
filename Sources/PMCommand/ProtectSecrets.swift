import CProcess
import Glibc

/// Protects the memory of this process: no core file contains it, and no other process of the same user can
/// read it.
package func protectSecrets() {
    var nothing = rlimit(rlim_cur: 0, rlim_max: 0)
    setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &nothing)
    // The size limit does not apply to a core that is piped to a program; without dumpable memory that core
    // is empty.
    let filter = open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC)
    if filter >= 0 {
        _ = write(filter, "0", 1)
        close(filter)
    }
    pm_forbid_dumps()
}
