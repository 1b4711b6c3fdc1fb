import PMPipe
import PMRecord

/// Writes to standard output what may be told, and sets the marks: the work of a thread of its own, since the
/// reader may be slow.
package struct OutputWriter: ~Copyable {
    /// What a journaled run has besides.
    package struct Source: Sendable {
        package let directory: String
        package let stream: String
        /// The number of the last line that need not be told.
        package let after: UInt64
        package let markPeriod: Duration

        package init(directory: String, stream: String, after: UInt64, markPeriod: Duration = .seconds(1)) {
            self.directory = directory
            self.stream = stream
            self.after = after
            self.markPeriod = markPeriod
        }
    }

    /// Bytes after which what was told is written, at least.
    private static let portion = 1 << 18

    private let outflow: OutputQueue
    private let source: Source?
    private var output: LineWriter
    private var reader: JournalReader
    private var marks: Marks
    private var progress = OutputQueue.Progress()

    /// - Parameter source: `nil` where there is no journal, and so no stream and no marks.
    package init(
        of outflow: OutputQueue, from source: Source?, to output: consuming LineWriter = LineWriter()
    ) {
        self.outflow = outflow
        self.source = source
        self.output = output
        reader = JournalReader(directory: source?.directory ?? "")
        marks = Marks(every: source?.markPeriod ?? .seconds(1), at: .now)
        progress.seq = source?.after ?? 0
    }

    /// Writes until the end of what is offered, or until the reader leaves.
    package consuming func run() {
        do throws(StageError) {
            while try step() {}
            outflow.ended(nil)
        } catch {
            outflow.ended(error)
        }
    }

    private mutating func step() throws(StageError) -> Bool {
        let patience = source == nil ? nil : max(.zero, ContinuousClock.now.duration(to: marks.deadline))
        switch outflow.take(upTo: patience) {
        case .items(let items):
            var bytes = 0
            for item in items {
                switch item {
                case .line(let line):
                    tell(line.span)
                    bytes += line.count
                    if output.count >= Self.portion {
                        try write(bytes)
                        bytes = 0
                    }
                case .journaled(let position):
                    try write(bytes)
                    bytes = 0
                    try tell(journalUpTo: position)
                }
            }
            try write(bytes)
            return true
        case .nothing:
            try write(0)
            return true
        case .end:
            if source != nil { mark() }
            try write(0)
            return false
        }
    }

    private mutating func tell(journalUpTo position: Journal.Position) throws(StageError) {
        while true {
            do throws(Errno) {
                var lines: [[UInt8]] = []
                let isMore = try reader.readOn(to: position) { line in
                    lines.append(line.withUnsafeBufferPointer { Array($0) })
                }
                let unreadable = progress.unreadable
                for line in lines { tell(line.span) }
                if progress.unreadable > unreadable { progress.damaged.insert(position.segment) }
                guard isMore else { return }
            } catch {
                progress.unreadable += 1
                progress.damaged.insert(position.segment)
                return
            }
            try write(0)
        }
    }

    /// A line told already, as after a file was given up over a fault, is not told again.
    private mutating func tell(_ line: Span<UInt8>) {
        guard source != nil else { return output.append(line) }
        guard let seq = seq(ofLine: line) else {
            progress.unreadable += 1
            return
        }
        guard seq > progress.seq else { return }
        output.append(line)
        progress.seq = seq
        if marks.told() { mark() }
    }

    private mutating func mark() {
        guard let source else { return }
        output.append(Mark(stream: source.stream, seq: progress.seq, time: .now()).line)
        marks.set(at: .now)
        progress.mark = progress.seq
        progress.marks += 1
    }

    private mutating func write(_ bytes: Int) throws(StageError) {
        if source != nil, marks.isDue(at: .now) { mark() }
        try output.flush()
        outflow.wrote(bytes, progress)
    }
}
