import Foundation
import PMFlow

/// A rate limiter as the simulation sees it.
protocol Limiter {
    /// Returns the seconds until a request may go: zero for now, `nil` when only an answer can permit it.
    mutating func wait(at time: Double, inFlight: Int) -> Double?
    mutating func send(_ request: SimulatedRequest)
    mutating func settle(_ request: SimulatedRequest, _ response: SimulatedService.Response, at time: Double)
}

/// One attempt. Numbers are unique; times are not.
struct SimulatedRequest: Sendable {
    let number: Int
    let sent: Double
    /// The time at which its work arrived.
    let arrived: Double
}

/// The limiter under test, as pm-enrich uses it.
struct LearningLimiter: Limiter {
    var limiter: AdaptiveLimiter
    private let origin: ContinuousClock.Instant
    private var permits: [Int: AdaptiveLimiter.Permit] = [:]

    init(seed: UInt64, published: Int? = nil, concurrency: Int = 32) {
        origin = .now
        limiter = AdaptiveLimiter(published: published, concurrency: concurrency, seed: seed, at: origin)
    }

    mutating func wait(at time: Double, inFlight: Int) -> Double? {
        limiter.wait(at: instant(time)).map { $0 / .seconds(1) }
    }

    mutating func send(_ request: SimulatedRequest) {
        permits[request.number] = limiter.admit(at: instant(request.sent))!
    }

    mutating func settle(_ request: SimulatedRequest, _ response: SimulatedService.Response, at time: Double)
    {
        let outcome: RequestOutcome =
            switch response.status {
            case 200: .served
            case 408: .timedOut()
            case 429: .refused(retryAfter: response.retryAfter.map { .seconds($0) })
            default: .inconclusive
            }
        limiter.settle(permits.removeValue(forKey: request.number)!, outcome, at: instant(time))
    }

    private func instant(_ time: Double) -> ContinuousClock.Instant { origin + .seconds(time) }
}

/// One request after another, with a pause of 200 ms, or of 100 ms for each recent error if that is longer.
struct SequentialDelay: Limiter {
    private var (last, errors) = (-9.0, 0)

    mutating func wait(at time: Double, inFlight: Int) -> Double? {
        guard inFlight == 0 else { return nil }
        return max(0, last + max(0.2, Double(errors) * 0.1) - time)
    }

    mutating func send(_ request: SimulatedRequest) {}

    mutating func settle(_ request: SimulatedRequest, _ response: SimulatedService.Response, at time: Double)
    {
        last = time
        errors = response.status == 200 ? max(errors - 1, 0) : min(errors + 1, 5)
    }
}

/// A request at a fixed interval, whatever the answers are.
struct FixedDelay: Limiter {
    var delay = 0.2
    private var next = 0.0

    mutating func wait(at time: Double, inFlight: Int) -> Double? {
        inFlight < 64 ? max(0, next - time) : nil
    }

    mutating func send(_ request: SimulatedRequest) { next = request.sent + delay }
    mutating func settle(_ request: SimulatedRequest, _ response: SimulatedService.Response, at time: Double)
    {}
}

/// Additive increase, multiplicative decrease (by 30 %); honours Retry-After.
struct AIMD: Limiter {
    private var (rate, next, until, lastCut) = (5.0, 0.0, 0.0, -9.0)

    mutating func wait(at time: Double, inFlight: Int) -> Double? {
        inFlight < 64 ? max(0, max(next, until) - time) : nil
    }

    mutating func send(_ request: SimulatedRequest) { next = max(request.sent, next) + 1 / rate }

    mutating func settle(_ request: SimulatedRequest, _ response: SimulatedService.Response, at time: Double)
    {
        if response.status == 200 {
            rate = min(500, rate + 0.5 / rate)
            return
        }
        if request.sent > lastCut { (rate, lastCut) = (max(0.5, rate * 0.7), time) }
        until = max(until, time + (response.retryAfter.flatMap { $0 > 0 ? $0 : nil } ?? 1))
    }
}

/// The AWS SDK's adaptive mode: a token bucket whose rate follows CUBIC. Source: botocore, retries/adaptive.py.
struct Cubic: Limiter {
    private var isOn = false
    private var (most, reach, lastFailure) = (0.0, 0.0, 0.0)
    private var (fill, capacity, tokens, refilled) = (0.5, 1.0, 0.0, 0.0)
    private var (measured, bucket, count) = (0.0, 0.0, 0.0)

    mutating func wait(at time: Double, inFlight: Int) -> Double? {
        guard inFlight < 64 else { return nil }
        guard isOn else { return 0 }
        refill(time)
        return tokens >= 1 ? 0 : (1 - tokens) / fill + 1e-6
    }

    mutating func send(_ request: SimulatedRequest) { if isOn { tokens -= 1 } }

    mutating func settle(_ request: SimulatedRequest, _ response: SimulatedService.Response, at time: Double)
    {
        let half = (time * 2).rounded(.down) / 2
        count += 1
        if half > bucket {
            measured = 0.8 * count / (half - bucket) + 0.2 * measured
            (count, bucket) = (0, half)
        }
        var rate: Double
        if response.status == 200 {
            rate = 0.4 * pow(time - lastFailure - reach, 3) + most
        } else {
            most = isOn ? min(measured, fill) : measured
            (reach, lastFailure, isOn) = (cbrt(most * 0.3 / 0.4), time, true)
            rate = most * 0.7
        }
        refill(time)
        rate = min(rate, 2 * measured)
        (fill, capacity) = (max(rate, 0.5), max(1, rate))
        tokens = min(tokens, capacity)
    }

    private mutating func refill(_ time: Double) {
        tokens = min(capacity, tokens + (time - refilled) * fill)
        refilled = time
    }
}
