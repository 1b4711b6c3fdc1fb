import Ingestion
import PMRecord
import Testing

struct WatchdogTests {
    private let start = ContinuousClock.now

    /// Hears `count` messages, `pause` apart; the silence that is then too long.
    private func patience(after count: Int, every pause: Duration) -> Duration {
        var watchdog = Watchdog(Watchdog.Bounds(), at: start)
        for number in 0..<count { watchdog.heard(at: start + pause * number) }
        return (start + pause * (count - 1)).duration(to: watchdog.deadline)
    }

    @Test(
        arguments: [
            (0.02, 4.0), (0.1, 4.0), (0.5, 10.0), (1.0, 20.0), (2.0, 28.0), (60.0, 28.0),
        ])
    func aBusyFeedIsMissedSoonerThanAQuietOne(pause: Double, seconds: Double) {
        let patience = patience(after: 50, every: .seconds(pause))
        #expect(abs(patience / .seconds(1) - seconds) < 0.01)
    }

    @Test func theFirstDataIsExpectedWithinABound() {
        let watchdog = Watchdog(Watchdog.Bounds(), at: start)
        #expect(!watchdog.isSilent(at: start + .seconds(19)))
        #expect(watchdog.isSilent(at: start + .seconds(20)))
    }

    @Test func oneMessageTellsNothingOfThePaceUnlessItIsKnown() {
        var watchdog = Watchdog(Watchdog.Bounds(), at: start)
        watchdog.heard(at: start)
        #expect(start.duration(to: watchdog.deadline) == .seconds(28))
        var next = Watchdog(Watchdog.Bounds(), pause: .milliseconds(20), at: start)
        next.heard(at: start)
        #expect(start.duration(to: next.deadline) == .seconds(4))
    }

    @Test func aFeedThatQuietensDownIsGivenMoreTime() {
        var watchdog = Watchdog(Watchdog.Bounds(), at: start)
        var now = start
        for _ in 0..<100 {
            watchdog.heard(at: now)
            now += .milliseconds(50)
        }
        for _ in 0..<40 {
            now += .seconds(2)
            #expect(!watchdog.isSilent(at: now))
            watchdog.heard(at: now)
        }
        #expect(now.duration(to: watchdog.deadline) == .seconds(28))
    }
}

struct HandoverTests {
    @Test func isProvedByATradeThatBothHave() {
        var handover = Handover()
        handover.heard(1, by: .old)
        handover.heard(1, by: .old)
        handover.heard(2, by: .new)
        #expect(!handover.isProved, "the second copy on one connection proves nothing")
        handover.heard(2, by: .old)
        #expect(handover.isProved)
    }
}

struct GapLedgerTests {
    private let start = Timestamp(milliseconds: 1_000_000)

    @Test func aGapIsToldWhenItBeginsAndEndsAndIsSettled() {
        var ledger = GapTracker(feed: .activity)
        let begun = ledger.begin(.unheard(shard: 0), from: start, at: start + 5, cause: "silence")!
        #expect((begun.state, begun.from, begun.to) == (.open, start, start + 5))
        let again = ledger.begin(.unheard(shard: 0), from: start, at: start + 6, cause: "again")
        #expect(again == nil)
        let ended = ledger.end(.unheard(shard: 0), at: start + 9)!
        #expect((ended.id, ended.state, ended.to) == (begun.id, .open, start + 9))
        let endedAgain = ledger.end(.unheard(shard: 0), at: start + 9)
        #expect(endedAgain == nil)
        #expect(ledger.open == [ended])
        let settled = ledger.settle(begun.id, as: .closed, recovered: 3)!
        #expect((settled.state, settled.recovered) == (.closed, 3))
        #expect(ledger.open.isEmpty && ledger.closed == 1)
        let settledAgain = ledger.settle(begun.id, as: .closed, recovered: 3)
        #expect(settledAgain == nil)
    }

    @Test func oneThatStaysOpenIsKeptAndAddsUpWhatWasRecovered() {
        var ledger = GapTracker(feed: .activity)
        let id = ledger.begin(.unheard(shard: 0), from: start, at: start, cause: "x")!.id
        _ = ledger.end(.unheard(shard: 0), at: start + 1)
        let kept = ledger.settle(id, as: .open, recovered: 2)
        #expect(kept?.recovered == 2 && ledger.open.count == 1)
        let given = ledger.settle(id, as: .unrecoverable, recovered: 1)
        #expect(given?.recovered == 3)
        #expect(ledger.unrecoverable == 1)
    }

    @Test func differentFaultsAreDifferentGaps() {
        var ledger = GapTracker(feed: .activity)
        let faults: [GapTracker.Fault] = [
            .stopped, .unheard(shard: 0), .unheard(shard: 1), .overflow, .unjournaled, .unkept,
        ]
        let gaps = faults.compactMap { ledger.begin($0, from: start, at: start, cause: "x") }
        #expect(Set(gaps.map(\.id)).count == faults.count)
        #expect(ledger.open.count == faults.count)
    }

    @Test func goesOnWithWhatAnEarlierRunLeft() {
        var ledger = GapTracker(feed: .activity)
        let gap = ledger.begin(.unheard(shard: 0), from: start, at: start + 1, cause: "x")!
        var next = GapTracker(feed: .activity, resuming: [gap])
        #expect(next.waiting == [gap])
        let settled = next.settle(gap.id, as: .closed, recovered: 0)
        #expect(settled?.state == .closed)
    }
}

struct MarksTests {
    private let start = ContinuousClock.now

    @Test func areSetEverySecondIdleToo() {
        var marks = MarkSchedule(at: start)
        #expect(!marks.isDue(at: start + .milliseconds(999)))
        #expect(marks.isDue(at: start + .seconds(1)))
        marks.markEmitted(at: start + .seconds(1))
        #expect(!marks.isDue(at: start + .milliseconds(1999)))
        #expect(marks.deadline == start + .seconds(2))
    }

    @Test func areSetAfterTwoHundredRecords() {
        var marks = MarkSchedule(at: start)
        for round in 0..<3 {
            let due = (1...200).filter { _ in marks.recordEmitted() }
            #expect(due == [200], "round \(round)")
            marks.markEmitted(at: start)
        }
    }
}

extension Timestamp {
    static func + (time: Timestamp, seconds: Int) -> Timestamp { time.advanced(by: .seconds(seconds)) }
}
