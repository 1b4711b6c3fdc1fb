import PMJSON
import PMPipe
import PMRecord

/// A summary of the lines in a segment.
struct SegmentContents {
    /// The times of receipt of the first and the last record; `nil` when no record has a time.
    private(set) var times: ClosedRange<Timestamp>?
    private(set) var tradeIDs: [UInt128] = []
    private(set) var lines = 0

    /// - Throws: ``ExitStatus/inputOutput`` when the segment cannot be opened or read.
    init(of segment: Segment, in directory: String) throws(StageError) {
        try segment.forEachLine(in: directory) { line, _ in note(line) }
    }

    private mutating func note(_ line: Span<UInt8>) {
        lines += 1
        guard let record = try? Record(line.withUnsafeBufferPointer { Array($0) }) else { return }
        if let id = record.text(Key.id).flatMap({ UInt128(tradeID: $0) }), record.kind == .trade {
            tradeIDs.append(id)
        }
        guard let time = record.time(Key.receivedAt) ?? record.time(Key.to) else { return }
        times = min(times?.lowerBound ?? time, time)...max(times?.upperBound ?? time, time)
    }
}
