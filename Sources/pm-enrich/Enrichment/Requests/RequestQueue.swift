import Collections
import PMFlow
import PolymarketAPI

/// Requests that wait for their turn, and those under way.
///
/// The turn goes to the request of the largest trade, with ageing: a second of waiting counts as much as a thousand
/// dollars, so that small trades are not put off for ever. How often a route is asked its ledger decides; a service
/// that keeps failing is left alone for a while, and what waits for it is told so at once.
package struct RequestQueue: Sendable {
    /// Names one request from when it is queued until it is answered.
    package struct Ticket: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    private struct Entry {
        enum State {
            case waiting, delayed
            case underWay(WindowLedger.Pass)
        }

        let request: APIRequest
        var priority: Int64
        var state = State.waiting
        var attempts = 0
    }

    private struct Place: Comparable {
        let priority: Int64
        let ticket: Ticket

        static func < (left: Place, right: Place) -> Bool {
            left.priority == right.priority
                ? left.ticket.number > right.ticket.number : left.priority < right.priority
        }
    }

    private struct Lane {
        var ledger: WindowLedger
        var waiting = Heap<Place>()
        /// To be sent later, soonest first.
        var later: [(time: ContinuousClock.Instant, ticket: Ticket)] = []
    }

    /// Requests under way at most.
    package let concurrency: Int
    package private(set) var inFlight = 0
    /// Requests sent, by service.
    package private(set) var sent: [APIHost: Int] = [:]

    private var lanes: [Route: Lane] = [:]
    private var breakers: [APIHost: Breaker] = [:]
    /// The last failure of each service.
    private var lastFailure: [APIHost: String] = [:]
    private var entries: [Ticket: Entry] = [:]
    private var lastNumber: UInt64 = 0
    private var backoff: Backoff<SplitMix64>
    private let start: ContinuousClock.Instant

    /// Attempts at a request whose service fails; one that refuses is asked again for as long as somebody waits.
    private static let mostAttempts = 3

    package init(
        concurrency: Int, memory: [Route: WindowLedger.Memory] = [:], at now: ContinuousClock.Instant
    ) {
        self.concurrency = concurrency
        start = now
        backoff = Backoff(from: .milliseconds(250), to: .seconds(5), using: SplitMix64(seed: 1))
        for (number, route) in Route.allCases.enumerated() {
            // A tenth is left to whoever shares our address.
            lanes[route] = Lane(
                ledger: WindowLedger(
                    published: route.publishedLimit * 9 / 10, memory: memory[route], seed: UInt64(number),
                    at: now))
        }
        for host in APIHost.allCases { breakers[host] = Breaker() }
    }

    /// Requests that wait for their turn.
    package var waiting: Int { entries.count - inFlight }

    package var refusals: Int { lanes.values.reduce(0) { $0 + $1.ledger.refusals } }

    /// What was learned of a route's limit.
    package func memory(of route: Route) -> WindowLedger.Memory { lanes[route]!.ledger.memory }

    /// Whether a refusal keeps the route closed.
    package func isClosed(_ route: Route, at now: ContinuousClock.Instant) -> Bool {
        lanes[route]!.ledger.isClosed(at: now)
    }

    package func isFailing(_ host: APIHost, at now: ContinuousClock.Instant) -> Bool {
        breakers[host]!.state(at: now) != .closed
    }

    /// - Parameters:
    ///   - worth: Dollars of the trade it is for.
    ///   - delay: For which it is not sent yet.
    package mutating func add(
        _ request: APIRequest, worth: Micros, after delay: Duration = .zero, at now: ContinuousClock.Instant
    ) -> Ticket {
        lastNumber += 1
        let ticket = Ticket(number: lastNumber)
        entries[ticket] = Entry(request: request, priority: priority(worth, at: now))
        if delay > .zero { postpone(ticket, until: now + delay) } else { wait(ticket) }
        return ticket
    }

    /// A larger trade waits for the request too.
    package mutating func raise(_ ticket: Ticket, worth: Micros, at now: ContinuousClock.Instant) {
        let priority = priority(worth, at: now)
        guard let entry = entries[ticket], entry.priority < priority else { return }
        entries[ticket]!.priority = priority
        if case .waiting = entry.state { wait(ticket) }
    }

    /// Forgets a request, unless it is under way.
    ///
    /// - Returns: Whether it is forgotten.
    package mutating func remove(_ ticket: Ticket) -> Bool {
        if case .underWay? = entries[ticket]?.state { return false }
        entries[ticket] = nil
        return true
    }

    /// The request whose turn it is; `nil` when none may be sent now.
    package mutating func next(at now: ContinuousClock.Instant) -> (ticket: Ticket, request: APIRequest)? {
        guard inFlight < concurrency else { return nil }
        for route in Route.allCases {
            resumeDelayed(route, at: now)
            guard let ticket = firstWaiting(route), breakers[route.host]!.allows(at: now),
                let pass = lanes[route]!.ledger.admit(at: now)
            else { continue }
            _ = lanes[route]!.waiting.popMax()
            breakers[route.host]!.sent()
            inFlight += 1
            sent[route.host, default: 0] += 1
            entries[ticket]!.state = .underWay(pass)
            return (ticket, entries[ticket]!.request)
        }
        return nil
    }

    /// A request that waits for a service that is left alone, taken off with its answer.
    package mutating func nextHopeless(at now: ContinuousClock.Instant) -> (ticket: Ticket, answer: Answer)? {
        for route in Route.allCases where breakers[route.host]!.state(at: now) == .open {
            resumeDelayed(route, at: now)
            guard let ticket = firstWaiting(route) else { continue }
            _ = lanes[route]!.waiting.popMax()
            entries[ticket] = nil
            return (ticket, .failed(lastFailure[route.host] ?? "the service fails"))
        }
        return nil
    }

    /// What an attempt at a request came to.
    ///
    /// - Returns: The answer, or `nil` when the request is tried again.
    package mutating func settle(_ ticket: Ticket, _ reply: Reply, at now: ContinuousClock.Instant) -> Answer?
    {
        guard let entry = entries[ticket], case .underWay(let pass) = entry.state else { return nil }
        inFlight -= 1
        let route = entry.request.route
        let verdict = Verdict(reply)
        lanes[route]!.ledger.settle(pass, verdict.outcome, at: now)
        switch verdict {
        case .answered(let answer):
            breakers[route.host]!.succeeded()
            entries[ticket] = nil
            return answer
        case .refused, .heldTooLong:
            breakers[route.host]!.succeeded()  // it is there, and busy
            wait(ticket)
            return nil
        case .failed(let reason, let isTransient):
            if isTransient {
                breakers[route.host]!.failed(at: now)
            } else {
                breakers[route.host]!.succeeded()
            }
            lastFailure[route.host] = reason
            return retry(ticket, reason, isTransient: isTransient, at: now)
        }
    }

    /// When ``next(at:)`` may have something that it has not now; `nil` when only an answer brings that about.
    package mutating func nextTime(at now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        guard inFlight < concurrency else { return nil }
        var soonest: ContinuousClock.Instant?
        func consider(_ time: ContinuousClock.Instant) { soonest = min(soonest ?? time, time) }
        for route in Route.allCases {
            if let first = lanes[route]!.later.first { consider(first.time) }
            guard firstWaiting(route) != nil, let wait = lanes[route]!.ledger.wait(at: now) else { continue }
            switch breakers[route.host]!.state(at: now) {
            case .closed: consider(now + wait)
            case .open: consider(now)
            case .halfOpen: if breakers[route.host]!.allows(at: now) { consider(now + wait) }
            }
        }
        return soonest
    }
}

