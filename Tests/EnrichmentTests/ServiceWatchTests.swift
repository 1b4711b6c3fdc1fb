import Enrichment
import PolymarketAPI
import Testing

struct ServiceWatchTests {
    @Test func eachGoingAndEachReturnIsSaidOnce() {
        var (watch, now) = (ServiceWatch(), Desk().now)
        #expect(watch.note(.gamma, failure: nil, at: now) == nil)
        #expect(watch.note(.gamma, failure: "HTTP 502", at: now) == .away(reason: "HTTP 502"))
        now = now.advanced(by: .seconds(45))
        #expect(watch.note(.gamma, failure: "timed out", at: now) == nil)
        #expect(watch.note(.data, failure: nil, at: now) == nil)
        #expect(watch.note(.gamma, failure: nil, at: now) == .back(afterSeconds: 45))
        #expect(watch.note(.gamma, failure: nil, at: now) == nil)
    }
}
