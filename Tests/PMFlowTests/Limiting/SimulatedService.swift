import Foundation
import PMFlow

/// A simulated service with a hidden limit, as a value.
struct SimulatedService {
    enum Policy {
        /// Serves the quota in any window and refuses the rest at once.
        case sliding
        /// Counts from zero at the start of each window.
        case fixedWindows
        /// Refuses everything for a window's time once the quota is exceeded.
        case penaltyBox
        /// Delays requests instead of refusing them, and answers 408 after six seconds.
        case throttle
        /// A token bucket of a fifth of the quota that fills evenly.
        case tokenBucket
    }

    struct Response {
        var status = 200
        /// Seconds from the request to the answer.
        var delay: Double
        /// Seconds.
        var retryAfter: Double?
    }

    var policy: Policy
    /// Requests in a window, as a function of the time.
    var quota: (Double) -> Int
    var sendsRetryAfter = false
    /// Requests per second of another client that shares the quota.
    var others = 0.0
    /// Replaces the Retry-After of refusals.
    var falseRetryAfter: ((inout SplitMix64) -> Double?)?
    /// The status of refusals: 429, or 408 for a service whose refusals look like timeouts.
    var refusalStatus = 429
    /// The latency of a refusal, in seconds.
    var refusalDelay = 0.03
    /// The fraction of requests whose connection breaks.
    var failures = 0.0

    /// The window in which the quota is counted, in seconds.
    var window = 10.0
    /// A second limit: requests in any second.
    var burst = Int.max
    /// The factor by which each penalty is longer than the last one.
    var escalation = 1.0

    private var admitted: [Double] = []
    private var boxedUntil = 0.0
    private var penalty: Double?
    private var current = (window: -1, count: 0)
    private var nextOther = 0.0
    private var tokens: (count: Double, time: Double)?

    init(_ policy: Policy, quota: Int, sendsRetryAfter: Bool = false) {
        self.policy = policy
        self.quota = { _ in quota }
        self.sendsRetryAfter = sendsRetryAfter
    }

    mutating func handle(at time: Double, _ random: inout SplitMix64) -> Response {
        let elapsed = exp(log(0.08) + 0.25 * random.normal())
        if Double.random(in: 0..<1, using: &random) < failures { return Response(status: 0, delay: elapsed) }
        var response = respond(at: time, elapsed, &random)
        if response.status == 429, let falseRetryAfter { response.retryAfter = falseRetryAfter(&random) }
        return response
    }

    private mutating func respond(at time: Double, _ elapsed: Double, _ random: inout SplitMix64) -> Response
    {
        let quota = quota(time)
        if policy == .fixedWindows { return respondByFixedWindow(at: time, elapsed, quota) }
        if policy == .tokenBucket { return respondByTokens(at: time, elapsed, quota) }
        admitOthers(until: time, &random)
        admitted.removeAll { $0 <= time - window }
        switch policy {
        case .penaltyBox:
            if time < boxedUntil { return refusal(after: Double(Int(boxedUntil - time))) }
            if admitted.count >= quota {
                let length = penalty ?? window
                penalty = length * escalation
                boxedUntil = time + length
                return refusal(after: length)
            }
        case .throttle where admitted.count >= quota:
            let start = max(time, admitted.sorted()[admitted.count - quota] + window)
            if start - time > 6 { return Response(status: 408, delay: 6) }
            admitted.append(start)
            return Response(delay: start - time + elapsed)
        default:
            if admitted.count(where: { $0 > time - 1 }) >= burst { return refusal(after: 1) }
            if admitted.count >= quota {
                return refusal(after: (admitted.min()! + window - time).rounded(.up))
            }
        }
        admitted.append(time)
        return Response(delay: elapsed)
    }

    private mutating func respondByFixedWindow(at time: Double, _ elapsed: Double, _ quota: Int) -> Response {
        let number = Int(time / window)
        if current.window != number { current = (number, 0) }
        if current.count >= quota { return refusal(after: Double(Int(Double(number + 1) * window - time))) }
        current.count += 1
        return Response(delay: elapsed)
    }

    private mutating func respondByTokens(at time: Double, _ elapsed: Double, _ quota: Int) -> Response {
        let rate = Double(quota) / window
        let earlier = tokens ?? (Double(quota) / 5, 0)
        let count = min(Double(quota) / 5, earlier.count + (time - earlier.time) * rate)
        tokens = (count >= 1 ? count - 1 : count, time)
        return count >= 1 ? Response(delay: elapsed) : refusal(after: ((1 - count) / rate).rounded(.up))
    }

    private mutating func admitOthers(until time: Double, _ random: inout SplitMix64) {
        guard others > 0 else { return }
        while nextOther < time {
            admitted.append(nextOther)
            nextOther += -log(Double.random(in: .leastNonzeroMagnitude..<1, using: &random)) / others
        }
    }

    private func refusal(after seconds: Double) -> Response {
        Response(status: refusalStatus, delay: refusalDelay, retryAfter: sendsRetryAfter ? seconds : nil)
    }
}

extension SplitMix64 {
    /// Returns a normal deviate (Box–Muller).
    mutating func normal() -> Double {
        let (first, second) = (
            Double.random(in: 1e-12..<1, using: &self), Double.random(in: 0..<1, using: &self)
        )
        return sqrt(-2 * log(first)) * cos(2 * .pi * second)
    }
}
