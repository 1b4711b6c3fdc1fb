import Glibc
import Synchronization

/// Whether SIGHUP has come since the last look: settings are to be read anew.
struct HangUpSignal {
    private var seen = 0

    init() {
        _ = received.load(ordering: .relaxed)  // a lazy global must be made before a handler may touch it
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in received.add(1, ordering: .relaxed) }
        sigaction(SIGHUP, &action, nil)
    }

    var isNew: Bool {
        mutating get {
            let count = received.load(ordering: .relaxed)
            defer { seen = count }
            return count != seen
        }
    }
}

private let received = Atomic<Int>(0)
