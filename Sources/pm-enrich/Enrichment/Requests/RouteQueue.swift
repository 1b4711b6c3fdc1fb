import DequeModule
import PMFlow
import PolymarketAPI

/// The queue of one route: the order of its requests, and the attempts at each request.
///
/// Live requests get four turns of five while live and background requests wait. Within each class, the highest
/// priority goes first.
/// Requests that can be batched are joined into one as soon as one of them has its turn.
struct RouteQueue: Sendable {
    private struct Item {
        enum State {
            case waiting, delayed
            case inFlight(HostLimiter<Route>.Permit, batch: [QueuedRequestID])
            /// Sent together with another request.
            case batched
        }

        let request: APIRequest
        var trafficClass: TrafficClass
        var priority: Int64
        var state = State.waiting
        var attempts = 0
        /// True if it is sent alone, because a batch with it failed.
        var isUnbatched = false
        /// True if the answer is no longer wanted. The request was in flight when it was cancelled, and is
        /// not retried.
        var isCancelled = false
    }

    /// The order among routes: those with live requests first, then by the position of their first request.
    struct Rank: Comparable {
        let isLive: Bool
        let position: RequestOrder.Position

        static func < (left: Rank, right: Rank) -> Bool {
            left.isLive == right.isLive ? left.position < right.position : right.isLive
        }
    }

    /// The most attempts at a request while the service fails. A refused request is retried until it is cancelled.
    private static let maxAttempts = 3

    private let batchesRequests: Bool
    private var items: [QueuedRequestID: Item] = [:]
    /// Requests in flight, alone or in a batch.
    private var inFlight = 0
    private var order = RequestOrder()
    /// Requests to be queued later, soonest first.
    private var delayed: Deque<(time: ContinuousClock.Instant, id: QueuedRequestID)> = []

    init(batchesRequests: Bool) {
        self.batchesRequests = batchesRequests
    }

    /// Requests that are not in flight.
    var waiting: Int { items.count - inFlight }

    /// Live requests that may be sent as soon as the limiter permits.
    var waitingLive: Int {
        items.values.count { item in
            if case .waiting = item.state { item.trafficClass == .live } else { false }
        }
    }

    /// Adds a request.
    ///
    /// - Parameter start: When to queue it; `nil` for now.
    mutating func add(
        _ request: APIRequest, as id: QueuedRequestID, _ trafficClass: TrafficClass, priority: Int64,
        from start: ContinuousClock.Instant?
    ) {
        items[id] = Item(
            request: request, trafficClass: trafficClass, priority: priority, isUnbatched: !batchesRequests)
        if let start { delay(id, until: start) } else { enqueue(id) }
    }

    /// Moves a request forward, unless it is ahead of that position already.
    mutating func promote(_ id: QueuedRequestID, to trafficClass: TrafficClass, priority: Int64) {
        guard let item = items[id] else { return }
        let isUpgrade = trafficClass == .live && item.trafficClass == .background
        guard isUpgrade || trafficClass == item.trafficClass && item.priority < priority else { return }
        move(id, to: trafficClass, priority: priority)
    }

    /// Moves a live request to the background class.
    mutating func demote(_ id: QueuedRequestID, priority: Int64) {
        guard let item = items[id], item.trafficClass == .live else { return }
        move(id, to: .background, priority: priority)
    }

    /// Removes a request. One that is in flight is not retried.
    mutating func cancel(_ id: QueuedRequestID) {
        switch items[id]?.state {
        case .inFlight, .batched: items[id]!.isCancelled = true
        case .waiting, .delayed, nil:
            items[id] = nil
            order.remove(id)
        }
    }

    func isInFlight(_ id: QueuedRequestID) -> Bool {
        switch items[id]?.state {
        case .inFlight, .batched: true
        case .waiting, .delayed, nil: false
        }
    }

    private mutating func move(_ id: QueuedRequestID, to trafficClass: TrafficClass, priority: Int64) {
        items[id]!.trafficClass = trafficClass
        items[id]!.priority = priority
        if case .waiting = items[id]!.state { enqueue(id) }
    }

    private mutating func enqueue(_ id: QueuedRequestID) {
        guard let item = items[id], !item.isCancelled else {
            items[id] = nil
            return
        }
        items[id]!.state = .waiting
        order.insert(id, in: item.trafficClass, priority: item.priority)
    }

    private mutating func delay(_ id: QueuedRequestID, until time: ContinuousClock.Instant) {
        items[id]!.state = .delayed
        let index = delayed.firstIndex { $0.time > time } ?? delayed.endIndex
        delayed.insert((time, id), at: index)
    }
}

// MARK: - Turns

extension RouteQueue {
    /// Queues the delayed requests whose time has come.
    mutating func resumeDelayed(at now: ContinuousClock.Instant) {
        while let first = delayed.first, first.time <= now {
            delayed.removeFirst()
            if items[first.id] != nil { enqueue(first.id) }
        }
    }

