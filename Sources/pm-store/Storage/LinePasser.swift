import Glibc
import PMPipe

/// Passes lines on when they may leave: what the thread does that waits for the reader of our output.
struct LinePasser: ~Copyable {
    private let flow: Monitor<BatchFlow>
    private let isQuiet: Bool
    private var output: LineWriter
    /// When the flow is asked again though nothing has changed.
    private var deadline: ContinuousClock.Instant?

    init(from flow: Monitor<BatchFlow>, to descriptor: CInt, isQuiet: Bool) {
        self.flow = flow
        self.isQuiet = isQuiet
        output = LineWriter(descriptor: descriptor)
    }

    /// Returns when there is nothing more to pass on.
    mutating func run() throws(StageError) {
        while true {
            let known = deadline
            let next = flow.wait(upTo: deadline.map { max(.zero, $0 - .now) }) { flow -> BatchFlow.Output? in
                let next = flow.nextOutput(at: .now)
                if case .nothing(let until) = next, until == known { return nil }
                return next
            }
            switch next {
            case .lines(let lines): try write(lines)
            case .nothing(let until): deadline = until
            case .nothingMore: return
            case nil: break  // the deadline has come
            }
        }
    }

    private mutating func write(_ lines: [[UInt8]]) throws(StageError) {
        guard !isQuiet else { return flow.withLock { $0.figures.quiet += lines.count } }
        for line in lines { output.append(line.span) }
        try output.flush()
        flow.withLock { $0.figures.linesOut += lines.count }
    }
}
