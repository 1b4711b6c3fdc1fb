import TestSupport
import Testing
import WebSockets

struct ConnectionTests {
    @Test(arguments: [0, 1, 125, 126, 4_096, 65_535, 65_536, 300_000], [1, 3])
    func transfersCompleteMessagesBothWays(size: Int, pieces: Int) throws {
        var options = Server.Options()
        options.longestMessage = 1 << 20
        let stage = try Stage(options, onMessage: { $0.send(utf8: $1.bytes, pieces: pieces) })
        let events = ClientEvents()
        let client = try stage.loop.connect(to: stage.url(), into: events)
        try stage.run { events.isOpen }
        let text = String(repeating: "é", count: size / 2) + String(repeating: "x", count: size % 2)
        #expect(client.send(text, pieces: pieces))
        try stage.run { !events.messages.isEmpty }
        #expect(events.texts == [text])
    }

    @Test func distinguishesBinaryFromText() throws {
        var kinds: [Bool] = []
        let stage = try Stage(onMessage: { kinds.append($1.isText) })
        let events = ClientEvents()
        let client = try stage.loop.connect(to: stage.url(), into: events)
        try stage.run { events.isOpen }
        client.send(binary: [0xFF, 0])
        client.send("a")
        client.send(binary: [1, 2, 3], pieces: 3)
        try stage.run { kinds.count == 3 }
        #expect(kinds == [false, true, false])
    }

