import CProcess
import Glibc
import PMPipe

/// A command that runs in a process group of its own, so that a signal reaches all its processes.
struct ChildGroup: ~Copyable {
    private let id: pid_t

    /// Starts a command, found on the `PATH`.
    ///
    /// - Parameter variables: Added to the environment.
    init(_ command: [String], variables: [String: String]) throws(StageError) {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETSIGMASK))
        posix_spawnattr_setpgroup(&attributes, 0)
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for number in [SIGPIPE, SIGINT, SIGTERM] { sigaddset(&signals, number) }
        posix_spawnattr_setsigdefault(&attributes, &signals)

        var environment = Self.environment().filter { entry in
            !variables.keys.contains { entry.hasPrefix("\($0)=") }
        }
        environment += variables.map { "\($0.key)=\($0.value)" }.sorted()
        let arguments = command.map { strdup($0) } + [nil]
        let strings = environment.map { strdup($0) } + [nil]
        defer { for text in arguments + strings { free(text) } }
        var child = pid_t()
        let status = posix_spawnp(&child, command[0], nil, &attributes, arguments, strings)
        guard status == 0 else { throw .unable(to: "run \(command[0])", errno: status) }
        id = child
    }

    /// Sends a signal to all processes of the group.
    borrowing func signal(_ number: CInt) {
        kill(-id, number)
    }

    /// Returns the exit status once the command has ended, 128 + N after signal N; `nil` while it runs.
    borrowing func exitStatus() -> Int32? {
        var status: CInt = 0
        let ended = waitpid(id, &status, WNOHANG)
        guard ended != 0 else { return nil }
        guard ended == id else { return 0 }
        return status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
    }

    private static func environment() -> [String] {
        var entries: [String] = []
        var pointer = environ
        while let entry = pointer.pointee {
            entries.append(String(cString: entry))
            pointer += 1
        }
        return entries
    }
}
