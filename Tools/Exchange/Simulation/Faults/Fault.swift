/// Something that goes wrong: where, what, and when.
package struct Fault: Sendable {
    /// `rtds` or `market`; or a route of HTTP or what it begins with: `data`, `data/trades`, `hooks/discord`.
    package var target: String
    package var action: Action
    package var trigger = Trigger()

    package init(_ action: Action, on target: String, when trigger: Trigger = Trigger()) {
        self.action = action
        self.target = target
        self.trigger = trigger
    }

    package enum Action: Sendable {
        case feed(FeedAction)
        case request(RequestAction)
    }

    func concerns(_ route: String) -> Bool { route == target || route.hasPrefix(target + "/") }
}

/// When a fault befalls: every condition that is there must hold.
package struct Trigger: Sendable {
    /// Messages of a connection, or requests, that are spared at first.
    package var after = 0
    /// From there on only each of that many.
    package var every: Int?
    package var probability: Double?
    /// How often in all, over all connections. The default is without end.
    package var times: Int?
    /// Only then, counted from when the fault was set.
    package var from = Duration.zero
    package var until: Duration?
    /// Feeds: not with a message, but so long after the connection opened; or again and again.
    package var at: Duration?
    package var everyPeriod: Duration?

    package init() {}

    /// Whether nothing says when: at once, then.
    var isImmediate: Bool {
        after == 0 && every == nil && probability == nil && at == nil && everyPeriod == nil
    }

    /// Whether the clock, and not a message, sets it off.
    var isTimed: Bool { at != nil || everyPeriod != nil }

    /// Whether it may befall one connection more than once.
    var isRepeated: Bool { every != nil || everyPeriod != nil || probability != nil }
}

/// What may befall a feed's connection or its messages.
package enum FeedAction: Sendable {
    /// The upgrade is answered with something else.
    case refuse(Refusal)
    /// TCP ends with a reset, or with a FIN and no close frame.
    case reset
    case fin
    case close(code: UInt16, reason: String)
    /// Nothing is sent but PONGs; what happens meanwhile is lost. Without end if `nil`.
    case freeze(Duration?)
    /// Nothing is read and nothing is sent.
    case halfOpen(Duration?)
    /// A message trickles: so many bytes, a pause, and so on.
    case drip(bytes: Int, pause: Duration)
    /// A message is cut into frames; into single bytes if 0.
    case fragment(pieces: Int)
    /// A message is cut in two, and a PING frame stands between.
    case ping
    /// A message of that many bytes besides.
    case giant(bytes: Int)
    case badUTF8
    case empty
    case unknownTopic
    case malformed
    /// So many messages go as one array.
    case array(Int)
    case duplicate
    /// A message changes places with the next.
    case reorder
    /// One type of message is left out, or all if `nil`.
    case silence(type: String?)

    /// Whether it concerns the connection and not the message at hand.
    var isOfConnection: Bool {
        switch self {
        case .refuse, .reset, .fin, .close, .freeze, .halfOpen: true
        case .drip, .fragment, .ping, .giant, .badUTF8, .empty, .unknownTopic, .malformed, .array,
            .duplicate, .reorder, .silence:
            false
        }
    }
}

/// What may befall an HTTP request.
package enum RequestAction: Sendable {
    case delay(Latency)
    case refuse(Refusal)
    /// A quota nobody is told of.
    case quota(Quota.Options)
    case hang
    case reset
    case close
    /// The answer's first half, and then the end of the connection.
    case truncate
    case malformed
    /// An HTML page with status 200.
    case html
    case giant(bytes: Int)
    /// What the same URL was answered so long ago or less, as a cache on the way would.
    case stale(Duration)
}

/// How long an answer takes.
package enum Latency: Sendable {
    case fixed(Duration)
    case uniform(Duration, Duration)
    /// Log-normal.
    case spread(median: Duration, sigma: Double)

    func draw(_ dice: inout Dice) -> Duration {
        switch self {
        case .fixed(let duration): duration
        case .uniform(let low, let high): low + (high - low) * dice.unit()
        case .spread(let median, let sigma): median * dice.logNormal(median: 1, sigma: sigma)
        }
    }
}
