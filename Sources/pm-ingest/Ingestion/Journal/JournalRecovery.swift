import Glibc
import PMJSON
import PMPipe
import PMRecord

/// The state that a new run recovers from the journal of earlier runs.
package struct JournalRecovery: Sendable {
    /// All segments, oldest first.
    package private(set) var segments: [Segment] = []
    /// The sequence number of the last line; 0 for an empty journal.
    package private(set) var lastSeq: UInt64 = 0
    /// When the last line was received, by this machine's clock or by that of the exchange: the earlier of both, because
    /// this machine's may have been ahead.
    package private(set) var lastTime: Timestamp?
    private var lastTradeTime: Timestamp?
    /// The ids of recent trades, and the numbers of their lines.
    package private(set) var trades: [(id: UInt128, seq: UInt64)] = []
    /// The times of recent lines.
    private(set) var times = JournalTimes()
    /// Segments that cannot be read.
    package private(set) var unreadable: [(segment: Segment, reason: String)] = []
    /// The recent trades that came from the live feed and were not retracted.
    package private(set) var liveTrades: [UnsettledTrades.Trade] = []
    /// The recent trades that were retracted.
    package private(set) var retractedTrades: [UnsettledTrades.Trade] = []
    private var retracted: Set<UInt128> = []
    /// Gaps that are still open.
    package private(set) var openGaps: [Gap] = []
    /// The length of the unfinished last line that was cut off, in bytes.
    package private(set) var truncatedBytes = 0

    /// The most bytes to read for trade ids and gaps. It is rounded up to whole segments.
    private static let readLimit = 96 << 20

    /// The length of a line, at least. It bounds the number of lines in an unreadable segment.
    private static let shortestLine = 16
    private static let attempts = 3

    /// Cuts off what follows the last newline, and reads the latest segments. One that cannot be read is left out.
    package init(of directory: String) {
        segments = Segment.all(in: directory)
        do throws(StageError) {
            try truncateUnfinishedLine(in: directory)
        } catch {
            if let last = segments.last { unreadable.append((last, error.message ?? "")) }
        }
        var recent: [Segment] = []
        var size = 0
        for segment in segments.reversed() where size < Self.readLimit {
            recent.insert(segment, at: 0)
            size += RetentionPolicy.SegmentInfo(segment, in: directory)?.size ?? 0
        }
        lastSeq = segments.last.map { $0.first - min($0.first, 1) } ?? 0
        for segment in recent where !unreadable.contains(where: { $0.segment == segment }) {
            read(segment, in: directory)
        }
        // The numbers of lines that cannot be read are not used again.
        if let last = segments.last, unreadable.contains(where: { $0.segment == last }) {
            let size = RetentionPolicy.SegmentInfo(last, in: directory)?.size ?? 0
            lastSeq = max(lastSeq, last.first + UInt64(size / Self.shortestLine))
        }
        lastTime = [lastTime, lastTradeTime].compactMap { $0 }.min()
        retractedTrades = liveTrades.filter { retracted.contains($0.id) }
        liveTrades.removeAll { retracted.contains($0.id) }
    }

    private mutating func read(_ segment: Segment, in directory: String) {
        for attempt in 1...Self.attempts {
            do throws(StageError) {
                var lines: [[UInt8]] = []
                try segment.forEachLine(in: directory) { line, isTooLong in
                    if !isTooLong { lines.append(line.withUnsafeBufferPointer { Array($0) }) }
                }
                let seqs = lines.map { seq(ofLine: $0.span) }
                for (index, line) in lines.enumerated() where isInPlace(index, of: seqs, after: lastSeq) {
                    note(line)
                }
                return
            } catch {
                if attempt == Self.attempts { unreadable.append((segment, error.message ?? "")) }
                sleep(for: .milliseconds(100))
            }
        }
    }

    private mutating func truncateUnfinishedLine(in directory: String) throws(StageError) {
        guard let last = segments.last else { return }
        let path = last.path(in: directory)
        let descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw .unable(to: "open \(path)") }
        defer { close(descriptor) }
        let size = Int(lseek(descriptor, 0, SEEK_END))
        let wholeLines = try lengthOfWholeLines(in: descriptor, size: size, path)
        guard wholeLines < size else { return }
        truncatedBytes = size - wholeLines
        guard ftruncate(descriptor, off_t(wholeLines)) == 0, fdatasync(descriptor) == 0 else {
            throw .unable(to: "repair \(path)")
        }
    }

    private mutating func note(_ line: [UInt8]) {
        guard let record = try? Record(line), let seq = record.unsigned(Key.seq) else { return }  // damaged
        lastSeq = max(lastSeq, seq)
        if let times = ClosedRange<Timestamp>(of: record) { self.times.note(seq, times) }
        if record.kind != .audit {  // an audit's times are long past
            lastTime = record.time(Key.receivedAt) ?? record.time(Key.to) ?? lastTime
        }
        switch record.kind {
        case .trade:
            guard let id = record.text(Key.id).flatMap(UInt128.init(tradeID:)) else { return }
            trades.append((id, seq))
            if record.text(Key.via) == Via.live.rawValue, let time = record.time(Key.time),
                let trade = UnsettledTrades.Trade(
                    id, transactionHash: record.text(Key.transactionHash), at: time,
                    receivedAt: record.time(Key.receivedAt) ?? time)
            {
                liveTrades.append(trade)
                lastTradeTime = time
            }
        case .retract:
            if let id = record.text(Key.id).flatMap(UInt128.init(tradeID:)) { retracted.insert(id) }
        case .restore:
            if let id = record.text(Key.id).flatMap(UInt128.init(tradeID:)) { retracted.remove(id) }
        case .gap:
            guard let gap = Gap(record) else { return }
            openGaps.removeAll { $0.id == gap.id }
            if gap.state == .open { openGaps.append(gap) }
        default: break
        }
    }
}

/// Returns the length of the file up to and including the last newline.
private func lengthOfWholeLines(in descriptor: CInt, size: Int, _ path: String) throws(StageError) -> Int {
    var end = size
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while end > 0 {
        let start = max(0, end - chunk.count)
        let count = pread(descriptor, &chunk, end - start, off_t(start))
        guard count == end - start else {
            if count < 0, errno == EINTR { continue }
            throw .unable(to: "read \(path)")
        }
        if let index = chunk[..<count].lastIndex(of: UInt8(ascii: "\n")) { return start + index + 1 }
        end = start
    }
    return 0
}
