import PMRecord
import Signals
import Testing

struct NoiseTests {
    /// Trades at equal intervals over some hours.
    static func pattern(
        _ count: Int, hours: Double,
        _ trade: (Int) -> (asset: String, condition: String, side: Side, size: Double)
    ) -> WalletPattern {
        WalletPattern(
            (0..<count).map { index in
                let made = trade(index)
                return WalletPattern.Trade(
                    asset: made.asset, conditionID: made.condition, side: made.side, size: made.size,
                    time: Timestamp(
                        milliseconds: Int64(Double(index) * hours * 3_600_000 / Double(count - 1))))
            })!
    }

    static func labels(_ pattern: WalletPattern) -> [NoiseLabel] {
        var facts = NoiseFacts()
        facts.pattern = pattern
        return facts.labels
    }

    @Test func aMarketMakerTradesBothWaysAndKeepsLittle() {
        let maker = Self.pattern(100, hours: 48) { index in
            ("a\(index / 2 % 10)", "m\(index / 2 % 10)", index.isMultiple(of: 2) ? .buy : .sell, 100)
        }
        #expect(Self.labels(maker) == [.marketMaker])
        // The same habits on too few trades.
        let few = Self.pattern(49, hours: 24) { index in
            ("a\(index / 2 % 10)", "m\(index / 2 % 10)", index.isMultiple(of: 2) ? .buy : .sell, 100)
        }
        #expect(Self.labels(few).isEmpty)
        // Both ways, but it keeps half of what it buys.
        let investor = Self.pattern(100, hours: 48) { index in
            (
                "a\(index / 2 % 10)", "m\(index / 2 % 10)", index.isMultiple(of: 2) ? .buy : .sell,
                index.isMultiple(of: 2) ? 200 : 100
            )
        }
        #expect(Self.labels(investor).isEmpty)
    }

    @Test(arguments: [(7.8, [NoiseLabel.bot]), (8.1, [])])
    func aBotTradesThreeHundredTimesADay(_ hours: Double, _ labels: [NoiseLabel]) {
        #expect(Self.labels(Self.pattern(100, hours: hours) { ("a\($0)", "m\($0)", .buy, 10) }) == labels)
    }

    @Test(arguments: [(0.0, true), (0.04, true), (0.12, false)])
    func circularTradesEndWhereTheyBegan(_ surplus: Double, _ isCircular: Bool) {
        let pattern = Self.pattern(40, hours: 48) { index in
            (
                "a", "m", index.isMultiple(of: 2) ? .buy : .sell,
                index.isMultiple(of: 2) ? 100 * (1 + 2 * surplus) : 100
            )
        }
        #expect(Self.labels(pattern).contains(.circular) == isCircular)
    }

    @Test(arguments: [
        ("1000", "1000", true), ("1000", "900", true), ("900", "1000", true), ("1000", "899", false),
        ("1000", "0", false),
    ])
    func aHedgedPairHoldsAsMuchOfBoth(_ held: String, _ other: String, _ isHedged: Bool) {
        var facts = NoiseFacts()
        (facts.held, facts.heldOfOther) = (Decimal(held), Decimal(other))
        #expect((facts.labels == [.hedgedPair]) == isHedged)
    }

    @Test(arguments: [("0.97", true), ("0.969", false), ("0.03", true), ("0.031", false), ("0.5", false)])
    func aNearCertainOutcomeIsNoNews(_ price: String, _ isNoise: Bool) {
        var facts = NoiseFacts()
        facts.price = Decimal(price)
        #expect((facts.labels == [.nearCertain]) == isNoise)
    }

    @Test(
        arguments: [
            (["Crypto", "5M"], nil, true), ([], "btc-updown-5m-1790275500", true),
            (["Crypto"], "bitcoin-above-100k", false),
            (["Sports"], "up-or-down", false),
        ] as [([String], String?, Bool)])
    func aMarketOfMinutesIsNoNews(_ topics: [String], _ slug: String?, _ isNoise: Bool) {
        var facts = NoiseFacts()
        (facts.topics, facts.slug) = (topics, slug)
        #expect((facts.labels == [.shortCrypto]) == isNoise)
    }
}
