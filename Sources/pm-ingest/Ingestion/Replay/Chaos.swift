import PMFlow
import PMRecord

/// Disturbs a replay as feeds are known to disturb, so that people can see what their own alerting makes of it.
///
/// Decides line by line what arrives; the same seed disturbs the same recording alike.
package struct Chaos: Sendable {
    package struct Plan: Sendable, Equatable {
        /// Once in ten minutes of recorded time nothing comes for so long, and what happened meanwhile is lost.
        package var freeze: Duration?
        /// The share of messages that come twice.
        package var duplicates = 0.0
        /// The share that is lost.
        package var drops = 0.0
        /// Whether neighbours change places now and then.
        package var reorders = false
        /// Whether several messages come as one array now and then.
        package var arrays = false
        /// Whether messages come in pieces. A listener puts them together again, so that nothing is to be seen.
        package var splits = false

        package init() {}

        /// Reads `freeze=30s,dup=1%,reorder,array,split,drop=0.1%`.
        ///
        /// - Parameter period: Reads a time as the command line spells it.
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
                    guard let share = Self.share(value) else { return nil }
                    duplicates = share
                case ("drop", let value?):
                    guard let share = Self.share(value) else { return nil }
                    drops = share
                default: return nil
                }
            }
        }

        private static func share(_ text: String) -> Double? {
            guard text.hasSuffix("%"), let percent = Double(text.dropLast()), 0...100 ~= percent else {
                return nil
            }
            return percent / 100
        }
    }

    /// A stretch that was swallowed.
    package struct Freeze: Equatable, Sendable {
        package let from: Timestamp
        package let to: Timestamp
    }

    private static let freezeCycle: Int64 = 600_000
    private static let longestArray = 5

    private let plan: Plan
    private var dice: SplitMix64
    /// Held back, to come after the next one.
    private var late: [UInt8]?
    /// Gathered, to come as one array.
    private var gathered: [[UInt8]] = []
    private var freezeEnd: Timestamp?
    private var nextFreeze: Timestamp?
    /// A freeze that has ended and was not asked for yet.
    private var ended: Freeze?
    /// Messages that did not arrive.
    package private(set) var lost = 0

    package init(_ plan: Plan, seed: UInt64) {
        self.plan = plan
        dice = SplitMix64(seed: seed)
    }

    /// A message of the recording comes; what arrives of it, and of those before it.
    ///
    /// - Parameter time: When it was recorded, where that is known.
    package mutating func pass(_ line: [UInt8], at time: Timestamp?) -> [[UInt8]] {
        if isFrozen(at: time) || chance(plan.drops) {
            lost += 1
            return []
        }
        var lines = [line]
        if chance(plan.duplicates) { lines.append(line) }
        if plan.reorders {
            if let earlier = late.take() {
                lines.append(earlier)
            } else if chance(0.05) {
                late = lines.removeFirst()
            }
        }
        return plan.arrays ? lines.flatMap { gather($0) } : lines
    }

    /// What was still held back at the end of the recording.
    package mutating func rest() -> [[UInt8]] {
        defer { (late, gathered) = (nil, []) }
        return (late.map { [$0] } ?? []) + (gathered.isEmpty ? [] : [array(gathered)])
    }

    /// A freeze that is over, once.
    package mutating func takeFreeze() -> Freeze? { ended.take() }

    private mutating func isFrozen(at time: Timestamp?) -> Bool {
        guard let length = plan.freeze, let time else { return false }
        if let end = freezeEnd {
            if time < end { return true }
            ended = Freeze(from: end.advanced(by: .zero - length), to: end)
            freezeEnd = nil
        }
        guard let next = nextFreeze else {
            nextFreeze = time.advanced(
                by: .milliseconds(Int64.random(in: 0..<Self.freezeCycle / 2, using: &dice)))
            return false
        }
        guard time >= next else { return false }
        freezeEnd = time.advanced(by: length)
        nextFreeze = time.advanced(by: .milliseconds(Self.freezeCycle))
        return true
    }

    /// Plain messages gather until there are some; a record of ours comes by itself.
    private mutating func gather(_ line: [UInt8]) -> [[UInt8]] {
        guard !line.starts(with: #"{"kind""#.utf8), line.first == UInt8(ascii: "{") else { return [line] }
        gathered.append(line)
        guard gathered.count >= Self.longestArray || chance(0.5) else { return [] }
        defer { gathered = [] }
        return [array(gathered)]
    }

    private func array(_ lines: [[UInt8]]) -> [UInt8] {
        [UInt8(ascii: "[")] + Array(lines.joined(separator: [UInt8(ascii: ",")])) + [UInt8(ascii: "]")]
    }

    private mutating func chance(_ share: Double) -> Bool {
        share > 0 && Double.random(in: 0..<1, using: &dice) < share
    }
}
