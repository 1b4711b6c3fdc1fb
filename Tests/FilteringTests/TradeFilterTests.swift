import Filtering
import Glibc
import PMPipe
import PMRecord
import Testing

struct ThresholdTests {
    @Test(
        "Bounds are inclusive and exact",
        arguments: [
            (#""price":0.5,"size":2000"#, "keeps"), (#""price":0.10,"size":10000.00"#, "keeps"),
            (#""price":0.1,"size":9999.99999"#, "below_min_value"),
            (#""price":0.1,"size":9999.999999999"#, "keeps"),
            (#""price":0.97,"size":5000"#, "keeps"), (#""price":0.970000000,"size":5e3"#, "keeps"),
            (#""price":0.9700000000000001,"size":5000"#, "above_max_price"),
            (#""price":0.98,"size":5000"#, "above_max_price"), (#""price":1,"size":1"#, "below_min_value"),
            (#""price":0.5,"size":1,"value":1000"#, "keeps"),
            (#""price":0.5,"size":1,"value":1000.00"#, "keeps"),
            (#""price":0.5,"size":1,"value":999.999999"#, "below_min_value"),
            (#""price":0.5,"size":5000,"value":1"#, "below_min_value"),
            (#""price":0.5,"size":5000,"value":null"#, "keeps"),
            (#""price":0.33333333333333333333333333333333,"size":3000.000000000000000000000000000"#, "keeps"),
        ])
    func admits(_ numbers: String, _ fate: String) {
        #expect(run(trade(numbers)).fate == fate)
    }

    @Test(
        arguments: [
            (#""price":"0.5","size":5000"#, "price is no number"),
            (#""price":true,"size":5000"#, "price is no number"),
            (#""price":0.5,"size":[5000]"#, "size is no number"),
            (#""price":0.5,"size":1,"value":"x""#, "value is no number"),
            (#""price":0.5,"size":5000,"title":"\x""#, "bad escape at byte 64"),
            (#""price":0.5,"size":5000,"title":tru"#, "malformed literal at byte 63"),
            (#""price":0.50,"size":05000"#, "malformed number at byte 51"),
            (#""price":0.5,"size":1,"value":5,"value":500000"#, "key given twice at byte 63"),
            (#""price":0.5,"size":1,"value":500000,"v\u0061lue":5"#, "key given twice at byte 68"),
            (#""price":1e30,"size":1e30"#, "price × size is beyond 10^30 dollars"),
        ])
    func rejects(_ numbers: String, because reason: String) {
        #expect(run(trade(numbers)).fate == reason)
    }

    @Test(arguments: [
        #"{"kind":"trade","price":0.5,"size":5000}"#,
        #"{"kind":"trade","asset_id":null,"price":0.5,"size":5000}"#,
        #"{"kind":"trade","asset_id":"1","size":5000}"#, #"{"kind":"trade","asset_id":"1","price":0.5}"#,
        #"{"kind":"trade","asset_id":"1","price":null,"size":5000,"value":5000}"#,
    ])
    func aTradeThatLacksPriceSizeOrAssetIsIncomplete(_ line: String) {
        #expect(run(line).fate == "incomplete")
    }

    @Test(arguments: [
        #"{}"#, #" { "kind" : "mark" } "#, #"{"kind":"comet","price":0.99,"size":0}"#,
        #"{"kind":null,"tier":"WHALE"}"#,
        #"{"kind":["trade"],"x":1E5}"#, #"{"kin":"trade"}"#, #"{"kind":"TRADE"}"#, #"{"x":{"kind":"trade"}}"#,
    ])
    func otherRecordsPassUnchanged(_ line: String) {
        #expect(run(line).output == line)
    }

    @Test(arguments: [
        "", "null", "[]", "{", #"{"kind":"mark","seq":01}"#, #"{"kind":"mark"}}"#, "{\"a\":\"\u{1}\"}",
    ])
    func invalidObjectsAreRejected(_ line: String) {
        let result = run(line)
        #expect(result.output == nil && result.isRejected)
    }
}

struct SelectionTests {
    private static let line =
        #"{"kind":"trade","asset_id":"1","condition_id":"0xAb","slug":"Will-it","event_slug":"rain","wallet":"0xCD","side":"BUY","price":0.5,"size":5000}"#

    @Test(
        arguments: [
            (Thresholds(), "keeps"), (Thresholds(side: .buy), "keeps"),
            (Thresholds(side: .sell), "other_side"),
            (Thresholds(markets: ["0xaB"]), "keeps"), (Thresholds(markets: ["will-it"]), "keeps"),
            (Thresholds(markets: ["x", "RAIN"]), "keeps"), (Thresholds(markets: ["0xCD"]), "other_market"),
            (Thresholds(wallets: ["0xcd"]), "keeps"), (Thresholds(wallets: ["0xab", "0xCD"]), "keeps"),
            (Thresholds(wallets: ["0xab"]), "other_wallet"),
            (Thresholds(minValue: 2500, side: .buy, markets: ["rain"], wallets: ["0xcd"]), "keeps"),
            (Thresholds(minValue: 2501), "below_min_value"),
            (Thresholds(maxPrice: Decimal("0.49")!), "above_max_price"),
        ])
    func selects(_ thresholds: Thresholds, _ fate: String) {
        #expect(run(Self.line, thresholds).fate == fate)
    }

    @Test func aTradeWithoutTheMemberIsNotSelected() {
        let bare = trade(#""price":0.5,"size":5000,"side":null"#)
        #expect(run(bare, Thresholds(side: .buy)).fate == "other_side")
        #expect(run(bare, Thresholds(markets: ["x"])).fate == "other_market")
        #expect(run(bare, Thresholds(wallets: ["x"])).fate == "other_wallet")
    }

    @Test func addsTheReasonOnRequest() {
        var said: [String] = []
        _ = run(trade(#""id":"abc","price":0.5,"size":5"#)) { said.append($0) }
        _ = run(trade(#""price":0.5,"size":5"#)) { said.append($0) }
        #expect(said == ["dropped abc: below_min_value", "dropped a trade without id: below_min_value"])
    }
}

struct TierTests {
    @Test(
        arguments: [
            ("1000", nil), ("8000.999999", nil), ("8001", "WHALE"), ("14999.999999", "WHALE"),
            ("15000", "MEGA_WHALE"),
            ("49999.999999", "MEGA_WHALE"), ("50000", "SUPER_WHALE"), ("99999.999999", "SUPER_WHALE"),
            ("100000", "GOD_WHALE"), ("999999999999", "GOD_WHALE"),
        ])
    func isTheHighestReached(_ value: String, _ tier: String?) {
        let line = trade(#""price":0.5,"size":1,"value":\#(value)"#)
        let expected = tier.map { line.dropLast() + #","tier":"\#($0)"}"# } ?? line
        #expect(run(line).output == expected)
    }

    @Test(
        "An existing tier is replaced, removed or kept, and every other byte stays",
        arguments: [
            (#"{"tier":"WHALE",X}"#, 20_000, #"{"tier":"MEGA_WHALE",X}"#),
            (#"{X,"tier" : "WHALE" }"#, 9_000, #"{X,"tier" : "WHALE" }"#),
            (#"{X, "tier":"WHALE" ,"z":1.0}"#, 2_000, #"{X ,"z":1.0}"#),
            (#"{"tier":null,X}"#, 2_000, #"{X}"#),
            (#"{"t\u0069er":"old",X}"#, 9_000, #"{"t\u0069er":"WHALE",X}"#),
            (#"{X,"z":"\u00e9"}"#, 9_000, #"{X,"z":"\u00e9","tier":"WHALE"}"#),
        ])
    func isSpliced(_ template: String, value: Int, _ expected: String) {
        let members = #""kind":"trade","asset_id":"1","price":0.50,"size":1,"value":\#(value)"#
        #expect(run(template.replacing("X", with: members)).output == expected.replacing("X", with: members))
    }

    /// The tier needs 15 bytes, but the line is at its limit.
    @Test(arguments: [("extra", true), ("title", true), ("novel", false)])
    func omitsMembersToFitTheLine(member: String, isExpendable: Bool) {
        let bare = trade(#""price":0.5,"size":1,"value":9000"#)
        let filler = String(
            repeating: "x", count: Record.longestLine - bare.utf8.count - member.utf8.count - 6)
        let line = bare.dropLast() + #","\#(member)":"\#(filler)"}"#
        #expect(line.utf8.count == Record.longestLine)
        let graded = bare.dropLast() + #","tier":"WHALE"}"#
        let fate = run(String(line))
        #expect(fate.output == (isExpendable ? String(graded) : String(line)))
        #expect(fate.tally.shortened == 1)
    }

    @Test func customTiersExtendOrReplaceTheDefaults() {
        let tiers = Tiers(
            Tier.defaults + [
                Tier(name: "SHRIMP", least: 1000), Tier(name: "WHALE", least: 9000),
                Tier(name: "KRAKEN", least: 100_000),
            ])
        for (value, tier) in [(1000, "SHRIMP"), (8500, "SHRIMP"), (9000, "WHALE"), (100_000, "KRAKEN")] {
            let line = trade(#""price":0.5,"size":1,"value":\#(value)"#)
            #expect(run(line, tiers: tiers).output == line.dropLast() + #","tier":"\#(tier)"}"#)
        }
    }
}

func trade(_ members: String) -> String { #"{"kind":"trade","asset_id":"1",\#(members)}"# }

struct Fate {
    let verdict: Verdict
    /// The emitted line without its newline.
    let output: String?
    let tally: Tally

    /// `keeps`, the reason of a drop, or the sentence of a reject.
    var fate: String {
        switch verdict {
        case .passed: output == nil ? "lost" : "keeps"
        case .dropped: tally.dropped.count == 1 ? tally.dropped.keys.first! : "uncounted"
        case .rejected(let reason): reason
        }
    }

    var isRejected: Bool {
        if case .rejected = verdict { true } else { false }
    }
}

/// Filters one line and returns its fate and the emitted line.
func run(
    _ line: String, _ thresholds: Thresholds = Thresholds(), tiers: Tiers = Tiers(),
    explain: ((String) -> Void)? = nil
) -> Fate {
    let file = tmpfile()!
    defer { fclose(file) }
    var filter = TradeFilter(thresholds, tiers: tiers, explain: explain)
    var output = LineWriter(descriptor: fileno(file))
    let bytes = Array(line.utf8)
    let verdict = filter.process(bytes.span, into: &output)
    var tally = Tally()
    filter.report(into: &tally)
    guard output.count > 0 else { return Fate(verdict: verdict, output: nil, tally: tally) }
    try! output.flush()
    var received = [UInt8](repeating: 0, count: 2 << 20)
    let count = pread(fileno(file), &received, received.count, 0)
    return Fate(
        verdict: verdict, output: String(decoding: received[..<(count - 1)], as: UTF8.self), tally: tally)
}
