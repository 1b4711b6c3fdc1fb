import Testing
import WebSockets

struct WebSocketURLTests {
    @Test(
        arguments: [
            ("wss://ws-live-data.polymarket.com", "ws-live-data.polymarket.com", 443, "/"),
            ("WS://LocalHost:8080/a/b?c=d%20e&f", "localhost", 8080, "/a/b?c=d%20e&f"),
            ("ws://127.0.0.1?x=1", "127.0.0.1", 80, "/?x=1"),
            ("wss://[::1]:9443/feed", "::1", 9443, "/feed"),
        ] as [(String, String, Int, String)])
    func parsesItsParts(text: String, host: String, port: Int, target: String) throws {
        let url = try WebSocketURL(text)
        #expect((url.host, url.port, url.target) == (host, port, target))
        #expect(url.isSecure == text.lowercased().hasPrefix("wss"))
    }

    @Test(
        arguments: [
            ("http://a", .scheme), ("ws:/a", .scheme), ("", .scheme), ("ws://", .host), ("ws:///x", .host),
            ("ws://:80", .host), ("ws://[::1", .host), ("ws://[name]", .host), ("ws://a:", .port),
            ("ws://a:0", .port),
            ("ws://a:65536", .port), ("ws://a:8x", .port), ("ws://[::1]x", .port), ("ws://u:p@a", .userInfo),
            ("ws://a/#b", .fragment), ("ws://a/ b", .character), ("ws://a/\u{e9}", .character),
            ("ws://a/\r\nX: y", .character),
        ] as [(String, WebSocketURL.Malformed)])
    func rejects(text: String, because reason: WebSocketURL.Malformed) {
        #expect(throws: reason) { try WebSocketURL(text) }
    }

    @Test(
        arguments: [
            ("ws://localhost", true), ("ws://127.8.9.1:80", true), ("wss://[::1]", true),
            ("ws://127.evil.com", false),
            ("ws://example.com", false), ("ws://128.0.0.1", false),
        ] as [(String, Bool)])
    func recognizesLoopback(text: String, isLoopback: Bool) throws {
        #expect(try WebSocketURL(text).isLoopback == isLoopback)
    }

    @Test func keepsPathAndQueryOutOfMessages() throws {
        #expect(try WebSocketURL("wss://a:1/secret?token=2").origin == "wss://a:1")
    }
}
