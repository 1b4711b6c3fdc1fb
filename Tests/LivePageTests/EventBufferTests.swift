import LivePage
import PMJSON
import Testing

struct EventBufferTests {
    private func record(_ id: Int, padding: Int = 0) -> [UInt8] {
        Array(#"{"id":\#(id),"text":"\#(String(repeating: "x", count: padding))"}"#.utf8)
    }

    private func ids(_ events: [EventBuffer.Event]) throws -> [Int?] {
        try events.map { try JSON($0.message)["record"]?["id"]?.integer }
    }

    @Test func eventsAreNumberedFromOne() throws {
        var buffer = EventBuffer()
        #expect((buffer.first, buffer.last) == (1, 0))
        buffer.append(record(7))
        let event = try #require(buffer.events(from: 0, atMost: 9).first)
        #expect(event.number == 1)
        #expect(
            String(decoding: event.message, as: UTF8.self)
                == #"{"type":"event","n":1,"record":{"id":7,"text":""}}"#)
    }

    @Test func theOldestEventsLeaveAFullBuffer() throws {
        var buffer = EventBuffer(capacity: 3)
        for id in 1...5 { buffer.append(record(id)) }
        #expect((buffer.first, buffer.last) == (3, 5))
        #expect(try ids(buffer.events(from: 1, atMost: 9)) == [3, 4, 5])
        #expect(buffer.events(from: 4, atMost: 1).map(\.number) == [4])
        #expect(buffer.events(from: 6, atMost: 9).isEmpty)
    }

    @Test func bytesAreBoundedToo() {
        var buffer = EventBuffer(mostBytes: 1000)
        for id in 1...9 { buffer.append(record(id, padding: 300)) }
        #expect(buffer.events(from: 1, atMost: 9).map(\.number) == [8, 9])
        // A single event may be larger.
        buffer.append(record(10, padding: 2000))
        #expect(buffer.events(from: 1, atMost: 9).map(\.number) == [10])
    }

    @Test func anEventReplacesTheEarlierOneWithItsKey() throws {
        var buffer = EventBuffer(capacity: 3)
        for (id, key) in [(1, "a"), (2, "b"), (3, "a")] { buffer.append(record(id), key: key) }
        #expect(try ids(buffer.events(from: 1, atMost: 9)) == [2, 3])
        // A key whose event has left the buffer starts anew.
        for id in 4...6 { buffer.append(record(id)) }
        buffer.append(record(7), key: "a")
        #expect(try ids(buffer.events(from: 1, atMost: 9)) == [5, 6, 7])
    }
}
