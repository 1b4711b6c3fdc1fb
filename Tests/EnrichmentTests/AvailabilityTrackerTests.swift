import Enrichment
import PolymarketAPI
import Testing

struct AvailabilityTrackerTests {
    @Test func eachChangeIsReturnedOnce() {
        var (tracker, now) = (AvailabilityTracker(), SimulatedEnricher().now)
        #expect(tracker.update(.gamma, failure: nil, at: now) == nil)
        #expect(tracker.update(.gamma, failure: "HTTP 502", at: now) == .unavailable(reason: "HTTP 502"))
        now = now.advanced(by: .seconds(45))
        #expect(tracker.update(.gamma, failure: "timed out", at: now) == nil)
        #expect(tracker.update(.data, failure: nil, at: now) == nil)
        #expect(tracker.update(.gamma, failure: nil, at: now) == .recovered(afterSeconds: 45))
        #expect(tracker.update(.gamma, failure: nil, at: now) == nil)
    }
}
