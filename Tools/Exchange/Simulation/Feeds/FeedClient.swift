import PMRecord
import WebSockets

/// One client's connection to a feed: carries out what ``FeedFaults`` decides. Its two subclasses keep the
/// subscriptions.
class FeedClient {
    /// The client's access to the service.
    struct Context {
        let loop: EventLoop
        /// Since the service began.
        let now: () -> Duration
        let decide: ((inout FaultPlan) -> [FeedFaults.Step]) -> [FeedFaults.Step]
        let count: (WritableKeyPath<FeedStatistics, Int>) -> Void
    }

    let session: Session
    let context: Context
    let patience: Duration
    private let slowConsumer: Int
    private let pingReply: FeedOptions.PingReply
    private var faults: FeedFaults
    private var lastPing: Duration
    private var largest = 0
    /// Messages that wait while another one is sent in pieces.
    private var backlog: [[UInt8]] = []
    private var isDripping = false
    private var hasEnded = false

    init(
        _ session: Session, feed: String, patience: Duration, slowConsumer: Int,
        pingReply: FeedOptions.PingReply, context: Context
    ) {
        self.session = session
        self.context = context
        self.patience = patience
        self.slowConsumer = slowConsumer
        self.pingReply = pingReply
        lastPing = context.now()
        faults = FeedFaults(feed: feed, openedAt: lastPing)
    }

    /// True if the client's messages are ignored.
    var isDead: Bool { faults.isDead }

    func received(_ text: String) {}

    /// Answers a text ping, in upper or lower case.
    ///
    /// - Returns: True if the text was one.
    func answerPing(_ text: String) -> Bool {
        guard text == "ping" || text == "PING" else { return false }
        lastPing = context.now()
        context.count(\.pings)
        guard pingReply != .none else { return true }
        if isDripping {
            backlog.append(Array(pingReply.rawValue.utf8))
        } else {
            session.send(pingReply.rawValue)
        }
        return true
    }

    /// Sends a message of the given type, unless the client has not pinged in time or a fault prevents it.
    func deliver(_ message: [UInt8], type: String) {
        let now = context.now()
        guard !hasEnded, patience == .zero || now - lastPing < patience else { return }
        perform(context.decide { faults.pass(message, type: type, plan: &$0, at: now) })
    }

    func tick() {
        guard !hasEnded else { return }
        let now = context.now()
        perform(context.decide { faults.tick(plan: &$0, at: now) })
    }

    private func perform(_ steps: [FeedFaults.Step]) {
        for step in steps {
            switch step {
            case .send(let message, let pieces): send(message, pieces: pieces)
            case .drip(let message, let bytes, let pause): drip(message, bytes: bytes, pause: pause)
            case .interrupt(let message): interrupt(message)
            case .reset: end { $0.drop(resetting: true) }
            case .fin: end { $0.drop() }
            case .close(let code, let reason): end { $0.close(CloseCode(rawValue: code), reason) }
            case .pause(let isPaused): session.isPaused = isPaused
            }
        }
    }

    private func end(_ action: (Session) -> Void) {
        hasEnded = true
        action(session)
    }

    private func send(_ message: [UInt8], pieces: Int) {
        guard !hasEnded else { return }
        guard !isDripping else { return backlog.append(message) }
        largest = max(largest, message.count)
        guard session.waiting.bytes < slowConsumer + 2 * largest,
            session.send(utf8: message, pieces: max(min(pieces, message.count), 1))
        else {
            context.count(\.slow)
            return end { $0.close(.tryAgainLater, "slow consumer: send buffer full") }
        }
        context.count(\.frames)
    }

    private func drip(_ message: [UInt8], bytes: Int, pause: Duration) {
        guard !isDripping else { return backlog.append(message) }
        isDripping = true
        context.count(\.frames)
        trickle(message[...], isFirst: true, bytes: bytes, pause: pause)
    }

    private func interrupt(_ message: [UInt8]) {
        guard !hasEnded else { return }
        guard !isDripping else { return backlog.append(message) }
        let half = message.count / 2
        session.send(fragment: message[..<half], isFirst: true, isLast: false)
        session.ping()
        session.send(fragment: message[half...], isFirst: false, isLast: true)
        context.count(\.frames)
    }

    private func trickle(_ rest: ArraySlice<UInt8>, isFirst: Bool, bytes: Int, pause: Duration) {
        let piece = rest.prefix(bytes)
        let left = rest.dropFirst(bytes)
        guard session.send(fragment: piece, isFirst: isFirst, isLast: left.isEmpty) else { return }
        guard !left.isEmpty else {
            isDripping = false
            let waiting = backlog
            backlog = []
            for message in waiting { send(message, pieces: 1) }
            return
        }
        context.loop.after(pause) { [weak self] in
            self?.trickle(left, isFirst: false, bytes: bytes, pause: pause)
        }
    }
}
