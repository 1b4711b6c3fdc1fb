import AlertFixtures
import PMJSON
import PMRecord
import TestSupport
import Testing

/// The lines of bursts: the page groups trades as pm-alert does.
@Suite(.serialized, .enabled(if: Browser.path != nil, "chromium is not installed"))
struct PageBurstTests {
    private let directory = try! TemporaryDirectory()

    private func trade(_ number: Int, after seconds: Double, _ change: (inout TradeLine) -> Void = { _ in })
        -> TradeLine
    {
        TradeLine.make {
            $0.id = "\(number)"
            $0.transaction = "0x\(number)"
            $0.time =
                Timestamp("2026-11-22T10:00:00.000Z")!.advanced(by: .milliseconds(Int64(seconds * 1000)))
                .description
            change(&$0)
        }
    }

    /// Trades and the bursts that they form, as "trades value" of each line, the newest first.
    private var cases: [(String, [TradeLine], [String])] {
        [
            (
                "one wallet with short pauses",
                [trade(1, after: 0), trade(2, after: 20), trade(3, after: 49)], ["3 56700"]
            ),
            ("a long pause", [trade(1, after: 0), trade(2, after: 31)], ["1 18900", "1 18900"]),
            (
                "another side", [trade(1, after: 0), trade(2, after: 1) { $0.side = "SELL" }],
                ["1 18900", "1 18900"]
            ),
            (
                "another wallet", [trade(1, after: 0), trade(2, after: 1) { $0.wallet = "0xaa" }],
                ["1 18900", "1 18900"]
            ),
            (
                "fills of one transaction, the larger party leads",
                [
                    trade(1, after: 0) { $0.value = "9000" },
                    trade(2, after: 0) { ($0.transaction, $0.wallet) = ("0x1", "0xaa") },
                ],
                ["1 18900"]
            ),
            (
                "two minutes at most", (0...5).map { trade($0 + 1, after: Double($0) * 25) },
                ["1 18900", "5 94500"]
            ),
        ]
    }

    @Test func aBurstIsOneLineAndOneAlert() throws {
        for (name, trades, expected) in cases {
            let folder = try TemporaryDirectory()
            let page = try WatchedPage(in: folder, environment: ["PM_ALERT_BURST": "30s"])
            try page.publish(trades)
            #expect(try page.browser.waits(for: "\(Self.lines).length === \(expected.count)"), "\(name)")
            #expect(
                try page.browser.evaluate("\(Self.lines).join('; ')").string
                    == expected.joined(separator: "; "), "\(name)")
            // The last revision of each alert of pm-alert says the same.
            _ = try page.stage.finish()
            var alerts: [String: String] = [:]
            for alert in page.stage.alerts {
                let value = alert["total_value"]?.double ?? alert["value"]?.double ?? 0
                alerts[alert["id"]?.string ?? ""] = "\(alert["trades"]?.integer ?? 1) \(Int(value))"
            }
            #expect(alerts.values.sorted() == expected.sorted(), "\(name)")
        }
    }

    /// The lines as "trades value".
    private static let lines = """
        [...document.querySelectorAll('.row[data-kind=trade]:not([hidden])')].sort((a, b) => a.ariaPosInSet - b.ariaPosInSet)
          .map((row) => `${parseInt(row.querySelector('.mark.burst:not([hidden])')?.textContent) || 1} `
            + row.querySelector('.r-value').title.replace(/[$,]|\\.00/g, ''))
        """

    @Test func aBurstOpensIntoItsTrades() throws {
        let page = try WatchedPage(in: directory)
        let browser = page.browser
        try page.publish([trade(9, after: -100)] + (1...4).map { trade($0, after: Double($0)) })
        let expanded = "document.querySelector('.row[aria-expanded]:not([hidden])')"
        #expect(
            try browser.waits(
                for: "\(expanded)?.querySelector('.mark.burst').textContent === '4 trades in 3s'"))
        #expect(try browser.evaluate("\(expanded).querySelector('.r-value').textContent").string == "$75.6k")
        try browser.screenshot("burst-closed")
        let members = "document.querySelectorAll('.row[aria-level=\"2\"]:not([hidden])').length"
        try browser.press("j")
        try browser.press("ArrowRight")
        #expect(try browser.waits(for: "\(members) === 4 && \(expanded).ariaExpanded === 'true'"))
        try page.settle()
        try browser.screenshot("burst-open")
        // A trade that joins an open burst is listed in it; the burst stays in its place.
        try page.stage.process.write(trade(5, after: 5).line)
        #expect(
            try browser.waits(for: "\(members) === 5 && \(expanded).innerText.includes('5 trades in 4s')"))
        try browser.press("j")
        try browser.press("Enter")
        #expect(
            try browser.waits(
                for: "document.getElementById('detail').innerText.includes('One of 5 trades of a burst')"))
        try browser.press("Escape")
        #expect(try browser.waits(for: "document.getElementById('detail').hidden"))
        try browser.press("ArrowLeft")
        #expect(try browser.waits(for: "\(members) === 0 && \(expanded).ariaExpanded === 'false'"))
        #expect(try browser.evaluate("window.pmLive.shown").integer == 6)
        // A filter finds the burst by its sum.
        try page.filter("min", "70k")
        #expect(
            try browser.waits(
                for: "\(expanded)?.querySelector('.mark.burst').textContent.startsWith('5 trades')"))
        #expect(browser.complaints.isEmpty, "\(browser.complaints)")
    }
}
