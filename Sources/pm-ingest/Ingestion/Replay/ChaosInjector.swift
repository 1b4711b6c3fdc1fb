import PMFlow
import PMRecord

/// Injects the known faults of feeds into a replay, so that users can see how their alerting reacts.
///
/// It decides line by line what arrives. With the same seed, the same recording is disturbed in the same way.
package struct ChaosInjector: Sendable {
    package struct Plan: Sendable, Equatable {
        /// The length of a freeze, in which all messages are lost. There is one in every ten minutes of recorded time.
        package var freeze: Duration?
        /// The fraction of messages that arrive twice, from 0 to 1.
        package var duplicates = 0.0
        /// The fraction of messages that are lost, from 0 to 1.
        package var drops = 0.0
        /// True if neighbouring messages are sometimes swapped.
        package var reorders = false
        /// True if several messages sometimes arrive as one array.
        package var arrays = false
        /// True if messages arrive in fragments. The client joins fragments, so this has no visible effect.
        package var splits = false

        package init() {}

        /// Reads `freeze=30s,dup=1%,reorder,array,split,drop=0.1%`.
        ///
        /// - Parameter period: Parses a duration as the command line spells it.
        package init?(_ text: String, period: (String) -> Duration?) {
            for part in text.split(separator: ",", omittingEmptySubsequences: false) {
                let sides = part.split(separator: "=", maxSplits: 1).map(String.init)
                switch (sides.first, sides.dropFirst().first) {
                case ("reorder", nil): reorders = true
                case ("array", nil): arrays = true
                case ("split", nil): splits = true
                case ("freeze", let value?):
                    guard let time = period(value), time > .zero else { return nil }
                    freeze = time
                case ("dup", let value?):
                    guard let fraction = Self.fraction(value) else { return nil }
                    duplicates = fraction
                case ("drop", let value?):
                    guard let fraction = Self.fraction(value) else { return nil }
                    drops = fraction
                default: return nil
                }
            }
        }

        private static func fraction(_ text: String) -> Double? {
            guard text.hasSuffix("%"), let percent = Double(text.dropLast()), 0...100 ~= percent else {
                return nil
            }
            return percent / 100
        }
    }

    /// The recorded time of one freeze.
    package struct Freeze: Equatable, Sendable {
        package let from: Timestamp
        package let to: Timestamp
    }

    /// Milliseconds.
    private static let freezeCycle: Int64 = 600_000
    private static let longestArray = 5

    private let plan: Plan
    private var random: SplitMix64
    /// A message that is delayed until after the next one.
    private var delayed: [UInt8]?
    /// Messages that are collected for one array.
    private var collected: [[UInt8]] = []
    private var freezeEnd: Timestamp?
    private var nextFreeze: Timestamp?
    /// A freeze that has ended and was not taken yet.
    private var endedFreeze: Freeze?
    /// The number of messages that did not arrive.
    package private(set) var lost = 0

    package init(_ plan: Plan, seed: UInt64) {
        self.plan = plan
        random = SplitMix64(seed: seed)
    }

    /// Takes the next message of the recording, and returns the messages that arrive now.
    ///
    /// - Parameter time: The recorded time, if it is known.
    package mutating func arrivals(after line: [UInt8], at time: Timestamp?) -> [[UInt8]] {
        if isFrozen(at: time) || chance(plan.drops) {
            lost += 1
            return []
        }
        var lines = [line]
        if chance(plan.duplicates) { lines.append(line) }
        if plan.reorders {
            if let earlier = delayed.take() {
                lines.append(earlier)
            } else if chance(0.05) {
                delayed = lines.removeFirst()
            }
        }
        return plan.arrays ? lines.flatMap { collect($0) } : lines
    }

    /// Returns the messages that are still delayed at the end of the recording.
    package mutating func flush() -> [[UInt8]] {
        defer { (delayed, collected) = (nil, []) }
        return (delayed.map { [$0] } ?? []) + (collected.isEmpty ? [] : [array(collected)])
    }

    /// Returns a freeze that has ended, once.
    package mutating func takeFreeze() -> Freeze? { endedFreeze.take() }

    private mutating func isFrozen(at time: Timestamp?) -> Bool {
        guard let length = plan.freeze, let time else { return false }
        if let end = freezeEnd {
            if time < end { return true }
            endedFreeze = Freeze(from: end.advanced(by: .zero - length), to: end)
            freezeEnd = nil
        }
        guard let next = nextFreeze else {
            nextFreeze = time.advanced(
                by: .milliseconds(Int64.random(in: 0..<Self.freezeCycle / 2, using: &random)))
            return false
        }
        guard time >= next else { return false }
        freezeEnd = time.advanced(by: length)
        nextFreeze = time.advanced(by: .milliseconds(Self.freezeCycle))
        return true
    }

    /// Collects plain messages into arrays. Our own records pass one by one.
    private mutating func collect(_ line: [UInt8]) -> [[UInt8]] {
        guard !line.starts(with: #"{"kind""#.utf8), line.first == UInt8(ascii: "{") else { return [line] }
        collected.append(line)
        guard collected.count >= Self.longestArray || chance(0.5) else { return [] }
        defer { collected = [] }
        return [array(collected)]
    }

    private func array(_ lines: [[UInt8]]) -> [UInt8] {
        [UInt8(ascii: "[")] + Array(lines.joined(separator: [UInt8(ascii: ",")])) + [UInt8(ascii: "]")]
    }

    private mutating func chance(_ probability: Double) -> Bool {
        probability > 0 && Double.random(in: 0..<1, using: &random) < probability
    }
}
