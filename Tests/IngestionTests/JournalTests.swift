import Foundation
import Glibc
import Ingestion
import PMPipe
import PMRecord
import TestSupport
import Testing

struct JournalTests {
    private let folder: TemporaryDirectory
    private let path: String

    init() throws {
        folder = try TemporaryDirectory()
        path = folder.file("journal")
    }

    private func options(_ change: (inout Journal.Options) -> Void = { _ in }) -> Journal.Options {
        var options = Journal.Options(directory: path)
        change(&options)
        return options
    }

    private func line(_ seq: UInt64) -> [UInt8] {
        Array(
            #"{"kind":"trade","id":"\#(String(seq, radix: 16))","seq":\#(seq),"received_at":"2026-09-24T18:45:00.000Z"}"#
                .utf8)
    }

    private func write(
        _ range: ClosedRange<UInt64>, to journal: Journal, at now: ContinuousClock.Instant = .now
    ) -> Journal.CommitResult {
        for seq in range { journal.append(line(seq), seq: seq) }
        return journal.commit(at: now)
    }

    private var names: [String] { Segment.all(in: path).map(\.name) }

    @Test func segmentIsNamedByItsFirstSequenceNumber() throws {
        let journal = try Journal(options())
        #expect(
            write(7...9, to: journal)
                == .durable(.init(segment: Segment(first: 7), end: 3 * (line(7).count + 1), lastSeq: 9)))
        #expect(names == ["00000000000000000007.ndjson"])
        #expect(Segment(name: names[0]) == Segment(first: 7))
        #expect(journal.commit(at: .now) == .empty)
        var status = stat()
        stat("\(path)/\(names[0])", &status)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test(arguments: ["7.ndjson", "0000000000000000000x.ndjson", "00000000000000000007.json", "stream", ""])
    func otherFilesAreNotSegments(name: String) {
        #expect(Segment(name: name) == nil)
    }

    @Test func fullSegmentIsFollowedByANewOne() throws {
        let journal = try Journal(options { $0.segmentSize = 100 })
        for seq in 1...5 as ClosedRange<UInt64> { _ = write(seq...seq, to: journal) }
        #expect(names.count == 3)
        let held = Segment.holding(after: 2, of: Segment.all(in: path)).map(\.first)
        #expect(held == [3, 5])
        #expect(Segment.holding(after: 0, of: Segment.all(in: path)).count == 3)
        #expect(Segment.holding(after: 99, of: Segment.all(in: path)).map(\.first) == [5])
    }

    @Test func newRunContinuesTheStreamInANewSegment() throws {
        var stream = ""
        do {
            let journal = try Journal(options())
            stream = journal.stream
            #expect(stream.count == 16 && journal.recovery.lastSeq == 0 && journal.recovery.lastTime == nil)
            _ = write(1...3, to: journal)
        }
        let journal = try Journal(options())
        #expect(journal.stream == stream)
        #expect(journal.recovery.lastSeq == 3)
        #expect(journal.recovery.trades.map(\.id) == [1, 2, 3])
        #expect(journal.recovery.lastTime?.description == "2026-09-24T18:45:00.000Z")
        _ = write(4...4, to: journal)
        #expect(names == ["00000000000000000001.ndjson", "00000000000000000004.ndjson"])
    }

    @Test func unfinishedLineIsTruncatedWhateverItsLength() throws {
        let whole = line(1) + [10] + line(2) + [10]
        for length in 0..<line(2).count {
            let folder = try TemporaryDirectory()
            let name = "00000000000000000001.ndjson"
            try folder.write(
                String(decoding: whole.prefix(line(1).count + 1 + length), as: UTF8.self), to: name)
            chmod(folder.path, 0o700)
            let journal = try Journal(Journal.Options(directory: folder.path))
            #expect(journal.recovery.lastSeq == 1)
            #expect(journal.recovery.truncatedBytes == length)
            #expect(try folder.read(name).utf8.count == line(1).count + 1)
        }
    }

