import PMJSON
import PMRecord
import TestSupport
import Testing

/// The live page in a real browser.
@Suite(.serialized, .enabled(if: Browser.path != nil, "chromium is not on this machine"))
struct PageTests {
    private let directory = try! TemporaryDirectory()

    /// A page that watches a running pm-alert.
    private func watch(_ hash: String = "") throws -> (AlertProcess, Browser) {
        let stage = try AlertProcess(["--live", "127.0.0.1:0"], in: directory)
        let browser = try Browser()
        try browser.resize(width: 1440, height: 900)
        // So that a test can cut the page's line.
        let script = """
            const Real = WebSocket;
            window.WebSocket = class extends Real {
              constructor(...all) { super(...all); window.lastSocket = this; }
            };
            """
        try browser.open("http://127.0.0.1:\(stage.livePort())/\(hash)", script: script)
        #expect(try browser.waits(for: "document.body?.dataset.connection === 'live'"))
        return (stage, browser)
    }

    @Test func aTradeAppearsAtOnceAndIsUpdatedInPlace() throws {
        let (stage, browser) = try watch()
        let pending = TradeLine.make {
            $0.enrichment = "pending"
            $0.revision = 0
        }
        try stage.process.write(pending.line)
        #expect(try browser.waits(for: "document.querySelector('.row[data-enrichment=pending]')"))
        try stage.process.write(pending.enriched.line)
        #expect(
            try browser.waits(
                for: "document.querySelector('.row[data-revision=\"1\"] .r-name')?.textContent === 'Theo'"))
        #expect(try browser.evaluate("window.pmLive.trades").integer == 1)
        #expect(try browser.waits(for: "document.querySelector('.row .alert:not([hidden])')"))
        #expect(browser.complaints.isEmpty, "\(browser.complaints)")
    }

    @Test func filtersNarrowTheListAndTheDetailOpens() throws {
        let (stage, browser) = try watch()
        for trade in Self.trades(60) { try stage.process.write(trade.enriched.line) }
        #expect(try browser.waits(for: "window.pmLive.trades === 60"))
        try browser.evaluate(
            """
            const least = document.querySelector('#filters [name=min]');
            least.value = '50k';
            least.dispatchEvent(new Event('input', { bubbles: true }));
            """)
        let large = Self.trades(60).count { (Int($0.value) ?? 0) >= 50_000 }
        #expect(large > 0 && large < 60)
        #expect(try browser.waits(for: "window.pmLive.shown === \(large)"))
        try browser.evaluate("document.querySelector('.row[data-kind=trade]').click()")
        #expect(try browser.waits(for: "!document.getElementById('detail').hidden"))
        #expect(
            try browser.evaluate("document.getElementById('detail').innerText").string?.contains("Theo")
                == true)
        #expect(
            try browser.evaluate("document.querySelector('#detail a[data-key=transaction]').href").string?
                .hasPrefix("https://polygonscan.com/tx/0x") == true)
        try browser.evaluate("document.getElementById('filters').reset()")
        #expect(try browser.waits(for: "window.pmLive.shown === 60"))
        #expect(browser.complaints.isEmpty, "\(browser.complaints)")
    }

    @Test func aPageThatLostItsLineCatchesUpWithoutRepetition() throws {
        let (stage, browser) = try watch()
        let trades = Self.trades(90)
        for trade in trades.prefix(30) { try stage.process.write(trade.line) }
        #expect(try browser.waits(for: "window.pmLive.trades === 30"))
        try browser.evaluate("window.lastSocket.close()")
        for trade in trades.dropFirst(30) { try stage.process.write(trade.line) }
        #expect(
            try browser.waits(
                for: "window.pmLive.trades === 90 && document.body.dataset.connection === 'live'"))
        #expect(try browser.evaluate("window.pmLive.events === window.pmLive.lastN").bool == true)
    }

    @Test func whatATraderCallsHimselfIsTextAndNothingElse() throws {
        let (stage, browser) = try watch()
        let trade = TradeLine.make {
            $0.title = "<img src=x onerror=window.hacked=1><script>window.hacked=1</script>"
            $0.extra = [(Key.name, #""<b onmouseover=window.hacked=1>x</b>""#)]
        }
        try stage.process.write(trade.line)
        #expect(
            try browser.waits(for: "document.querySelector('.row .r-market')?.textContent.startsWith('<img')")
        )
        #expect(try browser.evaluate("window.hacked === undefined").bool == true)
    }

    @Test func itIsWorthLookingAtOnADesktopAndOnAPhone() throws {
        let (stage, browser) = try watch()
        for (number, trade) in Self.trades(150).enumerated() {
            try stage.process.write((number % 7 == 0 ? trade : trade.enriched).line)
        }
        #expect(try browser.waits(for: "window.pmLive.trades === 150"))
        for (name, width, height, isPhone) in [("desktop", 1440, 900, false), ("phone", 390, 844, true)] {
            for isDark in [false, true] {
                try browser.resize(width: width, height: height, isDark: isDark, isPhone: isPhone)
                _ = try browser.evaluate("new Promise((done) => setTimeout(done, 400))")
                // Nothing sticks out to the right.
                #expect(
                    try browser.evaluate("document.documentElement.scrollWidth <= innerWidth").bool == true)
                try browser.screenshot("\(name)-\(isDark ? "dark" : "light")")
            }
        }
        try browser.resize(width: 1440, height: 900)
        try browser.evaluate("document.querySelectorAll('.row[data-kind=trade]')[2].click()")
        _ = try browser.evaluate("new Promise((done) => setTimeout(done, 400))")
        try browser.screenshot("desktop-detail")
    }

    /// Trades of many sizes in a few markets, the newest of this minute.
    private static func trades(_ count: Int) -> [TradeLine] {
        let markets = [
            "Will Malta win on 2026-09-24?", "Fed cuts rates in December?",
            "Bitcoin above $150,000 on New Year's Eve?",
            "Will it snow in Lisbon?", "Next president of Chile: Kast?", "Arsenal win the Premier League?",
        ]
        let now = Timestamp.now()
        return (0..<count).map { number in
            let value =
                [1_200, 3_400, 9_000, 16_500, 52_000, 7_100, 120_000, 2_300][number * 5 % 8] + number * 13
            let market = number * 7 % markets.count
            let hex = String(number + 1, radix: 16)
            return TradeLine.make { trade in
                trade.id = String(repeating: "0", count: 32 - hex.count) + hex
                trade.seq = number + 1
                trade.time = now.advanced(by: .seconds(number - count) * 20).description
                trade.transaction = "0x" + String(repeating: "0", count: 64 - hex.count) + hex
                trade.condition = "0x" + String(repeating: "0", count: 63) + String(market)
                trade.wallet = "0x" + String(repeating: "a", count: 38) + String(10 + number % 9)
                trade.side = number % 3 == 0 ? "SELL" : "BUY"
                trade.title = markets[market]
                trade.price = "0.\(20 + number % 60)"
                trade.size = String(value * 2)
                trade.value = String(value)
                trade.tier = Tier.defaults.last { Decimal(String(value))! >= $0.least }?.name
                trade.tags = number % 4 == 0 ? ["SMART_MONEY"] : number % 9 == 0 ? ["FRESH_WALLET"] : []
            }
        }
    }
}
