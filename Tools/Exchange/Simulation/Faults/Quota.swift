import PMRecord

/// A server's quota of requests in a window of time: a value without a clock.
package struct Quota: Sendable {
    package enum Kind: String, Sendable {
        /// Counts the requests admitted in the last window; the others get 429.
        case sliding
        /// Counts in windows that follow one another.
        case fixed
        /// The first request too many closes the service for a window.
        case penalty
        /// The excess waits for its turn, or gets 408 if that takes too long.
        case throttle
        /// The same with 429: the published behaviour.
        case delay
    }

    package struct Options: Sendable {
        package var kind = Kind.sliding
        package var limit = 150
        package var window = Duration.seconds(10)
        /// Limits that take effect later, in order.
        package var changes: [(at: Duration, limit: Int)] = []
        /// Requests a second of other clients that share the quota.
        package var others = 0.0
        /// The duration of a penalty; the window if `nil`.
        package var penalty: Duration?
        /// The longest wait for a turn.
        package var patience = Duration.seconds(6)
        package var refusal = CannedResponse(status: 429)

        package init() {}
    }

    package enum Verdict: Equatable, Sendable {
        case admit(after: Duration)
        /// - Parameter wait: Until a request would be admitted.
        case refuse(wait: Duration)
        case tooSlow
    }

    package let options: Options
    /// The times at which requests were or will be admitted, in order.
    private var admitted: [Duration] = []
    private var closedUntil = Duration.zero
    private var lastOther = Duration.zero

    package init(_ options: Options) { self.options = options }

    /// Decides about one request.
    ///
    /// - Parameter now: Since a fixed beginning; never less than before.
    package mutating func decide(at now: Duration) -> Verdict {
        addOthers(upTo: now)
        let limit = options.changes.last { $0.at <= now }?.limit ?? options.limit
        let windowStart =
            options.kind == .fixed
            ? now - Duration.milliseconds(now.inMilliseconds % max(options.window.inMilliseconds, 1))
            : now - options.window
        admitted.removeAll { options.kind == .fixed ? $0 < windowStart : $0 <= windowStart }
        guard now >= closedUntil else { return .refuse(wait: closedUntil - now) }
        if options.kind == .throttle || options.kind == .delay {
            guard admitted.count >= limit, limit > 0 else { return admit(at: now, now) }
            let turn = max(now, admitted[admitted.count - limit] + options.window)
            guard turn - now > options.patience else { return admit(at: turn, now) }
            return options.kind == .delay ? .refuse(wait: turn - now) : .tooSlow
        }
        guard admitted.count >= limit else { return admit(at: now, now) }
        switch options.kind {
        case .fixed:
            return .refuse(wait: windowStart + options.window - now)
        case .penalty:
            let length = options.penalty ?? options.window
            closedUntil = now + length
            return .refuse(wait: length)
        case .sliding, .throttle, .delay:
            let leaving = limit > 0 ? admitted[admitted.count - limit] : now
            return .refuse(wait: leaving + options.window - now)
        }
    }

    private mutating func admit(at turn: Duration, _ now: Duration) -> Verdict {
        admitted.append(turn)
        return .admit(after: turn - now)
    }

    private mutating func addOthers(upTo now: Duration) {
        guard options.others > 0 else { return }
        let pause = Duration.seconds(1) / options.others
        lastOther = max(lastOther, now - options.window)
        while lastOther + pause <= now {
            lastOther += pause
            admitted.append(lastOther)
        }
        admitted.sort()
    }
}
