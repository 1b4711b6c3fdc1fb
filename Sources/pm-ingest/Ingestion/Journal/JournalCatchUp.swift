import Glibc
import PMJSON
import PMPipe
import PMRecord

/// Joins the journal to a running pm-ingest's output, for stages that start again behind it.
///
/// The stages that ended had read some lines of the output that they did not acknowledge. This emits the journal's lines
/// from the last acknowledged one up to the first line that is still in the pipe, and then that line and all that follow.
///
/// The pipe may begin inside a line, because its last reader may have read the line's beginning. That part is skipped: the
/// whole line is in the journal, which is synced before a line is emitted.
package struct JournalCatchUp: ~Copyable {
    private let directory: String
    private let after: UInt64
    private var output = LineWriter()
    private var hasJoined = false

    /// - Parameter after: The sequence number of the last acknowledged line.
    package init(of directory: String, after: UInt64) {
        self.directory = directory
        self.after = after
    }

    /// Runs until `input`, the output of pm-ingest, ends.
    package mutating func run(from input: consuming LineReader = LineReader()) throws(StageError) {
        while true {
            let arrival = try input.wait()
            try input.forEachLine { (line, isTooLong) throws(StageError) in
                if !hasJoined {
                    guard let last = Self.lastLine(before: line) else { return }
                    try emitJournal(through: last)
                    hasJoined = true
                }
                if !isTooLong { output.append(line) }
            }
            if arrival == .end {
                if !hasJoined { try emitJournal(through: .max) }
                try output.flush()
                return
            }
            try output.flush()
        }
    }

    /// Returns the number of the last journaled line that precedes a line of pm-ingest's output; `nil` for a part of a
    /// line.
    private static func lastLine(before line: Span<UInt8>) -> UInt64? {
        guard let record = try? Record(line.withUnsafeBufferPointer { Array($0) }),
            let seq = seq(ofLine: line)
        else { return nil }
        return record.kind == .mark ? seq : seq &- 1
    }

    private mutating func emitJournal(through last: UInt64) throws(StageError) {
        guard last > after else { return }
        for segment in Segment.holding(after: after, of: Segment.all(in: directory)) {
            guard segment.first <= last else { return }
            let path = segment.path(in: directory)
            let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
            guard descriptor >= 0 else { throw .unable(to: "open \(path)") }
            defer { close(descriptor) }
            var reader = LineReader(descriptor: descriptor, name: path)
            var isPast = false
            while !isPast {
                let arrival = try reader.wait()
                // The last line of a segment that is being written may lack its end.
                if arrival == .end { break }
                reader.forEachLine { line, _ in
                    guard let seq = seq(ofLine: line) else { return }
                    if seq > last { isPast = true }
                    if seq > after, seq <= last { output.append(line) }
                }
                try output.flush()
            }
        }
    }
}
