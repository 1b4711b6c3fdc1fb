import CProcess
import Glibc
import Curl

/// One run of a program, with bytes for its standard input.
package struct CommandInvocation: Sendable {
    /// An absolute path: no shell and no search path are involved.
    package let path: String
    package let arguments: [String]
    package let input: [UInt8]
}

/// Runs programs side by side, and collects their exits. Lives on one thread.
///
/// Each program gets a process group of its own, four variables of our environment, no descriptors of ours but standard
/// error, and ten seconds.
final class CommandRunner {
    struct RunID: Hashable { fileprivate let pid: pid_t }

    private struct Run {
        let deadline: ContinuousClock.Instant
        /// The read end of a pipe. The program inherits the write end, so that the pipe ends with the program and its
        /// children, or when they close it.
        let exitPipe: CInt
        /// The time of the next check for an exit that no pipe will announce.
        var nextCheck: ContinuousClock.Instant
        var hasClosedPipe = false
        var isKilled = false
    }

    /// The most programs at one time.
    static let capacity = 4
    private static let timeLimit = Duration.seconds(10)
    /// The pause between two checks for an exit that no pipe will announce.
    private static let checkPause = Duration.milliseconds(100)
    private var runs: [pid_t: Run] = [:]

    /// The latest time of the next call of ``finished(at:)``.
    var deadline: ContinuousClock.Instant? { runs.values.lazy.map(\.nextCheck).min() }

    /// The descriptors to wait for: each becomes readable when its program has ended.
    var interests: [DescriptorInterest] {
        runs.values.filter { !$0.hasClosedPipe }.map { DescriptorInterest($0.exitPipe, .readable) }
    }

    /// Starts a program.
    func start(_ command: CommandInvocation, at now: ContinuousClock.Instant) throws(ChannelError) -> RunID {
        let input = try file(holding: command.input)
        defer { close(input) }
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .unable(to: "make a pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[1]) }
        do throws(ChannelError) {
            let pid = try spawn(command, input: input, exitPipe: ends[1])
            runs[pid] = Run(
                deadline: now + Self.timeLimit, exitPipe: ends[0], nextCheck: now + Self.timeLimit)
            return RunID(pid: pid)
        } catch {
            close(ends[0])
            throw error
        }
    }

    /// Removes and returns the programs that have ended, each with the reason to run it again; `nil` after success.
    func finished(at now: ContinuousClock.Instant) -> [(RunID, failure: String?)] {
        var ended: [(RunID, failure: String?)] = []
        for (pid, run) in runs {
            if run.deadline <= now, !run.isKilled {
                kill(-pid, SIGKILL)
                runs[pid]!.isKilled = true
            }
            var status: CInt = 0
            guard waitpid(pid, &status, WNOHANG) == pid else {
                // A program may close the pipe and run on, and a killed one may take long to die.
                runs[pid]!.hasClosedPipe = run.hasClosedPipe || isClosed(run.exitPipe)
                if runs[pid]!.hasClosedPipe || runs[pid]!.isKilled {
                    runs[pid]!.nextCheck = now + Self.checkPause
                }
                continue
            }
            close(run.exitPipe)
            // Its children end with it.
            kill(-pid, SIGKILL)
            let wasKilled = runs.removeValue(forKey: pid)!.isKilled
            ended.append((RunID(pid: pid), wasKilled ? "took longer than 10 s" : failure(status)))
        }
        return ended
    }

    func killAll() {
        for pid in runs.keys { kill(-pid, SIGKILL) }
    }

    private func isClosed(_ pipe: CInt) -> Bool {
        var interest = pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)
        return poll(&interest, 1, 0) > 0
    }

    /// Source: waitpid(2): the low seven bits of the status are the signal, and the next eight the exit status.
    private func failure(_ status: CInt) -> String? {
        if status & 0x7F != 0 { return "was ended by signal \(status & 0x7F)" }
        return status == 0 ? nil : "exited with status \(status >> 8 & 0xFF)"
    }

    private func spawn(_ command: CommandInvocation, input: CInt, exitPipe: CInt) throws(ChannelError)
        -> pid_t
    {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, exitPipe, 3)
        // libcurl and libwebsockets open some descriptors without close-on-exec.
        pm_close_from(&actions, 4)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var defaults = sigset_t()
        sigemptyset(&defaults)
        for number in [SIGPIPE, SIGINT, SIGTERM, SIGHUP] { sigaddset(&defaults, number) }
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, CShort(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF))

        var pid = pid_t()
        let arguments = ([command.path] + command.arguments).map { strdup($0) }
        let variables: [String] = ["PATH", "HOME", "LANG", "TZ"]
        let environment = variables.compactMap { name in
            getenv(name).map { strdup("\(name)=\(String(cString: $0))") }
        }
        defer { for text in arguments + environment { free(text) } }
        let code = posix_spawn(
            &pid, command.path, &actions, &attributes, arguments + [nil], environment + [nil])
        guard code == 0 else { throw .unable(to: "run \(command.path)", code) }
        return pid
    }

    /// Writes the input to an unlinked file. A pipe could fill up, and we would wait for the program to read.
    private func file(holding bytes: [UInt8]) throws(ChannelError) -> CInt {
        var template = Array("/tmp/pm-alert-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw .unable(to: "make a file in /tmp") }
        unlink(template)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        guard written == bytes.count, lseek(descriptor, 0, SEEK_SET) == 0 else {
            close(descriptor)
            throw .unable(to: "write a file in /tmp")
        }
        return descriptor
    }
}

extension ChannelError {
    fileprivate static func unable(to action: String, _ number: CInt = errno) -> ChannelError {
        ChannelError("unable to \(action): \(String(cString: strerror(number)))")
    }
}
