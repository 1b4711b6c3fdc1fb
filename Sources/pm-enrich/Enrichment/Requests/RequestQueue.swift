import Collections
import PMFlow
import PolymarketAPI

/// Requests that wait for their turn, and those under way.
///
/// The turn goes to the request of the largest trade, with ageing: a second of waiting counts as much as a thousand
/// dollars, so that small trades are not put off for ever. No route is asked more often than it allows.
package struct RequestQueue: Sendable {
    /// Names one request from when it is queued until it is answered.
    package struct Ticket: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    private struct Entry {
        enum State { case waiting, delayed, underWay }

        let request: APIRequest
        var state = State.waiting
        var attempts = 0
        var backoff = Backoff(from: .milliseconds(250), to: .seconds(5))
        var priority: Int64
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
        var limiter: WindowLimiter
        var waiting = Heap<Place>()
        /// Put off after a failure, soonest first.
        var later: [(time: ContinuousClock.Instant, ticket: Ticket)] = []
    }

    /// Requests under way at most.
    package let concurrency: Int
    package private(set) var inFlight = 0
    /// Requests sent, by service.
    package private(set) var sent: [APIHost: Int] = [:]
    package private(set) var refusals = 0

    private var lanes: [Route: Lane] = [:]
    private var entries: [Ticket: Entry] = [:]
    private var lastNumber: UInt64 = 0
    private let start: ContinuousClock.Instant

    /// Attempts at a request whose service fails; one that refuses is asked again for as long as somebody waits.
    private static let mostAttempts = 3

    package init(concurrency: Int, at now: ContinuousClock.Instant) {
        self.concurrency = concurrency
        start = now
        for route in Route.allCases {
            // A tenth is left to whoever shares our address.
            lanes[route] = Lane(limiter: WindowLimiter(quota: route.publishedLimit * 9 / 10))
        }
    }

    /// Requests that wait for their turn.
    package var waiting: Int { entries.count - inFlight }

    /// - Parameter worth: Dollars of the trade it is for.
    package mutating func add(
        _ request: APIRequest, worth: Micros, at now: ContinuousClock.Instant
    ) -> Ticket {
        lastNumber += 1
        let ticket = Ticket(number: lastNumber)
        let priority = priority(worth, at: now)
        entries[ticket] = Entry(request: request, priority: priority)
        lanes[request.route]!.waiting.insert(Place(priority: priority, ticket: ticket))
        return ticket
    }

    /// A larger trade waits for the request too.
    package mutating func raise(_ ticket: Ticket, worth: Micros, at now: ContinuousClock.Instant) {
        let priority = priority(worth, at: now)
        guard let entry = entries[ticket], entry.priority < priority else { return }
        entries[ticket]!.priority = priority
        guard entry.state == .waiting else { return }
        lanes[entry.request.route]!.waiting.insert(Place(priority: priority, ticket: ticket))
    }

    /// Forgets a request, unless it is under way.
    ///
    /// - Returns: Whether it is forgotten.
    package mutating func remove(_ ticket: Ticket) -> Bool {
        guard entries[ticket]?.state != .underWay else { return false }
        entries[ticket] = nil
        return true
    }

    /// The request whose turn it is; `nil` when none may be sent now.
    package mutating func next(at now: ContinuousClock.Instant) -> (ticket: Ticket, request: APIRequest)? {
        guard inFlight < concurrency else { return nil }
        for route in Route.allCases {
            resumeDelayed(route, at: now)
            guard let ticket = firstWaiting(route), lanes[route]!.limiter.admit(at: now) == nil else {
                continue
            }
            _ = lanes[route]!.waiting.popMax()
            inFlight += 1
            entries[ticket]!.state = .underWay
            sent[route.host, default: 0] += 1
            return (ticket, entries[ticket]!.request)
        }
        return nil
    }

    /// What an attempt at a request came to.
    ///
    /// - Returns: The answer, or `nil` when the request is tried again.
    package mutating func settle(_ ticket: Ticket, _ reply: Reply, at now: ContinuousClock.Instant) -> Answer?
    {
        guard let entry = entries[ticket] else { return nil }
        inFlight -= 1
        let route = entry.request.route
        switch reply {
        case .answer(200, _, let body, _):
            lanes[route]!.limiter.succeeded()
            return finish(ticket, .body(body))
        case .answer(404, _, _, _):
            lanes[route]!.limiter.succeeded()
            return finish(ticket, .none)
        case .answer(429, let retryAfter, _, _), .answer(503, let retryAfter, _, _):
            refusals += 1
            lanes[route]!.limiter.refused(retryAfter: retryAfter, at: now)
            wait(ticket, entry)
            return nil
        case .answer(let status, _, _, _):
            return retry(ticket, "HTTP \(status)", isTransient: status >= 500 || status == 408, at: now)
        case .failure(let reason, let isTransient):
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
            if firstWaiting(route) != nil { consider(now + lanes[route]!.limiter.wait(at: now)) }
        }
        return soonest
    }

    /// Whether a refusal keeps the route closed.
    package func isClosed(_ route: Route, at now: ContinuousClock.Instant) -> Bool {
        lanes[route]!.limiter.isClosed(at: now)
    }

    private mutating func finish(_ ticket: Ticket, _ answer: Answer) -> Answer {
        entries[ticket] = nil
        return answer
    }

    private mutating func retry(
        _ ticket: Ticket, _ reason: String, isTransient: Bool, at now: ContinuousClock.Instant
    ) -> Answer? {
        entries[ticket]!.attempts += 1
        guard isTransient, entries[ticket]!.attempts < Self.mostAttempts else {
            return finish(ticket, .failed(reason))
        }
        entries[ticket]!.state = .delayed
        let (time, route) = (now + entries[ticket]!.backoff.next(), entries[ticket]!.request.route)
        let place = lanes[route]!.later.firstIndex { $0.time > time } ?? lanes[route]!.later.endIndex
        lanes[route]!.later.insert((time, ticket), at: place)
        return nil
    }

    private mutating func wait(_ ticket: Ticket, _ entry: Entry) {
        entries[ticket]!.state = .waiting
        lanes[entry.request.route]!.waiting.insert(Place(priority: entry.priority, ticket: ticket))
    }

    private mutating func resumeDelayed(_ route: Route, at now: ContinuousClock.Instant) {
        while let first = lanes[route]!.later.first, first.time <= now {
            lanes[route]!.later.removeFirst()
            guard let entry = entries[first.ticket] else { continue }
            wait(first.ticket, entry)
        }
    }

    /// The lane's first request. Places of requests that were removed, or have a better place since, are dropped.
    private mutating func firstWaiting(_ route: Route) -> Ticket? {
        while let first = lanes[route]!.waiting.max {
            if let entry = entries[first.ticket], entry.state == .waiting, entry.priority == first.priority {
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
