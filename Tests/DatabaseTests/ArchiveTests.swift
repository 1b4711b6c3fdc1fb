import Database
import DatabaseFixtures
import PMRecord
import Testing

struct ArchiveTests {
    @Test(arguments: Backend.available)
    func returnsTheSelectedLinesInPages(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        let store = try database.makeStore()
        let lines = [
            Line.trade("c", time: "2026-11-22T10:00:00.001Z", wallet: "0xw1", more: #","tier":"WHALE""#),
            Line.trade("a", time: "2026-11-22T10:00:00.001Z", wallet: "0xw2", more: #","slug":"rain""#),
            Line.trade("b", time: "2026-11-22T09:00:00.000Z", market: "0xm2", more: #","x": [1 , 2]"#),
            Line.trade("d", revision: 1, time: "2026-11-22T11:00:00.000Z", more: #","enrichment":"failed""#),
            Line.trade(
                "e", revision: 1, time: "2026-11-22T12:00:00.000Z", more: #","enrichment":"enriched""#),
        ]
        try store.save(Batch(lines: lines))
        let byTime = [2, 1, 0, 3, 4]

        func selected(_ change: (inout TradeSelection) -> Void) throws -> [Int] {
            var selection = TradeSelection()
            change(&selection)
            var (found, position): ([Int], PagePosition?) = ([], nil)
            while true {
                let page = try store.page(of: selection, after: position, limit: 2)
                found += page.map { lines.firstIndex(of: String(decoding: $0.line, as: UTF8.self)) ?? -1 }
                guard let last = page.last else { return found }
                position = last.position
            }
        }
        #expect(try selected { _ in } == byTime)
        #expect(try selected { $0.since = Timestamp("2026-11-22T10:00:00.001Z") } == [1, 0, 3, 4])
        #expect(try selected { $0.until = Timestamp("2026-11-22T10:00:00.001Z") } == [2])
        #expect(try selected { $0.wallets = ["0xw2", "0xw3"] } == [1])
        #expect(try selected { $0.markets = ["0xm2", "rain"] } == [2, 1])
        #expect(try selected { $0.tiers = ["WHALE"] } == [0])
        #expect(try selected { $0.isUnenriched = true } == [3])
        #expect(try selected { $0.tiers = ["' OR true --"] } == [])
    }

    @Test(arguments: Backend.available)
    func prunesInSmallSteps(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        let store = try database.makeStore()
        let old = (0..<5).map { Line.trade("o\($0)", time: "2025-01-01T00:00:00.000Z") }
        let snapshots = (0..<5).flatMap { number in
            let moment = #""as_of":"2025-01-01T00:00:0\#(number).000Z""#
            return [
                #"{"kind":"portfolio","wallet":"0xw","value":1,\#(moment)}"#,
                #"{"kind":"leaderboard","period":"day",\#(moment)}"#,
            ]
        }
        try store.save(Batch(lines: old + snapshots + [Line.trade("new")]))
        let time = Timestamp("2026-01-01T00:00:00Z")!
        for expected in [3, 2, 0] {
            for table in [PrunedTable.trades, .portfolios, .leaderboards] {
                #expect(try store.prune(table, before: time, limit: 3) == expected)
            }
        }
        for table in PrunedTable.allCases { #expect(try store.prune(table, before: time, limit: 3) == 0) }
        #expect(try database.rows("SELECT id FROM trades") == ["new"])
    }

    @Test(arguments: Backend.available)
    func inspectChangesNothing(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        let before = try database.makeStore().inspect()
        #expect(before.joined().contains("version \(Migration.newest)") == true)
        #expect(try database.tableNames.isEmpty)
        try database.makeStore().open()
        #expect(
            try database.makeStore().inspect().last
                == "the schema is version \(Migration.newest), and up to date")
    }
}
