import PMPipe
import PMRecord
import WebSockets

/// Keeps one connection to the feed open: replaces it before it freezes, when it has frozen, and when it has ended.
final class ConnectionSlot {
    /// A connection that is to replace the current one, once it is proved to receive the same.
    private struct Successor {
        let connection: FeedConnection
        var handover = Handover()
        let deadline: ContinuousClock.Instant
    }

    private let settings: FeedSettings
    private let loop: EventLoop
    private let log: StageLog
    private let nextNumber: () -> Int
    private let subscription: () -> [[UInt8]]
    private let onEvent: (Event) -> Void
    private var current: FeedConnection?
    private var successor: Successor?
    private var reconnection: Reconnection<SystemRandomNumberGenerator>
    private var rotateAt = ContinuousClock.now
    /// The usual pause of each type of data, learned over all connections of the slot.
    private var pauses: [String: Duration] = [:]
    private var isStopping = false
    /// Connections that were replaced by a successor which had proved itself.
    private(set) var rotations = 0

    /// - Parameters:
    ///   - nextNumber: Returns the number of a new connection.
    ///   - subscription: Returns the frames that a new connection sends first.
    init(
        _ settings: FeedSettings, loop: EventLoop, log: StageLog, nextNumber: @escaping () -> Int,
        subscription: @escaping () -> [[UInt8]], onEvent: @escaping (Event) -> Void
    ) {
        self.settings = settings
        self.loop = loop
        self.log = log
        self.nextNumber = nextNumber
        self.subscription = subscription
        self.onEvent = onEvent
        reconnection = Reconnection(settings.intervals)
    }

    func start() {
        planRotation()
        current = connect()
    }

    func stop() {
        isStopping = true
        successor?.connection.close()
        current?.close()
    }

    var isStopped: Bool { current == nil && successor == nil }

    var isOpen: Bool { current?.isOpen ?? false }

    /// Returns true if data of the required type arrives, as far as is known.
    ///
    /// - Parameter since: Also requires that it arrived at or before that time. The default requires nothing.
    func isReceiving(at now: ContinuousClock.Instant, since: ContinuousClock.Instant? = nil) -> Bool {
        [current, successor?.connection].contains {
            $0?.isReceiving(settings.requiredType, at: now, since: since) ?? false
        }
    }

    /// Sends a frame on every open connection.
    func send(_ frame: [UInt8]) {
        current?.send(frame)
        successor?.connection.send(frame)
    }

    /// When ``check(at:)`` may have something to do.
    var deadline: ContinuousClock.Instant {
        [current?.deadline, successor?.deadline, successor == nil ? rotateAt : nil].compactMap { $0 }.min()
            ?? rotateAt
    }

    /// Replaces silent connections, and rotates.
    func check(at now: ContinuousClock.Instant) {
        if let next = successor?.connection, next.silentType(at: now) == settings.requiredType {
            giveUpSuccessor("it is silent")
        }
        if let current, let type = current.silentType(at: now) {
            handleSilence(of: type, on: current, at: now)
        }
        if let successor, now >= successor.deadline { giveUpSuccessor("it does not receive the same") }
        if now >= rotateAt, successor == nil {
            planRotation()
            if let current, current.isOpen { startSuccessor(at: now) }
        }
    }

    // MARK: Connections

    private func connect() -> FeedConnection? {
        let connection = FeedConnection(number: nextNumber(), settings, loop: loop)
        do {
            try connection.connect(subscription: subscription) { [weak self] connection, event in
                self?.handle(event, of: connection)
            }
            return connection
        } catch {
            log.error(.websocket, "unable to connect: \(error)")
            return nil
        }
    }

    private func handle(_ event: FeedConnection.Event, of connection: FeedConnection) {
        switch event {
        case .opened:
            connection.expect(settings.requiredType, pause: pauses[settings.requiredType], at: .now)
            if connection === current { reconnection.opened() }
            onEvent(.opened)
        case .received(let frame):
            note(frame, of: connection, at: .now)
            onEvent(.received(frame))
            if let sentence = frame.refusal { handleRefusal(sentence, of: connection, at: .now) }
        case .ended(let ending):
            handle(ending, of: connection)
        }
    }

