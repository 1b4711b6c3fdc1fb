import Glibc
import Synchronization

/// Cleans up after this process, however it ends: a shell that waits for the end of a pipe
/// whose other end is open in this process only.
///
/// `PR_SET_PDEATHSIG` would be shorter and wrong: it reports the end of the *thread* that created the child,
/// and Swift's pool threads come and go. `atexit` alone misses crashes and `SIGKILL`; here it only
/// waits, so that nothing is left when the test run returns.
final class Watchdog: Sendable {
    private let shell: ChildProcess

    /// - Parameter script: The shell script to run once this object is released or the process has ended.
    init(onDeath script: String, as user: ServerUser) throws {
        // Ctrl-C reaches the whole terminal group: the shell ignores it, to do its work afterwards.
        let body = "trap '' INT TERM HUP; cd /; cat >/dev/null; \(script)"
        let command = user.command("/bin/sh", ["-c", body])
        shell = try ChildProcess(
            command[0], Array(command.dropFirst()), input: .pipe, output: .discarded, errors: .discarded)
        let shell = shell
        Self.all.withLock { all in
            if all.isEmpty { atexit { Watchdog.releaseAll() } }
            all.append(shell)
        }
    }

    /// The stdout for a helper that the script waits for, too, if it outlives this process.
    var leash: ChildProcess.Output { shell.inputEnd.map { .descriptor($0) } ?? .discarded }

    /// Starts the script and waits for it.
    func release() {
        shell.closeInput()
        _ = try? shell.wait()
        let pid = shell.pid
        Self.all.withLock { all in all.removeAll { $0.pid == pid } }
    }

    private static let all = Mutex<[ChildProcess]>([])

    private static func releaseAll() {
        let shells = all.withLock { $0 }
        for shell in shells { shell.closeInput() }
        for shell in shells { _ = try? shell.wait() }
    }
}
