import DatabaseFixtures
import PMJSON
import PMRecord
import TestSupport
import Testing

/// Trades of the simulated exchange's wallets, from the Data API to grades. What the stages find is compared with other
/// routes of the exchange and with SQL.
struct GradeTests {
    private struct Setup {
        let exchange: SimulatedExchange
        let database: TestDatabase
        let trades: [String: JSON]

        var urls: [String] { ["--data-url", exchange.url("data"), "--gamma-url", exchange.url("gamma")] }
    }

    /// Stores the trades of some wallets and an alert for each of them.
    private func setup(_ backend: Backend) throws -> Setup {
        let exchange = try SimulatedExchange(
            scenario: #"{"wallets":60,"closed_markets":60,"paused":true,"cdn":false}"#)
        let wallets = try #require(try exchange.json("/control/wallets?limit=15").array)
        var rows = ""
        for wallet in wallets {
            let user = try #require(wallet["address"]?.string)
            let page = try exchange.get("/data/v2/trades?user=\(user)&taker_only=false&start=1&limit=200")
                .text
            // The rows with the digits that the exchange sent, one a line.
            let data = try #require(
                page.split(separator: "\"data\":[").last?.split(separator: "],\"pag").first)
            rows += data.replacing("},{", with: "}\n{") + "\n"
        }
        let directory = try TemporaryDirectory()
        let recording = try directory.write(rows, to: "rows.ndjson")
        let database = try TestDatabase(backend)
        let chain = try Pipeline([
            Chain.stage("pm-ingest", ["--replay", recording, "--speed", "max"]),
            Chain.stage("pm-filter", ["--min-value", "1", "--tier", "WHALE=1", "--max-price", "1"]),
            Chain.stage("pm-store", ["--database", database.url]), Chain.stage("pm-alert"),
            Chain.stage("pm-store", ["--database", database.url]),
        ])
        #expect(try chain.wait().allSatisfy { $0 == .status(0) }, "\(chain.errors)")
        var trades: [String: JSON] = [:]
        let export = try database.output("export")
        for line in export { trades[line["id"]!.string!] = line }
        return Setup(exchange: exchange, database: database, trades: trades)
    }

    private func grade(_ setup: Setup, _ options: [String] = []) throws {
        let chain = try Pipeline([
            Chain.stage("pm-store", ["ungraded", "--all", "--database", setup.database.url]),
            Chain.stage("pm-enrich", setup.urls + ["--unlimited"] + options + ["grade"]),
            Chain.stage("pm-store", ["--quiet", "--database", setup.database.url]),
        ])
        #expect(try chain.wait().allSatisfy { $0 == .status(0) }, "\(chain.errors)")
    }

    @Test(.timeLimit(.minutes(10)), arguments: Backend.available)
    func outcomesAndGradesEqualAnIndependentComputation(_ backend: Backend) throws {
        let setup = try setup(backend)
        try grade(setup)
        var settled = 0
        var finals: [String: Double] = [:]
        for asset in Set(setup.trades.values.map { $0["asset_id"]!.string! }).sorted() {
            // Another route than the one that the stage asks.
            let token = try setup.exchange.json("/data/v2/tokens?token_id=\(asset)")["data"]?.array?.first
            finals[asset] = token?["final_price"]?.double
        }
        let rows = try setup.database.rows(
            "SELECT trade_id, side, price, coalesce(fee, 0), size, settlement, edge, price_5m FROM outcomes")
        var hits = 0
        var edges = 0.0
        for row in rows.map({ $0.split(separator: "|", omittingEmptySubsequences: false).map(String.init) }) {
            let trade = try #require(setup.trades[row[0]])
            let final = finals[trade["asset_id"]!.string!]
            #expect(Double(row[5]) == final, "\(trade)")
            guard let final, row[6] != "" else { continue }
            settled += 1
            let price = trade["price"]!.double!
            let gross = trade["side"]!.string == "BUY" ? final - price : price - final
            let fee = try #require(Double(row[3])) / trade["size"]!.double!
            #expect(abs(Double(row[6])! - 100 * (gross - fee)) < 0.0002, "\(row)")
            if gross > 0 { hits += 1 }
            edges += 100 * (gross - fee)
        }
        #expect(settled > 200)
        let markets = try setup.database.value(
            "SELECT count(DISTINCT condition_id) FROM outcomes WHERE settlement IS NOT NULL AND price < 1")
        let table = try setup.database.output("grades", "--json")
        let all = try #require(table.first { $0["dimension"]?.string == "all" })
        let rule = try #require(table.first { $0["name"]?.string == "WHALE_MOVEMENT" })
        #expect(all["trades"]?.integer == rule["trades"]?.integer)
        #expect(all["trades"]?.integer == settled)
        #expect(all["hits"]?.integer == hits)
        #expect(all["markets"]?.numberText == markets)
        #expect(abs(all["edge"]!.double! - edges / Double(settled)) < 0.0002)
        // The markets have their resolutions.
        #expect(
            try setup.database.value(
                "SELECT count(*) FROM markets WHERE resolution_status = 'resolved' AND resolved_at IS NOT NULL"
            )
                == setup.database.value(
                    "SELECT count(DISTINCT condition_id) FROM outcomes WHERE settlement IS NOT NULL"))
        try checkPrices(setup)
        // Everything settled is final, and a second run changes nothing.
        let before = try setup.database.rows(
            "SELECT record FROM outcomes WHERE settlement IS NOT NULL ORDER BY trade_id")
        try grade(setup)
        #expect(
            try setup.database.rows(
                "SELECT record FROM outcomes WHERE settlement IS NOT NULL ORDER BY trade_id") == before)
    }

    /// Compares the price after five minutes of some trades with the price that the exchange states for that time.
    private func checkPrices(_ setup: Setup) throws {
        let rows = try setup.database.rows(
            "SELECT trade_id, price_5m FROM outcomes WHERE price_5m IS NOT NULL ORDER BY trade_id LIMIT 40")
        #expect(rows.count == 40)
        for row in rows.map({ $0.split(separator: "|").map(String.init) }) {
            let trade = try #require(setup.trades[row[0]])
            let time = try #require(Timestamp(trade["time"]!.string!)).milliseconds / 1000 + 300
            let point = try setup.exchange.json(
                "/data/v2/prices-history?token_id=\(trade["asset_id"]!.string!)&as_of=\(time)")["data"]?
                .array?.first
            guard let point else { continue }
            #expect(Double(row[1]) == point["price"]?.double)
        }
    }
}

extension TestDatabase {
    /// Runs a subcommand of pm-store, and returns the lines of its output.
    fileprivate func output(_ arguments: String...) throws -> [JSON] {
        let child = try ChildProcess(Executables.path("pm-store"), arguments + ["--database", url])
        #expect(try child.wait() == .status(0), "\(child.errors)")
        return try child.output.split(separator: "\n").map { try JSON(String($0)) }
    }
}