    /// Learns the usual pauses from a frame, and whether the successor receives the same trades.
    private func note(_ frame: ReceivedFrame, of connection: FeedConnection, at now: ContinuousClock.Instant)
    {
        for type in frame.liveTypes { pauses[type] = connection.liveness.pause(of: type) }
        if connection === current, !frame.liveTypes.isEmpty { reconnection.received(at: now) }
        // One that was replaced may still deliver: it is neither side.
        guard successor != nil, connection === current || connection === successor?.connection else { return }
        for case .trade(let trade, _, _) in frame.messages {
            guard let identity = trade.identity else { continue }
            successor?.handover.received(identity, by: connection === current ? .old : .new)
        }
        if successor?.handover.isProved == true {
            succeed("the new connection receives what the old one does")
        }
    }

    private func handle(_ ending: FeedConnection.Ending, of connection: FeedConnection) {
        if connection === successor?.connection {
            successor = nil
            if !isStopping { log.info("the successor of a connection has ended: \(ending.reason)") }
            return
        }
        guard connection === current else { return }  // it was replaced before
        current = nil
        guard !isStopping else { return }
        onEvent(.lost(reason: ending.reason, silentSince: nil))
        if let next = successor?.connection {
            (current, successor) = (next, nil)
            return
        }
        reconnect(ending.reason, after: ending.requestedPause(settings.intervals))
    }

    private func reconnect(_ reason: String, after requested: Duration?) {
        let pause = reconnection.ended(retryAfter: requested)
        onEvent(.retrying)
        log.warning(
            .websocket, reason,
            ["url": "\(settings.url.origin)", "next_attempt_in": "\(pause.inMilliseconds) ms"])
        loop.after(pause) { [weak self] in
            guard let self, !isStopping, current == nil else { return }
            current = connect()
            if current == nil { reconnect("no connection", after: nil) }
        }
    }

    // MARK: Replacing

    private func handleSilence(
        of type: String, on connection: FeedConnection, at now: ContinuousClock.Instant
    ) {
        guard type == settings.requiredType else {
            // The required type still arrives, so no trade is missed.
            if successor == nil { startSuccessor(at: now) }
            connection.forget(type)
            return
        }
        let last = connection.liveness.lastData(of: type)
        guard !connection.liveness.isReceiving(otherThan: type, at: now) else {
            // What still arrives has the takers at least. Another connection may receive all; so may this one again.
            connection.expect(type, pause: pauses[type], at: now)
            onEvent(
                .lost(reason: "\(connection.absence(of: type)), although other data did", silentSince: last))
            if successor == nil { startSuccessor(at: now) }
            return
        }
        abandonCurrent(
            lost: connection.absence(of: type), silentSince: last,
            "silent: \(connection.absence(of: type)), although the connection is open")
    }

    /// Drops the current connection, which receives nothing. Its successor takes over, or a new one is made.
    private func abandonCurrent(lost: String, silentSince last: ContinuousClock.Instant?, _ reason: String) {
        let connection = current
        current = nil
        onEvent(.lost(reason: lost, silentSince: last))
        connection?.drop()
        if successor != nil {
            succeed(reason)
        } else {
            reconnect(reason, after: nil)
        }
    }

    /// Replaces a connection on which the service refused a subscription.
    ///
    /// While the required type arrives all the same, the connection is kept until its successor receives it too.
    private func handleRefusal(
        _ sentence: String, of connection: FeedConnection, at now: ContinuousClock.Instant
    ) {
        let reason = "the service refused a subscription: \(sentence)"
        onEvent(.refused)
        log.warning(.websocket, reason)
        guard connection === current else {
            if connection === successor?.connection { giveUpSuccessor("its subscription was refused") }
            return
        }
        guard connection.isReceiving(settings.requiredType, at: now) else {
            return abandonCurrent(lost: reason, silentSince: nil, reason)
        }
        loop.after(reconnection.ended()) { [weak self] in
            guard let self, !isStopping, current === connection, successor == nil else { return }
            startSuccessor(at: .now)
        }
    }

    private func startSuccessor(at now: ContinuousClock.Instant) {
        guard let connection = connect() else { return }
        successor = Successor(connection: connection, deadline: now + settings.intervals.handover)
    }

    private func succeed(_ reason: String) {
        guard let next = successor?.connection else { return }
        let old = current
        (current, successor) = (next, nil)
        rotations += 1
        old?.close()
        planRotation()
        log.debug("connection \(next.number) takes over: \(reason)")
    }

    private func giveUpSuccessor(_ reason: String) {
        let connection = successor?.connection
        successor = nil
        connection?.drop()
        log.info("the successor of a connection is given up: \(reason)")
    }

    /// Plans the next rotation at a random time around the interval, so that connections do not rotate all at once.
    private func planRotation() {
        rotateAt = .now + settings.intervals.rotation * Double.random(in: 0.9...1.1)
    }
}
