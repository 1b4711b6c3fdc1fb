import Glibc
import PMPipe
import Synchronization
import TestSupport
import WebSockets

/// A web server in the role of a receiver: gives scripted answers, and keeps the requests.
package final class Receiver: Sendable {
    package struct Delivery: Sendable {
        package let method: String
        package let path: String
        package let query: String
        package let headers: [String: String]
        package let body: String
        package let at: ContinuousClock.Instant
    }

    package enum Answer: Sendable {
        case reply(Int, headers: [(String, String)] = [], body: String = "")
        /// Keeps the connection open without an answer.
        case hang
        case reset
    }

    package let port: Int
    private let shared: Shared

    /// - Parameter answer: Returns the answer to a delivery; also gets the number of earlier ones.
    package init(_ answer: @escaping @Sendable (Delivery, Int) -> Answer = { _, _ in .reply(200) }) throws {
        let started = Monitor<Int?>(nil)
        let shared = Shared()
        _ = Worker {
            do {
                let loop = try EventLoop()
                var options = Server.Options()
                options.otherHeaders = ["webhook-id", "webhook-timestamp", "webhook-signature"]
                var hung: [Responder] = []
                let server = try loop.listen(options) { request, responder in
                    let delivery = Delivery(
                        method: request.method, path: request.path, query: request.query,
                        headers: request.headers, body: String(decoding: request.body, as: UTF8.self),
                        at: .now)
                    let before = shared.deliveries.withLock { all in
                        all.append(delivery)
                        return all.count - 1
                    }
                    switch answer(delivery, before) {
                    case .reply(let status, let headers, let body):
                        responder.respond(
                            Response(
                                status: status, headers: headers.map { (name: $0.0, value: $0.1) },
                                body: Array(body.utf8)))
                    case .hang: hung.append(responder)
                    case .reset: responder.hangUp(resetting: true)
                    }
                }
                started.withLock { $0 = server.port }
                while !shared.isEnding.load(ordering: .relaxed) { try loop.serve(upTo: .milliseconds(50)) }
                _ = hung
            } catch {
                started.withLock { $0 = -1 }
            }
        }
        let port = started.wait { $0 }!
        guard port > 0 else { throw TestFailure("the receiver did not start") }
        self.port = port
        self.shared = shared
    }

    deinit {
        shared.isEnding.store(true, ordering: .relaxed)
    }

    package var deliveries: [Delivery] { shared.deliveries.withLock { $0 } }

    package func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

    private final class Shared: Sendable {
        let deliveries = Mutex<[Delivery]>([])
        let isEnding = Atomic<Bool>(false)
    }
}
