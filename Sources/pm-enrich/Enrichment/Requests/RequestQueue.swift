import Collections
import PMFlow
import PolymarketAPI

/// Requests that wait for their turn, and those under way.
///
/// The turn goes to the request of the largest trade, with ageing: a second of waiting counts as much as a thousand
/// dollars, so that small trades are not put off for ever. What nobody waits for now, because it is tried again or
/// read anew, has every fifth turn, and what the others leave. How often a route is asked its ledger decides; a service
/// that keeps failing is left alone for a while, and what waits for it is told so at once. Questions that can be asked
/// together are, as soon as one of them has its turn.
package struct RequestQueue: Sendable {
    /// Names one request from when it is queued until it is answered.
    package struct Ticket: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    /// Who waits for a request.
    package enum Share: Sendable {
        /// A trade that happens now.
        case live
        /// Nobody, or a trade that is tried again.
        case later
    }

    struct Entry {
        enum State {
            case waiting, delayed
            case underWay(AdaptiveLimiter.Permit, with: [Ticket])
            /// Asked together with another.
            case joined
        }

        let request: APIRequest
        var share: Share
        var priority: Int64
        var state = State.waiting
        var attempts = 0
        /// Whether it is asked alone, for with others it failed.
        var isAlone = false
        /// Whether nobody wants its answer any more: it was under way then, and is not asked again.
        var isForgotten = false
    }

    struct Place: Comparable {
        let priority: Int64
        let ticket: Ticket

        static func < (left: Place, right: Place) -> Bool {
            left.priority == right.priority
                ? left.ticket.number > right.ticket.number : left.priority < right.priority
        }
    }

    struct Lane {
        var ledger: SharedLimiter
        var live = Heap<Place>()
        var rest = Heap<Place>()
        var turns = WeightedTurns()
        /// To be sent later, soonest first.
        var later: [(time: ContinuousClock.Instant, ticket: Ticket)] = []

        subscript(share: Share) -> Heap<Place> {
            get {
                switch share {
                case .live: live
                case .later: rest
                }
            }
            _modify {
                switch share {
                case .live: yield &live
                case .later: yield &rest
                }
            }
        }
    }

    /// Requests under way at most.
    package let concurrency: Int
    package internal(set) var inFlight = 0
    /// Requests sent, by service.
    package internal(set) var sent: [APIHost: Int] = [:]
    /// Requests that were answered together with another.
    package internal(set) var joined = 0
    /// Requests that were refused, or held until somebody gave up.
    package internal(set) var refusals = 0

    var lanes: [Route: Lane] = [:]
    var breakers: [APIHost: Breaker] = [:]
    /// The last failure of each service.
    var lastFailure: [APIHost: String] = [:]
    var entries: [Ticket: Entry] = [:]
    /// Tickets whose request is under way, alone or with others.
    var ticketsUnderWay = 0
    var backoff: Backoff<SplitMix64>
    private var lastNumber: UInt64 = 0
    private let asksTogether: Bool
    private let start: ContinuousClock.Instant

    /// Attempts at a request whose service fails; one that refuses is asked again until it is forgotten.
    static let mostAttempts = 3

    /// - Parameters:
    ///   - asksTogether: Whether questions are asked together that can be.
    ///   - isUnlimited: Whether it begins with a quota that nobody uses up, and not with what is published.
    ///   - files: Where the limits are kept that are shared with other processes.
    package init(
        concurrency: Int, asksTogether: Bool = true, isUnlimited: Bool = false,
        sharing files: [Route: LimiterFile] = [:],
        at now: ContinuousClock.Instant
    ) {
        self.concurrency = concurrency
        self.asksTogether = asksTogether
        start = now
        backoff = Backoff(from: .milliseconds(250), to: .seconds(5), using: SplitMix64(seed: 1))
        for (number, route) in Route.allCases.enumerated() {
            // A tenth is left to whoever shares our address.
            let limit = isUnlimited ? AdaptiveLimiter.unbounded : route.publishedLimit * 9 / 10
            lanes[route] = Lane(
                ledger: SharedLimiter(published: limit, in: files[route], seed: UInt64(number), at: now))
        }
        for host in APIHost.allCases { breakers[host] = Breaker() }
    }

    /// Requests that wait for their turn.
    package var waiting: Int { entries.count - ticketsUnderWay }

    /// Of these, those that trades wait for which happen now.
    package var waitingLive: Int {
        entries.values.count { entry in
            if case .waiting = entry.state { entry.share == .live } else { false }
        }
    }

    /// - Parameters:
    ///   - worth: Dollars of the trade it is for.
    ///   - start: Since when that trade waits; `now` when `nil`.
    ///   - delay: For which it is not sent yet.
    package mutating func add(
        _ request: APIRequest, _ share: Share, worth: Micros, since start: ContinuousClock.Instant? = nil,
        after delay: Duration = .zero, at now: ContinuousClock.Instant
    ) -> Ticket {
        lastNumber += 1
        let ticket = Ticket(number: lastNumber)
        entries[ticket] = Entry(
            request: request, share: share, priority: priority(worth, since: start ?? now),
            isAlone: !asksTogether)
        if delay > .zero { postpone(ticket, until: now + delay) } else { wait(ticket) }
        return ticket
    }

    /// A larger trade waits for the request too, or one that happens now.
    package mutating func raise(
        _ ticket: Ticket, _ share: Share, worth: Micros, since start: ContinuousClock.Instant
    ) {
        let priority = priority(worth, since: start)
        guard let entry = entries[ticket] else { return }
        let isSooner = share == .live && entry.share == .later
        guard isSooner || share == entry.share && entry.priority < priority else { return }
        entries[ticket]!.share = share
        entries[ticket]!.priority = priority
        if case .waiting = entry.state { wait(ticket) }
    }

    /// Nobody waits for a request any more: it has the turns that the others leave.
    package mutating func demote(_ ticket: Ticket, at now: ContinuousClock.Instant) {
        guard let entry = entries[ticket], entry.share == .live else { return }
        entries[ticket]!.share = .later
        entries[ticket]!.priority = priority(.zero, since: now)
        if case .waiting = entry.state { wait(ticket) }
    }

    /// Nobody wants a request's answer any more: it is not sent, or, if it is under way, not again.
    package mutating func forget(_ ticket: Ticket) {
        switch entries[ticket]?.state {
        case .underWay, .joined: entries[ticket]!.isForgotten = true
        case .waiting, .delayed, nil: entries[ticket] = nil
        }
    }

    /// Whether a request was sent and is not answered.
    package func isUnderWay(_ ticket: Ticket) -> Bool {
        switch entries[ticket]?.state {
        case .underWay, .joined: true
        case .waiting, .delayed, nil: false
        }
    }

    /// The request whose turn it is; `nil` when none may be sent now.
    package mutating func next(at now: ContinuousClock.Instant) -> (ticket: Ticket, request: APIRequest)? {
        guard inFlight < concurrency else { return nil }
        for (route, ticket, share) in candidates(at: now) {
            guard let pass = lanes[route]!.ledger.admit(at: now) else { continue }
            take(share, of: route)
            let (request, others) = join(entries[ticket]!, share)
            breakers[route.host]!.sent()
            inFlight += 1
            ticketsUnderWay += 1 + others.count
            joined += others.count
            sent[route.host, default: 0] += 1
            entries[ticket]!.state = .underWay(pass, with: others)
            return (ticket, request)
        }
        return nil
    }

    /// A request that waits for a service that is left alone, taken off with its answer.
    package mutating func nextHopeless(at now: ContinuousClock.Instant) -> (ticket: Ticket, answer: Answer)? {
        for route in Route.allCases where breakers[route.host]!.state(at: now) == .open {
            resumeDelayed(route, at: now)
            guard let (ticket, share) = firstWaiting(route) else { continue }
            _ = lanes[route]![share].popMax()
            entries[ticket] = nil
            return (ticket, .failed(lastFailure[route.host] ?? "the service fails"))
        }
        return nil
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

    /// Value + age × 1,000 $/s, less what is the same for all at any time, so that it never changes.
    private func priority(_ worth: Micros, since time: ContinuousClock.Instant) -> Int64 {
        worth.count / 1_000_000 - start.duration(to: time).inMilliseconds
    }
}

// MARK: - Figures

extension RequestQueue {
    /// What was learned of a route's limit.
    package func memory(of route: Route) -> AdaptiveLimiter.Memory { lanes[route]!.ledger.memory }

    /// Whether a refusal keeps the route closed.
    package func isClosed(_ route: Route, at now: ContinuousClock.Instant) -> Bool {
        lanes[route]!.ledger.isClosed(at: now)
    }

    /// Why a service is left alone; `nil` for one that is asked.
    package func failure(of host: APIHost, at now: ContinuousClock.Instant) -> String? {
        breakers[host]!.state(at: now) == .closed ? nil : lastFailure[host] ?? "the service fails"
    }
}
