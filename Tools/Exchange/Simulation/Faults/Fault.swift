/// A scripted fault: its targets, its action and its trigger.
package struct Fault: Sendable {
    /// `rtds`, `market`, or routes of HTTP or their beginnings: `data`, `data/trades`, `hooks/discord`.
    package var targets: [String]
    package var action: Action
    package var trigger = Trigger()

    package init(_ action: Action, on targets: [String], when trigger: Trigger = Trigger()) {
        self.action = action
        self.targets = targets
        self.trigger = trigger
    }

    package enum Action: Sendable {
        case feed(FeedAction)
        case request(RequestAction)
    }

    func concerns(_ route: String) -> Bool {
        targets.contains { route == $0 || route.hasPrefix($0 + "/") }
    }
}

/// The conditions under which a fault fires: all that are given must hold.
package struct Trigger: Sendable {
    /// Skips this many messages of a connection, or requests.
    package var after = 0
    /// From there on fires only at each n-th.
    package var every: Int?
    package var probability: Double?
    /// The most times that it fires, over all connections; unlimited if `nil`.
    package var times: Int?
    /// Fires only in this window, counted from when the fault was set.
    package var from = Duration.zero
    package var until: Duration?
    /// Feeds: fires not with a message, but this long after the connection opened; or again and again.
    package var at: Duration?
    package var everyPeriod: Duration?

    package init() {}

    /// True if no condition is given, so that it fires at once.
    var isImmediate: Bool {
        after == 0 && every == nil && probability == nil && at == nil && everyPeriod == nil
    }

    /// True if the clock fires it, not a message.
    var isTimed: Bool { at != nil || everyPeriod != nil }

    /// True if it may fire more than once on one connection.
    var isRepeated: Bool { every != nil || everyPeriod != nil || probability != nil }
}

/// The faults of a feed's connection or of its messages.
package enum FeedAction: Sendable {
    /// The upgrade gets another answer.
    case refuse(CannedResponse)
    /// The connection ends with a TCP reset.
    case reset
    /// The connection ends with a TCP FIN, without a close frame of the WebSocket.
    case fin
    /// The connection ends with a close frame.
    case close(code: UInt16, reason: String)
    /// Nothing is sent but answers to pings; what happens meanwhile is lost. Without end if `nil`.
    case freeze(Duration?)
    /// Nothing is read and nothing is sent.
    case halfOpen(Duration?)
    /// A message is sent in pieces of this many bytes, with pauses between.
    case drip(bytes: Int, pause: Duration)
    /// A message is cut into frames; into single bytes if 0.
    case fragment(pieces: Int)
    /// A message is cut in two, and a PING frame stands between.
    case ping
    /// An additional message of that many bytes.
    case giant(bytes: Int)
    case badUTF8
    case empty
    case unknownTopic
    case malformed
    /// This many messages are sent as one array.
    case array(Int)
    case duplicate
    /// A message changes places with the next.
    case reorder
    /// One type of message is left out, or all if `nil`.
    case silence(type: String?)

    /// True if it concerns the connection, not a message.
    var isOfConnection: Bool {
        switch self {
        case .refuse, .reset, .fin, .close, .freeze, .halfOpen: true
        case .drip, .fragment, .ping, .giant, .badUTF8, .empty, .unknownTopic, .malformed, .array,
            .duplicate, .reorder, .silence:
            false
        }
    }
}

/// The faults of an HTTP request.
package enum RequestAction: Sendable {
    case delay(Latency)
    case refuse(CannedResponse)
    /// A quota that no document mentions.
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
    /// An answer from a cache by URL, of at most this age.
    case stale(Duration)
}

/// The time that an answer takes.
package enum Latency: Sendable {
    case fixed(Duration)
    case uniform(Duration, Duration)
    /// Log-normal.
    case spread(median: Duration, sigma: Double)

    func draw(_ random: inout SeededRandom) -> Duration {
        switch self {
        case .fixed(let duration): duration
        case .uniform(let low, let high): low + (high - low) * random.unit()
        case .spread(let median, let sigma): median * random.logNormal(median: 1, sigma: sigma)
        }
    }
}
