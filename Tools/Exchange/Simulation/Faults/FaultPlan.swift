/// The faults that are set, and how often each has befallen. Decides; others act.
package struct FaultPlan: Sendable {
    package struct Entry: Sendable {
        package let fault: Fault
        /// When it was set.
        let since: Duration
        var seen = 0
        package var befallen = 0
        var quota: Quota?
    }

    package private(set) var entries: [Entry] = []
    /// Counts the plans: a connection notices by it that there is another.
    private(set) var version = 0
    var dice: Dice

    package init(seed: UInt64) { dice = Dice(seed: seed, for: "faults") }

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

    /// Whether a fault befalls now.
    ///
    /// - Parameter count: Messages of the connection, or requests, with this one.
    mutating func befalls(_ place: Int, count: Int, at now: Duration) -> Bool {
        let trigger = entries[place].fault.trigger
        let age = now - entries[place].since
        guard age >= trigger.from, trigger.until.map({ age < $0 }) ?? true,
            trigger.times.map({ entries[place].befallen < $0 }) ?? true,
            count > trigger.after,
            trigger.every.map({ (count - trigger.after).isMultiple(of: max($0, 1)) }) ?? true,
            trigger.probability.map({ dice.chance($0) }) ?? true
        else { return false }
        entries[place].befallen += 1
        return true
    }
}

/// What becomes of a request.
package struct RequestFate: Sendable {
    package enum Kind: Sendable {
        case answer
        case refuse(Refusal)
        case hang, reset, close, truncate, malformed, html
        case giant(bytes: Int)
    }

    package var delay = Duration.zero
    package var kind = Kind.answer
    /// How old an answer from a cache may be; `nil` for none from there.
    package var staleness: Duration?
}

extension FaultPlan {
    /// Decides on a request. Delays add up; of the others the first that befalls counts.
    package mutating func fate(ofRequestTo route: String, at now: Duration) -> RequestFate {
        var fate = RequestFate()
        for place in entries.indices {
            guard case .request(let action) = entries[place].fault.action,
                entries[place].fault.concerns(route)
            else { continue }
            entries[place].seen += 1
            guard case .answer = fate.kind, befalls(place, count: entries[place].seen, at: now) else {
                continue
            }
            switch action {
            case .delay(let latency): fate.delay += latency.draw(&dice)
            case .refuse(let refusal): fate.kind = .refuse(refusal)
            case .quota(let options):
                let age = now - entries[place].since
                switch entries[place].quota!.decide(at: age) {
                case .admit(let turn): fate.delay += turn
                case .refuse(let wait):
                    var refusal = options.refusal
                    refusal.wait = wait
                    fate.kind = .refuse(refusal)
                case .tooSlow:
                    fate.delay += options.patience
                    fate.kind = .refuse(Refusal(status: 408))
                }
            case .hang: fate.kind = .hang
            case .reset: fate.kind = .reset
            case .close: fate.kind = .close
            case .truncate: fate.kind = .truncate
            case .malformed: fate.kind = .malformed
            case .html: fate.kind = .html
            case .stale(let age): fate.staleness = age
            case .giant(let bytes): fate.kind = .giant(bytes: bytes)
            }
        }
        return fate
    }

    /// Decides on a request to become a WebSocket: how it is refused, if it is.
    package mutating func refusal(ofConnectionTo feed: String, at now: Duration) -> Refusal? {
        for place in entries.indices where entries[place].fault.concerns(feed) {
            guard case .feed(.refuse(let refusal)) = entries[place].fault.action else { continue }
            entries[place].seen += 1
            if befalls(place, count: entries[place].seen, at: now) { return refusal }
        }
        return nil
    }
}
