import AlertFixtures
import Glibc
import TestSupport
import Testing

/// The live page's server against hostile clients. Hosts and origins of browsers are in LiveTests.
struct LiveSecurityTests {
    private let directory = try! TemporaryDirectory()

    private func serve(_ arguments: [String] = []) throws -> (AlertProcess, port: Int) {
        let stage = try AlertProcess(["--live", "127.0.0.1:0"] + arguments, in: directory)
        return (stage, try stage.livePort())
    }

    @Test(arguments: ["127.0.0.1", "localhost", "[::1]", "LOCALHOST:80"])
    func ownHostNamesAreAccepted(name: String) throws {
        let (stage, port) = try serve()
        let peer = try RawConnection(port: port)
        peer.send("GET /health HTTP/1.1\r\nHost: \(name)\r\nConnection: close\r\n\r\n")
        #expect(peer.everything()?.hasPrefix("HTTP/1.1 200") == true)
        withExtendedLifetime(stage) {}
    }

    /// DNS rebinding: another site's name may resolve to this machine.
    @Test(arguments: [
        "evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "127.0.0.1@evil.example", "",
        "127.1", "0.0.0.0", "[::ffff:127.0.0.1]",
    ])
    func otherHostNamesAreRejected(name: String) throws {
        let (stage, port) = try serve()
        let peer = try RawConnection(port: port)
        peer.send("GET / HTTP/1.1\r\nHost: \(name)\r\nConnection: close\r\n\r\n")
        let answer = peer.everything()
        #expect(answer.map { !$0.hasPrefix("HTTP/1.1 2") } == true)
        withExtendedLifetime(stage) {}
    }

    @Test(arguments: [
        ("GET", "/", 200), ("GET", "/page.js", 200), ("GET", "/trades", 200),
        ("GET", "/trades?before=x", 400), ("GET", "/health", 200), ("GET", "/metrics", 200),
        ("GET", "/nothing", 404), ("GET", "/live", 426), ("POST", "/", 413), ("DELETE", "/health", 405),
    ])
    func everyResponseHasSecurityHeaders(method: String, path: String, status: Int) throws {
        let (stage, port) = try serve()
        let answer = try PlainHTTP.request(method, port: port, path, body: method == "POST" ? "x" : nil)
        #expect(answer.status == status)
        guard status != 413 else { return }  // The library's own response, without the project's headers.
        #expect(answer.headers["content-security-policy"]?.contains("default-src 'none'") == true)
        #expect(answer.headers["content-security-policy"]?.contains("frame-ancestors 'none'") == true)
        #expect(answer.headers["x-content-type-options"] == "nosniff")
        #expect(answer.headers["referrer-policy"] == "no-referrer")
        #expect(answer.headers["cross-origin-opener-policy"] == "same-origin")
        #expect(answer.headers["cross-origin-resource-policy"] == "same-origin")
        withExtendedLifetime(stage) {}
    }

    @Test func aLongMessageEndsOnlyItsOwnViewer() throws {
        let (stage, port) = try serve()
        let sender = try RawConnection.viewer(port: port)
        // A masked text frame of 5,000 bytes; its mask is zero. Source: RFC 6455, section 5.2.
        sender.send([0x81, 0xFE, 0x13, 0x88, 0, 0, 0, 0] + [UInt8](repeating: 0x61, count: 5000))
        #expect(sender.everything() != nil)
        let viewer = try Viewer(port: port)
        try stage.process.write(TradeLine.make().line)
        #expect(try viewer.next("event")["n"]?.integer == 1)
    }

    @Test(arguments: [20 << 10, 1 << 20])
    func longHeadersAreRejected(length: Int) throws {
        let (stage, port) = try serve()
        let peer = try RawConnection(port: port)
        peer.send("GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ")
        let piece = String(repeating: "x", count: 4096)
        for _ in 0..<(length / 4096) where !peer.send(piece) { break }
        peer.send("\r\n\r\n")
        #expect(peer.everything().map { !$0.hasPrefix("HTTP/1.1 200") } == true)
        #expect(try PlainHTTP.request(port: port, "/health").status == 200)
        withExtendedLifetime(stage) {}
    }

    /// Slowloris: connections that never finish their request are closed, and do not delay others.
    @Test func slowHeadersAreCutOff() throws {
        let (stage, port) = try serve()
        let slow = try (0..<100).map { _ in
            let peer = try RawConnection(port: port)
            peer.send("GET / HTTP/1.1\r\nHost: loc")
            return peer
        }
        #expect(try PlainHTTP.request(port: port, "/health").status == 200)
        var ended = Set<Int>()
        let done = eventually(every: .milliseconds(500)) {
            for (index, peer) in slow.enumerated() where !ended.contains(index) {
                if !peer.send("a") || peer.receive(within: .zero) == "" { ended.insert(index) }
            }
            return ended.count == slow.count
        }
        #expect(done, "\(ended.count) of \(slow.count)")
        withExtendedLifetime(stage) {}
    }

    @Test(.enabled(if: ownAddress() != nil, "only loopback addresses"))
    func connectionsPerAddressAreLimited() throws {
        let token = "abcdefghijklmnopqrstuvwxyz"
        let file = try directory.write(token + "\n", to: "token")
        let stage = try AlertProcess(["--live", "0.0.0.0:0", "--live-token-file", file], in: directory)
        let (port, address) = (try stage.livePort(), try #require(ownAddress()))
        let peers = try (0..<40).map { _ in
            let peer = try RawConnection(port: port, address: address)
            peer.send(
                "GET /health HTTP/1.1\r\nHost: localhost:\(port)\r\nAuthorization: Bearer \(token)\r\n\r\n")
            return peer
        }
        #expect(peers.count { $0.receive()?.hasPrefix("HTTP/1.1 ") == true } == 24)
        // Loopback has no such limit: a proxy connects for many.
        let answer = try PlainHTTP.request(
            port: port, "/health", headers: [("Authorization", "Bearer \(token)")])
        #expect(answer.status == 200)
    }

    @Test(arguments: [
        "", "x", "-1", "0", "1e3", "9223372036854775807", "-9223372036854775808", "99999999999999999999",
        "%00", "1&after=2",
    ])
    func anInvalidEventNumberIsHarmless(after: String) throws {
        let (stage, port) = try serve()
        try stage.process.write(TradeLine.make { $0.tier = nil }.line)
        #expect(eventually { (try? Viewer(port: port).next("hello")["last"]?.integer) == 1 })
        let peer = try RawConnection(port: port)
        peer.send(
            "GET /live?after=\(after) HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                + "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                + "Sec-WebSocket-Version: 13\r\n\r\n")
        // The library closes the connection on an invalid path.
        let answer = try #require(peer.receive())
        #expect(answer.hasPrefix("HTTP/1.1 ") || after == "%00")
        try stage.process.write(TradeLine.make { ($0.id, $0.tier) = ("2", nil) }.line)
        #expect(try Viewer(port: port, after: 1).next("event")["n"]?.integer == 2)
        #expect(stage.process.isRunning)
    }
}

/// Returns an IPv4 address of this machine that is not loopback, in network byte order.
private func ownAddress() -> in_addr_t? {
    var list: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&list) == 0 else { return nil }
    defer { freeifaddrs(list) }
    var next = list
    while let entry = next {
        next = entry.pointee.ifa_next
        guard let address = entry.pointee.ifa_addr, address.pointee.sa_family == AF_INET else { continue }
        let number = UnsafeRawPointer(address).load(as: sockaddr_in.self).sin_addr.s_addr
        if number.bigEndian >> 24 != 127 { return number }
    }
    return nil
}
