import PMPipe
import PMRecord

/// Writes the queue's lines and the marks to standard output, on its own thread, because the reader may be slow.
package struct OutputWriter: ~Copyable {
    /// The journal that lines are read from.
    package struct Source: Sendable {
        package let directory: String
        package let stream: String
        /// Lines up to this sequence number are skipped.
        package let after: UInt64
        package let markPeriod: Duration

        package init(directory: String, stream: String, after: UInt64, markPeriod: Duration = .seconds(1)) {
            self.directory = directory
            self.stream = stream
            self.after = after
            self.markPeriod = markPeriod
        }
    }

    /// Flush threshold in bytes.
    private static let flushThreshold = 1 << 18

    private let queue: OutputQueue
    private let source: Source?
    private var output: LineWriter
    private var reader: JournalReader
    private var marks: MarkSchedule
    private var progress = OutputQueue.WriteProgress()

    /// - Parameter source: `nil` without a journal; then there is no stream id, and no marks are emitted.
    package init(
        of queue: OutputQueue, from source: Source?, to output: consuming LineWriter = LineWriter()
    ) {
        self.queue = queue
        self.source = source
        self.output = output
        reader = JournalReader(directory: source?.directory ?? "")
        marks = MarkSchedule(every: source?.markPeriod ?? .seconds(1), at: .now)
        progress.seq = source?.after ?? 0
    }

    /// Writes until the queue ends, or until the reader closes the pipe.
    package consuming func run() {
        do throws(StageError) {
            while try step() {}
            queue.didEnd(nil)
        } catch {
            queue.didEnd(error)
        }
    }

    private mutating func step() throws(StageError) -> Bool {
        let timeout = source == nil ? nil : max(.zero, ContinuousClock.now.duration(to: marks.deadline))
        switch queue.take(upTo: timeout) {
        case .items(let items):
            var bytes = 0
            for item in items {
                switch item {
                case .line(let line):
                    emit(line.span)
                    bytes += line.count
                    if output.count >= Self.flushThreshold {
                        try flush(bytes)
                        bytes = 0
                    }
                case .journaled(let offset):
                    try flush(bytes)
                    bytes = 0
                    try emitJournal(upTo: offset)
                }
            }
            try flush(bytes)
            return true
        case .timedOut:
            try flush(0)
            return true
        case .end:
            if source != nil { emitMark() }
            try flush(0)
            return false
        }
    }

    private mutating func emitJournal(upTo offset: Journal.Offset) throws(StageError) {
        while true {
            do throws(Errno) {
                var lines: [[UInt8]] = []
                let isMore = try reader.read(upTo: offset) { line in
                    lines.append(line.withUnsafeBufferPointer { Array($0) })
                }
                let unreadable = progress.unreadable
                for line in lines { emit(line.span) }
                if progress.unreadable > unreadable { progress.damaged.insert(offset.segment) }
                guard isMore else { return }
            } catch {
                progress.unreadable += 1
                progress.damaged.insert(offset.segment)
                return
            }
            try flush(0)
        }
    }

    private mutating func emit(_ line: Span<UInt8>) {
        guard source != nil else { return output.append(line) }
        guard let seq = seq(ofLine: line) else {
            progress.unreadable += 1
            return
        }
        // A line can stand in two segments, when the first was given up after a write error.
        guard seq > progress.seq else { return }
        output.append(line)
        progress.seq = seq
        if marks.recordEmitted() { emitMark() }
    }

    private mutating func emitMark() {
        guard let source else { return }
        output.append(Mark(stream: source.stream, seq: progress.seq, time: .now()).line)
        marks.markEmitted(at: .now)
        progress.mark = progress.seq
    }

    /// - Parameter bytes: The number of bytes in `output` that the queue holds.
    private mutating func flush(_ bytes: Int) throws(StageError) {
        if source != nil, marks.isDue(at: .now) { emitMark() }
        try output.flush()
        queue.didWrite(bytes, progress)
    }
}
