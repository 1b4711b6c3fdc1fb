import CProcess
import Glibc
import PMPipe

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

/// The token that the live page asks for.
package enum LiveToken {
    /// The first line of a file.
    ///
    /// - Throws: ``ExitStatus/configuration`` for one that could be guessed: 128 bits take 22 characters in Base 64.
    package static func read(from path: String) throws(StageError) -> String {
        let token = try readSmallFile(path).prefix { !$0.isNewline }.filter { !$0.isWhitespace }
        guard token.utf8.count >= 22 else {
            throw StageError(.configuration, "the token in \(path) is shorter than 22 characters")
        }
        return token
    }
}
