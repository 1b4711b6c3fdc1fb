import TestSupport
import Testing
import WebSockets

/// The client against servers that send malformed or split bytes.
struct RawServerTests {
    private func hear(
        _ server: RawServer, limit: Duration = .seconds(10), options: ClientConnection.Options = .init()
    ) throws -> ClientEvents {
        let loop = try EventLoop()
        let events = ClientEvents()
        _ = try loop.connect(to: server.url(), options, into: events)
        try loop.run(upTo: limit) { events.ending != nil || events.failure != nil }
        try loop.run(upTo: .milliseconds(20))
        return events
    }

    @Test func assemblesFragmentsAroundAPingByteByByte() throws {
        let events = try hear(
            RawServer { peer in
                peer.upgrade()
                let stream =
                    frame(1, Array("é".utf8.prefix(1)), isFinal: false) + frame(9, [1, 2])
                    + frame(0, Array("é".utf8.suffix(1)), isFinal: false) + frame(0, []) + frame(2, [7])
                    + frame(8, [0x03, 0xE8])
                for byte in stream { peer.send([byte]) }
                peer.drain()
            })
        #expect(events.messages == [Array("é".utf8), [7]])
        #expect(events.ending?.code == .normal && events.ending?.isOurs == false && events.count == 4)
    }

    @Test func manyMessagesInOneSegmentStaySeparate() throws {
        let events = try hear(
            RawServer { peer in
                peer.upgrade()
                peer.send((0..<500).flatMap { frame(1, Array("\($0)".utf8)) } + frame(8, []))
                peer.drain()
            })
        #expect(events.texts == (0..<500).map(String.init))
        #expect(events.ending?.code == CloseCode.none)
    }

    @Test(arguments: [false, true])
    func messagesRightAfterTheUpgradeAreReceived(isEnding: Bool) throws {
        let events = try hear(
            RawServer { peer in
                peer.upgrade(thenAtOnce: frame(1, [0x61]) + (isEnding ? frame(8, [0x03, 0xE9]) : []))
                if isEnding { peer.drain() }
            })
        #expect(events.texts == ["a"] && events.ending?.code == (isEnding ? .goingAway : .abnormal))
    }

    @Test(
        arguments: [
            ("bad UTF-8", frame(1, [0xC3, 0x28])), ("cut UTF-8", frame(1, [0xC3])),
            ("a reason of bad UTF-8", frame(8, [0x03, 0xE8, 0xC3, 0x28])),
            ("reserved bits", [0xC1, 0]), ("reserved opcode", frame(3, [])),
            ("fragmented ping", frame(9, [], isFinal: false)),
            ("a text within a text", frame(1, [0x61], isFinal: false) + frame(1, [0x62])),
        ] as [(String, [UInt8])])
    func brokenFramesEndTheConnection(what: String, bytes: [UInt8]) throws {
        let events = try hear(
            RawServer { peer in
                peer.upgrade()
                peer.send(bytes)
                // The library reads on until its close frame is answered.
                for _ in 0..<20 { peer.send(frame(1, [UInt8](repeating: 0x61, count: 200_000))) }
                peer.drain()
            })
        #expect(events.isOpen && events.messages.isEmpty && events.ending != nil && events.count == 2)
    }

    @Test(arguments: [10, 70_000, 199_999])
    func badUTF8AnywhereInALongMessageEndsTheConnection(at place: Int) throws {
        let text =
            [UInt8](repeating: 0x61, count: place) + [0xFF] + [UInt8](repeating: 0x61, count: 200_000 - place)
        let events = try hear(
            RawServer { peer in
                peer.upgrade()
                for _ in 0..<20 { peer.send(frame(1, text)) }
                peer.drain()
            })
        #expect(
            events.isOpen && events.messages.isEmpty && events.ending?.code == .invalidPayload
                && events.count == 2)
    }

    @Test(arguments: [false, true])
    func anAbruptEndIsAbnormal(resetting: Bool) throws {
        let events = try hear(
            RawServer { peer in
                peer.upgrade()
                peer.send(frame(1, [0x61]))
                if resetting { peer.awaitReading() }
                peer.send(frame(1, [0x62, 0x63]).dropLast())
                peer.close(resetting: resetting)
            })
        #expect(events.texts == ["a"] && events.ending?.code == .abnormal)
    }

    @Test(
        arguments: [
            ("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 17\r\nContent-Length: 0\r\n\r\n", 429, "17"),
            ("HTTP/1.1 503 Busy\r\nretry-after: 5\r\nContent-Type: text/html\r\n\r\n<html>", 503, "5"),
            ("HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n", 302, nil),
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 200, nil),
            (
                "HTTP/1.1 101 Ok\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n",
                nil, nil
            ),
            ("SSH-2.0-OpenSSH_9\r\n\r\n", nil, nil), ("", nil, nil),
        ] as [(String, Int?, String?)])
    func reportsAResponseWithoutAnUpgrade(answer: String, status: Int?, retryAfter: String?) throws {
        let events = try hear(
            RawServer { peer in
                _ = peer.readHead()
                peer.send(answer)
            })
        #expect(
            events.count == 1 && events.failure?.status == status && events.failure?.retryAfter == retryAfter)
    }

    @Test func aServerThatNeverAnswersTimesOut() throws {
        let server = RawServer { $0.drain() }
        var options = EventLoop.Options()
        options.stepTimeout = .seconds(1)
        let loop = try EventLoop(options)
        let events = ClientEvents()
        _ = try loop.connect(to: server.url(), into: events)
        try loop.run(upTo: patience) { events.failure != nil }
        #expect(events.count == 1)
    }
}
