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
    /// The pauses before a segment that could not be read is read again.
    private static let retryPauses: [Duration] = [.milliseconds(20), .milliseconds(200), .seconds(1)]

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
                case .skipped(let seq):
                    progress.seq = max(progress.seq, seq)
                case .line(let line):
                    emit(line)
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
        var attempt = 0
        while true {
            do throws(Errno) {
                var lines: [[UInt8]] = []
                let isMore = try reader.read(upTo: offset) { line in
                    lines.append(line.withUnsafeBufferPointer { Array($0) })
                }
                attempt = 0
                emit(lines, upTo: offset.lastSeq)
                guard isMore else { break }
            } catch {
                reader.reopen()
                guard attempt < Self.retryPauses.count else {
                    progress.unreadable += 1
                    reader.skip(to: offset)
                    break
                }
                try flush(0)
                sleep(for: Self.retryPauses[attempt])
                attempt += 1
            }
            try flush(0)
        }
        advance(to: offset.lastSeq)
    }

    /// Emits lines of the journal.
    ///
    /// - Parameter last: The highest number that they can have.
    private mutating func emit(_ lines: [[UInt8]], upTo last: UInt64) {
        let seqs = lines.map { seq(ofLine: $0.span) }
        for (index, line) in lines.enumerated() {
            guard let seq = seqs[index], seq <= last, isInPlace(index, of: seqs, after: progress.seq) else {
                progress.unreadable += 1
                continue
            }
            emit(line, seq)
        }
    }

    private mutating func emit(_ line: [UInt8]) {
        guard source != nil else { return output.append(line.span) }
        guard let seq = seq(ofLine: line.span) else {
            progress.unreadable += 1
            return
        }
        emit(line, seq)
    }

    private mutating func emit(_ line: [UInt8], _ seq: UInt64) {
        // A line can stand in two segments, when the first was given up after a write error.
        guard seq > progress.seq else { return }
        advance(to: seq - 1)
        output.append(line.span)
        progress.seq = seq
        if marks.recordEmitted() { emitMark() }
    }

    /// The next line is the one after `seq`: lines before it that were not emitted are lost.
    private mutating func advance(to seq: UInt64) {
        guard seq > progress.seq else { return }
        queue.didLose(progress.seq + 1...seq)
        progress.seq = seq
    }

    private mutating func emitMark() {
        // A mark would confirm lines that are lost, before the gap that stands for them is in the journal.
        guard let source, !queue.hasUnsettledLosses else { return }
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
