import CProcess
import Glibc

/// The three descriptors that a child starts with; it inherits no other.
struct Plumbing {
    /// The write end of its stdin.
    private(set) var feed: CInt?
    private var standard: [CInt] = [-1, 1, 2]
    private var childEnds: [CInt] = []

    mutating func connect(_ input: ChildProcess.Input) throws {
        switch input {
        case .none: try open("/dev/null", O_RDONLY, as: 0)
        case .file(let path): try open(path, O_RDONLY, as: 0)
        case .descriptor(let descriptor): standard[0] = descriptor
        case .bytes, .pipe:
            let ends = try makePipe()
            (standard[0], feed) = (ends.readEnd, ends.writeEnd)
            childEnds.append(ends.readEnd)
        }
    }

    /// - Returns: The read end, if there is one.
    mutating func connect(_ output: ChildProcess.Output, as number: Int) throws -> CInt? {
        switch output {
        case .inherited: return nil
        case .discarded:
            try open("/dev/null", O_WRONLY, as: number)
            return nil
        case .descriptor(let descriptor):
            standard[number] = descriptor
            return nil
        case .captured:
            let file = try makeScratchFile()
            standard[number] = file
            return file
        case .pipe:
            let ends = try makePipe()
            standard[number] = ends.writeEnd
            childEnds.append(ends.writeEnd)
            return ends.readEnd
        }
    }

    mutating func closeChildEnds() {
        for end in childEnds { close(end) }
        childEnds = []
    }

    /// The corresponding C function is `posix_spawn`.
    func spawn(_ executable: String, _ arguments: [String], environment: [String: String?]) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        // Move them above 0, 1 and 2 first, so that none is overwritten before it has been copied.
        let lifted = standard.map { fcntl($0, F_DUPFD_CLOEXEC, 10) }
        defer { for descriptor in lifted { close(descriptor) } }
        for (number, descriptor) in lifted.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor, CInt(number))
        }
        pm_close_from(&actions, 3)  // an inherited pipe of another test would never reach its end
        // Swift's worker threads block signals, and this process ignores SIGPIPE: the child must do neither.
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var pid = pid_t()
        let code = withCStrings([executable] + arguments) { argv in
            withCStrings(merged(environment)) {
                posix_spawn(&pid, executable, &actions, &attributes, argv, $0)
            }
        }
        guard code == 0 else { throw TestFailure.unable(to: "run \(executable)", errno: code) }
        return pid
    }

    private mutating func open(_ path: String, _ flags: CInt, as number: Int) throws {
        let descriptor = Glibc.open(path, flags | O_CLOEXEC)
        guard descriptor >= 0 else { throw TestFailure.unable(to: "open \(path)") }
        standard[number] = descriptor
        childEnds.append(descriptor)
    }

    private func merged(_ changes: [String: String?]) -> [String] {
        var result = changes.compactMap { name, value in value.map { "\(name)=\($0)" } }
        var entry = environ
        while let variable = entry.pointee {
            let text = String(cString: variable)
            let name = String(text.prefix { $0 != "=" })
            if changes[name] == nil { result.append(text) }
            entry += 1
        }
        return result
    }
}

private func withCStrings<Result>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
    let copies = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
}
