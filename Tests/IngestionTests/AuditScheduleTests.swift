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

    /// - Parameter proved: Up to when the read showed the feed's trades. The default is the whole stretch.
    private func result(_ stretch: Gap, _ state: Gap.State, proved: Timestamp? = nil) -> AuditResult {
        AuditResult(
            from: stretch.from, to: stretch.to, state: state, rows: 10, missed: 1,
            provedTo: proved ?? stretch.to + 1)
    }

    private func trade(_ number: Int, at second: Int, received: Int? = nil) throws -> UnsettledTrades.Trade {
        try #require(
            UnsettledTrades.Trade(
                UInt128(number), transactionHash: hash(number), at: start + second,
                receivedAt: start + (received ?? second + 2)))
    }

    private func hash(_ number: Int) -> String { "0x" + String(repeating: "\(number)", count: 64) }

    private func key(_ number: Int) -> UInt128 { UInt128(transactionHash: hash(number))! }

    /// Returns a schedule that the feed has sent trades up to second 10,000.
    private func started() -> AuditSchedule {
        var schedule = schedule()
        schedule.note(frame(at: start))
        _ = schedule.next(at: start)
        schedule.note(frame(2, at: start + 10_000))
        return schedule
    }

    /// Audits the next stretch.
    private func audit(
        _ schedule: inout AuditSchedule, at second: Int, _ state: Gap.State = .closed, proved: Int? = nil
    ) throws -> (stretch: Gap, retracted: [UInt128]) {
        let next = schedule.next(at: start + second)
        let stretch = try #require(next.stretch)
        let retracted = schedule.finish(
            result(stretch, state, proved: proved.map { start + $0 }), at: start + second)
        return (stretch, retracted)
    }

    /// It starts five seconds early: the API may show the first trades under an earlier time.
    @Test(arguments: [(0, 0), (-20, -20), (-3600, -60), (3600, 0)])
    func startsWithTheFirstTradeThatIsNoMuchOlderThanTheOthers(trade: Int, expected: Int) {
        var schedule = schedule()
        schedule.note(frame(at: start + -50, type: "orders_matched"))
        for time in [trade, 0, 0] { schedule.note(frame(at: start + time)) }
        let next = schedule.next(at: start + 4000)
        #expect(next.stretch?.from == start + expected + -5)
        #expect(next.missedFrom == start + expected)
    }

    /// This machine's clock is two hours ahead: the exchange's decides what is settled.
    @Test func aClockThatIsAheadDoesNotMoveTheAudits() {
        var schedule = schedule()
        for second in 0..<20 { schedule.note(frame(second, at: start + second)) }
        let next = schedule.next(at: start + 7200 + 20)
        #expect(
            next.stretch?.from == start + -5
                && next.stretch?.to == (start + 19).advanced(by: .milliseconds(-1)))
    }

    @Test func hasNothingToAuditBeforeTheFirstDataAndBeforeItIsSettled() {
        var schedule = schedule()
        let before = schedule.next(at: start + 10_000)
        schedule.note(frame(at: start))
        let early = schedule.next(at: start + 295)
        #expect(before.stretch == nil && early.stretch == nil)
    }

    @Test func aFinishedStretchIsFollowedByTheNextAndAFailedOneIsRepeated() throws {
        var schedule = started()
        let first = try audit(&schedule, at: 5000, .open).stretch
        #expect(first.from == start + -5 && first.to == (start + 895).advanced(by: .milliseconds(-1)))
        for (index, state) in [Gap.State.closed, .unrecoverable].enumerated() {
            #expect(try audit(&schedule, at: 5000, state).stretch.from == start + (index * 900 - 5))
        }
        #expect(try audit(&schedule, at: 5000).stretch.from == start + 1795)
    }

    @Test func whatAReadDoesNotShowIsAuditedOnceMore() throws {
        var schedule = started()
        _ = try audit(&schedule, at: 600, proved: 250)
        #expect(try audit(&schedule, at: 900).stretch.from == start + 250)
    }

    @Test func aStretchThatCanNeverBeReadIsLeftInTheEnd() throws {
        var schedule = started()
        schedule.expect(try trade(1, at: 1))
        for _ in 0..<12 { #expect(try audit(&schedule, at: 5000, .open).stretch.from == start + -5) }
        let next = try audit(&schedule, at: 5000)
        #expect(next.stretch.from == start + 895 && next.retracted.isEmpty)
    }

    @Test func aStretchWhoseTradesAreForgottenIsSkipped() throws {
        var schedule = schedule(remembering: 100)
        schedule.note(frame(at: start))
        _ = schedule.next(at: start)
        schedule.note(frame(2, at: start + 10_000))
        for (second, emitted) in [(0, 0), (600, 90), (1200, 180)] {
            schedule.note(emitted: emitted, at: start + second)
        }
        let next = schedule.next(at: start + 1200)
        #expect(next.skipped == (start + -5)..<(start + 600))
        #expect(next.stretch?.from == start + 600)
    }

    @Test func aTradeIsRetractedWhenTheAuditAfterItsOwnDoesNotConfirmIt() throws {
        var schedule = started()
        for number in [1, 2] { schedule.expect(try trade(number, at: 294 + number)) }
        let early = try audit(&schedule, at: 600).retracted
        _ = schedule.confirm(key(2))
        let late = try audit(&schedule, at: 900).retracted
        #expect(early.isEmpty && late == [1])
    }

    /// The time of its receipt is not inside the audited time, too.
    @Test func aTradeThatWasReceivedLateIsRetractedLate() throws {
        var schedule = started()
        schedule.expect(try trade(1, at: 100, received: 500))
        let retracted = try [600, 750, 900].map { try audit(&schedule, at: $0).retracted }
        #expect(retracted == [[], [], [1]])
    }

    /// Nothing will confirm it any more.
    @Test(arguments: [true, false])
    func aTradeThatIsReceivedAfterItsAuditIsNeverRetracted(isShown: Bool) throws {
        var schedule = started()
        if isShown { _ = schedule.confirm(key(1)) } else { _ = try audit(&schedule, at: 600) }
        schedule.expect(try trade(1, at: 299, received: 600))
        var retracted: [UInt128] = []
        for period in 3...6 { retracted += try audit(&schedule, at: period * 300).retracted }
        #expect(retracted.isEmpty)
    }

    @Test func aRetractedTradeThatAppearsIsRestoredOnce() throws {
        var schedule = started()
        schedule.expect(try trade(1, at: 100))
        #expect(try audit(&schedule, at: 600).retracted == [1])
        let restored = [schedule.confirm(key(1)), schedule.confirm(key(1))]
        #expect(restored == [[1], []])
    }

    @Test(arguments: [Gap.State.closed, .unrecoverable])
    func aTradeAtTheEdgeOfAnAuditIsNotRetracted(state: Gap.State) throws {
        var schedule = started()
        let first = schedule.next(at: start + 600)
        // The API has it two seconds before the edge, and the feed two seconds after.
        let trade = try trade(7, at: 302)
        #expect(first.stretch?.to == (start + 300).advanced(by: .milliseconds(-1)))
        schedule.expect(trade)
        if state == .closed { _ = schedule.confirm(key(7)) }
        _ = schedule.finish(result(try #require(first.stretch), state), at: start + 600)
        var retracted: [UInt128] = []
        for period in 3...6 { retracted += try audit(&schedule, at: period * 300).retracted }
        #expect(retracted.isEmpty)
    }

    @Test func resumesTwoPeriodsBeforeTheEndOfTheLastRun() throws {
        var schedule = schedule()
        let retracted = try trade(3, at: -700)
        schedule.resume(after: start, [], retracted: [retracted])
        schedule.note(frame(at: start))
        let next = schedule.next(at: start + 600)
        #expect(next.stretch?.from == start + -600 && next.missedFrom == nil)
        let restored = schedule.confirm(key(3))
        #expect(restored == [3])
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
        for id in [1, 2, 2] as [UInt128] { sequencer.remember(id, seq: UInt64(id)) }
        #expect(sequencer.emittedCount == 2)
        var memory = EmittedTrades(capacity: 3)
        for id in 1...5 as ClosedRange<UInt128> { _ = memory.note(id, seq: UInt64(id) * 10) }
        #expect(memory.noted == 5 && !memory.contains(2) && memory.contains(3))
        memory.forget(35...45)
        #expect(memory.contains(3) && !memory.contains(4) && memory.contains(5))
        let again = [4, 5].map { memory.note($0, seq: 60) }
        #expect(again == [true, false])
    }
}
