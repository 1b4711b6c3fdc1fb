import PMPipe
import PMRecord
import WebSockets

/// The connections to a feed: for each shard of its assets, as many slots as are to receive the same.
final class ConnectionPool {
    enum Event {
        case opened
        case received(ReceivedFrame)
        /// Data of the required type arrived on a shard.
        case dataArrived(shard: Int)
        /// No slot of a shard receives data of the required type any more.
        ///
        /// - Parameter since: Up to when it was received.
        case lost(shard: Int, since: Timestamp, reason: String)
        /// The service refused a subscription.
        case refused
        /// A new attempt to connect is planned.
        case retrying
    }

    private let settings: FeedSettings
    private let slotsPerShard: Int
    private let loop: EventLoop
    private let log: StageLog
    private let began: Timestamp
    private var slots: [(shard: Int, slot: ConnectionSlot)] = []
    private var lastNumber = -1
    /// When data of the required type last arrived, by shard.
    private var lastData: [Int: Timestamp] = [:]
    var onEvent: (Event) -> Void = { _ in }

    /// - Parameters:
    ///   - slotsPerShard: Slots that receive the same.
    ///   - began: Up to when a shard counts as received before its first data.
    init(_ settings: FeedSettings, slotsPerShard: Int, loop: EventLoop, log: StageLog, began: Timestamp) {
        self.settings = settings
        self.slotsPerShard = slotsPerShard
        self.loop = loop
        self.log = log
        self.began = began
    }

    /// Connects the slots of one more shard.
    ///
    /// - Parameter subscription: Returns the frames that a new connection sends first.
    func open(shard: Int, subscription: @escaping () -> [[UInt8]]) {
        for _ in 0..<slotsPerShard {
            let slot = ConnectionSlot(
                settings, loop: loop, log: log,
                nextNumber: { [unowned self] in
                    lastNumber += 1
                    return lastNumber
                },
                subscription: subscription,
                onEvent: { [unowned self] event in handle(event, shard: shard) })
            slots.append((shard, slot))
            slot.start()
        }
    }

    /// Sends a frame on every open connection of a shard.
    func send(_ frame: [UInt8], toShard shard: Int) {
        for (owner, slot) in slots where owner == shard { slot.send(frame) }
    }

    func contains(shard: Int) -> Bool { slots.contains { $0.shard == shard } }

    /// When ``check(at:)`` may have something to do; `nil` without slots.
    var deadline: ContinuousClock.Instant? { slots.lazy.map(\.slot.deadline).min() }

    /// Replaces silent connections, and rotates.
    func check(at now: ContinuousClock.Instant) {
        for (_, slot) in slots { slot.check(at: now) }
    }

    func stop() {
        for (_, slot) in slots { slot.stop() }
    }

    var isStopped: Bool { slots.allSatisfy(\.slot.isStopped) }

    // MARK: Figures

    var isOpen: Bool { slots.contains { $0.slot.isOpen } }

    func isReceiving(at now: ContinuousClock.Instant) -> Bool {
        slots.contains { $0.slot.isReceiving(at: now) }
    }

    var rotations: Int { slots.reduce(0) { $0 + $1.slot.rotations } }

    /// True if data of the required type has arrived on every shard.
    var hasDataOnEveryShard: Bool { slots.allSatisfy { lastData[$0.shard] != nil } }

    // MARK: Private

    private func handle(_ event: ConnectionSlot.Event, shard: Int) {
        switch event {
        case .opened:
            log.info("connected to \(settings.url.origin)")
            onEvent(.opened)
        case .received(let frame):
            if frame.hasRequiredType {
                lastData[shard] = frame.receivedAt
                onEvent(.dataArrived(shard: shard))
            }
            onEvent(.received(frame))
        case .lost(let reason, let silentSince):
            let now = ContinuousClock.now
            // A slot whose data began after the silence did does not cover the time between.
            let isReceived = slots.contains {
                $0.shard == shard && $0.slot.isReceiving(at: now, since: silentSince)
            }
            guard !isReceived else { return }
            let since = silentSince.map { Timestamp.now().advanced(by: .zero - $0.duration(to: now)) }
            onEvent(.lost(shard: shard, since: since ?? lastData[shard] ?? began, reason: reason))
        case .refused:
            onEvent(.refused)
        case .retrying:
            onEvent(.retrying)
        }
    }
}
