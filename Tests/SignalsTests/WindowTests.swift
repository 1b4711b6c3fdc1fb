import PMFlow
import PMRecord
import Signals
import Testing

struct WindowTests {
    static func time(_ minutes: Int) -> Timestamp {
        Timestamp(milliseconds: 1_790_275_500_000 + Int64(minutes) * 60_000)
    }

    /// Adds trades of 900 dollars at these minutes, and returns the windows reported by each.
    static func reports(_ minutes: [Int], sells: Set<Int> = [], threshold: Decimal = 10_000)
        -> [Accumulation?]
    {
        var window = AccumulationWindow(threshold: threshold)
        return minutes.enumerated().map { index, minute in
            window.add(
                wallet: "0xw", asset: "7", side: sells.contains(index) ? .sell : .buy, value: 900,
                size: 1_800,
                at: time(minute))
        }
    }

    @Test func manySlicesOfNineHundredDollarsAreSeen() throws {
        let reports = Self.reports(Array(0..<30))
        #expect(reports.prefix(11).allSatisfy { $0 == nil })
        let first = try #require(reports[11])
        #expect(first.window == .hour)
        #expect(first.value == 10_800)
        #expect(first.size == 21_600)
        #expect(first.trades == 12)
        // It is reported again when it has doubled.
        #expect(reports.indices.filter { reports[$0] != nil } == [11, 23])
    }

    @Test func slicesOfADayAreSeenInTheLongerWindow() throws {
        let reports = Self.reports((0..<12).map { $0 * 60 })
        #expect(reports.prefix(11).allSatisfy { $0 == nil })
        #expect(reports[11]?.window == .day)
        // Two days are too long.
        #expect(Self.reports((0..<12).map { $0 * 240 }).allSatisfy { $0 == nil })
    }

    @Test func salesCountAgainst() {
        #expect(
            Self.reports(Array(0..<14), sells: [3]).indices.filter {
                Self.reports(Array(0..<14), sells: [3])[$0] != nil
            } == [13])
        #expect(Self.reports(Array(0..<20), sells: Set(10..<20)).allSatisfy { $0 == nil })
    }

    @Test func oneLargeTradeIsNoAccumulation() {
        var window = AccumulationWindow(threshold: 10_000)
        let report = window.add(
            wallet: "0xw", asset: "7", side: .buy, value: 20_000, size: 40_000, at: Self.time(0))
        #expect(report == nil)
    }

    @Test func otherWalletsAndTokensAreApart() {
        var window = AccumulationWindow(threshold: 10_000)
        for index in 0..<40 {
            let report = window.add(
                wallet: "0xw\(index % 4)", asset: "7", side: .buy, value: 900, size: 1, at: Self.time(index))
            #expect(report == nil)
        }
    }

    @Test func sumsOfFractionsAreExact() {
        var window = AccumulationWindow(threshold: Decimal("0.3")!)
        var report: Accumulation?
        for _ in 0..<3 {
            report = window.add(
                wallet: "0xw", asset: "7", side: .buy, value: Decimal("0.1")!, size: 1, at: Self.time(0))
        }
        #expect(report?.value == Decimal("0.3")!)
    }

    @Test func theSeriesAreBounded() {
        var window = AccumulationWindow(threshold: 10_000, maxSeries: 100)
        for index in 0..<10_000 {
            _ = window.add(
                wallet: "0xw\(index)", asset: "7", side: .buy, value: 900, size: 1, at: Self.time(0))
            // This wallet trades all the time, and is not forgotten.
            if index < 12 * 50, index.isMultiple(of: 50) {
                let report = window.add(
                    wallet: "0xbusy", asset: "7", side: .buy, value: 900, size: 1, at: Self.time(1))
                #expect((report != nil) == (index == 11 * 50))
            }
        }
        #expect(window.count <= 201)
    }

    @Test(arguments: [
        ([0, 10, 59], 3, true), ([0, 10, 61], 3, false), ([0, 10, 20], 2, false), ([0, 0, 0, 0], 4, true),
    ])
    func relatedTradesAreOfDifferentWalletsWithinTheHour(_ minutes: [Int], _ wallets: Int, _ isRelated: Bool)
    {
        var finder = RelatedTradeFinder()
        var related: RelatedTrades?
        for (index, minute) in minutes.enumerated() {
            related = finder.add(
                event: "e", wallet: "0xw\(index % wallets)", value: 6_000, at: Self.time(minute))
        }
        #expect((related != nil) == isRelated)
        if isRelated {
            #expect(related?.wallets == wallets)
            #expect(related?.value == Decimal(micros: Int128(minutes.count) * 6_000_000_000))
        }
    }

    @Test func smallTradesAndOtherEventsAreNotRelated() {
        var finder = RelatedTradeFinder()
        for wallet in 0..<5 {
            #expect(finder.add(event: "e", wallet: "0xw\(wallet)", value: 4_999, at: Self.time(0)) == nil)
            #expect(
                finder.add(event: "e\(wallet)", wallet: "0xw\(wallet)", value: 9_000, at: Self.time(0)) == nil
            )
        }
    }
}
