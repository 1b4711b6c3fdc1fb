import Foundation
import TestSupport
import Testing
import WebSockets

@Suite(.serialized)
struct VolumeTests {
    @Test func twoHundredConnectionsAtOnce() throws {
        let stage = try Stage(onMessage: { $0.send(utf8: $1.bytes) })
        let events = (0..<200).map { _ in ClientEvents() }
        let clients = try events.map { try stage.loop.connect(to: stage.url(), into: $0) }
        try stage.run { events.allSatisfy(\.isOpen) }
        #expect(stage.server.connections == 200)
        for (number, client) in clients.enumerated() { client.send("\(number)") }
        try stage.run { events.allSatisfy { $0.messages.count == 1 } }
        #expect(events.map(\.texts) == (0..<200).map { ["\($0)"] })
        for client in clients { client.close() }
        try stage.run { stage.server.connections == 0 && events.allSatisfy { $0.ending != nil } }
        #expect(stage.sessions.isEmpty && events.allSatisfy { $0.ending?.code == .normal })
    }

    @Test func shortConnectionsLeaveNothingBehind() throws {
        let stage = try Stage(onMessage: { $0.send(utf8: $1.bytes) })
        let gone = Gone()
        var echoes = 0
        func round() throws {
            let events = ClientEvents()
            let client = try stage.loop.connect(to: stage.url(), into: events)
            gone.watch(client)
            try stage.run { events.isOpen && stage.sessions.count == 1 }
            gone.watch(stage.sessions[0])
            for number in 0..<100 { client.send("\(number)") }
            try stage.run { events.messages.count == 100 }
            echoes += events.messages.count
            client.close()
            try stage.run { events.ending != nil && stage.server.connections == 0 }
        }
        for _ in 0..<10 { try round() }
        let before = openDescriptors()
        for _ in 0..<90 { try round() }
        #expect(echoes == 10_000)
        try stage.run(.milliseconds(20)) { false }
        #expect(gone.remaining == 0 && gone.watched == 200)
        // Other suites open and close descriptors at the same time.
        #expect(eventually { openDescriptors() < before + 60 })
    }

    /// Prints a rate, without an expectation: a client on one thread receives 638-byte messages from a server
    /// on another.
    @Test func measuresMessagesPerSecond() async throws {
        let total = 100_000
        let payload = [UInt8](repeating: 0x78, count: 638)
        let stream = (0..<100).flatMap { _ in frame(1, payload) }
        let server = RawServer { peer in
            peer.upgrade()
            for _ in 0..<(total / 100) { peer.send(stream) }
            peer.drain()
        }
        let loop = try EventLoop()
        var (count, bytes) = (0, 0)
        let start = ContinuousClock.now
        _ = try loop.connect(to: server.url()) { _, event in
            guard case .message(let message) = event else { return }
            (count, bytes) = (count + 1, bytes + message.bytes.count)
        }
        try loop.run(upTo: patience) { count == total }
        let taken = start.duration(to: .now) / .seconds(1)
        #expect((count, bytes) == (total, total * 638))
        print("client: \(Int(Double(total) / taken)) messages of 638 bytes a second")
    }

    private func openDescriptors() -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
    }
}

/// Weak references to objects that must be released by the end.
private final class Gone {
    private struct Entry { weak var object: AnyObject? }

    private var entries: [Entry] = []

    var watched: Int { entries.count }
    var remaining: Int { entries.count { $0.object != nil } }

    func watch(_ object: AnyObject) { entries.append(Entry(object: object)) }
}