    @Test func keepsTheOrderOfManyMessages() throws {
        let stage = try Stage()
        let events = ClientEvents()
        let client = try stage.loop.connect(to: stage.url(), into: events)
        try stage.run { events.isOpen }
        for number in 0..<900 { #expect(client.send("\(number)")) }
        try stage.run { stage.received.count == 900 }
        #expect(stage.received == (0..<900).map { Array("\($0)".utf8) })
    }

    @Test func rejectsMessagesBeyondTheQueueLimits() throws {
        var options = Server.Options()
        options.bound = SendQueueBound(frames: 3, bytes: 10)
        let stage = try Stage(options)
        let events = ClientEvents()
        _ = try stage.loop.connect(to: stage.url(), into: events)
        try stage.run { events.isOpen && stage.sessions.count == 1 }
        let session = stage.sessions[0]
        #expect(session.send("12345678") && !session.send("123") && session.send("12"))
        #expect(session.waiting == (2, 10))
        #expect(!session.send("", pieces: 2) && session.send("") && !session.send(""))
        try stage.run { events.messages.count == 3 }
        #expect(session.waiting == (0, 0) && session.send("again"))
    }

    @Test func aSlowReaderFillsOnlyTheQueue() throws {
        let stage = try Stage()
        let events = ClientEvents()
        let client = try stage.loop.connect(to: stage.url(), into: events)
        try stage.run { events.isOpen && stage.sessions.count == 1 }
        client.isPaused = true
        let kilobyte = String(repeating: "k", count: 1_024)
        var sent = 0
        try stage.run(.milliseconds(300)) {
            while sent < 100_000, stage.sessions[0].send(kilobyte) { sent += 1 }
            return false
        }
        #expect(sent < 100_000 && !stage.sessions[0].send(kilobyte))
        #expect(stage.sessions[0].waiting.frames == 1_000)
        client.isPaused = false
        let expected = sent
        try stage.run { events.messages.count >= expected }
        #expect(events.messages.count == expected)
    }

    @Test(arguments: [1, 4])
    func closesAfterATooLongMessage(pieces: Int) throws {
        let stage = try Stage()
        let events = ClientEvents()
        var options = ClientConnection.Options()
        options.longestMessage = 1_000
        _ = try stage.loop.connect(to: stage.url(), options, into: events)
        try stage.run { events.isOpen && stage.sessions.count == 1 }
        stage.sessions[0].send(String(repeating: "x", count: 1_000), pieces: pieces)
        stage.sessions[0].send(String(repeating: "x", count: 1_001), pieces: pieces)
        try stage.run { events.ending != nil && !stage.endings.isEmpty }
        #expect(events.messages.map(\.count) == [1_000])
        #expect(events.ending?.code == .tooBig && events.ending?.isOurs == true)
        #expect(stage.endings.map(\.code) == [.tooBig])
    }

    @Test(
        arguments: [
            (1000, 1000), (1001, 1001), (1008, 1008), (1011, 1011), (4001, 4001),
            // libwebsockets 4.1.6 does not know these and overwrites them.
            (1012, 1002), (1013, 1002),
        ] as [(UInt16, UInt16)])
    func reportsTheServersCloseCode(sent: UInt16, receivedCode: UInt16) throws {
        let stage = try Stage()
        let events = ClientEvents()
        _ = try stage.loop.connect(to: stage.url(), into: events)
        try stage.run { events.isOpen && stage.sessions.count == 1 }
        stage.sessions[0].send("last words")
        stage.sessions[0].close(CloseCode(rawValue: sent), "slow consumer")
        #expect(!stage.sessions[0].send("too late"))
        try stage.run { events.ending != nil && !stage.endings.isEmpty }
        #expect(events.texts == ["last words"])
        #expect(events.ending?.code.rawValue == receivedCode)
        #expect(events.ending?.reason == "slow consumer" && events.ending?.isOurs == false)
        #expect(stage.endings.map(\.isOurs) == [true])
    }

    @Test func reportsTheClientsCloseCode() throws {
        let stage = try Stage()
        let events = ClientEvents()
        let client = try stage.loop.connect(to: stage.url(), into: events)
        try stage.run { events.isOpen && stage.sessions.count == 1 }
        client.close(.goingAway, "rotation")
        try stage.run { events.ending != nil && !stage.endings.isEmpty }
        #expect(events.ending?.code == .goingAway && events.ending?.isOurs == true)
        #expect(stage.endings.map(\.code) == [.goingAway] && stage.endings[0].reason == "rotation")
        #expect(events.count == 2)
    }

    @Test(arguments: [false, true])
    func aDroppedConnectionIsAbnormal(resetting: Bool) throws {
        let stage = try Stage()
        let events = ClientEvents()
        _ = try stage.loop.connect(to: stage.url(), into: events)
        try stage.run { events.isOpen && stage.sessions.count == 1 }
        stage.sessions[0].drop(resetting: resetting)
        try stage.run { events.ending != nil && !stage.endings.isEmpty }
        #expect(events.ending?.code == .abnormal && stage.endings.map(\.code) == [.abnormal])
    }

    @Test func readsPathQueryAndHeadersOfAnUpgrade() throws {
        var options = Server.Options()
        options.otherHeaders = ["x-own"]
        let stage = try Stage(options)
        let events = ClientEvents()
        var client = ClientConnection.Options()
        client.headers = [("User-Agent", "pm/1"), ("X-Own", "väl ue"), ("Origin", "https://a.example")]
        _ = try stage.loop.connect(to: stage.url("/feed%20x?a=1%262&b=&c&a=+2"), client, into: events)
        try stage.run { events.isOpen && stage.sessions.count == 1 }
        let request = stage.sessions[0].request
        #expect(request.method == "GET" && request.path == "/feed x" && request.peer == "127.0.0.1")
        #expect(request.parameters.map { "\($0)|\($1)" } == ["a|1&2", "b|", "c|", "a| 2"])
        #expect(request.query == "a=1%262&b&c&a=%202")
        #expect(request.headers["user-agent"] == "pm/1" && request.headers["x-own"] == "väl ue")
        #expect(request.headers["origin"] == "https://a.example")
        #expect(request.headers["host"] == "127.0.0.1:\(stage.server.port)")
        #expect(request.headers["sec-websocket-protocol"] == nil)
        #expect(request.headers["sec-websocket-extensions"] == nil)
    }

    @Test(
        arguments: [
            (403, nil, false), (429, "17", true), (503, "Wed, 21 Oct 2026 07:28:00 GMT", true),
            (302, nil, true),
            (200, nil, true), (404, nil, false),
        ] as [(Int, String?, Bool)])
    func reportsTheStatusOfARejectedUpgrade(status: Int, after: String?, isTransient: Bool) throws {
        let stage = try Stage()
        let events = ClientEvents()
        let value = after.map { "&after=" + $0.replacing(" ", with: "%20").replacing(":", with: "%3A") } ?? ""
        _ = try stage.loop.connect(to: stage.url("/refuse?status=\(status)\(value)"), into: events)
        try stage.run { events.failure != nil }
        try stage.run(.milliseconds(30)) { false }
        #expect(events.failure?.status == status && events.failure?.retryAfter == after)
        #expect(events.failure?.isTransient == isTransient && events.count == 1)
        #expect(stage.server.connections == 0)
    }

    @Test(arguments: ["ws://127.0.0.1:9", "ws://name.invalid:80", "ws://[::1]:9", "wss://127.0.0.1:9"])
    func reportsAFailedConnectOnce(url: String) throws {
        let loop = try EventLoop()
        let events = ClientEvents()
        weak let client = try loop.connect(to: WebSocketURL(url), into: events)
        #expect(events.count == 0)
        try loop.run(upTo: patience) { events.failure != nil }
        try loop.run(upTo: .milliseconds(30))
        #expect(events.count == 1 && events.failure?.status == nil && events.failure?.isTransient == true)
        #expect(client == nil)
    }

    @Test func anAttemptCanBeAbandoned() throws {
        let stage = try Stage()
        let events = ClientEvents()
        try stage.loop.connect(to: stage.url(), into: events).close()
        try stage.run { events.failure != nil }
        try stage.run(.milliseconds(30)) { false }
        #expect(events.count == 1)
    }

    @Test func anotherConnectionCanBeMadeFromAHandler() throws {
        let stage = try Stage()
        let events = ClientEvents()
        let url = try stage.url()
        var attempts = 0
        func connect() {
            attempts += 1
            _ = try? stage.loop.connect(to: attempts < 3 ? WebSocketURL("ws://127.0.0.1:9") : url) {
                _, event in
                if case .failed = event { connect() } else { events.add(event) }
            }
        }
        connect()
        try stage.run { events.isOpen }
        #expect(attempts == 3)
    }

    @Test func insecureIsForLoopbackOnly() throws {
        let loop = try EventLoop()
        var options = ClientConnection.Options()
        options.allowInsecure = true
        #expect(throws: WebSocketError.insecureBeyondLoopback(host: "example.com")) {
            _ = try loop.connect(to: WebSocketURL("wss://example.com"), options, into: ClientEvents())
        }
    }

