import Database
import DatabaseFixtures
import PMPipe
import Storage
import Testing

/// The decisions of ``BatchQueue``, without a thread, a clock or a database.
struct BatchQueueTests {
    @Test func aBatchHasTheLinesThatCameWhileTheOneBeforeWasStored() throws {
        let queue = Harness()
        queue.add("a")
        let first = try #require(queue.work())
        #expect(first.batch.lines.count == 1)
        queue.add("b", "c")
        #expect(queue.passing == [])
        queue.settle(first)
        #expect(queue.passing == ["a"])
        let second = try #require(queue.work())
        #expect(second.batch.lines.count == 2)
        #expect(!queue.hasWork)
        queue.settle(second)
        #expect(queue.passing == ["b", "c"])
    }

    @Test func aFullBatchIsEncodedWhileTheOneBeforeIsStored() throws {
        let queue = Harness { $0.batchLines = 2 }
        queue.add("a")
        let first = try #require(queue.work())
        #expect(!queue.hasToEncode)
        queue.add("b", "c")
        var full = try queue.toEncode()
        full.batch.encode(for: .sqlite(path: ""))
        queue.queue.replace(by: full)
        #expect(!queue.hasToEncode)
        queue.add("d", "e")
        #expect(queue.offer("f") == 0)
        queue.settle(first)
        let second = try #require(queue.work())
        #expect(second.batch.isEncoded)
        #expect(second.batch.lines.count == 2)
        #expect(queue.offer("f") == 1)
    }

    @Test func aBatchThatIsTakenBeforeItIsEncodedIsStoredOnce() throws {
        let queue = Harness { $0.batchLines = 1 }
        queue.add("a")
        let late = try queue.toEncode()
        let first = try #require(queue.work())
        queue.queue.replace(by: late)
        queue.settle(first)
        #expect(!queue.hasWork)
        #expect(queue.passing == ["a"])
    }

    @Test func linesPassAndMarksWaitWhileTheDatabaseIsUnavailable() throws {
        let queue = Harness()
        queue.add("a", mark: 1)
        let first = try #require(queue.work())
        #expect(queue.passing == [])
        #expect(queue.deadline == queue.now + .seconds(1))
        queue.pass(.seconds(1))
        #expect(queue.passing == ["a"])
        queue.add("b", mark: 2)
        #expect(queue.passing == ["b"])
        queue.settle(first)
        #expect(queue.passing == ["mark 1"])
        let second = try #require(queue.work())
        queue.settle(second)
        #expect(queue.passing == ["mark 2"])
    }

    @Test func linesPassWhileTheDatabaseIsBeingOpened() throws {
        let queue = Harness()
        queue.add("a", mark: 1)
        queue.pass(.milliseconds(999))
        #expect(queue.passing == [])
        queue.pass(.milliseconds(1))
        #expect(queue.passing == ["a"])
        let next = try #require(queue.work())
        queue.settle(next)
        #expect(queue.passing == ["mark 1"])
    }

    @Test func heldBytesAreBounded() throws {
        let queue = Harness {
            $0.batchLines = 2
            $0.hold = 8 << 10
        }
        queue.add("a")
        let first = try #require(queue.work())
        queue.pass(.seconds(2))
        var count = 0
        while queue.offer("t\(count)") == 1, count < 1000 { count += 1 }
        #expect((3..<20).contains(count))
        #expect(queue.passing.count == count + 1)
        queue.settle(first)
        while let next = queue.work() { queue.settle(next) }
        #expect(queue.stored == ["a"] + (0..<count).map { "t\($0)" })
        #expect(queue.offer("z") == 1)
    }

    @Test func aRejectedLineIsNotPassedOn() throws {
        let queue = Harness()
        queue.add("a", "b", "c")
        let next = try #require(queue.work())
        queue.settle(next, except: [2])
        #expect(queue.passing == ["a", "c"])
    }

    @Test func rejectedLinesTravelWithTheirBatch() throws {
        let queue = Harness()
        queue.add("a")
        let line = CheckedLine.rejected(RejectedLine(number: 2, line: [], reason: "odd"))
        #expect(queue.queue.add([line], at: queue.now) == 1)
        queue.add("b", mark: 7)
        let next = try #require(queue.work())
        #expect(next.rejected.count == 1)
        #expect(next.batch.lastMarks.map(\.seq) == [7])
    }