    @Test func badLinesAreSkipped() throws {
        try make()
        try folder.write(
            String(decoding: line(1), as: UTF8.self) + "\n{\"kind\":\"tra\u{0}de\n"
                + String(decoding: line(3), as: UTF8.self) + "\n", to: "journal/00000000000000000001.ndjson")
        let journal = try Journal(options())
        #expect(journal.recovery.lastSeq == 3)
    }

    @Test func emptySegmentIsReused() throws {
        try make()
        try folder.write("", to: "journal/00000000000000000005.ndjson")
        let journal = try Journal(options())
        #expect(journal.recovery.lastSeq == 4)
        guard case .durable = write(5...5, to: journal) else {
            Issue.record("not written")
            return
        }
    }

    @Test func recoversOpenGaps() throws {
        let journal = try Journal(options())
        let start = Timestamp(milliseconds: 1_790_272_000_000)
        var one = Gap(id: "one", feed: .activity, state: .open, from: start, to: start + 1, cause: "x")
        let two = Gap(id: "two", feed: .activity, state: .open, from: start, to: start + 2, cause: "y")
        journal.append(one.line(seq: 1), seq: 1)
        journal.append(two.line(seq: 2), seq: 2)
        one.state = .closed
        journal.append(one.line(seq: 3), seq: 3)
        _ = journal.commit(at: .now)
        #expect(JournalRecovery(of: path).openGaps == [two])
    }

    @Test func journalIsLockedByOneProcess() throws {
        let journal = try Journal(options())
        #expect(throws: StageError.self) { try Journal(options()) }
        _ = journal.stream
    }

