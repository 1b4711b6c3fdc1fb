import AlertFixtures
import TestSupport
import Testing

/// The rows of makers and combos on the live page.
@Suite(.serialized, .enabled(if: Browser.path != nil, "chromium is not installed"))
struct PageRoleTests {
    private let directory = try! TemporaryDirectory()

    @Test func aMatchCountsOnceUnlessAllSidesAreShown() throws {
        let page = try WatchedPage(in: directory)
        let browser = page.browser
        let taker = TradeLine.make { $0.role = "taker" }
        let makers = (0..<3).map { number in
            TradeLine.make {
                ($0.id, $0.role, $0.side, $0.value) = ("maker\(number)", "maker", "SELL", "6300")
            }
        }
        try page.publish([taker] + makers)
        // The match is one line, which opens into its trades.
        #expect(
            try browser.waits(for: "document.querySelector('.row .mark.burst')?.textContent === '+3 makers'"))
        #expect(
            try browser.evaluate("document.querySelector('.row[aria-expanded] .r-value').textContent").string
                == "$18.9k")
        let makerMarks = "document.querySelectorAll('.row:not([hidden]) .mark.maker:not([hidden])').length"
        #expect(try browser.evaluate(makerMarks).integer == 0)
        try browser.evaluate("document.querySelector('.row[aria-expanded]').click()")
        #expect(try browser.waits(for: "\(makerMarks) === 3"))
        let hour = "document.getElementById('flow-readout').textContent"
        let market = "document.querySelector('#markets li:not([hidden]) button')?.title"
        let count = "document.getElementById('count').textContent"
        #expect(try browser.waits(for: "\(hour) === '$18.9k in the hour' && \(count) === '1'"))
        #expect(try browser.waits(for: "\(market).endsWith('$18,900.00 bought, $0.00 sold, 1 trade')"))
        #expect(
            try browser.evaluate("document.querySelector('#wallets button').title.includes('1 trade')").bool
                == true)
        try browser.evaluate("document.getElementById('all-sides').click()")
        #expect(try browser.waits(for: "\(hour) === '$37.8k in the hour' && \(count) === '4'"))
        #expect(try browser.waits(for: "\(market).endsWith('$18,900.00 bought, $18,900.00 sold, 4 trades')"))
        try browser.screenshot("all-sides")
        #expect(browser.complaints.isEmpty, "\(browser.complaints)")
    }

    @Test func aComboIsMarkedAndLinksToNoPage() throws {
        let page = try WatchedPage(in: directory)
        let browser = page.browser
        let combo = TradeLine.make {
            ($0.marketType, $0.slug, $0.eventSlug, $0.price) = ("combo", nil, nil, "0.4975")
        }
        try page.publish([combo])
        #expect(try browser.waits(for: "document.querySelector('.row .mark.combo:not([hidden])')"))
        #expect(
            try browser.evaluate("document.querySelector('.row .r-price').textContent").string == " at 49.75¢"
        )
        try browser.evaluate("document.querySelector('.row').click()")
        #expect(try browser.waits(for: "document.querySelector('#detail .mark.combo')"))
        #expect(
            try browser.evaluate(
                "document.querySelectorAll('#detail a[href*=\"polymarket.com/event\"]').length"
            )
            .integer == 0)
        #expect(browser.complaints.isEmpty, "\(browser.complaints)")
    }
}
