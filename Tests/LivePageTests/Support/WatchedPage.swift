import AlertFixtures
import PMRecord
import TestSupport
import Testing

/// The live page in a real browser, watching a running pm-alert.
struct WatchedPage {
    let stage: AlertProcess
    let browser: Browser

    /// - Parameter hash: The fragment of the address, which has the filters: "#side=BUY".
    init(
        _ hash: String = "", in directory: TemporaryDirectory, environment: [String: String?] = [:]
    ) throws {
        stage = try AlertProcess(["--live", "127.0.0.1:0"], in: directory, environment: environment)
        browser = try Browser()
        try browser.resize(width: 1440, height: 900)
        // Lets a test close the page's connection.
        let script = """
            const Real = WebSocket;
            window.WebSocket = class extends Real {
              constructor(...all) { super(...all); window.lastSocket = this; }
            };
            """
        try browser.open("http://127.0.0.1:\(stage.livePort())/\(hash)", script: script)
        #expect(try browser.waits(for: "document.body?.dataset.connection === 'live'"))
    }

    /// Writes trades to pm-alert, and waits until the page has them all.
    func publish(_ trades: [TradeLine]) throws {
        try stage.process.write(trades.map(\.line).joined())
        let count = Set(trades.map(\.id)).count
        #expect(try browser.waits(for: "window.pmLive.trades >= \(count) && window.pmLive.queued === 0"))
    }

    /// Sets a filter, as if it was typed.
    func filter(_ field: String, _ value: String) throws {
        try browser.evaluate(
            """
            (() => {
              const field = document.querySelector('#filters [name=\(field)]');
              field.value = '\(value)';
              field.dispatchEvent(new Event('input', { bubbles: true }));
            })()
            """)
    }

    /// Waits until the page is at rest: two frames without a pending render or a running animation.
    func settle() throws {
        try browser.evaluate(
            """
            (async () => {
              const frame = () => new Promise((done) => requestAnimationFrame(done));
              await frame();
              await frame();
              await Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
              await frame();
            })()
            """)
    }
}

extension TradeLine {
    /// Returns trades of many sizes in a few markets, the newest of this minute.
    static func many(_ count: Int) -> [TradeLine] {
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
