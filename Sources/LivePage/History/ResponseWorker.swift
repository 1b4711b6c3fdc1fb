import DequeModule
import PMPipe
import WebSockets

/// A thread that makes responses one after another, so that the server's loop neither compresses nor waits for a
/// database. Used on the loop's thread.
final class ResponseWorker {
    private struct State: Sendable {
        var jobs: Deque<(number: Int, make: @Sendable () -> Response)> = []
        var finished: [(number: Int, response: Response)] = []
    }

    private let state = Monitor(State())
    private var responders: [Int: Responder] = [:]
    private var lastNumber = 0

    /// Requests that wait; further ones are answered with 503.
    private static let capacity = 64

    /// - Parameter waker: Ends the loop's wait when a response is made; the loop then calls ``deliver()``.
    init(waking waker: Waker) {
        // Not joined: the thread runs until the process ends.
        _ = Worker { [state] in
            while let job = state.wait(until: { $0.jobs.popFirst() }) {
                let response = job.make()
                state.withLock { $0.finished.append((job.number, response)) }
                waker.wake()
            }
        }
    }

    /// Answers a request with the response that `make` returns on the worker's thread; with 503 while too many wait.
    func respond(by responder: Responder, with make: @escaping @Sendable () -> Response) {
        guard responders.count < Self.capacity else {
            var response = Response.secured(503, "too many requests wait\n")
            response.headers.append(("Retry-After", "1"))
            return responder.respond(response)
        }
        lastNumber += 1
        responders[lastNumber] = responder
        let number = lastNumber
        state.withLock { $0.jobs.append((number, make)) }
    }

    /// Sends the responses that are made.
    func deliver() {
        let finished = state.withLock { state in
            defer { state.finished.removeAll() }
            return state.finished
        }
        for (number, response) in finished { responders.removeValue(forKey: number)?.respond(response) }
    }
}
