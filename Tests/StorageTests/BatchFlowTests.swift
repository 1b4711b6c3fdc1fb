import Database
import DatabaseFixtures
import PMPipe
import Storage
import Testing

/// The decisions between pm-store's threads, walked through without a thread, a clock or a database.
struct BatchFlowTests {
    @Test func aBatchIsWhatGatheredWhileTheOneBeforeWasStored() throws {
        let flow = Walk()
        flow.bring("a")
        let first = try #require(flow.work())
        #expect(first.batch.entries.count == 1)
        flow.bring("b", "c")
        #expect(flow.leaving == [])
        flow.settle(first)
        #expect(flow.leaving == ["a"])
        let second = try #require(flow.work())
        #expect(second.batch.entries.count == 2)
        #expect(!flow.hasWork)
        flow.settle(second)
        #expect(flow.leaving == ["b", "c"])
    }

    @Test func aFullBatchIsPackedWhileTheOneBeforeIsStored() throws {
        let flow = Walk { $0.batchLines = 2 }
        flow.bring("a")
        let first = try #require(flow.work())
        #expect(!flow.hasToPack)
        flow.bring("b", "c")
        var full = try flow.toPack()
        full.batch.pack(for: .sqlite(path: ""))
        flow.flow.replace(by: full)
        #expect(!flow.hasToPack)
        flow.bring("d", "e")
        #expect(flow.offer("f") == 0)
        flow.settle(first)
        let second = try #require(flow.work())
        #expect(second.batch.isPacked)
        #expect(second.batch.entries.count == 2)
        #expect(flow.offer("f") == 1)
    }

    @Test func aBatchThatWasTakenBeforeItWasPackedStaysTaken() throws {
        let flow = Walk { $0.batchLines = 1 }
        flow.bring("a")
        let late = try flow.toPack()
        let first = try #require(flow.work())
        flow.flow.replace(by: late)
        flow.settle(first)
        #expect(!flow.hasWork)
        #expect(flow.leaving == ["a"])
    }

    @Test func whileTheDatabaseIsAwayLinesLeaveAndMarksWait() throws {
        let flow = Walk()
        flow.bring("a", mark: 1)
        let first = try #require(flow.work())
        #expect(flow.leaving == [])
        #expect(flow.deadline == flow.now + .seconds(1))
        flow.pass(.seconds(1))
        #expect(flow.leaving == ["a"])
        flow.bring("b", mark: 2)
        #expect(flow.leaving == ["b"])
        flow.settle(first)
        #expect(flow.leaving == ["mark 1"])
        let second = try #require(flow.work())
        flow.settle(second)
        #expect(flow.leaving == ["mark 2"])
    }

    @Test func linesDoNotWaitForADatabaseThatIsStillBeingOpened() throws {
        let flow = Walk()
        flow.bring("a", mark: 1)
        flow.pass(.milliseconds(999))
        #expect(flow.leaving == [])
        flow.pass(.milliseconds(1))
        #expect(flow.leaving == ["a"])
        let portion = try #require(flow.work())
        flow.settle(portion)
        #expect(flow.leaving == ["mark 1"])
    }

    @Test func whatIsHeldForADatabaseThatIsAwayIsBounded() throws {
        let flow = Walk {
            $0.batchLines = 2
            $0.hold = 8 << 10
        }
        flow.bring("a")
        let first = try #require(flow.work())
        flow.pass(.seconds(2))
        var count = 0
        while flow.offer("t\(count)") == 1, count < 1000 { count += 1 }
        #expect((3..<20).contains(count))
        #expect(flow.leaving.count == count + 1)
        flow.settle(first)
        while let portion = flow.work() { flow.settle(portion) }
        #expect(flow.stored == ["a"] + (0..<count).map { "t\($0)" })
        #expect(flow.offer("z") == 1)
    }

    @Test func aLineThatTheDatabaseRefusedDoesNotLeave() throws {
        let flow = Walk()
        flow.bring("a", "b", "c")
        let portion = try #require(flow.work())
        flow.settle(portion, except: [2])
        #expect(flow.leaving == ["a", "c"])
    }

    @Test func linesThatWereNoUseTravelWithTheBatchTheyCameIn() throws {
        let flow = Walk()
        flow.bring("a")
        let line = Arrived.refusal(Refusal(number: 2, line: [], reason: "odd"))
        #expect(flow.flow.add([line], at: flow.now) == 1)
        flow.bring("b", mark: 7)
        let portion = try #require(flow.work())
        #expect(portion.refusals.count == 1)
        #expect(portion.batch.lastMarks.map(\.seq) == [7])
    }

