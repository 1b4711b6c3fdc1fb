import Curl
import Ingestion
import PMRecord
import PolymarketAPI
import Testing

/// The queue of back-fills, against an API without any trades, with a clock that is a number.
struct BackfillQueueTests {
    private let wall = Timestamp(milliseconds: 1_790_272_000_000)
    private let start = ContinuousClock.now
    private let empty = Array(#"{"data":[],"pagination":{"has_more":false}}"#.utf8)

    private func gap(_ from: Int, _ to: Int) -> Gap {
        Gap(id: "\(from)", feed: .activity, state: .open, from: wall + from, to: wall + to, cause: "x")
    }

    private func queue(
        _ gaps: [(Int, Int)], order: VersionPolicy.Order = .v2ThenV1, budget: Int = 1000
    ) -> BackfillQueue {
        var queue = BackfillQueue(Intervals(), feed: .activity, budget: budget, order: order)
        for (from, to) in gaps { queue.add(gap(from, to), wall: wall, at: start) }
        return queue
    }

    private struct Run {
        var targets: [String] = []
        /// The settled gaps, or the audited stretch, of each job.
        var jobs: [[String]] = []
        var recovered: [String: Int] = [:]
        /// The missed trades of the last audit.
        var missed: Int?
        var end: ContinuousClock.Instant
    }

    /// Runs a queue until it is idle.
    ///
    /// - Parameters:
    ///   - new: The times of the trades that the first page adds.
    ///   - count: Stops after so many jobs. The default is never.
    private func run(_ queue: inout BackfillQueue, adding new: [Timestamp] = [], jobs count: Int = .max)
        -> Run
    {
        var run = Run(end: start)
        var new = new
        while run.jobs.count < count {
            switch queue.next(at: run.end) {
            case .idle: return run
            case .wait(let due): run.end = due
            case .fetch(let request, let isNewRead):
                let target = request.target
                run.targets.append(target)
                #expect(isNewRead == !target.hasPrefix("/v2/status"), "each read of no rows is one page")
                let body = target.hasPrefix("/trades") ? Array("[]".utf8) : empty
                guard case .emit = queue.received(status: 200, body, wall: wall, at: run.end) else {
                    continue
                }
                queue.emitted(new: isNewRead ? new : [], suspected: 0, at: run.end)
                if isNewRead { new = [] }
            case .settle(let settled):
                run.jobs.append(settled.map(\.gap.id))
                for gap in settled { run.recovered[gap.gap.id] = gap.recovered }
            case .finishAudit(let result):
                run.jobs.append(["audit from \(wall.duration(to: result.from).components.seconds)"])
                run.missed = result.missed
            }
        }
        return run
    }

    @Test(
        arguments: [
            // the first has begun
            ([(0, 1), (2, 3)], [["0"], ["2"]]),
            ([(0, 1), (2, 3), (4, 5), (8, 9)], [["0"], ["2", "4", "8"]]),
            // too far away to be read together
            ([(0, 1), (2, 3), (4000, 4001)], [["0"], ["2"], ["4000"]]),
            // one that is tried again is older than those it joins
            ([(0, 1), (20, 30), (5, 6)], [["0"], ["5", "20"]]),
        ] as [([(Int, Int)], [[String]])])
    func queuedGapsThatTouchAreReadTogether(gaps: [(Int, Int)], jobs: [[String]]) {
        var queue = queue(gaps)
        let run = run(&queue)
        #expect(run.jobs == jobs)
    }

    @Test func oneReadSpansAllGapsOfAJob() throws {
        var queue = queue([(0, 1), (20, 30), (5, 6)], order: .v1ThenV2)
        let run = run(&queue)
        let last = try #require(run.targets.last)
        let second = wall.milliseconds / 1000
        // A margin of 120 s before, the settling time of 10 s after, and a second on both sides.
        #expect(last.contains("start=\(second + 5 - 121)&") && last.contains("end=\(second + 30 + 11)&"))
    }

    @Test func aTradeCountsForTheGapItFallsInto() {
        var queue = queue([(0, 1), (2, 3), (10, 11)])
        _ = run(&queue, jobs: 1)
        let run = run(&queue, adding: [0, 2, 3, 4, 10, 12].map { wall + $0 })
        #expect(run.recovered == ["2": 4, "10": 2])
    }

    @Test func anAuditWaitsForItsTurnAndReplacesAnEarlierOne() {
        var queue = queue([(0, 1), (2, 3)])
        for from in [-300, -200] { queue.addAudit(of: gap(from, 0), wall: wall, at: start) }
        queue.add(gap(4, 5), wall: wall, at: start)
        let run = run(&queue)
        #expect(run.jobs == [["0"], ["2"], ["audit from -200"], ["4"]])
    }

    @Test func anAuditUnderWayIsNotReplaced() {
        var queue = queue([])
        for from in [-300, -200] { queue.addAudit(of: gap(from, 0), wall: wall, at: start) }
        let run = run(&queue)
        #expect(run.jobs == [["audit from -300"]])
    }

    @Test func tradesBeforeTheFirstDataOfARunAreNotMissed() {
        var queue = queue([])
        queue.addAudit(of: gap(-300, -200), missedFrom: wall + -295, wall: wall, at: start)
        let run = run(&queue, adding: [-299, -296, -295, -250].map { wall + $0 })
        #expect(run.missed == 2)
    }

    @Test func staysWithinTheBudget() {
        var queue = queue([(-60, -30)], budget: 1)
        let run = run(&queue)
        #expect(run.targets.count == 5)
        #expect(start.duration(to: run.end) >= .seconds(40), "one request in ten seconds")
    }

    @Test(arguments: [429, 503])
    func aRefusalPausesAllRequests(status: Int) {
        var queue = queue([(-60, -30)])
        _ = queue.next(at: start)
        let refusal = Refusal(status: status, retryAfter: .seconds(60))
        _ = queue.received(status: status, [], refusal: refusal, wall: wall, at: start)
        let first = queue.next(at: start)
        #expect(
            first == .wait(until: start + .seconds(20)), "the failed job waits for twice the settling time")
        let second = queue.next(at: start + .seconds(20))
        #expect(second == .wait(until: start + .milliseconds(60_250)))
    }

    @Test func requestsNothingWhileAResponseIsOutstanding() {
        var queue = queue([(-60, -30)])
        let request = queue.next(at: start)
        queue.add(gap(0, 1), wall: wall, at: start)
        let waiting = queue.next(at: start)
        _ = queue.received(status: 200, Array("{}".utf8), wall: wall, at: start)
        let emitting = queue.next(at: start)
        queue.emitted(new: [], suspected: 0, at: start)
        let next = queue.next(at: start)
        #expect(request != .idle && waiting == .idle && emitting == .idle && next != .idle)
    }
}