    @Test func aRetractionIsABatchOfItsOwn() throws {
        let queue = Harness()
        queue.add("a")
        queue.add(line: #"{"kind":"retract","id":"a","seq":9,"reason":"x"}"#)
        queue.add("b")
        #expect(try #require(queue.work()).batch.lines.count == 1)
        #expect(try #require(queue.work()).batch.lines.count == 1)
        #expect(try #require(queue.work()).batch.lines.count == 1)
        #expect(!queue.hasWork)
    }

    @Test func finishesWhenAllIsStoredAndPassedOn() throws {
        let queue = Harness()
        queue.add("a")
        queue.queue.endInput(at: queue.now)
        let next = try #require(queue.work())
        queue.settle(next)
        #expect(queue.isAllStored)
        queue.queue.finish(.writer)
        #expect(queue.passing == ["a"])
        #expect(queue.isAllPassedOn)
        #expect(!queue.queue.isFinished)
        queue.queue.finish(.forwarder)
        #expect(queue.queue.isFinished)
    }

    @Test func theFirstFailureEndsEverything() throws {
        let queue = Harness()
        queue.add("a")
        queue.queue.fail(StageError(.configuration, "first"))
        queue.queue.fail(StageError(.inputOutput, "second"))
        #expect(queue.queue.error?.message == "first")
        #expect(!queue.queue.acceptsInput)
        #expect(!queue.hasWork)
        #expect(queue.passing == [])
    }

    @Test func anUnavailableDatabaseIsWaitedForUntilTheEndOfInput() throws {
        let queue = Harness { $0.patience = .seconds(10) }
        let start = queue.now
        queue.pass(.seconds(1000))
        #expect(!queue.givesUp(since: start))
        queue.queue.endInput(at: queue.now)
        queue.pass(.seconds(10))
        #expect(!queue.givesUp(since: start))
        queue.pass(.seconds(1))
        #expect(queue.givesUp(since: start))
    }

    @Test func afterAStopBatchesAreStoredAndNoOutageIsWaitedFor() throws {
        let queue = Harness()
        queue.add("a")
        queue.queue.stop()
        queue.queue.stop(because: StageError(.inputOutput, "the output is full"))
        queue.queue.endInput(at: queue.now)
        #expect(!queue.queue.acceptsInput)
        #expect(queue.givesUp(since: queue.now))
        let next = try #require(queue.work())
        queue.settle(next)
        #expect(queue.isAllStored)
        #expect(queue.queue.error?.message == "the output is full")
    }
}

/// A queue with a clock that the test sets.
private final class Harness {
    var queue: BatchQueue
    var now = ContinuousClock.now
    private(set) var stored: [String] = []
    private(set) var deadline: ContinuousClock.Instant?
    private var count = 0

    init(_ change: (inout StoreLimits) -> Void = { _ in }) {
        var limits = StoreLimits()
        change(&limits)
        queue = BatchQueue(limits)
    }

    func pass(_ duration: Duration) { now += duration }

    /// Adds trades with these ids, and a mark after them.
    func add(_ ids: String..., mark: Int? = nil) {
        for id in ids { add(line: Line.trade(id)) }
        if let mark { add(line: Line.mark(mark)) }
    }

    func add(line: String) {
        #expect(offer(line: line) == 1)
    }

    /// Offers a trade.
    ///
    /// - Returns: 1 when there was room for it, else 0.
    func offer(_ id: String) -> Int { offer(line: Line.trade(id)) }

    private func offer(line: String) -> Int {
        count += 1
        guard let line = try? StorableLine(Array(line.utf8), number: count) else { return -1 }
        return queue.add([.storable(line)], at: now) ?? 0
    }

    var hasToEncode: Bool { queue.nextToEncode() != nil }

    func toEncode() throws -> QueuedBatch {
        let next = queue.nextToEncode()
        return try #require(next)
    }

    var hasWork: Bool { work() != nil }

    var isAllStored: Bool {
        if case .finish? = queue.nextWriterAction(at: now) { true } else { false }
    }

    /// Takes the next batch, if there is one.
    func work() -> QueuedBatch? {
        guard case .store(let next)? = queue.nextWriterAction(at: now) else { return nil }
        return next
    }

    func settle(_ batch: QueuedBatch, except rejected: Set<Int> = []) {
        stored += batch.batch.lines.map { name($0.line) }
        queue.settle(batch, except: rejected, roundTrips: 1)
    }

    func givesUp(since start: ContinuousClock.Instant) -> Bool {
        queue.givesUp(onDatabaseUnavailableSince: start, at: now)
    }

    /// Takes the lines that may be passed on now: ids of trades, and marks.
    var passing: [String] {
        switch queue.nextForwarderAction(at: now) {
        case .write(let lines): return lines.map(name)
        case .wait(let until):
            deadline = until
            return []
        case .finish: return []
        }
    }

    var isAllPassedOn: Bool {
        if case .finish = queue.nextForwarderAction(at: now) { true } else { false }
    }

    private func name(_ line: [UInt8]) -> String {
        let text = String(decoding: line, as: UTF8.self)
        let member = text.contains(#""kind":"mark""#) ? #""seq":"# : #""id":""#
        let value = text.split(separator: member, maxSplits: 1).last ?? ""
        let name = value.prefix { $0 != "\"" && $0 != "," }
        return member == #""seq":"# ? "mark \(name)" : String(name)
    }
}
