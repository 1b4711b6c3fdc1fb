import AlertFixtures
import PMJSON
import TestSupport
import Testing

/// Older trades on the page, and the views of a market and a wallet.
@Suite(.serialized, .enabled(if: Browser.path != nil, "chromium is not installed"))
struct PageHistoryTests {
    private let directory = try! TemporaryDirectory()
    private static let trades = TradeLine.many(700).map(\.enriched)

    @Test func scrollingLoadsOlderTradesFromMemoryAndDatabase() throws {
        try directory.store(Self.trades)
        let page = try WatchedPage(in: directory)
        let browser = page.browser
        // Memory has the last 250 trades, most with alerts; only the newest 200 events are loaded at first.
        try page.stage.process.write(Self.trades[450...].map(\.line).joined())
        #expect(try browser.waits(for: "window.pmLive.trades >= 250"))
        // A phone shows no totals of the hour, for which a wide screen loads more.
        try browser.resize(width: 390, height: 844, isPhone: true)
        try browser.open("http://127.0.0.1:\(page.stage.livePort())/?phone")
        #expect(
            try browser.waits(
                for:
                    "document.body?.dataset.connection === 'live' && window.pmLive.trades > 0 && window.pmLive.queued === 0"
            ))
        #expect(
            try browser.evaluate("window.pmLive.trades < 250 && location.search === '?phone'").bool == true)
        let scroll = "document.getElementById('tape').scrollTop = 1e9"
        #expect(
            try browser.waits(
                for: "(\(scroll), window.pmLive.history === 'complete' && window.pmLive.trades === 700)"))
        #expect(
            try browser.waits(
                for:
                    "(\(scroll), document.querySelector('.row[data-kind=end] .r-note')?.textContent === 'No older trades are known.')"
            ))
        // The oldest trade is the last line.
        #expect(
            try browser.evaluate(
                "document.querySelector('.row[data-id=\"\(Self.trades[0].id)\"]')?.ariaPosInSet"
            ).string != nil)
        // A trade that arrives meanwhile is still the first.
        try page.stage.process.write(TradeLine.make { ($0.id, $0.transaction) = ("ffff", "0xffff") }.line)
        try browser.evaluate("document.getElementById('tape').scrollTop = 0")
        #expect(try browser.waits(for: "document.querySelector('.row[data-id=ffff]')?.ariaPosInSet === '1'"))
        #expect(browser.complaints.isEmpty, "\(browser.complaints)")
    }

    @Test func aMarketAndAWalletHaveTheirTradesOfTheDatabase() throws {
        try directory.store(Array(Self.trades[..<200]))
        let page = try WatchedPage("#market_id=\(Self.trades[0].condition)", in: directory)
        let browser = page.browser
        let market = Self.trades[..<200].filter { $0.condition == Self.trades[0].condition }
        let detail = "document.getElementById('detail')?.innerText"
        #expect(
            try browser.waits(
                for:
                    "\(detail)?.includes('\(Self.trades[0].title)') && document.querySelector('#price-chart svg circle')"
            ))
        #expect(try browser.waits(for: "\(detail)?.includes('Trades\\n\(market.count)')"))
        // A new trade of the market joins them.
        var next = Self.trades[699]
        next.condition = Self.trades[0].condition
        try page.publish([next])
        #expect(try browser.waits(for: "\(detail)?.includes('Trades\\n\(market.count + 1)')"))
        try browser.screenshot("market")

        let wallet = try #require(Self.trades[3].wallet)
        let ofWallet = Self.trades[..<200].count { $0.wallet == wallet }
        try browser.open("http://127.0.0.1:\(page.stage.livePort())/?again#wallet_id=\(wallet)")
        #expect(
            try browser.waits(
                for: "location.search === '?again' && \(detail)?.includes('Wins 71% of 88 positions')"))
        #expect(
            try browser.waits(
                for: "\(detail)?.includes('Trades\\n\(ofWallet + (next.wallet == wallet ? 1 : 0))')"))
        try page.settle()
        try browser.screenshot("wallet")
        try browser.evaluate("document.querySelector('.related').click()")
        #expect(try browser.waits(for: "document.getElementById('detail-title').textContent === 'Trade'"))
        #expect(browser.complaints.isEmpty, "\(browser.complaints)")
    }

    @Test func theTotalsOfTheHourCoverTheHour() throws {
        let page = try WatchedPage(in: directory)
        // 700 trades, twenty seconds apart: the hour has 180 of them, and the newest 200 events fewer.
        try page.stage.process.write(Self.trades.map(\.line).joined())
        #expect(try page.browser.waits(for: "window.pmLive.trades === 700"))
        let total = try page.browser.evaluate("document.getElementById('flow-readout').textContent").string
        try page.browser.open("http://127.0.0.1:\(page.stage.livePort())/?again")
        #expect(
            try page.browser.waits(
                for:
                    "location.search === '?again' && document.getElementById('flow-readout')?.textContent.endsWith(' in the hour')"
            ))
        #expect(try page.browser.evaluate("window.pmLive.trades < 700").bool == true)
        withExtendedLifetime(total) {}
    }
}
