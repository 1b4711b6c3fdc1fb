/// Spaces requests evenly for a time, once the service has shown that it delays them or limits bursts.
struct Pacing: Sendable {
    private var until = -Double.infinity
    /// The time at which the next request is due.
    private var next = 0.0
    /// The fraction of the quota that may go at once.
    private var burst = 0.1
    /// The duration in windows; doubles each time, up to 60.
    private var length = 12.0

    var hasBegun: Bool { until > 0 }

    func isOn(at now: Double) -> Bool { now < until }

    /// Returns true if pacing ended, or will end, after `time`.
    func ended(after time: Double) -> Bool { until > time }

    mutating func begin(window: Double, at now: Double) {
        if now >= until { (next, burst) = (now, 0.1) }
        until = now + length * window
        length = min(2 * length, 60)
    }

    mutating func halveBurst() {
        burst /= 2
    }

    /// Returns when the next request may go.
    ///
    /// - Parameter interval: Seconds between requests at the rate of the quota.
    func due(interval: Double, quota: Double) -> Double {
        next - interval * max(1, quota * burst)
    }

    mutating func recordSending(interval: Double, at now: Double) {
        next = max(next, now) + interval
    }

    mutating func code(with coder: inout StateCoder) {
        coder.code(&until)
        coder.code(&next)
        coder.code(&burst)
        coder.code(&length)
    }
}
