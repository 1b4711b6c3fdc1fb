import Glibc
import PMJSON
import PMPipe
import PMRecord

/// What a journal tells a new run about those before it.
package struct History: Sendable {
    /// The segments there are, oldest first.
    package private(set) var segments: [Segment] = []
    /// The number of the last line; 0 where there is none.
    package private(set) var lastSeq: UInt64 = 0
    /// When the last line was written down.
    package private(set) var lastTime: Timestamp?
    /// The ids of recent trades.
    package private(set) var ids: [UInt128] = []
    /// Those of them that the feed told and that were not taken back.
    package private(set) var live: [PendingConfirmations.Trade] = []
    private var retracted: Set<UInt128> = []
    /// Gaps that were not closed.
    package private(set) var openGaps: [Gap] = []
    /// Bytes of an unfinished last line that were cut off.
    package private(set) var cutOff = 0
    /// Lines that are no records.
    package private(set) var badLines = 0

    /// Bytes that are read again at most, for the ids and the gaps.
    private static let horizon = 96 << 20

    /// Reads the last segments of a journal, after it has cut off what follows the last newline.
    package init(recovering directory: String) throws(StageError) {
        segments = Segment.all(in: directory)
        try cut(directory)
        var recent: [Segment] = []
        var size = 0
        for segment in segments.reversed() where size < Self.horizon {
            recent.insert(segment, at: 0)
            size += Trimming.Entry(segment, in: directory)?.size ?? 0
        }
        lastSeq = segments.last.map { $0.first - min($0.first, 1) } ?? 0
        for segment in recent {
            try segment.forEachLine(in: directory) { line, isTooLong in note(line, isTooLong) }
        }
        live.removeAll { retracted.contains($0.id) }
    }

    private mutating func cut(_ directory: String) throws(StageError) {
        guard let last = segments.last else { return }
        let path = last.path(in: directory)
        let descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw .unable(to: "open \(path)") }
        defer { close(descriptor) }
        let size = Int(lseek(descriptor, 0, SEEK_END))
        let whole = try lengthOfWholeLines(in: descriptor, size: size, path)
        guard whole < size else { return }
        cutOff = size - whole
        guard ftruncate(descriptor, off_t(whole)) == 0, fdatasync(descriptor) == 0 else {
            throw .unable(to: "mend \(path)")
        }
    }

    private mutating func note(_ line: Span<UInt8>, _ isTooLong: Bool) {
        guard !isTooLong, let record = try? Record(line.withUnsafeBufferPointer { Array($0) }),
            let seq = record.unsigned(Key.seq)
        else {
            badLines += 1
            return
        }
        lastSeq = max(lastSeq, seq)
        lastTime = record.time(Key.receivedAt) ?? record.time(Key.to) ?? lastTime
        switch record.kind {
        case .trade:
            guard let id = record.text(Key.id).flatMap(UInt128.init(tradeID:)) else { return }
            ids.append(id)
            if record.text(Key.via) == Via.live.rawValue, let time = record.time(Key.time),
                let trade = PendingConfirmations.Trade(
                    id, transactionHash: record.text(Key.transactionHash), at: time)
            {
                live.append(trade)
            }
        case .retract:
            if let id = record.text(Key.id).flatMap(UInt128.init(tradeID:)) { retracted.insert(id) }
        case .gap:
            guard let gap = Gap(record) else { return }
            openGaps.removeAll { $0.id == gap.id }
            if gap.state == .open { openGaps.append(gap) }
        default: break
        }
    }
}

/// Up to and with the last newline.
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
        if let place = chunk[..<count].lastIndex(of: UInt8(ascii: "\n")) { return start + place + 1 }
        end = start
    }
    return 0
}
