import Ingestion
import PMRecord
import Testing

struct BackfillQueueTests {
    private let wall = Timestamp(milliseconds: 1_790_272_000_000)

    private func gap(_ from: Int, _ to: Int) -> Gap {
        Gap(
            id: "\(from)", feed: .activity, state: .open, from: wall.advanced(by: .seconds(from)),
            to: wall.advanced(by: .seconds(to)), cause: "x")
    }

    private func queue(_ gaps: [(Int, Int)]) -> BackfillQueue {
        var queue = BackfillQueue(Intervals())
        for (from, to) in gaps { queue.add(gap(from, to), version: .second, wall: wall, at: .now) }
        return queue
    }

    @Test(
        arguments: [
            // the first has begun
            ([(0, 1), (2, 3)], [["0"], ["2"]]),
            ([(0, 1), (2, 3), (4, 5), (8, 9)], [["0"], ["2", "4", "8"]]),
            // too far away to be read in the same
            ([(0, 1), (2, 3), (4000, 4001)], [["0"], ["2"], ["4000"]]),
            // one that is tried again is older than those it joins
            ([(0, 1), (20, 30), (5, 6)], [["0"], ["5", "20"]]),
        ] as [([(Int, Int)], [[String]])])
    func thoseThatWaitAndTouchAreReadTogether(gaps: [(Int, Int)], jobs: [[String]]) {
        #expect(queue(gaps).jobs.map { $0.gaps.map(\.id) } == jobs)
    }

    @Test func whatIsReadSpansThemAll() {
        let stretch = queue([(0, 1), (20, 30), (5, 6)]).jobs[1].repair.gap
        #expect(
            stretch.from == wall.advanced(by: .seconds(5)) && stretch.to == wall.advanced(by: .seconds(30)))
    }

    @Test func whatIsFoundCountsForTheGapItFellInto() {
        var job = queue([(0, 1), (2, 3), (10, 11)]).jobs[1]
        for second in [0, 2, 3, 4, 10, 12] { job.found(at: wall.advanced(by: .seconds(second))) }
        #expect(job.found == ["2": 4, "10": 2])
    }

    @Test func anAuditWaitsForItsTurnAndComesOnce() {
        var queue = queue([(0, 1), (2, 3)])
        for from in [-300, -200] {
            queue.addAudit(of: gap(from, 0), version: .second, wall: wall, at: .now)
        }
        queue.add(gap(4, 5), version: .second, wall: wall, at: .now)
        #expect(queue.jobs.map(\.isAudit) == [false, false, true, false])
        #expect(queue.jobs[2].repair.gap.id == "-200", "the older may reach back too far by now")
        queue.jobs.removeFirst(2)
        queue.addAudit(of: gap(-100, 0), version: .second, wall: wall, at: .now)
        #expect(queue.jobs.map(\.isAudit) == [true, false])
        #expect(queue.jobs[0].repair.gap.id == "-200", "it has begun")
    }
}

struct HorizonTests {
    private let start = Timestamp(milliseconds: 1_790_272_000_000)

    /// Of a hundred, told ten a minute.
    @Test func allThatWasToldSinceIsRemembered() {
        var horizon = Horizon(capacity: 100)
        for minute in 0...10 {
            horizon.note(told: minute * 10, at: start.advanced(by: .seconds(minute * 60)))
            #expect(horizon.time == nil, "nothing is forgotten")
        }
        horizon.note(told: 105, at: start.advanced(by: .seconds(630)))
        #expect(horizon.time == start.advanced(by: .seconds(60)), "five of the first minute are")
        // A burst of more than there is room for.
        horizon.note(told: 1000, at: start.advanced(by: .seconds(660)))
        #expect(horizon.time == start.advanced(by: .seconds(660)))
    }

    @Test func itIsTheTellersMemory() throws {
        var sequencer = TradeSequencer()
        #expect(sequencer.emittedCount == 0)
        for id in [1, 2, 2] as [UInt128] { sequencer.remember(id) }
        #expect(sequencer.emittedCount == 2)
        var memory = Duplicates(capacity: 3)
        for id in 1...5 as ClosedRange<UInt128> { _ = memory.note(id) }
        #expect(memory.noted == 5 && !memory.contains(2) && memory.contains(3))
    }
}