    /// The time at which the next delayed request is queued.
    var nextDelayed: ContinuousClock.Instant? { delayed.first?.time }

    /// Returns this route's rank among the routes; `nil` when no request waits.
    ///
    /// The first live request determines it, even when the turn is a background request's.
    mutating func rank() -> Rank? {
        guard let head = order.head() else { return nil }
        let live = order.first(of: .live)
        return Rank(isLive: live != nil, position: live ?? head.position)
    }

    /// Returns true if a request waits for its turn.
    mutating func hasWaiting() -> Bool { order.head() != nil }

    /// Sends the request whose turn it is, if the limiter permits.
    ///
    /// - Returns: The request, batched with others where possible, and the number of those.
    mutating func send(
        _ route: Route, through limiter: inout HostLimiter<Route>, at now: ContinuousClock.Instant
    ) -> (id: QueuedRequestID, request: APIRequest, batched: Int)? {
        guard let (position, trafficClass) = order.head(), let permit = limiter.admit(route, at: now)
        else { return nil }
        let id = position.id
        order.takeTurn(of: trafficClass)
        let (request, batch) = batch(items[id]!, trafficClass)
        inFlight += 1 + batch.count
        items[id]!.state = .inFlight(permit, batch: batch)
        return (id, request, batch.count)
    }

    /// Removes the request whose turn it is without sending it.
    mutating func removeHead() -> QueuedRequestID? {
        guard let (position, trafficClass) = order.head() else { return nil }
        order.removeFirst(of: trafficClass)
        items[position.id] = nil
        return position.id
    }

    /// Joins other requests of the same class with `item`, in their order.
    private mutating func batch(
        _ item: Item, _ trafficClass: TrafficClass
    ) -> (request: APIRequest, batch: [QueuedRequestID]) {
        var (request, batch) = (item.request, [QueuedRequestID]())
        guard !item.isUnbatched else { return (request, []) }
        while let id = order.first(of: trafficClass)?.id, !items[id]!.isUnbatched,
            let joined = request.joined(with: items[id]!.request)
        {
            order.removeFirst(of: trafficClass)
            items[id]!.state = .batched
            request = joined
            batch.append(id)
        }
        return (request, batch)
    }
}

// MARK: - Answers

extension RouteQueue {
    /// Ends an attempt.
    ///
    /// - Returns: The answers to the request and to those batched with it, without those that are retried; `nil` when it
    ///   was not in flight.
    mutating func settle(
        _ id: QueuedRequestID, _ meaning: ReplyMeaning, hint: RateLimitHint?,
        limiter: inout HostLimiter<Route>, backoff: inout Backoff<SplitMix64>, at now: ContinuousClock.Instant
    ) -> [(id: QueuedRequestID, answer: LookupAnswer)]? {
        guard let item = items[id], case .inFlight(let permit, let batch) = item.state else { return nil }
        let ids = [id] + batch
        inFlight -= ids.count
        limiter.settle(permit, meaning.outcome, hint: hint, at: now)
        switch meaning {
        case .answered(let answer):
            for id in ids { items[id] = nil }
            return ids.map { ($0, answer) }
        case .refused, .timedOut:
            for id in ids { enqueue(id) }
            return []
        case .unavailable(let retryAfter):
            return retry(ids, "HTTP 503", after: retryAfter, backoff: &backoff, at: now)
        case .failed(let reason, let isTransient, _):
            // Any of the batch may be the cause.
            guard isTransient || batch.isEmpty else {
                for id in ids {
                    items[id]!.isUnbatched = true
                    enqueue(id)
                }
                return []
            }
            if isTransient { return retry(ids, reason, backoff: &backoff, at: now) }
            for id in ids { items[id] = nil }
            return ids.map { ($0, .failed(reason)) }
        }
    }

    /// Delays requests for their next attempts.
    ///
    /// - Parameter pause: The least pause before it.
    /// - Returns: The failures of those that have no further attempt.
    private mutating func retry(
        _ ids: [QueuedRequestID], _ reason: String, after pause: Duration = .zero,
        backoff: inout Backoff<SplitMix64>, at now: ContinuousClock.Instant
    ) -> [(id: QueuedRequestID, answer: LookupAnswer)] {
        ids.compactMap { id in
            if retry(id, after: pause, backoff: &backoff, at: now) { return nil }
            items[id] = nil
            return (id, .failed(reason))
        }
    }

    /// Delays a request for its next attempt.
    ///
    /// - Returns: True if there is one.
    private mutating func retry(
        _ id: QueuedRequestID, after least: Duration, backoff: inout Backoff<SplitMix64>,
        at now: ContinuousClock.Instant
    ) -> Bool {
        items[id]!.attempts += 1
        let attempts = items[id]!.attempts
        guard !items[id]!.isCancelled, attempts < Self.maxAttempts else { return false }
        backoff.reset()
        var pause = Duration.zero
        for _ in 0..<attempts { pause = backoff.next() }
        delay(id, until: now + max(pause, least))
        return true
    }
}
