import CLibwebsockets
import Synchronization

/// The part of an ``EventLoop`` that other threads may use: it ends the loop's wait.
///
/// Several wakes before the loop has handled the first count as one. After the loop's end a wake does
/// nothing.
package final class Waker: Sendable {
    private struct State: @unchecked Sendable {
        var context: OpaquePointer?
        var isWoken = false
    }

    private let state = Mutex(State())

    /// Makes the loop return from its wait and call ``EventLoop/onWake``.
    ///
    /// The corresponding C function is `lws_cancel_service`, the only one that is safe to call on another
    /// thread.
    package func wake() {
        state.withLock { state in
            state.isWoken = true
            if let context = state.context { lws_cancel_service(context) }
        }
    }

    func attach(_ context: OpaquePointer?) {
        state.withLock { $0.context = context }
    }

    /// Returns true if there was a wake since the last call.
    func takeWake() -> Bool {
        state.withLock { state in
            defer { state.isWoken = false }
            return state.isWoken
        }
    }
}
