/// The faults that are set, and how often each has fired. It decides; its callers act.
package struct FaultPlan: Sendable {
    package struct Entry: Sendable {
        package let fault: Fault
        /// The time at which it was set.
        let since: Duration
        var seen = 0
        package var fired = 0
        var quota: Quota?
    }

    package private(set) var entries: [Entry] = []
    /// The number of the plan: a connection sees by it that there is a new one.
    private(set) var version = 0
    var random: SeededRandom

    package init(seed: UInt64) { random = SeededRandom(seed: seed, for: "faults") }

    package mutating func set(_ faults: [Fault], keeping: Bool, at now: Duration) {
        version += 1
        entries =
            (keeping ? entries : [])
            + faults.map { fault in
                var entry = Entry(fault: fault, since: now)
                if case .request(.quota(let options)) = fault.action { entry.quota = Quota(options) }
                return entry
            }
    }

    /// Decides whether a fault fires now, and counts it.
    ///
    /// - Parameter count: Messages of the connection, or requests, including this one.
    mutating func fires(_ index: Int, count: Int, at now: Duration) -> Bool {
        let trigger = entries[index].fault.trigger
        let age = now - entries[index].since
        guard age >= trigger.from, trigger.until.map({ age < $0 }) ?? true,
            trigger.times.map({ entries[index].fired < $0 }) ?? true,
            count > trigger.after,
            trigger.every.map({ (count - trigger.after).isMultiple(of: max($0, 1)) }) ?? true,
            trigger.probability.map({ random.chance($0) }) ?? true
        else { return false }
        entries[index].fired += 1
        return true
    }
}

/// The decision about one request.
package struct RequestOutcome: Sendable {
    package enum Kind: Sendable {
        case answer
        case refuse(CannedResponse)
        case hang, reset, close, truncate, malformed, html
        case giant(bytes: Int)
    }

    package var delay = Duration.zero
    package var kind = Kind.answer
    /// The largest age of an answer from a cache; `nil` for a fresh answer.
    package var staleness: Duration?
}

extension FaultPlan {
    /// Decides about a request. Delays add up; of the other faults the first that fires counts.
    package mutating func outcome(ofRequestTo route: String, at now: Duration) -> RequestOutcome {
        var outcome = RequestOutcome()
        for index in entries.indices {
            guard case .request(let action) = entries[index].fault.action,
                entries[index].fault.concerns(route)
            else { continue }
            entries[index].seen += 1
            guard case .answer = outcome.kind, fires(index, count: entries[index].seen, at: now) else {
                continue
            }
            switch action {
            case .delay(let latency): outcome.delay += latency.draw(&random)
            case .refuse(let refusal): outcome.kind = .refuse(refusal)
            case .quota(let options):
                let age = now - entries[index].since
                switch entries[index].quota!.decide(at: age) {
                case .admit(let turn): outcome.delay += turn
                case .refuse(let wait):
                    var refusal = options.refusal
                    refusal.wait = wait
                    outcome.kind = .refuse(refusal)
                case .tooSlow:
                    outcome.delay += options.patience
                    outcome.kind = .refuse(CannedResponse(status: 408))
                }
            case .hang: outcome.kind = .hang
            case .reset: outcome.kind = .reset
            case .close: outcome.kind = .close
            case .truncate: outcome.kind = .truncate
            case .malformed: outcome.kind = .malformed
            case .html: outcome.kind = .html
            case .stale(let age): outcome.staleness = age
            case .giant(let bytes): outcome.kind = .giant(bytes: bytes)
            }
        }
        return outcome
    }

    /// Decides about a request to become a WebSocket.
    ///
    /// - Returns: The answer of a refusal; `nil` to accept.
    package mutating func refusal(ofConnectionTo feed: String, at now: Duration) -> CannedResponse? {
        for index in entries.indices where entries[index].fault.concerns(feed) {
            guard case .feed(.refuse(let refusal)) = entries[index].fault.action else { continue }
            entries[index].seen += 1
            if fires(index, count: entries[index].seen, at: now) { return refusal }
        }
        return nil
    }
}
