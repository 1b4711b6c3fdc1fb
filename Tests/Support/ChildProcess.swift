import Glibc
import Synchronization

/// A child process with real pipes. It is killed, if it still runs, when the object is released.
package final class ChildProcess: Sendable {
    package enum Input: Sendable {
        case none
        case file(String)
        /// Bytes through a pipe that is closed after the last one, like `printf … |`.
        case bytes([UInt8])
        /// A pipe that ``ChildProcess/write(_:)-(String)`` writes to.
        case pipe
        case descriptor(CInt)

        package static func text(_ text: String) -> Input { .bytes(Array(text.utf8)) }
    }

    package enum Output: Sendable {
        /// An unnamed file, readable at any time. The child never waits.
        case captured
        /// A pipe that ``ChildProcess/line(within:)`` reads. The child waits when it is full. Only for
        /// stdout.
        case pipe
        case discarded
        case inherited
        case descriptor(CInt)
    }

    package enum Exit: Equatable, Sendable {
        case status(CInt)
        case signal(CInt)
    }

    package let pid: pid_t
    private let name: String
    private let state: Mutex<State>
    private let errorFile: CInt?

    private struct State {
        var exit: Exit?
        var input: CInt?
        var outputFile: CInt?
        var lines: LineSource?
    }

    /// - Parameters:
    ///   - executable: A path; `PATH` is not searched.
    ///   - environment: Variables in addition to the test's own; `nil` removes a variable.
    package init(
        _ executable: String, _ arguments: [String] = [], environment: [String: String?] = [:],
        input: Input = .none, output: Output = .captured, errors: Output = .captured
    ) throws {
        name = executable
        var plumbing = Plumbing()
        defer { plumbing.closeChildEnds() }
        try plumbing.connect(input)
        let outputs = (try plumbing.connect(output, as: 1), try plumbing.connect(errors, as: 2))
        do {
            pid = try plumbing.spawn(executable, arguments, environment: environment)
        } catch {
            for case let end? in [plumbing.feed, outputs.0, outputs.1] { close(end) }
            throw error
        }
        errorFile = outputs.1
        var state = State(input: plumbing.feed)
        if case .pipe = output {
            state.lines = outputs.0.map(LineSource.init)
        } else {
            state.outputFile = outputs.0
        }
        if case .bytes(let bytes) = input, let end = state.input {
            state.input = nil
            feed(bytes, to: end)
        }
        self.state = Mutex(state)
    }

    deinit {
        _ = kill(SIGKILL)
        _ = try? wait()
        state.withLock { state in
            for case let end? in [state.input, state.outputFile, state.lines?.descriptor, errorFile] {
                close(end)
            }
        }
    }

    /// Sends a signal; returns `false` if the child has ended.
    @discardableResult
    package func kill(_ signal: CInt) -> Bool {
        // under the lock, so that a pid that was reaped, and perhaps reused, is never signalled
        state.withLock { reap(&$0) == nil && Glibc.kill(pid, signal) == 0 }
    }

    /// True if a signal was sent to the child and has not been delivered yet.
    package var hasPendingSignal: Bool { kernelStatus("ShdPnd")?.contains { $0 != "0" } ?? false }

    /// Returns a field of `/proc/pid/status`; `nil` after the child has ended. Source: proc(5).
    package func kernelStatus(_ name: String) -> Substring? {
        let descriptor = open("/proc/\(pid)/status", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 8192)
        let count = read(descriptor, &bytes, bytes.count)
        let lines = String(decoding: bytes[..<max(0, count)], as: UTF8.self).split(separator: "\n")
        return lines.first { $0.hasPrefix("\(name):") }?.drop { $0 != "\t" }.drop { $0 == "\t" || $0 == " " }
    }

    /// Waits until the child has ended.
    ///
    /// - Throws: ``TestFailure`` if it does not end in time; it then still runs.
    @discardableResult
    package func wait(within limit: Duration = patience) throws -> Exit {
        guard eventually(within: limit, every: .milliseconds(2), { exit != nil }), let exit else {
            throw TestFailure("\(name) did not end within \(limit); stderr: \(errors)")
        }
        return exit
    }

    /// The exit status or signal; `nil` while the child runs.
    package var exit: Exit? { state.withLock { reap(&$0) } }

    package var isRunning: Bool { exit == nil }

    /// Writes to stdin, which must be ``Input/pipe``. Waits while the pipe is full.
    package func write(_ bytes: [UInt8]) throws {
        guard let end = state.withLock({ $0.input }) else {
            throw TestFailure("\(name) has no pipe for input")
        }
        try writeAll(bytes, to: end)
    }

    package func write(_ text: String) throws { try write(Array(text.utf8)) }

    /// Writes one text after another to stdin, which must be ``Input/pipe``, until the child, whose output is
    /// not read, has read nothing for half a second. The last text may be incomplete.
    package func clog(with text: (Int) -> String) throws {
        guard let end = inputEnd else { throw TestFailure("\(name) has no pipe for input") }
        let held = 1 << 16  // bytes, the capacity of a pipe; see pipe(7)
        var (written, number, rest) = (0, 0, ArraySlice<UInt8>())
        let deadline = ContinuousClock.now + patience
        while .now < deadline {
            var wait = pollfd(fd: end, events: Int16(POLLOUT), revents: 0)
            guard poll(&wait, 1, 500) == 1 else {
                if written > held { return }
                continue
            }
            if rest.isEmpty {
                number += 1
                rest = ArraySlice(text(number).utf8)
            }
            // A descriptor that poll(2) reports as writable accepts this much without blocking.
            let piece = Array(rest.prefix(Int(PIPE_BUF)))
            try writeAll(piece, to: end)
            (written, rest) = (written + piece.count, rest.dropFirst(piece.count))
        }
        throw TestFailure("\(name) still reads, although its output is not read")
    }

    /// The write end of its stdin, while that is an open pipe.
    var inputEnd: CInt? { state.withLock { $0.input } }

    /// Closes stdin.
    package func closeInput() {
        state.withLock { state in
            if let end = state.input.take() { close(end) }
        }
    }

    /// The stdout so far, which must be ``Output/captured``.
    package var output: String {
        String(decoding: outputBytes, as: UTF8.self)
    }

    package var outputBytes: [UInt8] {
        state.withLock { state in state.outputFile.flatMap { try? readAll(from: $0) } ?? [] }
    }

    /// The stderr so far.
    package var errors: String {
        String(decoding: errorFile.flatMap { try? readAll(from: $0) } ?? [], as: UTF8.self)
    }

    /// Returns the next line of stdout, which must be ``Output/pipe``, without its newline; `nil` at the end.
    ///
    /// - Throws: ``TestFailure`` if none arrives in time.
    package func line(within limit: Duration = patience) throws -> String? {
        let deadline = ContinuousClock.now + limit
        // taken out while waiting, so that kill() and exit need not wait, too: one reader at a time
        guard var lines = state.withLock({ $0.lines.take() }) else {
            throw TestFailure("\(name) has no pipe for output")
        }
        defer { state.withLock { [lines] in $0.lines = lines } }
        guard let line = try lines.next(before: deadline) else { return nil }
        return line
    }

    /// Closes stdout, as `head` does: the child's next write fails with `EPIPE`.
    package func closeOutput() {
        state.withLock { state in
            if let lines = state.lines.take() { close(lines.descriptor) }
        }
    }

    private func reap(_ state: inout State) -> Exit? {
        if let exit = state.exit { return exit }
        var status: CInt = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
        // WIFSIGNALED and its like are macros. Source: waitpid(2), and bits/waitstatus.h.
        state.exit = status & 0x7F == 0 ? .status(status >> 8 & 0xFF) : .signal(status & 0x7F)
        return state.exit
    }
}

/// Writes on a thread of its own: the test may read meanwhile, and a full pipe would make both wait.
private func feed(_ bytes: [UInt8], to end: CInt) {
    detachThread {
        try? writeAll(bytes, to: end)  // the child may exit before it has read everything
        close(end)
    }
}
