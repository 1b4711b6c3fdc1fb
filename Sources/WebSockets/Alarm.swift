import CLibwebsockets

/// Ends the library's wait at a given time.
///
/// The library calls a due timer first and then goes on to wait for the sockets, so the timer has to end that
/// wait, too.
final class Alarm {
    private struct Body {
        var timer = lws_sorted_usec_list_t()
        var context: OpaquePointer?
        var due = ContinuousClock.Instant?.none
    }

    /// At a fixed place, for the library keeps its address while it is set.
    private let body: UnsafeMutablePointer<Body>

    init() {
        precondition(MemoryLayout<Body>.offset(of: \.timer) == 0, "the library's pointer is ours")
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
        // The library waits in whole milliseconds, rounded down: one more, or the last would be spent
        // spinning.
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
