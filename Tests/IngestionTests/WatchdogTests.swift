import Ingestion
import Testing

struct WatchdogTests {
    private let start = ContinuousClock.now

    /// Returns the silence that is too long after `count` messages, `pause` apart.
    private func patience(after count: Int, every pause: Duration) -> Duration {
        var watchdog = Watchdog(Watchdog.Bounds(), at: start)
        for number in 0..<count { watchdog.received(at: start + pause * number) }
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

    @Test func oneMessageGivesNoPaceUnlessItIsKnown() {
        var watchdog = Watchdog(Watchdog.Bounds(), at: start)
        watchdog.received(at: start)
        #expect(start.duration(to: watchdog.deadline) == .seconds(28))
        var next = Watchdog(Watchdog.Bounds(), pause: .milliseconds(20), at: start)
        next.received(at: start)
        #expect(start.duration(to: next.deadline) == .seconds(4))
    }

    @Test func aFeedThatSlowsDownGetsMoreTime() {
        var watchdog = Watchdog(Watchdog.Bounds(), at: start)
        var now = start
        for _ in 0..<100 {
            watchdog.received(at: now)
            now += .milliseconds(50)
        }
        for _ in 0..<40 {
            now += .seconds(2)
            #expect(!watchdog.isSilent(at: now))
            watchdog.received(at: now)
        }
        #expect(now.duration(to: watchdog.deadline) == .seconds(28))
    }
}
