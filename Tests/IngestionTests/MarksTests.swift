import Ingestion
import Testing

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
