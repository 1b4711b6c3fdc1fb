import Glibc
import PMPipe

/// Writes released lines to the output, on the thread that waits for its reader.
struct LineForwarder: ~Copyable {
    private let queue: Monitor<BatchQueue>
    private let isQuiet: Bool
    private var output: LineWriter
    /// The time to ask the queue again when nothing changes before.
    private var deadline: ContinuousClock.Instant?

    /// - Parameter isQuiet: True to discard the lines.
    init(from queue: Monitor<BatchQueue>, to descriptor: CInt, isQuiet: Bool) {
        self.queue = queue
        self.isQuiet = isQuiet
        output = LineWriter(descriptor: descriptor)
    }

    /// Writes lines until the queue has no more.
    mutating func run() throws(StageError) {
        while true {
            let known = deadline
            let timeout = deadline.map { max(.zero, $0 - .now) }
            let action = queue.wait(upTo: timeout) { queue -> BatchQueue.ForwarderAction? in
                let action = queue.nextForwarderAction(at: .now)
                if case .wait(let until) = action, until == known { return nil }
                return action
            }
            switch action {
            case .write(let lines): try write(lines)
            case .wait(let until): deadline = until
            case .finish: return
            case nil: break  // the deadline has passed
            }
        }
    }

    private mutating func write(_ lines: [[UInt8]]) throws(StageError) {
        guard !isQuiet else { return queue.withLock { $0.countDiscarded(lines.count) } }
        for line in lines { output.append(line.span) }
        try output.flush()
        queue.withLock { $0.countPassed(lines.count) }
    }
}
