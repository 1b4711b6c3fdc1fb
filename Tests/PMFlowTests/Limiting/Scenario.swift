import Foundation

/// A simulated service and load, and what the limiter must achieve there: a row of the table in docs/RATE-LIMITS.md.
struct Scenario: Sendable, CustomStringConvertible {
    let number: Int
    let description: String
    let service: @Sendable () -> SimulatedService
    /// The most requests that the service could serve in the simulated time; `nil` where fewer are offered.
    var possible: Int?
    /// The percentage of ``possible`` that must be served.
    var leastUtilisation = 0.0
    /// The percentage of requests that may be refused, as a mean over the seeds.
    var mostRefused = 2.0
    var offered: (@Sendable (Double) -> Double)?
    /// The median and the 95th percentile of the wait that is allowed, in seconds.
    var mostWait = (half: Double.infinity, late: Double.infinity)
    /// The client's timeout, in seconds.
    var timeout = Double.infinity

    static let bursts: @Sendable (Double) -> Double = { $0.truncatingRemainder(dividingBy: 60) < 10 ? 40 : 6 }

    static let all: [Scenario] = [
        Scenario(
            number: 1, description: "sliding 150, no Retry-After",
            service: { SimulatedService(.sliding, quota: 150) }, possible: 4500, leastUtilisation: 98),
        Scenario(
            number: 2, description: "sliding 150, Retry-After",
            service: { SimulatedService(.sliding, quota: 150, sendsRetryAfter: true) }, possible: 4500,
            leastUtilisation: 98),
        Scenario(
            number: 3, description: "fixed windows of 150, Retry-After",
            service: { SimulatedService(.fixedWindows, quota: 150, sendsRetryAfter: true) }, possible: 4500,
            leastUtilisation: 98.5),
        Scenario(
            number: 4, description: "penalty box, 150, Retry-After",
            service: { SimulatedService(.penaltyBox, quota: 150, sendsRetryAfter: true) }, possible: 4500,
            leastUtilisation: 98),
        Scenario(
            number: 5, description: "penalty box, 150, no Retry-After",
            service: { SimulatedService(.penaltyBox, quota: 150) }, possible: 4500, leastUtilisation: 97),
        Scenario(
            number: 6, description: "throttled by delay, 150",
            service: { SimulatedService(.throttle, quota: 150) }, possible: 4500, leastUtilisation: 98),
        Scenario(
            number: 7, description: "150, then 40, then 150, no Retry-After",
            service: {
                var service = SimulatedService(.sliding, quota: 150)
                service.quota = { 100..<200 ~= $0 ? 40 : 150 }
                return service
            }, possible: 3400, leastUtilisation: 90),
        Scenario(
            number: 8, description: "penalty box, 6, Retry-After",
            service: { SimulatedService(.penaltyBox, quota: 6, sendsRetryAfter: true) }, possible: 180,
            leastUtilisation: 99.8, mostRefused: 3),
        Scenario(
            number: 9, description: "bursts into sliding 150, no Retry-After",
            service: { SimulatedService(.sliding, quota: 150) }, offered: bursts, mostWait: (5.9, 13.9)),
        Scenario(
            number: 10, description: "bursts into a penalty box, 150, Retry-After",
            service: { SimulatedService(.penaltyBox, quota: 150, sendsRetryAfter: true) }, offered: bursts,
            mostWait: (7.4, 17.5)),
        Scenario(
            number: 11, description: "sliding 150 shared with 5 requests/s",
            service: {
                var service = SimulatedService(.sliding, quota: 150)
                service.others = 5
                return service
            }, possible: 3000, leastUtilisation: 85),
    ]

    /// More services, with limits of other kinds.
    static let more: [Scenario] = [
        Scenario(
            number: 12, description: "token bucket of 30, 15 requests/s",
            service: { SimulatedService(.tokenBucket, quota: 150) }, possible: 4530, leastUtilisation: 90),
        Scenario(
            number: 13, description: "penalty box that doubles, 150, no Retry-After",
            service: {
                var service = SimulatedService(.penaltyBox, quota: 150)
                service.escalation = 2
                return service
            }, possible: 4500, leastUtilisation: 93),
        Scenario(
            number: 14, description: "sliding 150, Retry-After always 0",
            service: {
                var service = SimulatedService(.sliding, quota: 150)
                service.falseRetryAfter = { _ in 0 }
                return service
            }, possible: 4500, leastUtilisation: 98),
        Scenario(
            number: 15, description: "sliding 150, one connection in fifty breaks",
            service: {
                var service = SimulatedService(.sliding, quota: 150)
                service.failures = 0.02
                return service
            }, possible: 4500, leastUtilisation: 94),
        Scenario(
            number: 16, description: "sliding 150, and 25 in any second",
            service: {
                var service = SimulatedService(.sliding, quota: 150)
                service.burst = 25
                return service
            }, possible: 4500, leastUtilisation: 85),
        Scenario(
            number: 17, description: "sliding 900 in a minute, Retry-After",
            service: {
                var service = SimulatedService(.sliding, quota: 900, sendsRetryAfter: true)
                service.window = 60
                return service
            }, possible: 4500, leastUtilisation: 98),
        Scenario(
            number: 18, description: "sliding 15 in a second, no Retry-After",
            service: {
                var service = SimulatedService(.sliding, quota: 15)
                service.window = 1
                return service
            }, possible: 4500, leastUtilisation: 75),
        Scenario(
            number: 19, description: "sliding, 100 to 200 and back in four minutes",
            service: {
                var service = SimulatedService(.sliding, quota: 150)
                service.quota = { 150 - Int(50 * cos($0 * .pi / 120)) }
                return service
            }, possible: 4500, leastUtilisation: 80),
        Scenario(
            number: 20, description: "throttled by delay, 150, then 40; client timeout 5 s",
            service: {
                var service = SimulatedService(.throttle, quota: 150)
                service.quota = { $0 < 100 ? 150 : 40 }
                return service
            }, possible: 2300, leastUtilisation: 85, mostRefused: 4, timeout: 5),
        Scenario(
            number: 21, description: "sliding 150, refused with 408 at once",
            service: {
                var service = SimulatedService(.sliding, quota: 150)
                service.refusalStatus = 408
                return service
            }, possible: 4500, leastUtilisation: 98),
    ]
}
