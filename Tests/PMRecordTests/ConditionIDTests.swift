import PMRecord
import Testing

@Suite("Condition ids")
struct ConditionIDTests {
    static let base = "0123456789abcdef0123456789abcdef"
    static let structural = base + "0002" + String(repeating: "0", count: 16) + "0001" + "0003"

    @Test("Both widths of a Protocol V2 id are one id", arguments: ["01", "02", "03"])
    func widths(module: String) {
        let short = "0x" + module + Self.structural
        #expect(short.count == 64)
        #expect(ConditionID(short) == ConditionID(short.uppercased().withLowerPrefix() + "00"))
        #expect(ConditionID(short).text == short + "00")
    }

    @Test(
        "The module names the market type",
        arguments: [("01", MarketType.binary), ("02", .negativeRisk), ("03", .combo)])
    func module(digits: String, type: MarketType) {
        #expect(ConditionID("0x" + digits + Self.structural).marketType == type)
    }

    @Test("A CTF hash keeps its form, even if it begins like a module")
    func hash() {
        let hash = "0x03" + String(repeating: "7", count: 62)
        #expect(ConditionID(hash).text == hash)
        #expect(ConditionID(hash).marketType == nil)
        #expect(ConditionID(hash).short == nil)
    }

    @Test("Requests name combos with 62 digits and other markets with 64")
    func requests() {
        let combo = "0x03" + Self.structural
        let market = "0x01" + Self.structural
        #expect(ConditionID(combo).forRequests == combo)
        #expect(ConditionID(market).forRequests == market + "00")
        #expect(ConditionID(market).short == market)
    }

    @Test("Any other form is kept", arguments: ["", "0x12", "market-7", "0xZZ"])
    func other(text: String) {
        #expect(ConditionID(text).text == text.lowercased())
        #expect(ConditionID(text).marketType == nil)
    }
}

extension String {
    /// `0X` written as the wire writes it.
    fileprivate func withLowerPrefix() -> String { "0x" + dropFirst(2) }
}
