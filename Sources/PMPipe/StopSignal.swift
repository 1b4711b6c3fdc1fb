import Glibc
import Synchronization

/// The request to stop, sent as SIGINT or SIGTERM.
///
/// Stopping is end of input. A stage that reads a pipe ignores the first signal: the first stage of the
/// pipeline received it too, and the lines in the pipe still arrive. A second signal ends such a stage. The
/// first stage, and a stage that reads a file, stop at the first signal.
package struct StopSignal: Sendable {
    package static let stoppedEarly = StageError(.tryAgain, "stopped by a signal before the end of input")

    private let signalsToStop: Int

    /// Creates the request of a pipeline's first stage, which stops at the first signal.
    package init() {
        signalsToStop = 1
        Self.listen()
    }

    /// Creates the stop signal of a stage that reads `descriptor`. The stage stops after two signals if the
    /// descriptor is a pipe, and after one if it is a file.
    package init(readingFrom descriptor: CInt) {
        var status = stat()
        let isPipe = fstat(descriptor, &status) == 0 && [S_IFIFO, S_IFSOCK].contains(status.st_mode & S_IFMT)
        signalsToStop = isPipe ? 2 : 1
        Self.listen()
    }

    /// True after the signal that stops this stage.
    package var isRequested: Bool { received.load(ordering: .relaxed) >= signalsToStop }

    /// True after one signal more than the stop needs: the stage ends without draining.
    package var isForced: Bool { received.load(ordering: .relaxed) > signalsToStop }

    /// True after two stop signals: from then on, no operation that may block is started.
    static var wasSentTwice: Bool { received.load(ordering: .relaxed) >= 2 }

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
