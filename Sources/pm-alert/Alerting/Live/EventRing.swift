import PMJSON

/// The last events, numbered from 1, each as the message that viewers get.
///
/// Bounded by count and by bytes; the oldest go first. An event about something is the last word about it: the one
/// before, such as a trade's earlier revision, is forgotten, and whoever has not had it yet never will.
struct EventRing {
    private let capacity: Int
    private let mostBytes: Int
    /// Empty where a later one has taken its place.
    private var events: [[UInt8]] = []
    /// What each is about, in the same places.
    private var subjects: [String?] = []
    private var numbers: [String: Int] = [:]
    /// The place of the oldest in `events`, which grows until it is worth moving.
    private var start = 0
    private(set) var bytes = 0
    /// The number of the newest; 0 before the first.
    private(set) var last = 0

    init(capacity: Int = 10_000, mostBytes: Int = 16 << 20) {
        self.capacity = capacity
        self.mostBytes = mostBytes
    }

    /// The number of the oldest that is still here; one more than ``last`` when there is none.
    var first: Int { last - (events.count - start) + 1 }

    /// - Parameters:
    ///   - record: JSON.
    ///   - subject: What it is about, if there is only one thing to be said about that.
    mutating func append(_ record: [UInt8], about subject: String? = nil) {
        let number = last + 1
        var writer = JSONWriter()
        writer.object { message in
            message.member("type", "event")
            message.member("n", number)
            message.member("record", raw: record)
        }
        if let subject, let earlier = numbers.updateValue(number, forKey: subject) { forget(earlier) }
        last = number
        events.append(writer.bytes)
        subjects.append(subject)
        bytes += writer.bytes.count
        while events.count - start > capacity || bytes > mostBytes, start < events.count - 1 { dropOldest() }
    }

    /// Events from `number` on, with their numbers, oldest first.
    func events(from number: Int, atMost count: Int) -> [(number: Int, event: [UInt8])] {
        var (found, number) = ([(number: Int, event: [UInt8])](), max(number, first))
        while number <= last, found.count < count {
            let event = events[start + number - first]
            if !event.isEmpty { found.append((number, event)) }
            number += 1
        }
        return found
    }

    private mutating func forget(_ number: Int) {
        guard number >= first else { return }
        let place = start + number - first
        bytes -= events[place].count
        (events[place], subjects[place]) = ([], nil)
    }

    private mutating func dropOldest() {
        if let subject = subjects[start] { numbers[subject] = nil }
        bytes -= events[start].count
        (events[start], subjects[start]) = ([], nil)
        start += 1
        guard start > 2 * capacity else { return }
        events.removeFirst(start)
        subjects.removeFirst(start)
        start = 0
    }
}
