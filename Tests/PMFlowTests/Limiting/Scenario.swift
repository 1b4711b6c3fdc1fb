/// One row of the table in limiter/LIMITER.md, and what is demanded of the ledger there.
struct Scenario: Sendable, CustomStringConvertible {
    let number: Int
    let description: String
    let service: @Sendable () -> SimulatedService
    /// Requests that could be served in the simulation's time; `nil` where not more are offered than that.
    var possible: Int?
    /// Percent of ``possible`` that must be served: what the table's own ledger reached.
    var leastUtilisation = 0.0
    /// Percent of the requests that may be refused; the mean over the seeds stays below.
    var mostRefused = 2.0
    var offered: (@Sendable (Double) -> Double)?

    static let bursts: @Sendable (Double) -> Double = { $0.truncatingRemainder(dividingBy: 60) < 10 ? 40 : 6 }

    static let all: [Scenario] = [
        Scenario(
            number: 1, description: "sliding 150, no Retry-After",
            service: { SimulatedService(.sliding, quota: 150) }, possible: 4500, leastUtilisation: 95),
        Scenario(
            number: 2, description: "sliding 150, Retry-After",
            service: { SimulatedService(.sliding, quota: 150, tellsRetryAfter: true) }, possible: 4500,
            leastUtilisation: 97),
        Scenario(
            number: 3, description: "fixed windows of 150, Retry-After",
            service: { SimulatedService(.fixedWindows, quota: 150, tellsRetryAfter: true) }, possible: 4500,
            leastUtilisation: 97.5),
        Scenario(
            number: 4, description: "penalty box, 150, Retry-After",
            service: { SimulatedService(.penaltyBox, quota: 150, tellsRetryAfter: true) }, possible: 4500,
            leastUtilisation: 97.5),
        Scenario(
            number: 5, description: "penalty box, 150, no Retry-After",
            service: { SimulatedService(.penaltyBox, quota: 150) }, possible: 4500, leastUtilisation: 84),
        Scenario(
            number: 6, description: "throttled by delay, 150",
            service: { SimulatedService(.throttle, quota: 150) }, possible: 4500, leastUtilisation: 95),
        Scenario(
            number: 7, description: "150, then 40, then 150, no Retry-After",
            service: {
                var service = SimulatedService(.sliding, quota: 150)
                service.quota = { 100..<200 ~= $0 ? 40 : 150 }
                return service
            }, possible: 3400, leastUtilisation: 90),
        Scenario(
            number: 8, description: "penalty box, 6, Retry-After",
            service: { SimulatedService(.penaltyBox, quota: 6, tellsRetryAfter: true) }, possible: 180,
            leastUtilisation: 98),
        Scenario(
            number: 9, description: "bursts into sliding 150, no Retry-After",
            service: { SimulatedService(.sliding, quota: 150) }, offered: bursts),
        Scenario(
            number: 10, description: "bursts into a penalty box, 150, Retry-After",
            service: { SimulatedService(.penaltyBox, quota: 150, tellsRetryAfter: true) }, offered: bursts),
        Scenario(
            number: 11, description: "sliding 150 shared with 5 requests/s",
            service: {
                var service = SimulatedService(.sliding, quota: 150)
                service.others = 5
                return service
            }, possible: 3000, leastUtilisation: 88),
    ]
}
