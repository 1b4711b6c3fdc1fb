import Glibc
import PMJSON
import TestSupport
import Testing
import WebSockets

/// A client of a feed that keeps every message.
final class FeedListener {
    let loop: EventLoop
    private(set) var texts: [String] = []
    private(set) var ending: WebSocket.Ending?
    private(set) var failure: ConnectFailure?
    private(set) var isOpen = false
    private var connection: ClientConnection!

    init(_ url: String, longestMessage: Int = 1 << 20) throws {
        loop = try EventLoop()
        var options = ClientConnection.Options()
        options.longestMessage = longestMessage
        options.bound = SendQueueBound(frames: 1_000, bytes: 8 << 20)
        connection = try loop.connect(to: WebSocketURL(url), options) { [unowned self] _, event in
            switch event {
            case .opened: isOpen = true
            case .message(let message): texts.append(message.text)
            case .closed(let ending): self.ending = ending
            case .failed(let failure): self.failure = failure
            }
        }
        try listen { isOpen || failure != nil }
    }

    /// Listens until `isDone`, at most for `limit`.
    @discardableResult
    func listen(_ limit: Duration = patience, until isDone: () -> Bool = { false }) throws -> Bool {
        try loop.run(upTo: limit) { isDone() || failure != nil || ending != nil } && isDone()
    }

    func send(_ text: String) { connection.send(text) }

    /// Waits for the answer to a ping: what the exchange sent before has arrived by then.
    func awaitPing() throws {
        let count = texts.count
        send("ping")
        #expect(try listen { texts.count > count })
    }

    /// Subscribes to both types of activity, in the right form.
    func subscribe(_ types: [String] = ["trades", "orders_matched"], filters: String = "") {
        let parts = types.map { type in
            var part = JSONWriter()
            part.object {
                $0.key("topic")
                $0.string("activity")
                $0.key("type")
                $0.string(type)
                $0.key("filters")
                $0.string(filters)
            }
            return String(decoding: part.bytes, as: UTF8.self)
        }
        send(#"{"action":"subscribe","subscriptions":[\#(parts.joined(separator: ","))]}"#)
    }

    func subscribe(assets: [String], custom: Bool = false) {
        let list = assets.map { "\"\($0)\"" }.joined(separator: ",")
        send(#"{"assets_ids":[\#(list)],"type":"market","custom_feature_enabled":\#(custom)}"#)
    }

    /// The messages that are JSON objects, or arrays of them.
    var objects: [JSON] {
        texts.compactMap { try? JSON($0) }.flatMap { $0.array ?? [$0] }
    }

    /// Returns the objects of one type of RTDS or of the market channel.
    func objects(_ type: String) -> [JSON] {
        objects.filter { $0["type"]?.string == type || $0["event_type"]?.string == type }
    }
}

/// The identity of a trade in every shape, in lower case.
func key(_ row: JSON) -> String {
    let names = ["transactionHash", "conditionId", "asset", "proxyWallet", "side", "size", "price"]
    return names.map { (row[$0]?.numberText ?? "").lowercased() }.joined(separator: "|")
}

func keys(_ lines: [String]) -> [String] { lines.compactMap { try? JSON($0) }.map(key).sorted() }

/// The text of a file.
func contents(ofFile path: String) throws -> String {
    guard let file = fopen(path, "r") else { throw TestFailure.unable(to: "open \(path)") }
    defer { fclose(file) }
    var (bytes, chunk) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 16))
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
    return String(decoding: bytes, as: UTF8.self)
}
