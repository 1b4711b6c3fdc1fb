import Curl
import PMPipe
import PMRecord
import WebSockets

/// One place at the feed, kept by one connection after another: replaced before it freezes, when it has frozen, and
/// when it has ended.
final class ConnectionSlot {
    /// What a slot needs of the feed that it is part of.
    struct Feed {
        let url: WebSocketURL
        let isInsecure: Bool
        let intervals: Intervals
        /// The type of data without which nothing is heard; others come and go.
        let vitalType: String
        let log: StageLog
        /// Numbers connections.
        var nextNumber: () -> Int
        /// What is said first on every connection.
        var greeting: () -> [[UInt8]]
        var onOpen: () -> Void
        var onFrame: (ConnectionSlot, FeedConnection, [UInt8]) -> Void
        /// A connection that was heard is heard no more, for that reason; in silence since then, where that is known.
        var onLoss: (ConnectionSlot, String, ContinuousClock.Instant?) -> Void
        /// A new attempt will be made.
        var onRetry: () -> Void
    }

    /// Slots of one shard hear the same.
    let shard: Int
    private let loop: EventLoop
    private let feed: Feed
    private var reconnection: Reconnection<SystemRandomNumberGenerator>
    private(set) var current: FeedConnection?
    private var successor: (link: FeedConnection, handover: Handover, deadline: ContinuousClock.Instant)?
    private var rotateAt: ContinuousClock.Instant
    private var isStopping = false
    /// The usual pauses, by type, learned over all its connections.
    private var pauses: [String: Duration] = [:]
    private(set) var rotations = 0

    init(shard: Int, loop: EventLoop, feed: Feed) {
        self.shard = shard
        self.loop = loop
        self.feed = feed
        reconnection = Reconnection(feed.intervals)
        rotateAt = .now
    }

    func start() {
        planRotation()
        current = connect()
    }

    /// Whether data comes, by all we know.
    ///
    /// - Parameter since: Whether it came before that time already; the default does not ask.
    func isHearing(at now: ContinuousClock.Instant, since: ContinuousClock.Instant? = nil) -> Bool {
        [current, successor?.link].contains { $0?.isHearing(feed.vitalType, at: now, since: since) ?? false }
    }

    var isOpen: Bool { current?.isOpen ?? false }

    /// When ``check(at:)`` may have something to do.
    var deadline: ContinuousClock.Instant {
        [current?.deadline, successor?.deadline, successor == nil ? rotateAt : nil].compactMap { $0 }.min()
            ?? rotateAt
    }

    /// Says something on every connection that is open.
    func say(_ words: [UInt8]) {
        current?.say(words)
        successor?.link.say(words)
    }

    /// Data of a type came on one of its connections.
    func heard(_ type: String, on link: FeedConnection, at now: ContinuousClock.Instant) {
        pauses[type] = link.heard(type, at: now)
        if link === current { reconnection.heard(at: now) }
    }

    /// A trade was recognised on one of its connections.
    func recognised(_ id: UInt128, on link: FeedConnection) {
        guard successor != nil else { return }
        successor!.handover.heard(id, by: link === current ? .old : .new)
        if successor!.handover.isProved { succeed("the new connection hears what the old one does") }
    }

    /// Judges silence, and rotates.
    func check(at now: ContinuousClock.Instant) {
        if let link = successor?.link, let type = link.silentType(at: now), type == feed.vitalType {
            forsakeSuccessor("it is silent")
        }
        if let current, let type = current.silentType(at: now) { replace(current, silent: type, at: now) }
        if let successor, now >= successor.deadline { forsakeSuccessor("it does not hear the same") }
        if now >= rotateAt, successor == nil {
            planRotation()
            if let current, current.isOpen { bringSuccessor(at: now) }
        }
    }

    func stop() {
        isStopping = true
        successor?.link.close()
        current?.close()
    }

    var isStopped: Bool { current == nil && successor == nil }

    // MARK: Connections

