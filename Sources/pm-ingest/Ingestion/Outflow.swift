import PMPipe
import PMRecord

/// The bounded way from the socket's thread to standard output: the socket never waits for the reader.
///
/// What the pipe does not take yet is held here, up to a bound; beyond it the newest lines are refused, and the
/// stretch is told as a gap as soon as there is room again.
package final class Outflow: Sendable {
    private struct State {
        var held: [[UInt8]] = []
        var first = 0
        var bytes = 0
        var isFinished = false
        var isDrained = false
        var failure: StageError?
    }

    /// Bytes handed to the writer at a time, at least.
    private static let portion = 1 << 18

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
            state.held.append(line)
            state.bytes += line.count
            return true
        }
    }

    /// Bytes that wait for the reader.
    package var backlog: Int { state.withLock { $0.bytes } }

    /// What ended the writing: the reader left, or the output failed.
    package var failure: StageError? { state.withLock { $0.failure } }

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

    /// Writes what is offered until the end; for a thread of its own, since the reader may be slow.
    package func drain(to output: consuming LineWriter) {
        do throws(StageError) {
            while let lines = take() {
                for line in lines { output.append(line) }
                try output.flush()
            }
        } catch {
            state.withLock { $0.failure = error }
        }
        state.withLock { $0.isDrained = true }
    }

    /// Some lines, as soon as there are any; `nil` at the end.
    private func take() -> ArraySlice<[UInt8]>? {
        state.wait { state -> ArraySlice<[UInt8]>?? in
            guard state.first < state.held.count else { return state.isFinished ? .some(nil) : nil }
            var (last, size) = (state.first, 0)
            while last < state.held.count, size < Self.portion {
                size += state.held[last].count
                last += 1
            }
            let lines = state.held[state.first..<last]
            state.bytes -= size
            state.first = last
            if last == state.held.count {
                (state.held, state.first) = ([], 0)
            } else if last > state.held.count / 2 {
                (state.held, state.first) = (Array(state.held[last...]), 0)
            }
            return lines
        } ?? nil
    }
}
