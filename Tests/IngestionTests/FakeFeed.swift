import Glibc
import TestSupport
import WebSockets

/// A server that plays RTDS and the Data API for one test, on the test's own thread.
final class FakeFeed {
    let loop: EventLoop
    private(set) var server: Server!
    private(set) var sessions: [Session] = []
    private(set) var received: [String] = []
    private(set) var accepted = 0
    private(set) var attempts: [ContinuousClock.Instant] = []
    private(set) var endings: [WebSocket.Ending] = []
    /// Returns the response that refuses the n-th upgrade; `nil` accepts it, as the default does.
    var refusal: (Int) -> Response? = { _ in nil }
    var onOpen: (Session) -> Void = { _ in }
    /// Responds as the Data API. The default has no route.
    var onRequest: (Request) -> Response = { _ in Response(status: 404) }
    private(set) var requests: [String] = []

    init(certificate: (chain: String, key: String)? = nil) throws {
        loop = try EventLoop()
        var options = Server.Options()
        options.certificate = certificate
        server = try loop.listen(
            options,
            onUpgrade: { [unowned self] _ in
                attempts.append(.now)
                if let refusal = refusal(attempts.count) { return .reject(refusal) }
                return .accept { [unowned self] session, event in handle(event, of: session) }
            },
            onRequest: { [unowned self] request, responder in
                requests.append("\(request.path)?\(request.query)")
                responder.respond(onRequest(request))
            })
    }

    var dataURL: String { "http://127.0.0.1:\(server.port)" }

    var url: String { "ws://127.0.0.1:\(server.port)" }

    /// Serves until `condition` holds; `false` when it does not in time.
    func run(_ limit: Duration = patience, until condition: () -> Bool) throws -> Bool {
        let deadline = ContinuousClock.now + limit
        while !condition() {
            guard .now < deadline else { return false }
            try loop.serve(upTo: .milliseconds(5))
        }
        return true
    }

    func run(for duration: Duration) throws {
        _ = try run(duration) { false }
    }

    func say(_ frame: String, pieces: Int = 1) {
        for session in sessions { session.send(frame, pieces: pieces) }
    }

    var pings: Int { received.count { $0 == "PING" } }
    /// The first subscription of each connection. Each is followed by one to `orders_matched`.
    var subscriptions: [String] { received.filter { $0.contains(#""type":"trades""#) } }

    private func handle(_ event: Session.Event, of session: Session) {
        switch event {
        case .opened:
            accepted += 1
            sessions.append(session)
            onOpen(session)
        case .message(let message): received.append(message.text)
        case .closed(let ending):
            sessions.removeAll { $0 === session }
            endings.append(ending)
        }
    }
}