    @Test(arguments: [0o777, 0o770, 0o702])
    func aDirectoryThatOthersCanWriteToIsRejected(mode: Int) throws {
        try make()
        chmod(path, mode_t(mode))
        let error = #expect(throws: StageError.self) { try Journal(options()) }
        #expect(error?.status == .configuration)
        #expect(error?.message?.contains("chmod go-w") == true)
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give a directory away"))
    func aDirectoryOfAnotherUserIsRejected() throws {
        try make()
        chown(path, 65534, 65534)
        let error = #expect(throws: StageError.self) { try Journal(options()) }
        #expect(error?.status == .configuration)
        chown(path, 0, 0)
    }

    /// A bit of a number is flipped: it is neither the last number, nor does it hide the lines after it.
    @Test func aNumberOutOfPlaceIsDamaged() throws {
        try make()
        let lines = ([1, 2, 903, 4, 5] as [UInt64]).map { String(decoding: line($0), as: UTF8.self) + "\n" }
        try folder.write(lines.joined(), to: "journal/00000000000000000001.ndjson")
        let recovery = JournalRecovery(of: path)
        #expect(recovery.lastSeq == 5 && recovery.trades.map(\.seq) == [1, 2, 4, 5])
    }

    @Test func aSegmentThatCannotBeReadIsLeftOutAndItsNumbersAreNotUsedAgain() throws {
        do {
            let journal = try Journal(options())
            _ = write(1...3, to: journal)
        }
        try folder.write(String(repeating: "x", count: 640), to: "big")
        try #require(symlink(folder.file("big"), "\(path)/00000000000000000004.ndjson") == 0)
        let journal = try Journal(options())
        #expect(journal.recovery.unreadable.map(\.segment.first) == [4])
        #expect(journal.recovery.trades.count == 3 && journal.recovery.lastSeq > 4)
    }

    @Test(arguments: ["delete", "empty", "move", "replace"])
    func linesGoToANewSegmentWhenTheirsIsGone(how: String) throws {
        let journal = try Journal(options())
        _ = write(1...2, to: journal)
        let segment = "\(path)/\(names[0])"
        switch how {
        case "delete": unlink(segment)
        case "empty": truncate(segment, 0)
        case "move": rename(segment, folder.file("elsewhere"))
        default:
            rename(segment, folder.file("elsewhere"))
            try folder.write("x", to: "journal/\(names.first ?? "00000000000000000001.ndjson")")
        }
        guard case .durable(let offset) = write(3...4, to: journal) else {
            Issue.record("not written")
            return
        }
        #expect(offset.segment.first == 3 && journal.displacements == 1)
    }

    @Test func aRenamedDirectoryIsReplacedAndLocked() throws {
        let journal = try Journal(options())
        _ = write(1...2, to: journal)
        rename(path, folder.file("elsewhere"))
        _ = write(3...4, to: journal)
        #expect(try folder.read("journal/stream") == journal.stream + "\n")
        #expect(throws: StageError.self) { try Journal(options()) }
    }

    @Test func deletedDirectoryIsCreatedAgain() throws {
        let journal = try Journal(options())
        _ = write(1...2, to: journal)
        try FileManager.default.removeItem(atPath: path)
        guard case .durable(let position) = write(3...4, to: journal) else {
            Issue.record("not written")
            return
        }
        #expect(position.segment.first == 3)
        #expect(try folder.read("journal/stream") == journal.stream + "\n")
    }

    @Test func unwrittenLinesAreHandedBackAndTheWriteIsRetriedLater() throws {
        let journal = try Journal(options { $0.retryDelay = .seconds(2) })
        _ = write(1...1, to: journal)
        try FileManager.default.removeItem(atPath: path)
        try folder.write("no directory", to: "journal")
        guard case .failed(let lines, _) = write(2...3, to: journal) else {
            Issue.record("it was written")
            return
        }
        #expect(lines == [line(2), line(3)] && journal.isDegraded)
        unlink(path)
        guard case .failed = write(4...4, to: journal) else {
            Issue.record("it was retried too soon")
            return
        }
        guard case .durable = write(5...5, to: journal, at: .now + .seconds(2)) else {
            Issue.record("it was not retried")
            return
        }
        #expect(!journal.isDegraded)
        #expect(names == ["00000000000000000005.ndjson"])
    }

    private func make() throws { try #require(mkdir(path, 0o700) == 0) }
}

struct RetentionPolicyTests {
    /// Ten lines each, written 100 s apart.
    private func segments(_ sizes: [Int]) -> [RetentionPolicy.SegmentInfo] {
        sizes.enumerated().map { index, size in
            RetentionPolicy.SegmentInfo(
                segment: Segment(first: UInt64(index * 10 + 1)), size: size, modified: index * 100)
        }
    }

    private func plan(
        _ segments: [RetentionPolicy.SegmentInfo], keep: Int, limit: Int = .max, emitted: UInt64 = 1000,
        cursor: UInt64? = nil, now: Int
    ) -> (deleted: [UInt64], lost: [UInt64]) {
        var policy = RetentionPolicy()
        policy.minimumAge = .seconds(keep)
        policy.maximumSize = limit
        let plan = policy.plan(for: segments, emitted: emitted, cursor: cursor, at: now)
        return (plan.deleted.map(\.first), plan.lost.map(\.first))
    }

    @Test func oldConsumedSegmentsAreDeletedButNeverTheLast() {
        #expect(plan(segments([1, 1, 1]), keep: 50, now: 10_000).deleted == [1, 11])
        #expect(plan(segments([1, 1, 1]), keep: 50, now: 140).deleted == [1])
        #expect(plan(segments([1, 1, 1]), keep: 500, now: 140).deleted.isEmpty)
    }

    @Test func segmentsThatAConsumerNeedsAreKept() {
        #expect(plan(segments([1, 1, 1]), keep: 50, emitted: 15, now: 10_000).deleted == [1])
        #expect(plan(segments([1, 1, 1]), keep: 50, cursor: 9, now: 10_000).deleted.isEmpty)
        #expect(plan(segments([1, 1, 1]), keep: 50, cursor: 10, now: 10_000).deleted == [1])
    }

    @Test func beyondTheSizeLimitTheOldestSegmentsAreLost() {
        let (deleted, lost) = plan(segments([60, 60, 60]), keep: 1000, limit: 100, emitted: 5, now: 10)
        #expect(deleted == [1, 11] && lost == [1, 11])
        #expect(plan(segments([60, 60, 60]), keep: 1000, limit: 130, emitted: 1000, now: 10).lost.isEmpty)
    }
}