    @Test func aServerCanRestartOnItsPort() throws {
        let stage = try Stage()
        let (first, second) = (ClientEvents(), ClientEvents())
        _ = try stage.loop.connect(to: stage.url(), into: first)
        try stage.run { first.isOpen }
        stage.server.close()
        try stage.run { first.ending != nil }
        #expect(first.ending?.code == .abnormal || first.ending?.code == .goingAway)
        var options = Server.Options()
        options.port = stage.server.port
        let again = try Stage(options, loop: stage.loop)
        _ = try stage.loop.connect(to: again.url(), into: second)
        try again.run { second.isOpen && again.sessions.count == 1 }
        #expect(second.isOpen && stage.server.connections == 0)
    }

    @Test func aSilentPeerIsDisconnectedInTime() throws {
        let mute = RawServer {
            $0.upgrade()
            $0.drain()  // takes our pings, answers none
        }
        let loop = try EventLoop()
        let events = ClientEvents()
        var options = ClientConnection.Options()
        options.heartbeat = Heartbeat(ping: .seconds(1), hangUp: .seconds(2))
        _ = try loop.connect(to: mute.url(), options, into: events)
        let start = ContinuousClock.now
        try loop.run(upTo: patience) { events.ending != nil }
        #expect(events.isOpen && (.seconds(1.5)...(.seconds(30))).contains(start.duration(to: .now)))
    }
}
