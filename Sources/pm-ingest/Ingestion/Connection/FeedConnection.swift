import Curl
import PMPipe
import PMRecord
import WebSockets

/// One connection to a feed, from the attempt to its end: subscribes, sends PING, decodes the frames it receives, and
/// notes which types of data arrive.
final class FeedConnection {
    enum Event {
        case opened
        case received(ReceivedFrame)
        case ended(Ending)
    }

    /// The end of a connection, or of the attempt to make one.
    struct Ending {
        let reason: String
        /// The code of the closing handshake; `nil` when there was none.
        var code: CloseCode?
        /// The `Retry-After` header of a refused upgrade.
        var retryAfter: String?

        /// Returns the pause that the server asks for, by its closing code or by the header; `nil` where it asks for none.
        ///
        /// libwebsockets knows no code above 1011 and reports 1012 and 1013 as 1002, a protocol error. A peer that breaks
        /// the protocol is better left alone for a while, too.
        func requestedPause(_ intervals: Intervals) -> Duration? {
            if let code, [.policyViolation, .tryAgainLater, .protocolError].contains(code) {
                return min(intervals.longestPause, intervals.shortestPause * 10)
            }
            return RetryAfter.delay(
                header: retryAfter, now: Int(Timestamp.now().milliseconds / 1000), cap: .seconds(900))
        }
    }

    /// Numbers the connections of one run, from 0.
    let number: Int
    private(set) var isOpen = false
    private(set) var liveness: Liveness
    /// Frames since the last data that show no type of data to be alive, and a reason for the first.
    private var unreadable: (count: Int, reason: String)?

    private let settings: FeedSettings
    private let loop: EventLoop
    private var connection: ClientConnection?
    private var pingTimer: EventLoop.Timer?

    init(number: Int, _ settings: FeedSettings, loop: EventLoop) {
        self.number = number
        self.settings = settings
        self.loop = loop
        liveness = Liveness(settings.intervals.silence)
    }

    /// Starts to connect.
    ///
    /// - Parameters:
    ///   - subscription: Returns the frames to send first.
    ///   - onEvent: Called with `opened` and frames, then `ended`; or with `ended` alone.
    func connect(
        subscription: @escaping () -> [[UInt8]], onEvent: @escaping (FeedConnection, Event) -> Void
    ) throws(WebSocketError) {
        var options = ClientConnection.Options()
        options.allowInsecure = settings.isInsecure
        connection = try loop.connect(to: settings.url, options) { [weak self] connection, event in
            guard let self else { return }
            switch event {
            case .opened:
                isOpen = true
                for frame in subscription() { connection.send(utf8: frame) }
                schedulePing()
                onEvent(self, .opened)
            case .message(let message):
                onEvent(self, .received(decode(Array(message.bytes))))
            case .closed(let ending):
                let detail = ending.reason.isEmpty ? "\(ending.code)" : "\(ending.code), \(ending.reason)"
                end()
                onEvent(
                    self,
                    .ended(Ending(reason: "the connection was closed: code \(detail)", code: ending.code)))
            case .failed(let failure):
                end()
                onEvent(
                    self,
                    .ended(Ending(reason: "unable to connect: \(failure)", retryAfter: failure.retryAfter)))
            }
        }
    }

    func send(_ frame: [UInt8]) {
        connection?.send(utf8: frame)
    }

    /// Starts the closing handshake; `ended` follows when it is complete.
    func close() {
        connection?.close(.goingAway, "")
    }

    /// Ends the connection at once, without a handshake: a silent peer would not answer it.
    func drop() {
        connection?.drop()
    }

    // MARK: Silence

    /// Expects data of that type from now on.
    ///
    /// - Parameter pause: The type's usual pause on earlier connections.
    func expect(_ type: String, pause: Duration?, at now: ContinuousClock.Instant) {
        liveness.expect(type, pause: pause, at: now)
    }

    /// Stops expecting data of that type until some arrives.
    func forget(_ type: String) {
        liveness.forget(type)
    }

    /// Returns true if it is open and data of that type arrives, as far as is known.
    ///
    /// - Parameter since: Also requires that it arrived at or before that time. The default requires nothing.
    func isReceiving(
        _ type: String, at now: ContinuousClock.Instant, since: ContinuousClock.Instant? = nil
    ) -> Bool {
        isOpen && liveness.isReceiving(type, at: now, since: since)
    }

    /// Returns a type that has been silent for too long.
    func silentType(at now: ContinuousClock.Instant) -> String? {
        isOpen ? liveness.silentType(at: now) : nil
    }

    /// When ``silentType(at:)`` may return a type.
    var deadline: ContinuousClock.Instant? { isOpen ? liveness.deadline : nil }

    /// Returns why data of that type counts as missing: none arrived, or what arrived could not be read.
    func absence(of type: String) -> String {
        guard let unreadable else { return "no \(type) arrived" }
        return "no \(type) could be read: \(unreadable.count) messages, the first: \(unreadable.reason)"
    }

    // MARK: Private

    private func decode(_ bytes: [UInt8]) -> ReceivedFrame {
        let frame = ReceivedFrame(bytes, from: settings.feed, connection: number)
        let now = ContinuousClock.now
        for type in frame.liveTypes { liveness.received(type, at: now) }
        if frame.hasRequiredType {
            unreadable = nil
        } else if let reason = frame.complaint {
            unreadable = ((unreadable?.count ?? 0) + 1, unreadable?.reason ?? reason)
        }
        return frame
    }

    private func schedulePing() {
        pingTimer = loop.after(settings.intervals.ping) { [weak self] in
            self?.send(Subscription.ping)
            self?.schedulePing()
        }
    }

    private func end() {
        isOpen = false
        connection = nil
        if let pingTimer { loop.cancel(pingTimer) }
        pingTimer = nil
    }
}
