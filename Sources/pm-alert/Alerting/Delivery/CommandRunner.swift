import CProcess
import Glibc
import Curl

/// A program to be run once, with something on its standard input.
package struct Program: Sendable {
    /// Absolute; no shell and no search stand between us and it.
    package let path: String
    package let arguments: [String]
    package let input: [UInt8]
}

/// Runs programs beside each other, and says how they ended. Lives on one thread.
///
/// Each has a process group of its own, little of our environment, none of our files but standard error, and ten
/// seconds.
final class CommandRunner {
    struct RunID: Hashable { fileprivate let pid: pid_t }

    private struct Run {
        let deadline: ContinuousClock.Instant
        /// Ends when the program, and whatever it has started, has ended, or lets go of it.
        let leash: CInt
        /// When to look whether it has ended although nothing will tell us so.
        var nextLook: ContinuousClock.Instant
        var hasLetGo = false
        var hasBeenKilled = false
    }

    static let most = 4
    private static let patience = Duration.seconds(10)
    /// Between two looks at one that is as good as gone.
    private static let pause = Duration.milliseconds(100)
    private var runs: [pid_t: Run] = [:]

    var hasRoom: Bool { runs.count < Self.most }

    /// When ``finished(at:)`` is to be asked at latest.
    var deadline: ContinuousClock.Instant? { runs.values.lazy.map(\.nextLook).min() }

    /// What to wait for besides.
    var interests: [DescriptorInterest] {
        runs.values.filter { !$0.hasLetGo }.map { DescriptorInterest($0.leash, .readable) }
    }

    /// Starts a program.
    func start(_ program: Program, at now: ContinuousClock.Instant) throws(ChannelError) -> RunID {
        let input = try file(holding: program.input)
        defer { close(input) }
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .unable("make a pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[1]) }
        do throws(ChannelError) {
            let pid = try spawn(program, input: input, leash: ends[1])
            runs[pid] = Run(
                deadline: now + Self.patience, leash: ends[0], nextLook: now + Self.patience)
            return RunID(pid: pid)
        } catch {
            close(ends[0])
            throw error
        }
    }

    /// Those that have ended, each with why it is to be run again; `nil` where it has taken its input.
    func finished(at now: ContinuousClock.Instant) -> [(RunID, failure: String?)] {
        var ended: [(RunID, failure: String?)] = []
        for (pid, run) in runs {
            if run.deadline <= now, !run.hasBeenKilled {
                kill(-pid, SIGKILL)
                runs[pid]!.hasBeenKilled = true
            }
            var status: CInt = 0
            guard waitpid(pid, &status, WNOHANG) == pid else {
                // A program may close the leash, and one that is killed may be long in dying.
                runs[pid]!.hasLetGo = run.hasLetGo || hasEnded(run.leash)
                if runs[pid]!.hasLetGo || runs[pid]!.hasBeenKilled {
                    runs[pid]!.nextLook = now + Self.pause
                }
                continue
            }
            close(run.leash)
            // What it left behind ends with it.
            kill(-pid, SIGKILL)
            let wasKilled = runs.removeValue(forKey: pid)!.hasBeenKilled
            ended.append((RunID(pid: pid), wasKilled ? "took longer than 10 s" : failure(status)))
        }
        return ended
    }

    func killAll() {
        for pid in runs.keys { kill(-pid, SIGKILL) }
    }

    private func hasEnded(_ leash: CInt) -> Bool {
        var interest = pollfd(fd: leash, events: Int16(POLLIN), revents: 0)
        return poll(&interest, 1, 0) > 0
    }

    /// Source: waitpid(2): the low seven bits are the signal, the next eight the status.
    private func failure(_ status: CInt) -> String? {
        if status & 0x7F != 0 { return "was ended by signal \(status & 0x7F)" }
        return status == 0 ? nil : "exited with status \(status >> 8 & 0xFF)"
    }

    private func spawn(_ program: Program, input: CInt, leash: CInt) throws(ChannelError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, leash, 3)
        // libcurl and libwebsockets open some of theirs so that a program would inherit them.
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
        let words = ([program.path] + program.arguments).map { strdup($0) }
        let variables: [String] = ["PATH", "HOME", "LANG", "TZ"]
        let environment = variables.compactMap { name in
            getenv(name).map { strdup("\(name)=\(String(cString: $0))") }
        }
        defer { for word in words + environment { free(word) } }
        let code = posix_spawn(&pid, program.path, &actions, &attributes, words + [nil], environment + [nil])
        guard code == 0 else { throw .unable("run \(program.path)", code) }
        return pid
    }

    /// A file without a name, so that nobody waits for a program to read.
    private func file(holding bytes: [UInt8]) throws(ChannelError) -> CInt {
        var template = Array("/tmp/pm-alert-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw .unable("make a file in /tmp") }
        unlink(template)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        guard written == bytes.count, lseek(descriptor, 0, SEEK_SET) == 0 else {
            close(descriptor)
            throw .unable("write a file in /tmp")
        }
        return descriptor
    }
}

extension ChannelError {
    fileprivate static func unable(_ deed: String, _ number: CInt = errno) -> ChannelError {
        ChannelError("unable to \(deed): \(String(cString: strerror(number)))")
    }
}
