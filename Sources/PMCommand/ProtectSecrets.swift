import CProcess
import Glibc

/// Keeps what this process knows to itself: no core file has its memory, whoever asks for one, and no other process
/// of the same user may look into it.
package func protectSecrets() {
    var nothing = rlimit(rlim_cur: 0, rlim_max: 0)
    setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &nothing)
    // A core that goes to a program and not to a file is not bound by the limit; without memory it tells nothing.
    let filter = open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC)
    if filter >= 0 {
        _ = write(filter, "0", 1)
        close(filter)
    }
    pm_forbid_dumps()
}
