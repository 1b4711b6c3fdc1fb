import AlertFixtures
import PMRecord
import TestSupport
import Testing

/// The controls of the live page: filters, keys, the details of a trade.
@Suite(.serialized, .enabled(if: Browser.path != nil, "chromium is not installed"))
struct PageControlTests {
    private let directory = try! TemporaryDirectory()
    private static let trades = TradeLine.many(90).map(\.enriched)

    @Test func eachFilterShowsExactlyTheMatchingTrades() throws {
        let page = try WatchedPage(in: directory)
        try page.publish(Self.trades)
        let cases: [(String, String, (TradeLine) -> Bool)] = [
            ("tier", "SUPER_WHALE", { ["SUPER_WHALE", "GOD_WHALE"].contains($0.tier) }),
            ("min", "50k", { Decimal($0.value)! >= Decimal("50000")! }),
            ("market", "snow LISBON", { $0.title == "Will it snow in Lisbon?" }),
            ("wallet", "a12", { $0.wallet?.hasSuffix("a12") == true }),
            ("tag", "SMART_MONEY", { $0.tags?.contains("SMART_MONEY") == true }),
            ("side", "SELL", { $0.side == "SELL" }),
        ]
        for (field, value, passes) in cases {
            try page.filter(field, value)
            let count = Self.trades.count(where: passes)
            #expect(count > 0 && count < Self.trades.count, "\(field)")
            #expect(try page.browser.waits(for: "window.pmLive.shown === \(count)"), "\(field) \(value)")
            #expect(try page.browser.evaluate("location.hash").string?.contains("\(field)=") == true)
            try page.filter(field, "")
        }
        // Two filters together; a trade that arrives later is filtered, too.
        try page.filter("side", "BUY")
        try page.filter("min", "$100k")
        let both = Self.trades.count { $0.side == "BUY" && Decimal($0.value)! >= Decimal("100000")! }
        #expect(try page.browser.waits(for: "window.pmLive.shown === \(both)"))
        try page.stage.process.write(
            [("a", "99999"), ("b", "250000")].map { id, value in
                TradeLine.make {
                    ($0.id, $0.value, $0.transaction, $0.wallet) = (id, value, "0x" + id, "0x" + id)
                }.line
            }.joined())
        #expect(
            try page.browser.waits(for: "window.pmLive.trades === 92 && window.pmLive.shown === \(both + 1)"))
        try page.browser.press("x")
        #expect(try page.browser.waits(for: "window.pmLive.shown === 92 && location.hash === ''"))
        #expect(page.browser.complaints.isEmpty, "\(page.browser.complaints)")
    }

    @Test func aFilteredViewCanBeShared() throws {
        let page = try WatchedPage("#min=50k&side=BUY", in: directory)
        try page.stage.process.write(Self.trades.map(\.line).joined())
        let count = Self.trades.count { $0.side == "BUY" && Decimal($0.value)! >= Decimal("50000")! }
        #expect(try page.browser.waits(for: "window.pmLive.shown === \(count)"))
    }

    @Test func theDetailShowsTheWalletAndFollowsRevisions() throws {
        let page = try WatchedPage(in: directory)
        let browser = page.browser
        let pending = TradeLine.make { ($0.enrichment, $0.revision) = ("pending", 0) }
        try page.publish([pending])
        try browser.evaluate("document.querySelector('.row[data-kind=trade]').click()")
        #expect(
            try browser.waits(
                for: "document.getElementById('detail').innerText.includes('Look-up in progress')"))
        try page.stage.process.write(pending.enriched.line)
        #expect(try browser.waits(for: "document.getElementById('detail').innerText.includes('Theo')"))
        let text = try browser.evaluate("document.getElementById('detail').innerText").string ?? ""
        for word in [
            "71% of 88 positions", "62%", "79%", "+$81.3k", "Levels taken", "4, the whole side", "1.25%",
        ] {
            #expect(text.contains(word), "\(word): \(text)")
        }
        let links = try browser.evaluate(
            "JSON.stringify([...document.querySelectorAll('#detail a')].map((a) => [a.href, a.rel, a.target]))"
        )
        for href in [
            "https://polymarket.com/profile/0xf5848342fc388908f2d25a9012cc18a0ad193979",
            "https://polymarket.com/event/unl-and-mal-2026-09-24",
            "https://polygonscan.com/tx/0x94cfdfa3bd63a11cf2fd697932ee615b6bcfb36f7ee65da9762012e88b6c5bca",
        ] {
            #expect(
                links.string?.contains(#"["\#(href)","noopener noreferrer","_blank"]"#) == true, "\(links)")
        }
        #expect(try browser.waits(for: "document.querySelector('#price-chart svg circle')"))
        #expect(browser.complaints.isEmpty, "\(browser.complaints)")
    }

    @Test func theKeyboardReachesEveryControl() throws {
        let page = try WatchedPage(in: directory)
        let browser = page.browser
        try page.publish(Self.trades)
        let selected = "document.querySelectorAll('.row[aria-selected=true]:not([hidden])')"
        try browser.press("j")
        try browser.press("ArrowDown")
        #expect(try browser.waits(for: "\(selected).length === 1 && \(selected)[0].ariaPosInSet === '2'"))
        try browser.press("k")
        #expect(try browser.waits(for: "\(selected)[0]?.ariaPosInSet === '1'"))
        try browser.press("Enter")
        #expect(try browser.waits(for: "document.activeElement.id === 'detail-close'"))
        try browser.press("Escape")
        #expect(try browser.waits(for: "document.getElementById('detail').hidden"))
        #expect(try browser.evaluate("document.activeElement.id").string == "tape")
        try browser.press("/")
        #expect(try browser.waits(for: "document.activeElement.name === 'market'"))
        try browser.type("bitcoin")
        #expect(try browser.waits(for: "window.pmLive.shown === 15"))
        try browser.press("Escape")
        try browser.press("x")
        #expect(try browser.waits(for: "window.pmLive.shown === 90"))
        try browser.press("?")
        #expect(try browser.waits(for: "document.getElementById('help').open"))
        try browser.press("Escape")
        #expect(try browser.waits(for: "!document.getElementById('help').open"))
        // The help lists every key.
        let keys = try browser.evaluate("document.getElementById('help').textContent").string ?? ""
        for key in ["j", "k", "Enter", "Esc", "Space", "/", "x", "g", "?"] { #expect(keys.contains(key)) }
    }

    @Test func newTradesDoNotMoveAListThatIsBeingRead() throws {
        let page = try WatchedPage(in: directory)
        let browser = page.browser
        try page.publish(Self.trades)
        let top =
            "Math.round(document.querySelector('.row[data-id=\"\(Self.trades[89].id)\"]')?.getBoundingClientRect().top)"
        let before = try browser.evaluate(top).integer
        #expect(before != nil)
        try browser.press(" ")
        try page.stage.process.write(TradeLine.make { $0.id = "f1" }.line)
        #expect(try browser.waits(for: "document.getElementById('newer').textContent === 'paused, 1 newer'"))
        #expect(try browser.evaluate(top).integer == before)
        try browser.press(" ")
        #expect(try browser.waits(for: "document.getElementById('newer').hidden && \(top) > \(before ?? 0)"))
        // A selected row does not move either.
        try browser.evaluate("document.querySelector('.row[data-id=\"\(Self.trades[89].id)\"]').click()")
        #expect(try browser.waits(for: "document.getElementById('detail').hidden === false"))
        let selected = try browser.evaluate(top).integer
        try page.stage.process.write(
            TradeLine.make { ($0.id, $0.transaction, $0.wallet) = ("f2", "0xf2", "0xf2") }.line)
        #expect(try browser.waits(for: "document.getElementById('newer').textContent === '1 newer'"))
        #expect(try browser.evaluate(top).integer == selected)
    }

    @Test func theHealthStripShowsAnOpenGap() throws {
        let page = try WatchedPage(in: directory)
        #expect(
            try page.browser.waits(
                for: "document.getElementById('connection-text').textContent === 'Waiting'")
        )
        #expect(try page.browser.evaluate("document.querySelectorAll('#stages li').length").integer == 1)
        try page.stage.process.write(
            #"{"kind":"gap","id":"g1","seq":4,"feed":"activity","state":"open","from":"2026-01-01T00:00:00.000Z","cause":"silence","recovered":0}"#
                + "\n")
        #expect(
            try page.browser.waits(
                for:
                    "document.querySelector('.row[data-kind=gap]')?.innerText.includes('not back-filled yet')"
            ))
        #expect(
            try page.browser.waits(for: "document.getElementById('gaps').textContent === '1 open gap'"))
    }
}
