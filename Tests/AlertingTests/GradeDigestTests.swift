import AlertFixtures
import Alerting
import DatabaseFixtures
import PMJSON
import PMRecord
import Signals
import TestSupport
import Testing

struct GradeDigestTests {
    static let since = Timestamp("2026-11-24T00:00:00Z")!
    static let until = Timestamp("2026-12-01T00:00:00Z")!

    static func text(_ trades: [GradedTrade]) -> String {
        GradeDigest(grades(of: trades), since: since, until: until).text
    }

    /// Trades at 0.5, one a market, of which some are won.
    static func trades(_ count: Int, won: Int, tag: String) -> [GradedTrade] {
        (0..<count).map { index in
            let edge: Double = index < won ? 50 : -50
            return GradedTrade(
                cluster: "\(tag)\(index)", market: "\(tag)\(index)", impliedProbability: 0.5, isHit: edge > 0,
                edge: edge - 1, edgeBeforeFee: edge, groups: [GradeGroup(.tag, tag)])
        }
    }

    @Test func aWeekWithoutSettledTradesSaysSo() {
        #expect(Self.text([]) == "Alerts of 2026-11-24 to 2026-12-01: none is settled yet.")
    }

    @Test func fewMarketsSayNothing() {
        #expect(
            Self.text(Self.trades(19, won: 19, tag: "A"))
                == "Alerts of 2026-11-24 to 2026-12-01: 19 trades in 19 markets are settled. "
                + "Fewer than 20 markets say nothing yet.")
    }

    @Test func theFiguresAreThoseOfTheGrades() {
        let text = Self.text(Self.trades(100, won: 80, tag: "A") + Self.trades(100, won: 50, tag: "B"))
        #expect(
            text
                == "Alerts of 2026-11-24 to 2026-12-01: 200 trades in 200 markets are settled. 65 % were right "
                + "(58 % to 71 %); the prices paid said 50 %. The mean edge is +14.0¢ a share after fees "
                + "(+7.3¢ to +20.7¢). Better than the price: A (+29.0¢, 100 markets).")
        #expect(
            Self.text(Self.trades(40, won: 20, tag: "A")).hasSuffix("No rule or tag differs from chance."))
    }

    @Test func theDigestGoesToTheChannelsOfASubscriber() throws {
        let directory = try TemporaryDirectory()
        let database = try TestDatabase(.sqlite)
        try database.makeStore().open()
        let now = Timestamp.now().description
        try database.execute(
            (0..<30).map { index in
                """
                INSERT INTO outcomes (trade_id, time, condition_id, side, price, size, settlement, edge, as_of, record)
                VALUES ('t\(index)', '\(now)', 'm\(index)', 'BUY', 0.5, 10, \(index % 2), \(index % 2 * 100 - 50), '\(now)', '{}');
                INSERT INTO alerts (id, revision, time, rule, trade_id, record)
                VALUES ('a\(index)', 0, '\(now)', 'WHALE_MOVEMENT', 't\(index)', '{"tags":["WHALE"],"tier":"WHALE"}');
                """
            }.joined(separator: "\n"))
        let program = try directory.write("#!/bin/sh\ncat > \(directory.file("got"))\n", to: "receive")
        let chmod = try ChildProcess("/bin/chmod", ["+x", program])
        #expect(try chmod.wait() == .status(0))
        func alert(_ arguments: [String]) throws -> ChildProcess {
            let child = try ChildProcess(
                Executables.path("pm-alert"), arguments + ["--database", database.url])
            #expect(try child.wait() == .status(0), "\(child.errors)")
            return child
        }
        _ = try alert(["subscribe", "--name", "ann", "--command", program])
        let printed = try alert(["digest"]).output
        #expect(printed.contains("30 trades in 30 markets are settled. 50 % were right"))
        #expect(try alert(["digest", "--send"]).output == printed)
        let received = try JSON(directory.read("got"))
        #expect(received["message"]?.string == printed.dropLast().description)
        #expect(received["title"]?.string == "How the alerts turned out")
    }
}
