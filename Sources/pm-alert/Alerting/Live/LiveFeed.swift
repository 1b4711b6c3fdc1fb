import PMRecord
import Synchronization
import WebSockets

/// What is shown on the live page, handed from the thread that hears it to the one that serves it.
///
/// Publishing never waits: what no viewer has taken when 10,000 more have come is gone, and viewers are told so.
package final class LiveFeed: Sendable {
    struct State {
        var ring = EventRing()
        var gaps = OpenGaps()
        var promptness = DisplayLatency()
        /// When last a line came in.
        var lastHeard: Timestamp?
        var linesIn = 0
        /// Ends the server's wait; `nil` before there is one.
        var waker: Waker?
        /// Whether the server has been woken since it last looked.
        var isWoken = false
    }

    let state = Mutex(State())
    private let watching = Atomic<Int>(0)

    /// A record longer than this is not for a page.
    private static let longestRecord = 64 << 10

    package init() {}

    /// Those who watch now.
    package var viewers: Int { watching.load(ordering: .relaxed) }

    func setViewers(_ count: Int) { watching.store(count, ordering: .relaxed) }

    /// Shows a record that came in to all who watch, now or soon.
    package func publish(_ record: Record) {
        let subject: String? =
            switch record.kind {
            case .trade, .gap: record.text(Key.id)
            default: nil
            }
        publish(record.bytes, about: subject) {
            $0.gaps.take(record)
            $0.promptness.take(record, at: .now())
        }
    }

    /// Shows an alert of our own.
    package func publish(_ alert: Alert) {
        publish(alert.record, about: "alert \(alert.id)") { _ in }
    }

    /// Notes that the pipeline is alive, whether or not there is something to show.
    package func heard(_ lines: Int, at now: Timestamp) {
        state.withLock { state in
            state.lastHeard = now
            state.linesIn = lines
        }
    }

    private func publish(_ bytes: [UInt8], about subject: String?, noting note: (inout State) -> Void) {
        let waker = state.withLock { state in
            note(&state)
            guard bytes.count <= Self.longestRecord else { return Waker?.none }
            state.ring.append(bytes, about: subject)
            defer { state.isWoken = true }
            return state.isWoken ? nil : state.waker
        }
        waker?.wake()
    }
}

/// The stretches in which a feed was not heard and which are not repaired yet, as far as they came by here.
struct OpenGaps {
    private var open: Set<String> = []

    var count: Int { open.count }

    mutating func take(_ record: Record) {
        guard record.kind == .gap, let id = record.text(Key.id) else { return }
        if record.text(Key.state) == "closed" {
            open.remove(id)
        } else if open.count < 10_000 {
            open.insert(id)
        }
    }
}
