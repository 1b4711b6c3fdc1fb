import PMRecord
import Synchronization
import WebSockets

/// Hands records from the thread that reads them to the live page's server.
///
/// Publishing never blocks. An event is dropped once the buffer is full of newer ones; a viewer that has not received
/// it by then gets a `lagged` message.
package final class PagePublisher: Sendable {
    private struct State {
        var buffer = EventBuffer()
        var gaps = OpenGaps()
        var latency = DisplayLatency()
        var lastInputAt: Timestamp?
        var linesIn = 0
        /// Ends the server's wait; `nil` until a server is attached.
        var waker: Waker?
        /// True if the server was woken and has not read the buffer since.
        var isWoken = false
    }

    /// The publisher's part of a health report.
    struct Figures {
        let openGaps: Int
        let latencies: [DisplayLatency.Quantile]
        let delays: DelayHistogram
        let lastInputAt: Timestamp?
        let linesIn: Int
        let viewers: Int
    }

    private let state = Mutex(State())
    private let connectedViewers = Atomic<Int>(0)
    private let serving = Atomic<Bool>(false)

    /// A longer record is not sent to the page.
    private static let longestRecord = 64 << 10

    package init() {}

    /// The number of viewers that are connected now.
    package var viewers: Int { connectedViewers.load(ordering: .relaxed) }

    /// True while the server listens.
    package var isServing: Bool { serving.load(ordering: .relaxed) }

    // MARK: From the reading thread

    /// Publishes an input record to all viewers, present and future.
    package func publish(_ record: Record) {
        let key: String? =
            switch record.kind {
            case .trade, .gap: record.text(Key.id)
            default: nil
            }
        publish(record.bytes, key: key) {
            $0.gaps.update(with: record)
            $0.latency.add(record, at: .now())
        }
    }

    /// Publishes a record of pm-alert's own, such as an alert.
    ///
    /// - Parameters:
    ///   - record: JSON.
    ///   - key: The name of what the record describes; it replaces an earlier event with the same key.
    package func publish(_ record: [UInt8], key: String) {
        publish(record, key: key) { _ in }
    }

    /// Notes that input arrived, even if nothing of it is published.
    ///
    /// - Parameter linesIn: The number of lines read so far.
    package func noteInput(linesIn: Int, at now: Timestamp) {
        state.withLock { state in
            state.lastInputAt = now
            state.linesIn = linesIn
        }
    }

    private func publish(_ record: [UInt8], key: String?, updating update: (inout State) -> Void) {
        let waker = state.withLock { state in
            update(&state)
            guard record.count <= Self.longestRecord else { return Waker?.none }
            state.buffer.append(record, key: key)
            defer { state.isWoken = true }
            return state.isWoken ? nil : state.waker
        }
        waker?.wake()
    }

    // MARK: From the server's thread

    /// Wakes the server through `waker` from now on, whenever there are new events.
    func attach(_ waker: Waker) {
        state.withLock { $0.waker = waker }
    }

    /// Lets the next event wake the server again.
    func acknowledgeWake() {
        state.withLock { $0.isWoken = false }
    }

    /// The numbers of the oldest and the newest event in the buffer; the first is one more than the last if it is
    /// empty.
    var range: (first: Int, last: Int) {
        state.withLock { ($0.buffer.first, $0.buffer.last) }
    }

    /// Returns the sequence numbers of the oldest and the newest event in the buffer, and the events from `number` on,
    /// oldest first.
    func events(
        from number: Int, atMost count: Int
    ) -> (first: Int, last: Int, events: [EventBuffer.Event]) {
        state.withLock { state in
            (state.buffer.first, state.buffer.last, state.buffer.events(from: number, atMost: count))
        }
    }

    /// Returns the sequence numbers of the oldest and the newest event in the buffer, and the last events before `number`,
    /// oldest first.
    func events(
        before number: Int, atMost count: Int
    ) -> (first: Int, last: Int, events: [EventBuffer.Event]) {
        state.withLock { state in
            (state.buffer.first, state.buffer.last, state.buffer.events(before: number, atMost: count))
        }
    }

    /// Returns the latest event with a key, such as the id of a trade.
    func event(forKey key: String) -> EventBuffer.Event? {
        state.withLock { $0.buffer.event(forKey: key) }
    }

    func setServing(_ isServing: Bool) { serving.store(isServing, ordering: .relaxed) }

    func setViewers(_ count: Int) { connectedViewers.store(count, ordering: .relaxed) }

    var figures: Figures {
        state.withLock { state in
            Figures(
                openGaps: state.gaps.count, latencies: state.latency.quantiles,
                delays: state.latency.histogram,
                lastInputAt: state.lastInputAt, linesIn: state.linesIn, viewers: viewers)
        }
    }
}
