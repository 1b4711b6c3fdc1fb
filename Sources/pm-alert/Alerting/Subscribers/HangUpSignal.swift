import Glibc
import Synchronization

/// The signal SIGHUP, which asks to read the settings again.
struct HangUpSignal {
    private var seen = 0

    init() {
        _ = received.load(ordering: .relaxed)  // a lazy global must exist before a handler may touch it
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in received.add(1, ordering: .relaxed) }
        sigaction(SIGHUP, &action, nil)
    }

    /// True if the signal has arrived since the last read of this property.
    var isNew: Bool {
        mutating get {
            let count = received.load(ordering: .relaxed)
            defer { seen = count }
            return count != seen
        }
    }
}

private let received = Atomic<Int>(0)
