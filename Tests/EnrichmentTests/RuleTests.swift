import Enrichment
import PMRecord
import PolymarketAPI
import Testing

/// Each rule has a table: just below its bound, on it, and just above.
struct RuleTests {
    @Test(
        arguments: [
            (50_000, 13, 20, false), (50_001, 13, 20, true), (50_001, 12, 20, false), (50_001, 12, 19, false),
            (-1, 20, 20, false),
        ] as [(Int64, Int, Int, Bool)])
    func smartMoneyHasProfitAndWins(profit: Int64, winners: Int, positions: Int, expected: Bool) {
        let rate = WinRate(winners: winners, positions: positions)
        #expect(isSmartMoney(profit: dollars(profit), winRate: rate) == expected)
    }

    @Test(
        arguments: [
            (9, nil, true), (10, 7, false), (100, 6, true), (100, 7, false), (nil, 6, true), (0, 4000, true),
            // An unknown value may make it fresh.
            (nil, nil, nil), (10, nil, nil), (nil, 7, nil),
        ] as [(Int?, Int?, Bool?)])
    func freshWalletsHaveFewTradesOrAYoungAccount(trades: Int?, days: Int?, expected: Bool?) {
        let isFresh = isFreshWallet(
            hasFewTrades: trades.map { $0 < 10 }, accountAge: days.map { .seconds($0 * 86_400) })
        #expect(isFresh == expected)
    }

    @Test(arguments: [(9, true), (10, false), (nil, nil)] as [(Int?, Bool?)])
    func aWalletWithoutAnAccountIsFreshByItsTrades(trades: Int?, expected: Bool?) {
        #expect(
            isFreshWallet(hasFewTrades: trades.map { $0 < 10 }, accountAge: nil, hasAge: false) == expected)
    }

    @Test(
        arguments: [
            (Activity.low, 10_001, 15, 20, true), (.low, 10_000, 15, 20, false),
            (.low, 10_001, 14, 20, false),
            (.medium, 10_001, 20, 20, false), (.high, 10_001, 20, 20, false),
            // Any number of positions counts: nine trades hardly make twenty positions.
            (.low, 10_001, 1, 1, true), (.low, 10_001, 8, 11, true), (.low, 10_001, 7, 10, false),
            (.low, 10_001, 0, 0, false),
        ] as [(Activity, Int64, Int, Int, Bool)])
    func insidersTradeRarelyAndWin(
        activity: Activity, profit: Int64, winners: Int, positions: Int, expected: Bool
    ) {
        let rate = WinRate(winners: winners, positions: positions)
        #expect(isInsider(activity: activity, profit: dollars(profit), winRate: rate) == expected)
    }

    @Test func aTruncatedWalletIsNoInsider() {
        let rate = WinRate(winners: 9, positions: 9, isTruncated: true)
        #expect(!isInsider(activity: .low, profit: dollars(20_000), winRate: rate))
    }

    @Test(arguments: [
        (0, Activity.low), (9, .low), (10, .medium), (49, .medium), (50, .high), (100, .high),
    ])
    func activityDependsOnTheLastHundredTrades(trades: Int, expected: Activity) {
        #expect(Activity(trades: trades) == expected)
    }

    @Test(
        arguments: [
            (50_001, 13, WalletLabel.smartWhale), (50_001, 12, .whale), (50_000, 13, .smartMoney),
            (1, 13, .smartMoney),
            (0, 13, nil), (50_000, 12, nil), (-10_000, 2, nil), (-10_001, 2, .degen), (-10_001, 20, .degen),
        ] as [(Int64, Int, WalletLabel?)])
    func labelsHaveAnOrder(profit: Int64, winnersOfTwenty: Int, expected: WalletLabel?) {
        let rate = WinRate(winners: winnersOfTwenty, positions: 20)
        #expect(WalletLabel(profit: dollars(profit), winRate: rate) == expected)
    }

    @Test(arguments: [(["10000"], false), (["10000.000001"], true), (["6000", "6000"], false), ([], false)])
    func whalesHoldOneLargePosition(values: [String], expected: Bool) {
        #expect(isWhaleHolder(positionValues: values.map { Micros(Decimal($0))! }) == expected)
    }

    @Test(
        arguments: [
            (20, 20, false, 1.0), (19, 19, false, nil), (0, 20, false, 0.0), (50, 100, false, 0.5),
            (50, 100, true, nil),
        ] as [(Int, Int, Bool, Double?)])
    func winRatesOfTooFewOrTruncatedPositionsAreWithheld(
        winners: Int, positions: Int, isTruncated: Bool, expected: Double?
    ) {
        #expect(WinRate(winners: winners, positions: positions, isTruncated: isTruncated).rate == expected)
    }

    /// The expected bounds were computed independently, in Python.
    @Test(arguments: [
        (10, 20, 0.2993, 0.7007), (20, 20, 0.8389, 1.0), (0, 20, 0.0, 0.1611), (60, 100, 0.5020, 0.6906),
    ])
    func wilsonsIntervalMatchesReferenceValues(winners: Int, positions: Int, low: Double, high: Double) throws
    {
        let interval = try #require(WinRate(winners: winners, positions: positions).interval)
        #expect(abs(interval.lowerBound - low) < 0.0001)
        #expect(abs(interval.upperBound - high) < 0.0001)
    }
}

private func dollars(_ whole: Int64) -> Micros { Micros(count: whole * 1_000_000) }