    @Test func aRetractionIsABatchApart() throws {
        let flow = Walk()
        flow.bring("a")
        flow.bring(line: #"{"kind":"retract","id":"a","seq":9,"reason":"x"}"#)
        flow.bring("b")
        #expect(try #require(flow.work()).batch.entries.count == 1)
        #expect(try #require(flow.work()).batch.entries.count == 1)
        #expect(try #require(flow.work()).batch.entries.count == 1)
        #expect(!flow.hasWork)
    }

    @Test func theEndOfInputEndsItOnceAllIsStoredAndPassedOn() throws {
        let flow = Walk()
        flow.bring("a")
        flow.flow.endInput(at: flow.now)
        let portion = try #require(flow.work())
        flow.settle(portion)
        #expect(flow.isAllStored)
        flow.flow.endStoring()
        #expect(flow.leaving == ["a"])
        #expect(flow.isAllPassedOn)
        #expect(!flow.flow.isOver)
        flow.flow.endPassingOn()
        #expect(flow.flow.isOver)
    }

    @Test func aFailureEndsEverythingAndTheFirstIsTold() throws {
        let flow = Walk()
        flow.bring("a")
        flow.flow.fail(StageError(.configuration, "first"))
        flow.flow.fail(StageError(.inputOutput, "second"))
        #expect(flow.flow.failure?.message == "first")
        #expect(flow.flow.isAbandoned)
        #expect(!flow.hasWork)
        #expect(flow.leaving == [])
    }
}

/// A flow, and the time as the test says it is.
private final class Walk {
    var flow: BatchFlow
    var now = ContinuousClock.now
    private(set) var stored: [String] = []
    private(set) var deadline: ContinuousClock.Instant?
    private var count = 0

    init(_ change: (inout StoringLimits) -> Void = { _ in }) {
        var limits = StoringLimits()
        change(&limits)
        flow = BatchFlow(limits)
    }

    func pass(_ duration: Duration) { now += duration }

    /// Trades of those ids, and a mark after them.
    func bring(_ ids: String..., mark: Int? = nil) {
        for id in ids { bring(line: Line.trade(id)) }
        if let mark { bring(line: Line.mark(mark)) }
    }

    func bring(line: String) {
        #expect(offer(line: line) == 1)
    }

    /// - Returns: How many found room.
    func offer(_ id: String) -> Int { offer(line: Line.trade(id)) }

    private func offer(line: String) -> Int {
        count += 1
        guard let entry = try? Entry(Array(line.utf8), number: count) else { return -1 }
        return flow.add([.entry(entry)], at: now) ?? 0
    }

    var hasToPack: Bool { flow.nextToPack() != nil }

    func toPack() throws -> Portion {
        let portion = flow.nextToPack()
        return try #require(portion)
    }

    var hasWork: Bool { work() != nil }

    var isAllStored: Bool {
        if case .nothingMore? = flow.nextWork(at: now) { true } else { false }
    }

    /// The next batch, if there is one.
    func work() -> Portion? {
        guard case .store(let portion)? = flow.nextWork(at: now) else { return nil }
        return portion
    }

    func settle(_ portion: Portion, except refused: Set<Int> = []) {
        stored += portion.batch.entries.map { name($0.line) }
        flow.settle(portion, except: refused, roundTrips: 1)
    }

    /// What may leave now: ids of trades, and marks.
    var leaving: [String] {
        switch flow.nextOutput(at: now) {
        case .lines(let lines): return lines.map(name)
        case .nothing(let until):
            deadline = until
            return []
        case .nothingMore: return []
        }
    }

    var isAllPassedOn: Bool {
        if case .nothingMore = flow.nextOutput(at: now) { true } else { false }
    }

    private func name(_ line: [UInt8]) -> String {
        let text = String(decoding: line, as: UTF8.self)
        let member = text.contains(#""kind":"mark""#) ? #""seq":"# : #""id":""#
        let value = text.split(separator: member, maxSplits: 1).last ?? ""
        let name = value.prefix { $0 != "\"" && $0 != "," }
        return member == #""seq":"# ? "mark \(name)" : String(name)
    }
}
