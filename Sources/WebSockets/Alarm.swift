import CLibwebsockets

/// Ends the library's wait at a given time.
///
/// The library runs a due timer first and then waits for the sockets, so the timer must end that wait, too.
final class Alarm {
    private struct Body {
        var timer = lws_sorted_usec_list_t()
        var context: OpaquePointer?
        var due = ContinuousClock.Instant?.none
    }

    /// Allocated at a fixed address, because the library keeps the address while the timer is set.
    private let body: UnsafeMutablePointer<Body>

    init() {
        precondition(
            MemoryLayout<Body>.offset(of: \.timer) == 0, "the library's pointer must be the body's address")
        body = .allocate(capacity: 1)
        body.initialize(to: Body())
    }

    deinit {
        body.deinitialize(count: 1)
        body.deallocate()
    }

    var context: OpaquePointer? {
        get { body.pointee.context }
        set { body.pointee.context = newValue }
    }

    func set(after delay: Duration, unlessEarlier: Bool = false) {
        let due = ContinuousClock.now + delay
        if unlessEarlier, let set = body.pointee.due, set <= due { return }
        body.pointee.due = due
        let (seconds, attoseconds) = delay.components
        // The library waits in whole milliseconds, rounded down: without one more, it would spin during the
        // last.
        let microseconds = min(seconds, 1_000_000) * 1_000_000 + attoseconds / 1_000_000_000_000 + 1_000
        lws_sul_schedule(
            body.pointee.context, 0, pointer,
            { timer in
                let body = UnsafeMutableRawPointer(timer!).assumingMemoryBound(to: Body.self)
                body.pointee.due = nil
                lws_cancel_service(body.pointee.context)
            }, microseconds)
    }

    func cancel() {
        body.pointee.due = nil
        lws_sul_cancel(pointer)
    }

    private var pointer: UnsafeMutablePointer<lws_sorted_usec_list_t> {
        UnsafeMutableRawPointer(body).assumingMemoryBound(to: lws_sorted_usec_list_t.self)
    }
}
