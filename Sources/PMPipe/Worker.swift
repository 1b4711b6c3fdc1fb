import Glibc

/// A thread for an operation that blocks.
package struct Worker: ~Copyable {
    private let thread: pthread_t

    package init(_ body: @escaping @Sendable () -> Void) {
        let task = Unmanaged.passRetained(Task(body: body))
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { argument in
                Unmanaged<Task>.fromOpaque(argument!).takeRetainedValue().body()
                return nil
            }, task.toOpaque())
        precondition(status == 0, "unable to start a thread")
        self.thread = thread
    }

    deinit {
        pthread_detach(thread)  // the thread frees its own resources when it ends
    }

    /// Waits until the thread's body has returned.
    package consuming func join() {
        pthread_join(thread, nil)
        discard self
    }

    private final class Task: Sendable {
        let body: @Sendable () -> Void

        init(body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }
}
