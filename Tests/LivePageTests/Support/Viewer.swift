import PMJSON
import TestSupport
import WebSockets

/// A WebSocket client of the live page.
final class Viewer {
    private let loop: EventLoop
    private var connection: ClientConnection?
    private var messages: [JSON] = []
    private(set) var isOpen = false
    private var hasFailed = false

    init(port: Int, after: Int = 0, headers: [(String, String)] = [], isReading: Bool = true) throws {
        loop = try EventLoop()
        var options = ClientConnection.Options()
        options.headers = headers.map { (name: $0.0, value: $0.1) }
        connection = try loop.connect(to: WebSocketURL("ws://127.0.0.1:\(port)/live?after=\(after)"), options)
        {
            [unowned self] connection, event in
            switch event {
            case .opened:
                isOpen = true
                connection.isPaused = !isReading
            case .message(let message):
                if let json = try? JSON(message.text) { messages.append(json) }
            case .closed: isOpen = false
            case .failed: hasFailed = true
            }
        }
        try loop.run(upTo: patience) { isOpen || hasFailed }
    }

    func startReading() { connection?.isPaused = false }

    func pump() { try? loop.serve(upTo: .milliseconds(10)) }

    func next() throws -> JSON {
        try loop.run(upTo: patience) { !messages.isEmpty }
        guard !messages.isEmpty else { throw TestFailure("no message came") }
        return messages.removeFirst()
    }

    /// The next message of that type; earlier messages of other types are skipped.
    func next(_ type: String) throws -> JSON {
        while true {
            let message = try next()
            if message["type"]?.string == type { return message }
        }
    }
}
