import Testing
import WebSockets

/// The server's HTTP, tested with raw bytes.
struct HTTPTests {
    /// Sends `bytes` and runs the loop until `isDone` is true for the received bytes, or the server
    /// disconnects.
    private func exchange(
        _ stage: Stage, _ bytes: String, until isDone: (String) -> Bool = { _ in false }
    ) throws -> (text: String, isClosed: Bool) {
        let client = RawConnection(port: stage.server.port)
        client.send(bytes)
        return try collect(stage, client, until: isDone)
    }

    private func collect(
        _ stage: Stage, _ client: RawConnection, until isDone: (String) -> Bool = { _ in false }
    ) throws -> (text: String, isClosed: Bool) {
        var (got, isClosed) = ([UInt8](), false)
        try stage.run {
            // The client's socket is not on the loop: poll it.
            stage.loop.after(.milliseconds(2)) {}
            while !isClosed, let more = client.read() {
                if more.isEmpty { return isDone(String(decoding: got, as: UTF8.self)) }
                got += more
            }
            isClosed = true
            return true
        }
        return (String(decoding: got, as: UTF8.self), isClosed)
    }

    @Test func passesCompleteRequests() throws {
        var seen: [Request] = []
        var options = Server.Options()
        options.otherHeaders = ["webhook-id", "webhook-signature"]
        let stage = try Stage(options) { request, responder in
            seen.append(request)
            responder.respond(Response(status: 201, type: "application/json", "{}"))
        }
        let answer = try exchange(
            stage,
            "POST /hook/a%2Fb?x=1&y=%C3%A9 HTTP/1.1\r\nHost: h:1\r\nAuthorization: Bearer t\r\n"
                + "Content-Type: a/b\r\nUser-Agent: ua\r\nWebhook-Id: msg_1\r\n"
                + "webhook-signature: v1,abc=\r\nContent-Length: 5\r\n\r\nhello"
        ) { $0.hasSuffix("{}") }
        #expect(
            answer.text
                == "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
        let request = try #require(seen.first)
        #expect(request.method == "POST" && request.path == "/hook/a/b" && request.query == "x=1&y=%C3%A9")
        #expect(request.parameter("y") == "é" && request.parameter("z") == nil)
        #expect(request.body == Array("hello".utf8) && request.peer == "127.0.0.1")
        #expect(request.headers["host"] == "h:1" && request.headers["authorization"] == "Bearer t")
        #expect(request.headers["content-type"] == "a/b" && request.headers["user-agent"] == "ua")
        #expect(request.headers["webhook-id"] == "msg_1" && request.headers["webhook-signature"] == "v1,abc=")
        #expect(request.headers["content-length"] == "5" && request.headers["origin"] == nil)
    }

    @Test(arguments: ["GET", "HEAD", "DELETE", "OPTIONS", "PUT", "PATCH", "POST"])
    func respondsToEveryMethod(method: String) throws {
        let stage = try Stage { $1.respond(Response(headers: [("X-Method", $0.method)], body: [0x61])) }
        let length = ["PUT", "PATCH", "POST"].contains(method) ? "Content-Length: 0\r\n" : ""
        let request = "\(method) /a HTTP/1.1\r\nHost: h\r\n\(length)\r\n"
        let answer = try exchange(stage, request + "GET /b HTTP/1.1\r\nHost: h\r\n\r\n") {
            $0.contains("X-Method: GET\r\nContent-Length: 1\r\n\r\na")
                && $0.contains("X-Method: \(method)\r\n")
                && $0.components == 2
        }
        #expect(answer.text.components == 2 && !answer.isClosed)
        #expect(answer.text.contains("Content-Length: 1\r\n\r\na") && !answer.text.contains("\r\n\r\naa"))
        #expect(answer.text.hasPrefix("HTTP/1.1 200 OK\r\nX-Method: \(method)\r\nContent-Length: 1\r\n\r\n"))
        #expect(answer.text.contains("\r\n\r\nHTTP/1.1") == (method == "HEAD"))
    }

