import Foundation
import PMFlow

/// The result of one simulation.
struct LimiterResult {
    var served = 0
    var refused = 0
    /// The waits of served requests since they arrived, in seconds.
    var waits: [Double] = []
    /// Requests that were not served by the end.
    var left = 0

    var refusedPercent: Double { 100 * Double(refused) / Double(max(1, served + refused)) }

    func wait(percentile: Double) -> Double {
        waits.isEmpty ? 0 : waits.sorted()[Int(percentile / 100 * Double(waits.count - 1))]
    }
}

/// Runs a limiter against a service for five simulated minutes, event by event. Refused requests are retried first.
struct LimiterSimulation {
    static let length = 300.0

    private enum Event {
        case arrival
        case answer(SimulatedRequest, SimulatedService.Response)
        case wake
    }

    private var events: [(time: Double, number: Int, event: Event)] = []
    private var count = 0
    private var random: SplitMix64

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
    }

    /// - Parameters:
    ///   - offered: Requests per second as a function of the time; an unlimited backlog when `nil`.
    ///   - timeout: The client's timeout, in seconds.
    mutating func run(
        _ limiter: inout some Limiter, _ service: SimulatedService, offered: ((Double) -> Double)? = nil,
        timeout: Double = .infinity
    ) -> LimiterResult {
        var (service, result, inFlight) = (service, LimiterResult(), 0)
        var backlog: [Double] = offered == nil ? Array(repeating: 0, count: 20_000) : []
        if let offered {
            var time = 0.0
            while time < Self.length {
                time += random.exponential(rate: offered(time))
                push(time, .arrival)
            }
            backlog.reserveCapacity(4096)
        }
        push(0, .wake)
        var wake: Double?
        while let (time, _, event) = pop(), time <= Self.length {
            switch event {
            case .arrival: backlog.insert(time, at: 0)
            case .wake: break
            case .answer(let request, let response):
                inFlight -= 1
                limiter.settle(request, response, at: time)
                if response.status == 200 {
                    result.served += 1
                    result.waits.append(time - request.arrived)
                } else {
                    result.refused += response.status == 0 ? 0 : 1
                    backlog.append(request.arrived)
                }
            }
            if let due = wake, due <= time { wake = nil }
            while let arrived = backlog.last {
                let wait = limiter.wait(at: time, inFlight: inFlight)
                guard wait == 0 else {
                    if let wait, wake.map({ time + wait < $0 - 1e-9 }) ?? true {
                        // Always later, so that the simulation progresses however small the wait is.
                        wake = max(time + wait, time.nextUp)
                        push(wake!, .wake)
                    }
                    break
                }
                backlog.removeLast()
                inFlight += 1
                count += 1
                let request = SimulatedRequest(number: count, sent: time, arrived: arrived)
                limiter.send(request)
                var response = service.handle(at: time, &random)
                if response.delay > timeout { (response.status, response.delay) = (408, timeout) }
                push(time + response.delay, .answer(request, response))
            }
        }
        result.left = backlog.count + inFlight
        return result
    }

    /// Inserts an event. The list is sorted by time, the next event last.
    private mutating func push(_ time: Double, _ event: Event) {
        count += 1
        var (low, high) = (0, events.count)
        while low < high {
            let middle = (low + high) / 2
            if (events[middle].time, events[middle].number) > (time, count) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        events.insert((time, count, event), at: low)
    }

    private mutating func pop() -> (time: Double, number: Int, event: Event)? {
        events.popLast()
    }
}

extension SplitMix64 {
    mutating func exponential(rate: Double) -> Double {
        -log(Double.random(in: 1e-12..<1, using: &self)) / rate
    }
}
