import Ingestion
import PMFlow
import PMRecord
import Testing

struct ReconnectionTests {
    private struct Highest: RandomNumberGenerator {
        mutating func next() -> UInt64 { .max }
    }

    private func machine() -> Reconnection<Highest> { Reconnection(using: Highest()) }

    @Test func pausesDoubleFromHalfASecondToThirtySeconds() {
        var machine = machine()
        let pauses = (0..<8).map { _ in machine.ended() }
        #expect(pauses == [0.5, 1, 2, 4, 8, 16, 30, 30].map { .seconds($0) })
    }

    @Test(arguments: [(59, 2.0), (60, 0.5)])
    func backoffIsResetAfterAMinuteOfData(seconds: Int, pause: Double) {
        var machine = machine()
        _ = (machine.ended(), machine.ended())
        let start = ContinuousClock.now
        machine.opened()
        for second in [0, seconds] { machine.received(at: start + .seconds(second)) }
        #expect(machine.ended() == .seconds(pause))
    }

    @Test func openConnectionWithoutDataDoesNotResetTheBackoff() {
        var machine = machine()
        _ = machine.ended()
        machine.opened()
        #expect(machine.ended() == .seconds(1))
    }

    @Test func dataOfEarlierConnectionsDoesNotCount() {
        var machine = machine()
        let start = ContinuousClock.now
        machine.opened()
        machine.received(at: start)
        _ = machine.ended()
        machine.opened()
        machine.received(at: start + .seconds(3600))
        #expect(machine.ended() == .seconds(1))
    }

    @Test func retryAfterIsAMinimum() {
        var machine = machine()
        #expect(machine.ended(retryAfter: .seconds(7)) == .seconds(7))
        #expect(machine.ended(retryAfter: .milliseconds(1)) == .seconds(1))
    }

    @Test func jitterCoversTheWholePause() {
        var machine = Reconnection(using: SplitMix64(seed: 1))
        let pauses = (0..<500).map { _ in machine.ended() }
        #expect(pauses.allSatisfy { .zero <= $0 && $0 <= .seconds(30) })
        #expect(pauses.contains { $0 < .seconds(3) } && pauses.contains { $0 > .seconds(27) })
    }
}

struct ReplayPaceTests {
    private let recorded = Timestamp(milliseconds: 1_790_000_000_000)
    private let now = ContinuousClock.now

    @Test func maximumSpeedNeverWaits() {
        var pace = ReplayPace(.max)
        _ = pace.wait(for: recorded, at: now)
        #expect(pace.wait(for: recorded.advanced(by: .seconds(100)), at: now) == .zero)
    }

    @Test(arguments: [(1.0, 10.0), (10.0, 1.0), (0.5, 20.0)])
    func waitIsProportionalToTheSpeed(speed: Double, seconds: Double) {
        var pace = ReplayPace(.times(speed))
        #expect(pace.wait(for: recorded, at: now) == .zero, "the first line is due at once")
        #expect(pace.wait(for: recorded.advanced(by: .seconds(10)), at: now) == .seconds(seconds))
        #expect(pace.wait(for: recorded.advanced(by: .seconds(10)), at: now + .seconds(60)) == .zero)
    }

    @Test func olderLineIsDueAtOnce() {
        var pace = ReplayPace(.times(1))
        _ = pace.wait(for: recorded, at: now)
        #expect(pace.wait(for: recorded.advanced(by: .seconds(-10)), at: now) == .zero)
    }
}
