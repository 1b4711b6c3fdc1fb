import PMPipe
import PMRecord

/// The bounded queue from the socket's thread to standard output. The socket never waits for the reader.
///
/// Journaled lines are held as an offset only: everything before it may be emitted. Other lines are held in
/// memory, up to a bound; beyond it, new lines are not taken.
package final class OutputQueue: Sendable {
    package enum Item: Sendable {
        case line([UInt8])
        /// All lines of the journal segment before this offset.
        case journaled(Journal.Offset)
        /// All numbers up to this one are used, and their lines are not to be emitted.
        case skipped(UInt64)
    }

    package enum TakeResult: Sendable {
        case items([Item])
        case timedOut
        /// The queue is empty and finished.
        case end
    }

    /// The progress of the writer.
    package struct WriteProgress: Sendable {
        /// The sequence number of the last written line.
        package var seq: UInt64 = 0
        /// The sequence number of the last mark.
        package var mark: UInt64?
        /// Lines of the journal that are not records, plus segments that could not be read.
        package var unreadable = 0
    }

    private struct State {
        var held: [Item] = []
        var bytes = 0
        var isFinished = false
        var isDrained = false
        var failure: StageError?
        var progress = WriteProgress()
        /// Numbers whose lines could not be read back from the journal.
        var lost: [ClosedRange<UInt64>] = []
        /// Losses that are not in the journal as gaps yet.
        var unsettledLosses = 0
    }

    private let bound: Int
    private let state = Monitor(State())

    /// - Parameter bound: The most bytes to hold. The default is 64 MiB.
    package init(bound: Int = 64 << 20) {
        self.bound = bound
    }

    /// Adds a line. Returns `false` when there is no room for it.
    package func offer(_ line: [UInt8]) -> Bool {
        state.withLock { state in
            guard state.bytes + line.count <= bound else { return false }
            state.held.append(.line(line))
            state.bytes += line.count
            return true
        }
    }

    /// Allows the writer to emit the journal up to this offset.
    package func offer(_ offset: Journal.Offset) {
        state.withLock { state in
            if case .journaled(let last)? = state.held.last, last.segment == offset.segment {
                state.held[state.held.count - 1] = .journaled(offset)
            } else {
                state.held.append(.journaled(offset))
            }
        }
    }

    /// Tells the writer that the line of this number is not to be emitted.
    package func skip(_ seq: UInt64) {
        state.withLock { $0.held.append(.skipped(seq)) }
    }

    /// Returns the numbers, since the last call, whose lines could not be read back from the journal.
    package func takeLosses() -> [ClosedRange<UInt64>] {
        state.withLock { state in
            defer { state.lost = [] }
            return state.lost
        }
    }

    /// As many losses are in the journal as gaps: marks may be emitted again.
    package func settleLosses(_ count: Int) {
        state.withLock { $0.unsettledLosses -= count }
    }

    /// Bytes held in memory for the reader; journaled lines do not count.
    package var backlog: Int { state.withLock { $0.bytes } }

    /// The error that ended the writer: the reader closed the pipe, or the output failed.
    package var failure: StageError? { state.withLock { $0.failure } }

    package var progress: WriteProgress { state.withLock { $0.progress } }

    /// Ends the queue. No more lines may be offered.
    package func finish() {
        state.withLock { $0.isFinished = true }
    }

    /// Waits until everything is written, or the writer has failed.
    ///
    /// - Returns: `false` when that takes longer than `timeout`.
    package func waitUntilDrained(within timeout: Duration) -> Bool {
        state.wait(upTo: timeout) { $0.isDrained ? true : nil } ?? false
    }

    // MARK: For the writer's thread

    /// The lines of these numbers could not be read back from the journal.
    func didLose(_ seqs: ClosedRange<UInt64>) {
        state.withLock { state in
            state.lost.append(seqs)
            state.unsettledLosses += 1
        }
    }

    /// True if a loss is not in the journal as a gap yet. No mark may confirm it.
    var hasUnsettledLosses: Bool { state.withLock { $0.unsettledLosses > 0 } }

    /// Waits for items and takes all of them.
    ///
    /// - Parameter timeout: Without limit when `nil`.
    func take(upTo timeout: Duration?) -> TakeResult {
        state.wait(upTo: timeout) { state -> TakeResult? in
            guard !state.held.isEmpty else { return state.isFinished ? .end : nil }
            defer { state.held = [] }
            return .items(state.held)
        } ?? .timedOut
    }

    /// - Parameter bytes: The number of held bytes that were written.
    func didWrite(_ bytes: Int, _ progress: WriteProgress) {
        state.withLock { state in
            state.bytes -= bytes
            state.progress = progress
        }
    }

    func didEnd(_ failure: StageError?) {
        state.withLock { state in
            state.failure = failure
            state.isDrained = true
        }
    }
}