    private func connect() -> FeedConnection? {
        let link = FeedConnection(number: feed.nextNumber(), loop: loop, intervals: feed.intervals)
        do {
            try link.connect(to: feed.url, isInsecure: feed.isInsecure, greeting: feed.greeting) {
                [weak self] link, event in
                self?.handle(event, of: link)
            }
            return link
        } catch {
            feed.log.error(.websocket, "unable to connect: \(error)")
            return nil
        }
    }

    private func handle(_ event: FeedConnection.Event, of link: FeedConnection) {
        switch event {
        case .opened:
            link.watch(feed.vitalType, pause: pauses[feed.vitalType], at: .now)
            if link === current { reconnection.opened() }
            feed.onOpen()
        case .frame(let frame):
            feed.onFrame(self, link, frame)
        case .ended(let reason, let code, let retryAfter):
            ended(link, reason, code, retryAfter)
        }
    }

    private func ended(_ link: FeedConnection, _ reason: String, _ code: CloseCode?, _ retryAfter: String?) {
        if link === successor?.link {
            successor = nil
            if !isStopping { feed.log.info("the connection that was to succeed has ended: \(reason)") }
            return
        }
        guard link === current else { return }  // one that was replaced
        current = nil
        guard !isStopping else { return }
        feed.onLoss(self, reason, nil)
        if let next = successor?.link {
            (current, successor) = (next, nil)
            return
        }
        reconnect(reason, after: asked(code, retryAfter))
    }

    /// What the other side asked for: by a header, or by the code with which it closed.
    ///
    /// libwebsockets knows no code above 1011 and tells 1012 and 1013 as 1002; a peer that speaks the protocol
    /// badly is better left alone for a while, too.
    private func asked(_ code: CloseCode?, _ retryAfter: String?) -> Duration? {
        if let code, [.policyViolation, .tryAgainLater, .protocolError].contains(code) {
            return min(feed.intervals.longestPause, feed.intervals.shortestPause * 10)
        }
        return RetryAfter.delay(
            header: retryAfter, now: Int(Timestamp.now().milliseconds / 1000), cap: .seconds(900))
    }

    private func reconnect(_ reason: String, after asked: Duration?) {
        let pause = reconnection.ended(retryAfter: asked)
        feed.onRetry()
        feed.log.warning(
            .websocket, reason,
            ["url": "\(feed.url.origin)", "next_attempt_in": "\(pause.inMilliseconds) ms"])
        loop.after(pause) { [weak self] in
            guard let self, !isStopping, current == nil else { return }
            current = connect()
            if current == nil { reconnect("no connection", after: nil) }
        }
    }

    // MARK: Replacing

    private func replace(_ link: FeedConnection, silent type: String, at now: ContinuousClock.Instant) {
        guard type == feed.vitalType else {
            // What is vital still comes: nothing need be missed.
            if successor == nil { bringSuccessor(at: now) }
            link.forget(type)
            return
        }
        let last = link.lastData(of: type)
        guard !link.isHearing(otherThan: type, at: now) else {
            // What it still says tells of the takers at least. Another may hear it all; this one may again.
            link.watch(type, pause: pauses[type], at: now)
            feed.onLoss(self, "no \(type) came, though others do", last)
            if successor == nil { bringSuccessor(at: now) }
            return
        }
        current = nil
        feed.onLoss(self, "no \(type) came", last)
        link.drop()
        if successor != nil {
            succeed("the old connection is silent")
        } else {
            reconnect("silent: no \(type) came, though the connection is open", after: nil)
        }
    }

    private func bringSuccessor(at now: ContinuousClock.Instant) {
        guard let link = connect() else { return }
        successor = (link, Handover(), now + feed.intervals.handover)
    }

    private func succeed(_ reason: String) {
        guard let next = successor?.link else { return }
        let old = current
        (current, successor) = (next, nil)
        rotations += 1
        old?.close()
        planRotation()
        feed.log.debug("connection \(next.number) goes on: \(reason)")
    }

    private func forsakeSuccessor(_ reason: String) {
        let link = successor?.link
        successor = nil
        link?.drop()
        feed.log.info("the connection that was to succeed is given up: \(reason)")
    }

    /// Not all connections of all clients at once.
    private func planRotation() {
        rotateAt = .now + feed.intervals.rotation * Double.random(in: 0.9...1.1)
    }
}
