import Filtering
import PMFlow
import PMJSON
import PMRecord
import Testing

/// pm-filter reads a line through ``MemberIndex``, the stages after it through ``Record``. On damaged and disguised lines
/// both must see the same trade, or none.
struct DifferentialTests {
    private static let line = #"""
        {"kind":"trade","id":"0123456789abcdef0123456789abcdef","seq":7,"time":"2026-09-24T18:45:00.125Z","asset_id":"16412","wallet":"0x05b6","side":"BUY","title":"Will \"Malta\" win?","price":0.14,"size":1100.22,"value":154.0308,"extra":{"fee":0,"id":"z"}}
        """#
    private static let parts = [
        #","value":500000"#, #","v\u0061lue":1"#, #","kind":"mark""#, #","k\u0069nd":"trade""#, "\\u0000",
        "\\ud800",
        "e2", "E-2", "null", "-", "{", "}", "[", "]", ",", "\"", "\\", " ", "\u{00}", "é", "1e400",
        "tr\\u0061de",
    ]

    /// Replaces, removes, repeats or inserts some bytes.
    private func mutated(_ random: inout SplitMix64) -> [UInt8] {
        var bytes = Array(Self.line.utf8)
        for _ in 0..<Int.random(in: 1...2, using: &random) {
            let position = Int.random(in: 0..<bytes.count, using: &random)
            let end = min(bytes.count, position + Int.random(in: 1...12, using: &random))
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes.removeSubrange(position..<end)
            case 1: bytes.insert(contentsOf: bytes[position..<end], at: position)
            case 2: bytes[position] = UInt8.random(in: 0...255, using: &random)
            case 3: bytes.insert(contentsOf: Self.parts.randomElement(using: &random)!.utf8, at: position)
            default: escapeLetter(at: position, in: &bytes)
            }
        }
        return bytes.filter { $0 != UInt8(ascii: "\n") }
    }

    private func escapeLetter(at position: Int, in bytes: inout [UInt8]) {
        guard 0x61...0x7A ~= bytes[position] else { return }
        let hex = String(bytes[position], radix: 16)
        bytes.replaceSubrange(position...position, with: Array("\\u00\(hex)".utf8))
    }

    @Test func theFilterAndTheRecordAgree() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        let everything = Thresholds(minValue: 0, maxPrice: 1)
        var (passed, rejected) = (0, 0)
        for number in 0..<6000 {
            let bytes = mutated(&random)
            guard let text = String(validating: bytes, as: UTF8.self) else { continue }
            let fate = run(text, everything)
            let comment = Comment("line \(number) of seed \(seed): \(text)")
            guard let record = try? Record(bytes) else {
                #expect(fate.output == nil, comment)
                rejected += 1
                continue
            }
            guard let output = fate.output else {
                // The filter drops or rejects a trade only for its amounts.
                #expect(record.kind == .trade, comment)
                continue
            }
            passed += 1
            let after = try Record(Array(output.utf8))
            for key in [Key.kind, Key.id, Key.value, Key.wallet, Key.price] {
                #expect(after.raw(key).map(Array.init) == record.raw(key).map(Array.init), comment)
            }
            if record.kind == .trade, let value = record.value {
                let tier = Tier.defaults.last { value >= $0.least }?.name
                #expect(after.text(Key.tier) == tier, comment)
            }
        }
        #expect(passed > 300 && rejected > 300)
    }
}
