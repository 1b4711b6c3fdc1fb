import PMPipe
import PMRecord

/// The bounded way from the socket's thread to standard output: the socket never waits for the reader.
///
/// Of what the journal has, only the place up to which it may be told is kept here. Other lines are held
/// themselves, up to a bound; beyond it the newest are refused.
package final class OutputQueue: Sendable {
    package enum Item: Sendable {
        case line([UInt8])
        /// All lines of the journal's segment before that place.
        case journaled(Journal.Position)
    }

    package enum Taken: Sendable {
        case items([Item])
        case nothing
        case end
    }

    /// How far the writing has come.
    package struct Progress: Sendable {
        /// The number of the last line that was written.
        package var seq: UInt64 = 0
        package var mark: UInt64?
        package var marks = 0
        /// Lines of the journal that were no records, or segments that could not be read.
        package var unreadable = 0
        /// Where those lines stand.
        package var damaged: Set<Segment> = []
    }

    private struct State {
        var held: [Item] = []
        var bytes = 0
        var isFinished = false
        var isDrained = false
        var failure: StageError?
        var progress = Progress()
    }

    private let bound: Int
    private let state = Monitor(State())

    /// - Parameter bound: Bytes held; the default is 64 MiB.
    package init(bound: Int = 64 << 20) {
        self.bound = bound
    }

    /// Hands a line over; `false` when there is no room for it.
    package func offer(_ line: [UInt8]) -> Bool {
        state.withLock { state in
            guard state.bytes + line.count <= bound else { return false }
            state.held.append(.line(line))
            state.bytes += line.count
            return true
        }
    }

    /// Lets the journal be told up to that place.
    package func offer(_ position: Journal.Position) {
        state.withLock { state in
            if case .journaled(let last)? = state.held.last, last.segment == position.segment {
                state.held[state.held.count - 1] = .journaled(position)
            } else {
                state.held.append(.journaled(position))
            }
        }
    }

    /// Bytes held for the reader, beside what the journal has.
    package var backlog: Int { state.withLock { $0.bytes } }

    /// What ended the writing: the reader left, or the output failed.
    package var failure: StageError? { state.withLock { $0.failure } }

    package var progress: Progress { state.withLock { $0.progress } }

    /// Nothing more will be offered.
    package func finish() {
        state.withLock { $0.isFinished = true }
    }

    /// Waits until all is written, or the writing has failed.
    ///
    /// - Returns: `false` when that takes longer than `patience`.
    package func isDrained(within patience: Duration) -> Bool {
        state.wait(upTo: patience) { $0.isDrained ? true : nil } ?? false
    }

    // MARK: For the thread that writes

    /// What there is, as soon as there is something.
    func take(upTo patience: Duration?) -> Taken {
        state.wait(upTo: patience) { state -> Taken? in
            guard !state.held.isEmpty else { return state.isFinished ? .end : nil }
            defer { state.held = [] }
            return .items(state.held)
        } ?? .nothing
    }

    /// - Parameter bytes: How many held bytes have left.
    func wrote(_ bytes: Int, _ progress: Progress) {
        state.withLock { state in
            state.bytes -= bytes
            state.progress = progress
        }
    }

    func ended(_ failure: StageError?) {
        state.withLock { state in
            state.failure = failure
            state.isDrained = true
        }
    }
}