// MARK: - Turns

extension RequestQueue {
    private mutating func retry(
        _ ticket: Ticket, _ reason: String, isTransient: Bool, at now: ContinuousClock.Instant
    ) -> Answer? {
        entries[ticket]!.attempts += 1
        let attempts = entries[ticket]!.attempts
        guard isTransient, attempts < Self.mostAttempts else {
            entries[ticket] = nil
            return .failed(reason)
        }
        backoff.reset()
        var pause = Duration.zero
        for _ in 0..<attempts { pause = backoff.next() }
        postpone(ticket, until: now + pause)
        return nil
    }

    private mutating func wait(_ ticket: Ticket) {
        let entry = entries[ticket]!
        entries[ticket]!.state = .waiting
        lanes[entry.request.route]!.waiting.insert(Place(priority: entry.priority, ticket: ticket))
    }

    private mutating func postpone(_ ticket: Ticket, until time: ContinuousClock.Instant) {
        entries[ticket]!.state = .delayed
        let route = entries[ticket]!.request.route
        let place = lanes[route]!.later.firstIndex { $0.time > time } ?? lanes[route]!.later.endIndex
        lanes[route]!.later.insert((time, ticket), at: place)
    }

    private mutating func resumeDelayed(_ route: Route, at now: ContinuousClock.Instant) {
        while let first = lanes[route]!.later.first, first.time <= now {
            lanes[route]!.later.removeFirst()
            if entries[first.ticket] != nil { wait(first.ticket) }
        }
    }

    /// The lane's first request. Places of requests that were removed, or have a better place since, are dropped.
    private mutating func firstWaiting(_ route: Route) -> Ticket? {
        while let first = lanes[route]!.waiting.max {
            if let entry = entries[first.ticket], case .waiting = entry.state,
                entry.priority == first.priority
            {
                return first.ticket
            }
            _ = lanes[route]!.waiting.popMax()
        }
        return nil
    }

    /// Value + age × 1,000 $/s, less what is the same for all at any time, so that it never changes.
    private func priority(_ worth: Micros, at now: ContinuousClock.Instant) -> Int64 {
        worth.count / 1_000_000 - start.duration(to: now).inMilliseconds
    }
}
