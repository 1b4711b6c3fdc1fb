import Ingestion
import PMRecord
import Testing

struct AuditScheduleTests {
    private let start = Timestamp(milliseconds: 1_790_272_300_000)
    private let period = Duration.seconds(300)

    private func schedule(remembering capacity: Int = 1000) -> AuditSchedule {
        AuditSchedule(feed: .activity, period: period, remembering: capacity)
    }

    private func frame(_ number: Int = 1, at time: Timestamp, type: String = "trades") -> ReceivedFrame {
        let row = Messages.row(transaction: Messages.hash(number), timestamp: "\(time.milliseconds)")
        return ReceivedFrame(
            Array(Messages.activity(type: type, row).utf8), from: .activity, connection: 0, receivedAt: start)
    }

    private func result(_ stretch: Gap, _ state: Gap.State) -> AuditResult {
        AuditResult(from: stretch.from, to: stretch.to, state: state, rows: 10, missed: 1)
    }

    /// It starts five seconds early: the API may show the first trades under an earlier time.
    @Test(arguments: [(0, 0), (-20, -20), (-3600, -60), (3600, 0)])
    func startsWithTheFirstTradeThatIsNoOlderThanAMinute(trade: Int, expected: Int) {
        var schedule = schedule()
        schedule.start(with: frame(at: start + -50, type: "orders_matched"))
        schedule.start(with: frame(at: start + trade))
        schedule.start(with: frame(at: start + -40))
        let next = schedule.next(at: start + 400)
        #expect(next.stretch?.from == start + expected + -5)
        #expect(next.missedFrom == start + expected)
    }

    @Test func hasNothingToAuditBeforeTheFirstDataAndBeforeItIsSettled() {
        var schedule = schedule()
        let before = schedule.next(at: start + 10_000)
        schedule.start(with: frame(at: start))
        let early = schedule.next(at: start + 295)
        #expect(before.stretch == nil && early.stretch == nil)
    }

    @Test func aFinishedStretchIsFollowedByTheNextAndAFailedOneIsRepeated() throws {
        var schedule = schedule()
        schedule.start(with: frame(at: start))
        let next = schedule.next(at: start + 5000)
        let first = try #require(next.stretch)
        #expect(first.from == start + -5 && first.to == (start + 895).advanced(by: .milliseconds(-1)))
        _ = schedule.finish(result(first, .open), at: start + 5000)
        for (index, state) in [Gap.State.closed, .unrecoverable].enumerated() {
            let next = schedule.next(at: start + 5000)
            let stretch = try #require(next.stretch)
            #expect(stretch.from == start + (index * 900 - 5))
            _ = schedule.finish(result(stretch, state), at: start + 5000)
        }
        let last = schedule.next(at: start + 5000)
        #expect(last.stretch?.from == start + 1795)
    }

    @Test func aStretchWhoseTradesAreForgottenIsSkipped() throws {
        var schedule = schedule(remembering: 100)
        schedule.start(with: frame(at: start))
        for (second, emitted) in [(0, 0), (600, 90), (1200, 180)] {
            schedule.note(emitted: emitted, at: start + second)
        }
        let next = schedule.next(at: start + 1200)
        #expect(next.skipped == (start + -5)..<(start + 600))
        #expect(next.stretch?.from == start + 600)
    }

    @Test func aTradeIsRetractedWhenTheAuditAfterItsOwnDoesNotConfirmIt() throws {
        var schedule = schedule()
        schedule.start(with: frame(at: start))
        for number in [1, 2] {
            let hash = "0x" + String(repeating: "\(number)", count: 64)
            schedule.expect(
                try #require(
                    UnsettledTrades.Trade(UInt128(number), transactionHash: hash, at: start + number)))
        }
        var next = schedule.next(at: start + 600)
        let first = try #require(next.stretch)
        schedule.confirm(transactionHash: "0x" + String(repeating: "2", count: 64))
        let early = schedule.finish(result(first, .closed), at: start + 600)
        #expect(early.isEmpty)
        next = schedule.next(at: start + 900)
        let second = try #require(next.stretch)
        let reverted = schedule.finish(result(second, .closed), at: start + 900)
        #expect(reverted == [1])
    }

    @Test(arguments: [Gap.State.closed, .unrecoverable])
    func aTradeAtTheEdgeOfAnAuditIsNotRetracted(state: Gap.State) throws {
        var schedule = schedule()
        schedule.start(with: frame(at: start))
        var next = schedule.next(at: start + 600)
        let first = try #require(next.stretch)
        // The API has it two seconds before the edge, and the feed two seconds after.
        let hash = "0x" + String(repeating: "7", count: 64)
        schedule.expect(
            try #require(UnsettledTrades.Trade(7, transactionHash: hash, at: first.to + 2)))
        if state == .closed { schedule.confirm(transactionHash: hash) }
        _ = schedule.finish(result(first, state), at: start + 600)
        var retracted: [UInt128] = []
        for period in 3...6 {
            next = schedule.next(at: start + period * 300)
            let stretch = try #require(next.stretch)
            retracted += schedule.finish(result(stretch, .closed), at: start + period * 300)
        }
        #expect(retracted.isEmpty)
    }

    @Test func resumesTwoPeriodsBeforeTheEndOfTheLastRun() {
        var schedule = schedule()
        schedule.resume(after: start, [])
        schedule.start(with: frame(at: start))
        let next = schedule.next(at: start + 600)
        #expect(next.stretch?.from == start + -600 && next.missedFrom == nil)
    }
}

struct DeduplicationWindowTests {
    private let start = Timestamp(milliseconds: 1_790_272_000_000)

    /// A memory of a hundred trades; ten are emitted a minute.
    @Test func allTradesSinceItsStartAreRemembered() {
        var window = DeduplicationWindow(capacity: 100)
        for minute in 0...10 {
            window.note(emitted: minute * 10, at: start + minute * 60)
            #expect(window.start == nil, "none is forgotten")
        }
        window.note(emitted: 105, at: start + 630)
        #expect(window.start == start + 60, "five of the first minute are forgotten")
        // A burst of more than there is room for.
        window.note(emitted: 1000, at: start + 660)
        #expect(window.start == start + 660)
    }

    @Test func itsCountIsThatOfTheSequencersMemory() throws {
        var sequencer = TradeSequencer()
        #expect(sequencer.emittedCount == 0)
        for id in [1, 2, 2] as [UInt128] { sequencer.remember(id) }
        #expect(sequencer.emittedCount == 2)
        var memory = Duplicates(capacity: 3)
        for id in 1...5 as ClosedRange<UInt128> { _ = memory.note(id) }
        #expect(memory.noted == 5 && !memory.contains(2) && memory.contains(3))
    }
}
