import CProcess
import Glibc
import PMPipe

/// A command that runs in a process group of its own, so that a signal reaches all its processes.
///
/// A guard process in the same group kills the group when this process dies, also by kill -9.
final class ChildGroup {
    let startedAt = ContinuousClock.now
    private let id: pid_t
    private let guardian: pid_t
    /// The guard reads the other end of this pipe: its end means that this process has died.
    private let lifeline: CInt

    /// Starts a command, found on the `PATH`.
    ///
    /// - Parameter variables: Added to the environment.
    init(_ command: [String], variables: [String: String]) throws(StageError) {
        var ends: [CInt] = [0, 0]
        guard pipe(&ends) == 0 else { throw .unable(to: "create a pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        lifeline = ends[1]
        var started: pid_t = 0
        do throws(StageError) {
            started = try spawn(command, group: 0, input: nil, variables: variables)
            id = started
            guardian = try spawn(
                ["/bin/sh", "-c", "read _; kill -KILL 0"], group: id, input: ends[0], variables: [:])
        } catch {
            close(ends[1])
            if started > 0 { kill(-started, SIGKILL) }
            throw error
        }
    }

    deinit {
        kill(-id, SIGKILL)
        close(lifeline)
        waitpid(guardian, nil, 0)
    }

    /// Sends a signal to all processes of the group.
    func signal(_ number: CInt) {
        kill(-id, number)
    }

    /// Returns the exit status once the command has ended, 128 + N after signal N; `nil` while it runs.
    func exitStatus() -> Int32? {
        var status: CInt = 0
        let ended = waitpid(id, &status, WNOHANG)
        guard ended != 0 else { return nil }
        guard ended == id else { return 0 }
        return status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
    }
}

/// Starts a program with the default action for every signal.
///
/// - Parameters:
///   - group: The process group to join; 0 for a new one.
///   - input: The descriptor for standard input; inherited when `nil`.
private func spawn(
    _ command: [String], group: pid_t, input: CInt?, variables: [String: String]
) throws(StageError) -> pid_t {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(
        &attributes,
        Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETSIGMASK))
    posix_spawnattr_setpgroup(&attributes, group)
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    for number in [SIGPIPE, SIGINT, SIGTERM] { sigaddset(&signals, number) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let input { posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO) }

    let kept = environment().filter { entry in !variables.keys.contains { entry.hasPrefix("\($0)=") } }
    let arguments = command.map { strdup($0) } + [nil]
    let strings = (kept + variables.map { "\($0.key)=\($0.value)" }.sorted()).map { strdup($0) } + [nil]
    defer { for text in arguments + strings { free(text) } }
    var child = pid_t()
    let status = posix_spawnp(&child, command[0], &actions, &attributes, arguments, strings)
    guard status == 0 else { throw .unable(to: "run \(command[0])", errno: status) }
    return child
}

private func environment() -> [String] {
    var entries: [String] = []
    var pointer = environ
    while let entry = pointer.pointee {
        entries.append(String(cString: entry))
        pointer += 1
    }
    return entries
}