    @Test func pipelinedRequestsWaitForDelayedResponses() throws {
        var order: [String] = []
        let stage = try Stage()
        let slow = try stage.loop.listen { request, responder in
            order.append("ask \(request.path)")
            stage.loop.after(request.path == "/0" ? .milliseconds(60) : .milliseconds(5)) {
                order.append("answer \(request.path)")
                responder.respond(Response(request.path))
            }
        }
        let client = RawConnection(port: slow.port)
        client.send((0..<5).map { "GET /\($0) HTTP/1.1\r\nHost: h\r\n\r\n" }.joined())
        let answer = try collect(stage, client) { $0.components == 5 && $0.hasSuffix("/4") }
        #expect(answer.text.components == 5 && !answer.isClosed)
        #expect(order == (0..<5).flatMap { ["ask /\($0)", "answer /\($0)"] })
    }

    @Test func aLateResponseUsesNoProcessorTime() throws {
        let stage = try Stage()
        var kept: Responder?
        let slow = try stage.loop.listen { kept = $1 }
        let client = RawConnection(port: slow.port)
        client.send(
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nxGET / HTTP/1.1\r\nHost: h\r\n\r\n")
        try stage.run { kept != nil }
        var turns = 0
        try stage.run(.milliseconds(200)) {
            turns += 1; return false
        }
        #expect(turns < 20)
        kept?.respond(Response("late"))
        #expect(try collect(stage, client) { $0.hasSuffix("late") }.text.hasSuffix("late"))
    }

    @Test(arguments: [0, 1, 32_768, 32_769, 5_000_000])
    func sendsBodiesOfAnySizeToASlowReader(size: Int) throws {
        let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
        let stage = try Stage { $1.respond(Response(body: body)) }
        let client = RawConnection(port: stage.server.port)
        client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        try stage.run(.milliseconds(30)) { false }
        var got: [UInt8] = []
        try stage.run {
            stage.loop.after(.microseconds(200)) {}
            guard let more = client.read() else { return true }
            got += more
            return false
        }
        let head = "HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\nConnection: close\r\n\r\n"
        #expect(got.starts(with: head.utf8) && got.dropFirst(head.utf8.count).elementsEqual(body))
    }

    @Test func acceptsALargeBodyAndRejectsATooLargeOne() throws {
        var options = Server.Options()
        options.longestBody = 300_000
        let stage = try Stage(options) { $1.respond(Response("\($0.body.count)")) }
        func post(_ count: Int) -> String {
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: \(count)\r\n\r\n"
                + String(repeating: "b", count: count)
        }
        #expect(
            try exchange(stage, post(300_000)) { $0.hasSuffix("300000") }.text.hasSuffix("\r\n\r\n300000"))
        let refused = try exchange(stage, post(300_001) + "GET / HTTP/1.1\r\nHost: h\r\n\r\n") {
            $0.components == 2
        }
        #expect(refused.text.hasPrefix("HTTP/1.1 413 ") && refused.text.hasSuffix("\r\n\r\n0"))
    }

