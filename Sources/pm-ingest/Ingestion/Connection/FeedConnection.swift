import PMPipe
import PMRecord
import WebSockets

/// One connection to a feed, from the attempt to its end: subscribes, says PING, and watches whether data comes.
final class FeedConnection {
    enum Event {
        case opened
        case frame([UInt8])
        case ended(reason: String, code: CloseCode?, retryAfter: String?)
    }

    /// Its number among all of this run.
    let number: Int
    private(set) var isOpen = false
    /// One for each type of data that it was given to watch.
    private var watchdogs: [String: Watchdog] = [:]

    private let loop: EventLoop
    private let period: Duration
    private let bounds: Watchdog.Bounds
    private var connection: ClientConnection?
    private var pings: EventLoop.Timer?

    init(number: Int, loop: EventLoop, intervals: Intervals) {
        self.number = number
        self.loop = loop
        period = intervals.ping
        bounds = intervals.silence
    }

    /// - Parameter greeting: What is said first.
    func connect(
        to url: WebSocketURL, isInsecure: Bool, greeting: @escaping () -> [[UInt8]],
        onEvent: @escaping (FeedConnection, Event) -> Void
    ) throws(WebSocketError) {
        var request = ClientConnection.Options()
        request.allowInsecure = isInsecure
        connection = try loop.connect(to: url, request) { [weak self] connection, event in
            guard let self else { return }
            switch event {
            case .opened:
                isOpen = true
                for words in greeting() { connection.send(utf8: words) }
                keepAwake()
                onEvent(self, .opened)
            case .message(let message):
                onEvent(self, .frame(Array(message.bytes)))
            case .closed(let ending):
                let words = ending.reason.isEmpty ? "\(ending.code)" : "\(ending.code), \(ending.reason)"
                end()
                onEvent(
                    self,
                    .ended(
                        reason: "the connection was closed: code \(words)", code: ending.code, retryAfter: nil
                    ))
            case .failed(let failure):
                end()
                onEvent(
                    self,
                    .ended(reason: "unable to connect: \(failure)", code: nil, retryAfter: failure.retryAfter)
                )
            }
        }
    }

    func say(_ words: [UInt8]) {
        connection?.send(utf8: words)
    }

    /// Says goodbye; its end is told when it has come.
    func close() {
        connection?.close(.goingAway, "")
    }

    /// Ends it at once, as one does with a connection that is silent.
    func drop() {
        connection?.drop()
    }

    // MARK: Silence

    /// Expects data of that type, at the pace that earlier connections had.
    func watch(_ type: String, pause: Duration?, at now: ContinuousClock.Instant) {
        watchdogs[type] = Watchdog(bounds, pause: pause, at: now)
    }

    /// - Returns: The type's usual pause.
    func heard(_ type: String, at now: ContinuousClock.Instant) -> Duration? {
        if watchdogs[type] == nil { watchdogs[type] = Watchdog(bounds, at: now) }
        watchdogs[type]!.heard(at: now)
        return watchdogs[type]!.pause
    }

    /// Whether data of that type comes, by all we know.
    ///
    /// - Parameter since: Whether it came before that time already; the default does not ask.
    func isHearing(
        _ type: String, at now: ContinuousClock.Instant, since: ContinuousClock.Instant? = nil
    ) -> Bool {
        isOpen
            && watchdogs[type].map { $0.hasHeard(before: since ?? now) && !$0.isSilent(at: now) } ?? false
    }

    /// When data of that type last came.
    func lastData(of type: String) -> ContinuousClock.Instant? { watchdogs[type]?.lastData }

    /// Whether data of another type came just now.
    func isHearing(otherThan type: String, at now: ContinuousClock.Instant) -> Bool {
        isOpen && watchdogs.contains { $0.key != type && $0.value.hasHeard(since: now - bounds.least) }
    }

    /// Expects data of that type no more, until some comes.
    func forget(_ type: String) {
        watchdogs[type] = nil
    }

    /// A type that has been silent for too long.
    func silentType(at now: ContinuousClock.Instant) -> String? {
        guard isOpen else { return nil }
        return watchdogs.keys.sorted().first { watchdogs[$0]!.isSilent(at: now) }
    }

    /// When one will have been.
    var deadline: ContinuousClock.Instant? {
        isOpen ? watchdogs.values.map(\.deadline).min() : nil
    }

    private func keepAwake() {
        pings = loop.after(period) { [weak self] in
            self?.say(Subscription.ping)
            self?.keepAwake()
        }
    }

    private func end() {
        isOpen = false
        connection = nil
        if let pings { loop.cancel(pings) }
        pings = nil
    }
}
