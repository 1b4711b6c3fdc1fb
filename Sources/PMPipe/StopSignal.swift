import Glibc
import Synchronization

/// Whether SIGINT or SIGTERM has asked the stage to stop.
///
/// Stopping is end of input: a stage that reads a pipe lets the first signal pass, for the head of the pipeline
/// has heard it too and what is in the pipe still arrives; a second one ends it. The head, and a stage that reads
/// a file, stop at the first.
package struct StopSignal: Sendable {
    package static let stoppedEarly = StageError(.tryAgain, "told to stop before the end of input")

    private let patience: Int

    /// For the head of a pipeline, which stops at the first signal.
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

    /// Whether one more signal has come after the one that asked: now, not in good order.
    package var isInsisted: Bool { received.load(ordering: .relaxed) > patience }

    /// Whether a stop was asked for twice: nothing that may wait for others is begun then.
    static var hasComeTwice: Bool { received.load(ordering: .relaxed) >= 2 }

    /// The handlers interrupt what waits (no SA_RESTART), so that a stop is seen at once.
    private static func listen() {
        _ = received.load(ordering: .relaxed)  // a lazy global must be made before a handler may touch it
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in received.add(1, ordering: .relaxed) }
        for number in [SIGINT, SIGTERM] { sigaction(number, &action, nil) }
    }
}

private let received = Atomic<Int>(0)