    @Test func sends100ContinueWhenExpected() throws {
        let stage = try Stage { $1.respond(Response("\($0.body.count)")) }
        let client = RawConnection(port: stage.server.port)
        client.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        #expect(
            try collect(stage, client) { $0.hasSuffix("\r\n\r\n") }.text == "HTTP/1.1 100 Continue\r\n\r\n")
        client.send("abc")
        #expect(try collect(stage, client) { $0.hasSuffix("3") }.text.hasSuffix("\r\n\r\n3"))
    }

    @Test(
        arguments: [
            (
                "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
                "HTTP/1.1 411 "
            ),
            ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 400 "),
            ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 400 "),
            ("POST / HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 200 "),
            ("GET / HTTP/1.0\r\n\r\n", "HTTP/1.1 200 "),
            ("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "HTTP/1.1 200 "),
            ("GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", "HTTP/1.1 400 "),
            ("GET / HTTP/1.1\r\nX: \(String(repeating: "y", count: 9_000))\r\n\r\n", ""),
            ("nonsense\r\n\r\n", ""), ("\u{16}\u{3}\u{1}\u{2}", ""),
        ] as [(String, String)])
    func respondsAndCloses(request: String, expected: String) throws {
        let stage = try Stage { $1.respond(Response("ok")) }
        let answer = try exchange(stage, request)
        #expect(answer.isClosed)
        #expect(answer.text.hasPrefix(expected) && (!expected.isEmpty || !answer.text.contains("200")))
        #expect(expected.isEmpty || answer.text.contains("Connection: close\r\n"))
    }

    @Test(arguments: [false, true])
    func closesWithoutAResponse(resetting: Bool) throws {
        let stage = try Stage { $1.hangUp(resetting: resetting) }
        let answer = try exchange(stage, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(answer.isClosed && answer.text.isEmpty && stage.server.connections == 0)
    }

    @Test func aReleasedResponderSends500AndOnlyTheFirstResponseCounts() throws {
        let stage = try Stage { request, responder in
            guard request.path == "/twice" else { return }
            responder.respond(Response("one"))
            responder.respond(Response("two"))
        }
        let answer = try exchange(
            stage, "GET / HTTP/1.1\r\nHost: h\r\n\r\nGET /twice HTTP/1.1\r\nHost: h\r\n\r\n"
        ) { $0.hasSuffix("one") }
        #expect(answer.text.hasPrefix("HTTP/1.1 500 ") && answer.text.hasSuffix("one"))
    }

    @Test func aResponseToADisconnectedClientIsIgnored() throws {
        var kept: Responder?
        let stage = try Stage { kept = $1 }
        let client = RawConnection(port: stage.server.port)
        client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        try stage.run { kept != nil }
        client.close(resetting: true)
        try stage.run { stage.server.connections == 0 }
        kept?.respond(Response("hello?"))
        try stage.run(.milliseconds(20)) { false }
        #expect(stage.server.connections == 0)
    }

    @Test func headerValuesCannotAddHeaders() throws {
        let stage = try Stage { $1.respond(Response(headers: [("X", "a\r\nSet-Cookie: b")])) }
        let answer = try exchange(stage, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        #expect(answer.text.contains("X: a  Set-Cookie: b\r\n"))
    }

    @Test func aSlowRequestIsClosed() throws {
        var options = EventLoop.Options()
        options.stepTimeout = .seconds(1)
        let loop = try EventLoop(options)
        let stage = try Stage(loop: loop)
        let silent = RawConnection(port: stage.server.port)
        let slow = RawConnection(port: stage.server.port)
        slow.send("GET / HT")
        let half = RawConnection(port: stage.server.port)
        half.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc")
        for client in [slow, half, silent] {
            #expect(try collect(stage, client).isClosed)
        }
    }

    @Test func closesConnectionsBeyondTheLimit() throws {
        var options = Server.Options()
        options.maxConnections = 2
        let stage = try Stage(options)
        let (first, second) = (RawConnection(port: stage.server.port), RawConnection(port: stage.server.port))
        try stage.run { stage.server.connections == 2 }
        #expect(try exchange(stage, "").isClosed)
        first.close()
        second.close()
        try stage.run { stage.server.connections == 0 }
        #expect(
            try exchange(stage, "GET / HTTP/1.1\r\nHost: h\r\n\r\n") { $0.contains("404") }.text.contains(
                "404"))
    }

    @Test(arguments: [("Sec-WebSocket-Protocol: a, b\r\n", "HTTP/1.1 400 "), ("", "HTTP/1.1 101 ")])
    func rejectsSubprotocols(offer: String, expected: String) throws {
        let stage = try Stage()
        let answer = try exchange(
            stage,
            "GET /live HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\(offer)\r\n"
        ) { $0.contains("\r\n\r\n") }
        #expect(answer.text.contains(expected))
    }
}

extension String {
    /// The number of responses in the text.
    fileprivate var components: Int {
        split(separator: "HTTP/1.1 ", omittingEmptySubsequences: false).count - 1
    }
}
