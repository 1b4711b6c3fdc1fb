import Glibc
import Synchronization

/// The stop request by SIGINT or SIGTERM.
///
/// Stopping is end of input. A stage that reads a pipe ignores the first signal: the first stage of the
/// pipeline received it too, and the lines in the pipe still arrive. A second signal ends such a stage. The
/// first stage, and a stage that reads a file, stop at the first signal.
package struct StopSignal: Sendable {
    package static let stoppedEarly = StageError(.tryAgain, "stopped by a signal before the end of input")

    private let patience: Int

    /// Creates the request of a pipeline's first stage, which stops at the first signal.
    package init() {
        patience = 1
        Self.listen()
    }

    package init(readingFrom descriptor: CInt) {
        var status = stat()
        let isPipe = fstat(descriptor, &status) == 0 && [S_IFIFO, S_IFSOCK].contains(status.st_mode & S_IFMT)
        patience = isPipe ? 2 : 1
        Self.listen()
    }

    package var isAsked: Bool { received.load(ordering: .relaxed) >= patience }

    /// True after one more signal than the one that asked for the stop: end now, without draining.
    package var isInsisted: Bool { received.load(ordering: .relaxed) > patience }

    /// True after two stop signals: no operation that may block is started then.
    static var hasComeTwice: Bool { received.load(ordering: .relaxed) >= 2 }

    /// Installs the handlers without SA_RESTART, so that a signal interrupts a blocking call and is seen at
    /// once.
    private static func listen() {
        _ = received.load(ordering: .relaxed)  // a lazy global must be made before a handler may touch it
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in received.add(1, ordering: .relaxed) }
        for number in [SIGINT, SIGTERM] { sigaction(number, &action, nil) }
    }
}

private let received = Atomic<Int>(0)
