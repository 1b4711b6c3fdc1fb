import Foundation
import PMJSON
import PMRecord
import TestSupport
import Testing

/// pm-enrich together with pm-store and pm-alert.
struct StoreAndAlertTests {
    @Test func tradesOfAnOutageAreEnrichedLaterByHand() throws {
        let directory = try TemporaryDirectory()
        let database = "sqlite:" + directory.file("trades.db")
        // `pending --since` goes by the trades' own time.
        let now = Timestamp.now().description
        let trades = (1...5).map {
            Sample.trade($0, wallet: "0xa\($0)", time: now, receivedAt: now) + "\n"
        }.joined()
        let outage = try Pipeline(
            [enrich("http://127.0.0.1:9"), store(["--database", database, "--quiet"])], input: .text(trades))
        #expect(try outage.wait() == [.status(0), .status(0)])
        #expect(try stored(database).map(\.state) == Array(repeating: "failed", count: 5))

        let server = HTTPStub { polymarketAnswer(to: $0.target) }
        defer { server.stop() }
        let pending = try Pipeline([
            store(["pending", "--since", "24h", "--database", database]),
            enrich(server.url(), ["--final-only", "--deadline", "60s"]),
            store(["--database", database, "--quiet"]),
        ])
        #expect(try pending.wait() == [.status(0), .status(0), .status(0)])
        let completed = try stored(database)
        #expect(completed.map(\.state) == Array(repeating: "enriched", count: 5))
        #expect(
            completed.allSatisfy { $0.revision == 3 && $0["profile"]?["total_profit"]?.numberText == "7" })
    }

    /// The services refuse everything until the trade has been alerted. The first retry follows thirty seconds after the
    /// trade's emission.
    @Test func aRetryReachesStoreAndAlert() throws {
        let exchange = try SimulatedExchange(
            scenario: """
                {"wallets":60,"paused":true,"faults":[
                {"on":"data","do":"status","status":429,"retry_after":1},
                {"on":"gamma","do":"status","status":429,"retry_after":1}]}
                """)
        let whale = try #require(try exchange.json("/control/wallets?character=whale").array?.first)
        let market = try #require(
            try exchange.json("/control/markets").array?.first { $0["live"]?.bool == true })
        let directory = try TemporaryDirectory()
        let database = "sqlite:" + directory.file("trades.db")
        let urls = ["gamma", "data", "clob"].flatMap { ["--\($0)-url", exchange.url($0)] }
        let chain = try Pipeline(
            [
                Pipeline.Command(try Executables.path("pm-enrich"), urls + ["--deadline", "2s"]),
                store(["--database", database]), Pipeline.Command(try Executables.path("pm-alert")),
            ], input: .pipe)
        let trade = Sample.trade(
            1, wallet: whale["address"]?.string, market: market["condition_id"]!.string!,
            asset: market["assets"]!.array![0].string!, receivedAt: Timestamp.now().description)
        try chain.head.write(trade + "\n")
        func alerts() throws -> [JSON] {
            try chain.output.split(separator: "\n").map { try JSON(String($0)) }.filter { $0.kind == "alert" }
        }
        #expect(eventually { try! alerts().count == 1 })
        #expect(try stored(database).map(\.revision) == [1] && stored(database).map(\.state) == ["partial"])
        try exchange.setFaults("[]")
        #expect(eventually { try! alerts().count == 2 })
        let emitted = try alerts()
        #expect(emitted.map(\.revision) == [0, 1], "\(emitted)")
        let kept = try stored(database)
        #expect(kept.map(\.revision) == [2] && kept.map(\.state) == ["enriched"])
        #expect(kept[0]["profile"]?["total_profit"]?.double == 80_000)
        chain.head.closeInput()
        #expect(try chain.wait() == [.status(0), .status(0), .status(0)])
    }

    @Test func leaderboardsAndPortfoliosReachTheirTables() throws {
        let exchange = try SimulatedExchange(scenario: #"{"wallets":120,"paused":true}"#)
        let whales = try #require(try exchange.json("/control/wallets?character=whale").array)
        let directory = try TemporaryDirectory()
        let database = directory.file("trades.db")
        let trades = whales.enumerated().map { number, wallet in
            Sample.trade(
                number, wallet: wallet["address"]?.string, receivedAt: Timestamp.now().description) + "\n"
        }.joined()
        let chain = try Pipeline(
            [
                Pipeline.Command(
                    try Executables.path("pm-enrich"),
                    [
                        "--gamma-url", exchange.url("gamma"), "--data-url", exchange.url("data"),
                        "--clob-url",
                        exchange.url("clob"),
                    ]),
                store(["--database", "sqlite:" + database, "--quiet"]),
            ], input: .pipe)
        try chain.head.write(trades)
        // At the end of input, the stage does not wait for leaderboards.
        #expect(
            eventually(every: .milliseconds(200)) {
                try! query("SELECT count(DISTINCT period) FROM leaderboard_snapshots", database) == "4"
            })
        chain.head.closeInput()
        #expect(try chain.wait() == [.status(0), .status(0)])
        let portfolios = try query("SELECT count(DISTINCT wallet) FROM portfolio_snapshots", database)
        #expect(Int(portfolios) == whales.count)
    }

    private func enrich(_ url: String, _ options: [String] = []) throws -> Pipeline.Command {
        Pipeline.Command(
            try Executables.path("pm-enrich"),
            ["--gamma-url", url, "--data-url", url, "--clob-url", url] + options)
    }

    private func store(_ arguments: [String]) throws -> Pipeline.Command {
        Pipeline.Command(try Executables.path("pm-store"), arguments)
    }

    private func stored(_ database: String) throws -> [JSON] {
        let export = try ChildProcess(try Executables.path("pm-store"), ["export", "--database", database])
        #expect(try export.wait() == .status(0))
        return try export.output.split(separator: "\n").map { try JSON(String($0)) }
    }

    private func query(_ sql: String, _ database: String) throws -> String {
        let shell = try ChildProcess(try #require(Executables.installed("sqlite3")), [database, sql])
        // pm-store may not have created its tables yet.
        guard try shell.wait() == .status(0) else { return "" }
        return shell.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
