import AlertFixtures
import TestSupport
import Testing

/// The one state of the page: badge, title, announcer and strip say the same.
@Suite(.serialized, .enabled(if: Browser.path != nil, "chromium is not installed"))
struct PageStatusTests {
    private let directory = try! TemporaryDirectory()

    /// The connection, the age of the report in seconds, the report, and the level, the badge and a part of the sentence.
    private static let table: [(connection: String, age: Int, report: String, expected: String)] = [
        ("connecting", 0, "null", "wait|Connecting|Connecting to the server"),
        ("catching-up", 0, ok, "wait|Catching up|Loading the trades"),
        ("live", 0, "null", "wait|Checking|waiting for the first report"),
        ("live", 1, ok, "good|Live|All stages work"),
        // What the connection knows is more than an old report.
        ("waiting", 1, ok, "bad|Disconnected|new trades are not shown"),
        ("offline", 1, ok, "bad|Offline|This device is offline"),
        ("unauthorized", 1, ok, "bad|Signed out|reload the page"),
        ("live", 16, ok, "bad|No report|no report for 16s"),
        ("live", 1, report(heard: "null"), "wait|Waiting|first message of the feed"),
        ("live", 1, report(status: "down", heard: "null"), "bad|No feed|since the start"),
        ("live", 1, report(status: "down", heard: "75"), "bad|No feed|received for 1m"),
        ("live", 1, report(heard: "40"), "warn|Quiet|No feed message for 41s"),
        ("live", 1, report(status: "down", store: "gone"), "bad|Outage|pm-store has stopped"),
        ("live", 1, report(status: "down", store: "stale"), "bad|Outage|pm-store hangs"),
        (
            "live", 1, report(status: "degraded", gaps: 1),
            "warn|1 gap|1 gap in the feed is not back-filled yet"
        ),
        (
            "live", 1, report(status: "degraded", gaps: 2),
            "warn|2 gaps|2 gaps in the feed are not back-filled yet"
        ),
        ("live", 1, report(lag: "12"), "warn|Delayed|pm-store is 12s behind"),
        ("live", 1, report(status: "ended", ingest: "ended"), "done|Ended|no new trades will come"),
    ]

    private static let ok = report()

    private static func report(
        status: String = "ok", heard: String = "1", gaps: Int = 0, ingest: String = "ok",
        store: String = "ok", lag: String = "0"
    ) -> String {
        #"{"status":"\#(status)","uptime_s":90,"gaps_open":\#(gaps),"feed":{"heard_s_ago":\#(heard)},"#
            + #""stages":[{"stage":"pm-ingest","state":"\#(ingest)","lag_s":0},"#
            + #"{"stage":"pm-store","state":"\#(store)","lag_s":\#(lag)}]}"#
    }

    @Test func everyConditionHasItsWords() throws {
        let page = try WatchedPage(in: directory)
        for (connection, age, report, expected) in Self.table {
            let found =
                try page.browser.evaluate(
                    """
                    (() => {
                      const { level, badge, sentence, stages } = window.pmLive.statusOf({
                        connection: '\(connection)', retryAt: null, health: \(report), healthAt: 1e12 - \(age) * 1000, now: 1e12 });
                      return [level, badge, sentence, stages.map((stage) => stage.text).join(' ')].join('|');
                    })()
                    """
                ).string ?? ""
            let parts = expected.split(separator: "|")
            #expect(found.hasPrefix("\(parts[0])|\(parts[1])|"), "\(found)")
            #expect(found.contains(parts[2]), "\(found)")
            // No stage is said to be on time by a report that is old, or that cannot be renewed.
            if age > 15 || connection != "live" { #expect(!found.contains("on time"), "\(found)") }
        }
    }

    @Test func anOutageIsSaidEverywhere() throws {
        let page = try WatchedPage(in: directory)
        let browser = page.browser
        try browser.screenshot("empty")
        let port = try page.stage.livePort()
        try page.publish(TradeLine.many(40).map(\.enriched))
        #expect(try browser.waits(for: "document.getElementById('connection-text').textContent === 'Live'"))
        #expect(try browser.evaluate("document.title").string == "Large trades on Polymarket")
        page.stage.process.kill(9)
        #expect(try browser.waits(for: "document.body.dataset.level === 'bad'"))
        #expect(try browser.waits(for: "document.title.startsWith('⚠ Disconnected · ')"))
        let texts =
            try browser.evaluate(
                """
                ['connection-text', 'health-summary', 'announcer']
                  .map((id) => document.getElementById(id).textContent).join('|')
                """
            ).string?.split(separator: "|") ?? []
        #expect(texts.count == 3 && texts.allSatisfy { $0.hasPrefix("Disconnected") }, "\(texts)")
        #expect(
            try browser.evaluate("document.querySelector('#stages li').innerText").string?.contains("on time")
                == false)
        for isDark in [false, true] {
            for (name, width, height, isPhone) in [("desktop", 1440, 900, false), ("phone", 390, 844, true)] {
                try browser.resize(width: width, height: height, isDark: isDark, isPhone: isPhone)
                try page.settle()
                try browser.screenshot("outage-\(name)-\(isDark ? "dark" : "light")")
                #expect(try browser.evaluate(PageTests.lowContrastElements).string == "[]")
            }
        }
        // When the server is back, the page says so as loudly.
        let again = try AlertProcess(["--live", "127.0.0.1:\(port)"], in: directory)
        #expect(
            try browser.waits(for: "document.getElementById('connection-text').textContent === 'Waiting'"))
        try again.process.write(TradeLine.make { ($0.id, $0.transaction) = ("ab", "0xab") }.line)
        #expect(
            try browser.waits(for: "document.getElementById('announcer').textContent === 'All stages work.'"))
        #expect(try browser.evaluate("document.title").string == "Large trades on Polymarket")
    }
}
