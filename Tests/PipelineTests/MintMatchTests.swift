import PMJSON
import TestSupport
import Testing

/// A mint match, from the feed to the store, the views and the alerts: a taker buys Yes, and five makers buy No.
struct MintMatchTests {
    @Test(.timeLimit(.minutes(10)))
    func aMatchWithFiveMakersIsOneTradeInEverySumAndSixRows() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("trades.db")
        let exchange = try SimulatedExchange(scenario: #"{"seed":5,"paused":true,"rate":0}"#)
        let feed = [
            "--url", exchange.url("rtds"), "--data-url", exchange.url("data"), "--status-dir", directory.path,
        ]
        let apis = [
            "PM_GAMMA_URL": exchange.url("gamma"), "PM_DATA_URL": exchange.url("data"),
            "PM_CLOB_URL": exchange.url("clob"),
        ]
        let chain = try Pipeline([
            Chain.stage("pm-ingest", feed), Chain.stage("pm-filter"),
            Chain.stage("pm-enrich", environment: apis),
            Chain.stage("pm-store", ["--database", "sqlite:\(path)"]),
            Chain.stage("pm-alert", ["--database", "sqlite:\(path)"]),
        ])
        #expect(
            try eventually {
                (try exchange.statistics()["rtds"]?["subscribes"]?.integer ?? 0) >= 2
            }, "both types of the feed")
        try exchange.resume()
        let rows = try exchange.trade(
            #"{"module":"v1_ctf","side":"BUY","outcomeIndex":0,"price":0.6,"size":30000,"makers":5}"#)
        #expect(rows.count == 6)
        #expect(eventually { (try? count(path, "enrichment <> 'pending'")) == 6 })
        chain.head.kill(15)
        let ends = try chain.wait()
        #expect(ends.allSatisfy { $0 == .status(0) }, "\(ends) \(chain.errors)")

        let title = try #require(rows.first?["title"]?.string)
        #expect(
            try query(
                path,
                "SELECT role, count(*), CAST(sum(value) AS integer) FROM trades GROUP BY role ORDER BY role")
                == "maker|5|12000\ntaker|1|18000\n")
        #expect(
            try query(
                path, "SELECT title, trades, CAST(bought AS integer), CAST(sold AS integer) FROM market_flow")
                == "\(title)|1|18000|0\n")
        let alerts = try chain.output.split(separator: "\n").map { try JSON(String($0)) }
            .filter { $0["kind"]?.string == "alert" }
        #expect(alerts.count == 1, "\(alerts)")
    }

    private func count(_ path: String, _ condition: String) throws -> Int? {
        try Int(query(path, "SELECT count(*) FROM trades WHERE \(condition)").dropLast())
    }

    private func query(_ path: String, _ sql: String) throws -> String {
        let sqlite = try ChildProcess(Executables.installed("sqlite3")!, [path, sql])
        guard try sqlite.wait() == .status(0) else { throw TestFailure(sqlite.errors) }
        return sqlite.output
    }
}
