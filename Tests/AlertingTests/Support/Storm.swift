import AlertFixtures
import Foundation
import PMFlow
import PMJSON
import PMRecord
import TestSupport

/// The plan of one run, made from a seed: the trades, the answers of each receiver, and the times of the kills.
struct Storm {
    /// One answer of a receiver.
    struct Step {
        /// The answer in the simulator's form.
        let script: String
        /// The rate limit in the answer.
        var wait = Duration.zero
        var isSuccess = false
        /// True if the answer is a rejection of this message or of all.
        var isFinal = false
    }

    struct Kill {
        /// The number of lines before the kill.
        let lines: Int
        /// The time from the last of them to the kill.
        let delay: Duration
    }

    static let kinds = ["discord", "telegram", "slack", "webhook"]
    /// The longest pause that a receiver may ask for; the bound of an absurd one.
    static let patience = Duration.milliseconds(1500)

    let seed: UInt64
    private(set) var steps: [String: [Step]] = [:]
    /// Lines for standard input, each a trade with its mark. Line n has sequence number n + 1.
    private(set) var lines: [String] = []
    /// The number of trades of each alert, by its number.
    private(set) var sizes: [Int: Int] = [:]
    private(set) var kills: [Kill] = []

    init(seed: UInt64) {
        self.seed = seed
        var chance = SplitMix64(seed: seed)
        for kind in Self.kinds {
            let count = Int.random(in: 4...12, using: &chance)
            steps[kind] = (0..<count).map { _ in Self.step(for: kind, using: &chance) }
        }
        if chance.next() % 8 == 0 {
            steps["webhook"]!.append(Step(script: "410", isFinal: true))
            steps["webhook"]!.shuffle(using: &chance)
        }
        for number in 1...Int.random(in: 5...9, using: &chance) {
            sizes[number] = chance.next() % 3 == 0 ? 3 : 1
        }
        var trades = sizes.flatMap { number, size in (0..<size).map { (number, $0) } }.sorted { $0 < $1 }
        trades.shuffle(using: &chance)
        for (index, (number, fill)) in trades.enumerated() { add(number, fill, seq: index + 1) }
        if chance.next() % 5 < 2 {
            kills = (0..<Int.random(in: 1...2, using: &chance)).map { _ in
                Kill(
                    lines: Int.random(in: 1...lines.count, using: &chance),
                    delay: .milliseconds(Int64.random(in: 0...1200, using: &chance)))
            }.sorted { $0.lines < $1.lines }
        }
    }

    private mutating func add(_ number: Int, _ fill: Int, seq: Int) {
        let trade = TradeLine.make {
            $0.id = "s\(seed)n\(number)f\(fill)"
            $0.seq = seq
            $0.transaction = "0x\(number)f\(fill)"
            $0.condition = "0xc\(number)"
            $0.title = "Storm \(number)"
        }
        let mark = #"{"kind":"mark","stream":"s","seq":\#(seq),"time":"2026-11-22T10:00:00.000Z"}"#
        lines.append(trade.line + mark + "\n")
    }

    private static func step(for kind: String, using chance: inout SplitMix64) -> Step {
        func milliseconds(_ range: ClosedRange<Int64>) -> Int64 { .random(in: range, using: &chance) }
        let body = kind == "discord" || kind == "telegram" ? kind : "json"
        switch chance.next() % 16 {
        case 0, 1:
            let wait = milliseconds(100...900)
            return Step(
                script: #"{"status":429,"retry_after":"seconds","wait_ms":\#(wait),"body":"\#(body)"}"#,
                wait: .seconds(1))
        case 2:
            let wait = milliseconds(100...900)
            return Step(
                script: #"{"status":503,"retry_after":"date","wait_ms":\#(wait)}"#, wait: .milliseconds(wait))
        case 3, 4:
            let wait = Double(milliseconds(30...700)) / 1000
            let isFloat = kind == "discord"
            return Step(
                script: #"{"status":429,"retry_after":\#(wait),"body":"\#(body)"}"#,
                wait: isFloat || kind == "telegram" ? .seconds(1) : .seconds(wait))
        case 5: return Step(script: #"{"status":429,"retry_after":"absurd"}"#, wait: patience)
        case 6: return Step(script: #"{"status":429,"retry_after":"absent"}"#)
        case 7: return Step(script: #"{"status":429,"retry_after":"negative"}"#)
        case 8: return Step(script: "500")
        case 9: return Step(script: "502")
        case 10: return Step(script: #""hang""#)
        case 11: return Step(script: #""reset""#)
        case 12:
            return Step(script: #"{"status":204,"delay_ms":\#(milliseconds(20...100))}"#, isSuccess: true)
        case 13 where kind == "webhook": return Step(script: "400", isFinal: true)
        default: return Step(script: "204", isSuccess: true)
        }
    }
}

/// A request that a receiver got, with its answer.
struct StormDelivery {
    let at: Timestamp
    let isSuccess: Bool
    let wait: Duration
    /// The alert's number, and the number of trades in the message.
    let number: Int
    let trades: Int
    let isMarked: Bool
    let id: String?

    init?(_ json: JSON, _ step: Storm.Step?) {
        guard let at = json["at"]?.string.flatMap({ Timestamp($0) }), let body = json["body"]?.string,
            let number = body.firstMatch(of: /Storm (\d+)/).flatMap({ Int($0.1) })
        else { return nil }
        self.at = at
        self.number = number
        trades = body.firstMatch(of: /in (\d+) trades/).flatMap { Int($0.1) } ?? 1
        isSuccess = step?.isSuccess ?? true
        wait = step?.wait ?? .zero
        isMarked = body.contains("Sent again") || body.contains(#""redelivery":true"#)
        id = json["headers"]?["webhook-id"]?.string
    }
}
