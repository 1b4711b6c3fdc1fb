import Foundation
import PMFlow

/// A service with a limit that it does not tell, as a value: the models of limiter/ratesim.py, and some more.
struct SimulatedService {
    enum Manner {
        /// Admits the quota in any window; refuses the rest at once.
        case sliding
        /// Counts from zero every ten seconds.
        case fixedWindows
        /// Refuses everything for a window's time once the quota is overrun.
        case penaltyBox
        /// Refuses nothing and lets requests wait for their turn; gives up after six seconds with 408.
        case throttle
        /// A bucket of the quota's size that fills evenly.
        case tokenBucket
    }

    struct Verdict {
        var status = 200
        /// Seconds from the request to the answer.
        var delay: Double
        /// Seconds.
        var retryAfter: Double?
    }

    var manner: Manner
    /// Requests in ten seconds, as a function of the time.
    var quota: (Double) -> Int
    var tellsRetryAfter = false
    /// Requests a second of another client that shares the quota.
    var others = 0.0
    /// What a refusal says instead of the truth.
    var lie: ((inout SplitMix64) -> Double?)?
    /// 408 is that of a service whose refusal looks like a request that it held.
    var refusalStatus = 429
    /// Seconds that a refusal takes.
    var refusalDelay = 0.03
    /// The share of requests whose connection breaks.
    var failures = 0.0

    /// Seconds in which the quota is counted; all but its length is as above.
    var window = 10.0
    /// Requests in any second, besides.
    var burst = Int.max
    /// How much longer each penalty is than the last one.
    var escalation = 1.0

    private var admitted: [Double] = []
    private var boxedUntil = 0.0
    private var penalty: Double?
    private var current = (window: -1, count: 0)
    private var nextOther = 0.0
    private var tokens: (count: Double, time: Double)?

    init(_ manner: Manner, quota: Int, tellsRetryAfter: Bool = false) {
        self.manner = manner
        self.quota = { _ in quota }
        self.tellsRetryAfter = tellsRetryAfter
    }

    mutating func handle(at time: Double, _ random: inout SplitMix64) -> Verdict {
        let elapsed = exp(log(0.08) + 0.25 * random.normal())
        if Double.random(in: 0..<1, using: &random) < failures { return Verdict(status: 0, delay: elapsed) }
        var verdict = judge(at: time, elapsed, &random)
        if verdict.status == 429, let lie { verdict.retryAfter = lie(&random) }
        return verdict
    }

    private mutating func judge(at time: Double, _ elapsed: Double, _ random: inout SplitMix64) -> Verdict {
        let quota = quota(time)
        if manner == .fixedWindows { return judgeByFixedWindows(at: time, elapsed, quota) }
        if manner == .tokenBucket { return judgeByTokens(at: time, elapsed, quota) }
        admitOthers(until: time, &random)
        admitted.removeAll { $0 <= time - window }
        switch manner {
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
            if start - time > 6 { return Verdict(status: 408, delay: 6) }
            admitted.append(start)
            return Verdict(delay: start - time + elapsed)
        default:
            if admitted.count(where: { $0 > time - 1 }) >= burst { return refusal(after: 1) }
            if admitted.count >= quota {
                return refusal(after: (admitted.min()! + window - time).rounded(.up))
            }
        }
        admitted.append(time)
        return Verdict(delay: elapsed)
    }

    private mutating func judgeByFixedWindows(at time: Double, _ elapsed: Double, _ quota: Int) -> Verdict {
        let number = Int(time / window)
        if current.window != number { current = (number, 0) }
        if current.count >= quota { return refusal(after: Double(Int(Double(number + 1) * window - time))) }
        current.count += 1
        return Verdict(delay: elapsed)
    }

    private mutating func judgeByTokens(at time: Double, _ elapsed: Double, _ quota: Int) -> Verdict {
        let rate = Double(quota) / window
        let earlier = tokens ?? (Double(quota) / 5, 0)
        let count = min(Double(quota) / 5, earlier.count + (time - earlier.time) * rate)
        tokens = (count >= 1 ? count - 1 : count, time)
        return count >= 1 ? Verdict(delay: elapsed) : refusal(after: ((1 - count) / rate).rounded(.up))
    }

    private mutating func admitOthers(until time: Double, _ random: inout SplitMix64) {
        guard others > 0 else { return }
        while nextOther < time {
            admitted.append(nextOther)
            nextOther += -log(Double.random(in: .leastNonzeroMagnitude..<1, using: &random)) / others
        }
    }

    private func refusal(after seconds: Double) -> Verdict {
        Verdict(status: refusalStatus, delay: refusalDelay, retryAfter: tellsRetryAfter ? seconds : nil)
    }
}

extension SplitMix64 {
    /// A normal deviate, by Box and Muller's method.
    mutating func normal() -> Double {
        let (first, second) = (
            Double.random(in: 1e-12..<1, using: &self), Double.random(in: 0..<1, using: &self)
        )
        return sqrt(-2 * log(first)) * cos(2 * .pi * second)
    }
}
