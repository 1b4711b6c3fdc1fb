import Ingestion
import PMRecord
import Testing

struct GapTrackerTests {
    private let start = Timestamp(milliseconds: 1_000_000)

    @Test func aGapIsEmittedWhenItBeginsEndsAndIsSettled() {
        var tracker = GapTracker(feed: .activity)
        let begun = tracker.begin(.unheard(shard: 0), from: start, at: start + 5, cause: "silence")!
        #expect((begun.state, begun.from, begun.to) == (.open, start, start + 5))
        let again = tracker.begin(.unheard(shard: 0), from: start, at: start + 6, cause: "again")
        #expect(again == nil)
        let ended = tracker.end(.unheard(shard: 0), at: start + 9)!
        #expect((ended.id, ended.state, ended.to) == (begun.id, .open, start + 9))
        let endedAgain = tracker.end(.unheard(shard: 0), at: start + 9)
        #expect(endedAgain == nil)
        #expect(tracker.open == [ended])
        let settled = tracker.settle(begun.id, as: .closed, recovered: 3)!
        #expect((settled.state, settled.recovered) == (.closed, 3))
        #expect(tracker.open.isEmpty && tracker.closed == 1)
        let settledAgain = tracker.settle(begun.id, as: .closed, recovered: 3)
        #expect(settledAgain == nil)
    }

    @Test func aGapThatStaysOpenAddsUpItsRecoveredTrades() {
        var tracker = GapTracker(feed: .activity)
        let id = tracker.begin(.unheard(shard: 0), from: start, at: start, cause: "x")!.id
        _ = tracker.end(.unheard(shard: 0), at: start + 1)
        let kept = tracker.settle(id, as: .open, recovered: 2)
        #expect(kept?.recovered == 2 && tracker.open.count == 1)
        let givenUp = tracker.settle(id, as: .unrecoverable, recovered: 1)
        #expect(givenUp?.recovered == 3)
        #expect(tracker.unrecoverable == 1)
    }

    @Test func eachKindIsAGapOfItsOwn() {
        var tracker = GapTracker(feed: .activity)
        let kinds: [GapKind] = [
            .stopped, .unheard(shard: 0), .unheard(shard: 1), .overflow, .unjournaled, .unkept,
        ]
        let gaps = kinds.compactMap { tracker.begin($0, from: start, at: start, cause: "x") }
        #expect(Set(gaps.map(\.id)).count == kinds.count)
        #expect(tracker.open.count == kinds.count)
    }

    @Test func resumesTheGapsOfAnEarlierRun() {
        var tracker = GapTracker(feed: .activity)
        let gap = tracker.begin(.unheard(shard: 0), from: start, at: start + 1, cause: "x")!
        var next = GapTracker(feed: .activity, resuming: [gap])
        #expect(next.waiting == [gap])
        let settled = next.settle(gap.id, as: .closed, recovered: 0)
        #expect(settled?.state == .closed)
    }
}
