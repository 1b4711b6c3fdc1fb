import PMJSON

/// The last events, numbered from 1, each as the message that viewers get.
///
/// Bounded by count and by bytes; the oldest go first.
struct EventRing {
    private let capacity: Int
    private let mostBytes: Int
    private var events: [[UInt8]] = []
    /// The place of the oldest in `events`, which grows until it is worth moving.
    private var start = 0
    private var bytes = 0
    /// The number of the newest; 0 before the first.
    private(set) var last = 0

    init(capacity: Int = 2000, mostBytes: Int = 16 << 20) {
        self.capacity = capacity
        self.mostBytes = mostBytes
    }

    /// The number of the oldest that is still here; one more than ``last`` when there is none.
    var first: Int { last - (events.count - start) + 1 }

    /// - Parameter record: JSON.
    mutating func append(_ record: [UInt8]) {
        last += 1
        var writer = JSONWriter()
        writer.object { message in
            message.member("type", "event")
            message.member("n", last)
            message.member("record", raw: record)
        }
        events.append(writer.bytes)
        bytes += writer.bytes.count
        while events.count - start > capacity || bytes > mostBytes, start < events.count - 1 { dropOldest() }
    }

    /// `nil` for a number that is not here any more, or not yet.
    subscript(number: Int) -> [UInt8]? {
        guard first...max(first, last) ~= number, last > 0 else { return nil }
        return events[start + number - first]
    }

    private mutating func dropOldest() {
        bytes -= events[start].count
        events[start] = []
        start += 1
        guard start > 2 * capacity else { return }
        events.removeFirst(start)
        start = 0
    }
}
