import Collections
import PMFlow
import PolymarketAPI

// MARK: - WeightedTurns

extension RequestQueue {
    mutating func wait(_ ticket: Ticket) {
        let entry = entries[ticket]!
        guard !entry.isForgotten else {
            entries[ticket] = nil
            return
        }
        entries[ticket]!.state = .waiting
        lanes[entry.request.route]![entry.share].insert(Place(priority: entry.priority, ticket: ticket))
    }

    mutating func postpone(_ ticket: Ticket, until time: ContinuousClock.Instant) {
        entries[ticket]!.state = .delayed
        let route = entries[ticket]!.request.route
        let place = lanes[route]!.later.firstIndex { $0.time > time } ?? lanes[route]!.later.endIndex
        lanes[route]!.later.insert((time, ticket), at: place)
    }

    mutating func resumeDelayed(_ route: Route, at now: ContinuousClock.Instant) {
        while let first = lanes[route]!.later.first, first.time <= now {
            lanes[route]!.later.removeFirst()
            if entries[first.ticket] != nil { wait(first.ticket) }
        }
    }

    /// The request whose turn it is in each lane whose service may be asked: the lanes of what is live before the rest,
    /// those of the largest trades first.
    mutating func candidates(
        at now: ContinuousClock.Instant
    ) -> [(route: Route, ticket: Ticket, share: Share)] {
        var candidates: [(rank: Rank, route: Route, ticket: Ticket, share: Share)] = []
        for route in Route.allCases where breakers[route.host]!.allows(at: now) {
            resumeDelayed(route, at: now)
            guard let (ticket, share) = firstWaiting(route) else { continue }
            // Whoever's turn it is, it is the lane of the live one that waits there.
            let live = firstWaiting(route, .live)
            let first = live ?? ticket
            let place = Place(priority: entries[first]!.priority, ticket: first)
            candidates.append((Rank(isLive: live != nil, place: place), route, ticket, share))
        }
        return candidates.sorted { $1.rank < $0.rank }.map { ($0.route, $0.ticket, $0.share) }
    }

    private struct Rank: Comparable {
        let isLive: Bool
        let place: Place

        static func < (left: Rank, right: Rank) -> Bool {
            left.isLive == right.isLive ? left.place < right.place : right.isLive
        }
    }

    /// The request whose turn it is in that lane.
    mutating func firstWaiting(_ route: Route) -> (ticket: Ticket, share: Share)? {
        let live = firstWaiting(route, .live)
        let later = firstWaiting(route, .later)
        if let later, live == nil || lanes[route]!.turns.isSecond { return (later, .later) }
        return live.map { ($0, .live) }
    }

    /// Takes the first of that share off, and notes whose turn it was.
    mutating func take(_ share: Share, of route: Route) {
        _ = lanes[route]![share].popMax()
        let other: Share = share == .live ? .later : .live
        let isContested = firstWaiting(route, other) != nil
        lanes[route]!.turns.took(second: share == .later, wasContested: isContested)
    }

    /// Asks what can be asked together with a request, the largest trades' first.
    mutating func join(_ entry: Entry, _ share: Share) -> (request: APIRequest, others: [Ticket]) {
        var (request, others) = (entry.request, [Ticket]())
        guard !entry.isAlone else { return (request, []) }
        while let ticket = firstWaiting(request.route, share), !entries[ticket]!.isAlone,
            let both = request.joined(with: entries[ticket]!.request)
        {
            _ = lanes[request.route]![share].popMax()
            entries[ticket]!.state = .joined
            request = both
            others.append(ticket)
        }
        return (request, others)
    }

    /// The share's first request. Places of requests that were removed, or have a better place since, are dropped.
    private mutating func firstWaiting(_ route: Route, _ share: Share) -> Ticket? {
        while let first = lanes[route]![share].max {
            if let entry = entries[first.ticket], case .waiting = entry.state, entry.share == share,
                entry.priority == first.priority
            {
                return first.ticket
            }
            _ = lanes[route]![share].popMax()
        }
        return nil
    }
}

// MARK: - Answers

extension RequestQueue {
    /// What an attempt at a request came to.
    ///
    /// - Returns: The answers to it and to those that were asked with it; none for what is tried again.
    package mutating func settle(
        _ ticket: Ticket, _ reply: Reply, at now: ContinuousClock.Instant
    ) -> [(ticket: Ticket, answer: Answer)] {
        guard let entry = entries[ticket], case .underWay(let pass, let others) = entry.state else {
            return []
        }
        let tickets = [ticket] + others
        inFlight -= 1
        ticketsUnderWay -= tickets.count
        let (route, verdict) = (entry.request.route, Verdict(reply))
        let outcome = verdict.outcome
        lanes[route]!.ledger.settle(pass, outcome, told: reply.told, at: now)
        if outcome.isRefusal { refusals += 1 }
        switch verdict {
        case .answered(let answer):
            breakers[route.host]!.succeeded()
            for ticket in tickets { entries[ticket] = nil }
            return tickets.map { ($0, answer) }
        case .refused, .heldTooLong:
            breakers[route.host]!.succeeded()  // it is there, and busy
            for ticket in tickets { wait(ticket) }
            return []
        case .failed(let reason, let isTransient, _):
            if isTransient {
                breakers[route.host]!.failed(at: now)
            } else {
                breakers[route.host]!.succeeded()
            }
            lastFailure[route.host] = reason
            // Who knows which of them it was.
            guard isTransient || others.isEmpty else {
                for ticket in tickets { askAlone(ticket) }
                return []
            }
            return tickets.compactMap { ticket in
                retry(ticket, reason, isTransient: isTransient, at: now).map { (ticket, $0) }
            }
        }
    }

    private mutating func askAlone(_ ticket: Ticket) {
        entries[ticket]!.isAlone = true
        wait(ticket)
    }

    private mutating func retry(
        _ ticket: Ticket, _ reason: String, isTransient: Bool, at now: ContinuousClock.Instant
    ) -> Answer? {
        entries[ticket]!.attempts += 1
        let attempts = entries[ticket]!.attempts
        guard isTransient, !entries[ticket]!.isForgotten, attempts < Self.mostAttempts else {
            entries[ticket] = nil
            return .failed(reason)
        }
        backoff.reset()
        var pause = Duration.zero
        for _ in 0..<attempts { pause = backoff.next() }
        postpone(ticket, until: now + pause)
        return nil
    }
}
