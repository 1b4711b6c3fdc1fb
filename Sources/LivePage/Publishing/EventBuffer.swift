import DequeModule
import PMJSON

/// The latest events, numbered from 1, each encoded as the message that viewers get.
///
/// The buffer is bounded by count and by bytes; the oldest events leave first. An event replaces an earlier one with
/// the same key: a trade's latest revision is kept, and a viewer that has not received an earlier one never gets it.
package struct EventBuffer {
    package typealias Event = (number: Int, message: [UInt8])

    private struct Slot {
        /// Empty if a later event has replaced this one.
        let message: [UInt8]
        let key: String?
    }

    private let capacity: Int
    private let mostBytes: Int
    private var slots: Deque<Slot> = []
    /// The sequence number of the latest event for each key.
    private var numbers: [String: Int] = [:]
    private var bytes = 0
    /// The sequence number of the newest event; 0 before the first.
    package private(set) var last = 0

    package init(capacity: Int = 10_000, mostBytes: Int = 16 << 20) {
        self.capacity = capacity
        self.mostBytes = mostBytes
    }

    /// The sequence number of the oldest event that is kept; ``last`` + 1 if there is none.
    package var first: Int { last - slots.count + 1 }

    /// - Parameters:
    ///   - record: JSON.
    ///   - key: The name of what the record describes; `nil` if it replaces no earlier event.
    package mutating func append(_ record: [UInt8], key: String? = nil) {
        let number = last + 1
        let message = Self.message(number, record)
        if let key, let earlier = numbers.updateValue(number, forKey: key) { erase(earlier) }
        last = number
        slots.append(Slot(message: message, key: key))
        bytes += message.count
        while slots.count > capacity || bytes > mostBytes, slots.count > 1 { removeOldest() }
    }

    /// Returns the events from `number` on, oldest first, without those that were replaced.
    package func events(from number: Int, atMost count: Int) -> [Event] {
        var (found, number): ([Event], Int) = ([], max(number, first))
        while number <= last, found.count < count {
            let message = slots[index(of: number)].message
            if !message.isEmpty { found.append((number, message)) }
            number += 1
        }
        return found
    }

    private func index(of number: Int) -> Int { number - first }

    private mutating func erase(_ number: Int) {
        guard number >= first else { return }
        let index = index(of: number)
        bytes -= slots[index].message.count
        slots[index] = Slot(message: [], key: nil)
    }

    private mutating func removeOldest() {
        let slot = slots.removeFirst()
        if let key = slot.key { numbers[key] = nil }
        bytes -= slot.message.count
    }

    private static func message(_ number: Int, _ record: [UInt8]) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { message in
            message.member("type", "event")
            message.member("n", number)
            message.member("record", raw: record)
        }
        return writer.bytes
    }
}
