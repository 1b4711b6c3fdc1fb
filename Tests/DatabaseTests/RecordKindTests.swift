import Database
import DatabaseFixtures
import Testing

/// The kinds of record other than trades and marks.
struct RecordKindTests {
    @Test(arguments: Backend.available)
    func keepsTheLatestRecordOfAGap(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        let store = try database.makeStore()
        func gap(_ id: String, seq: Int, _ state: String, to: String = "") -> String {
            #"{"kind":"gap","id":"\#(id)","seq":\#(seq),"feed":"activity","state":"\#(state)","#
                + #""from":"2026-11-22T10:00:00.000Z"\#(to),"cause":"silence"}"#
        }
        let closed = gap("g1", seq: 9, "closed", to: #","to":"2026-11-22T10:00:30.000Z","recovered":4"#)
        try store.save(Batch(lines: [gap("g1", seq: 5, "open"), gap("g2", seq: 6, "open")]))
        try store.save(Batch(lines: [closed]))
        try store.save(Batch(lines: [gap("g1", seq: 5, "open")]))
        #expect(try store.gaps(includingClosed: false).map(text) == [gap("g2", seq: 6, "open")])
        #expect(try store.gaps(includingClosed: true).map(text) == [closed, gap("g2", seq: 6, "open")])
        let coverage = try database.rows("SELECT state, gaps, seconds, recovered FROM coverage ORDER BY 1")
        #expect(coverage.first?.hasPrefix("closed|1|30.0") == true)
        #expect(coverage.last == "open|1||")
    }

    @Test(arguments: Backend.available)
    func aRetractionMarksTheTradeOnce(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        let store = try database.makeStore()
        let retraction = #"{"kind":"retract","id":"a","seq":3,"reason":"not settled"}"#
        let line = try StorableLine(Array(retraction.utf8), number: 2)
        let batch = try Batch(lines: [Line.trade("a")])
        #expect(batch.admits(line) == false)
        try store.save(batch)
        try store.save(Batch([line]))
        let once = try database.rows("SELECT retracted_at, retract_reason FROM trades")
        #expect(once.first?.hasSuffix("|not settled") == true)
        try store.save(Batch([line]))
        try store.save(Batch(lines: [Line.trade("a", revision: 1, more: #","tier":"WHALE""#)]))
        #expect(try database.rows("SELECT retracted_at, retract_reason FROM trades") == once)
        #expect(try database.rows("SELECT * FROM whale_trades").isEmpty)
    }

    /// In one batch, in two, and once more after a restart.
    @Test(arguments: Backend.available)
    func aRestoredTradeIsNoLongerRetracted(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        let store = try database.makeStore()
        try store.save(Batch(lines: [Line.trade("a"), Line.trade("b")]))
        let lines = try ["a", "b"].enumerated().flatMap { index, id in
            try [("retract", 3), ("restore", 5)].map { kind, seq in
                let line = #"{"kind":"\#(kind)","id":"\#(id)","seq":\#(seq + index),"reason":"x"}"#
                return try StorableLine(Array(line.utf8), number: 1)
            }
        }
        let retracted = "SELECT id FROM trades WHERE retracted_at IS NOT NULL OR retract_reason IS NOT NULL"
        for _ in 0..<2 {
            try store.save(Batch([lines[0], lines[1], lines[2]]))
            #expect(try database.rows(retracted) == ["b"])
            try store.save(Batch([lines[3]]))
            #expect(try database.rows(retracted).isEmpty)
        }
    }

    @Test(arguments: Backend.available)
    func storesSnapshotsAndAlerts(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        let store = try database.makeStore()
        let lines = [
            #"{"kind":"portfolio","wallet":"0xw","as_of":"2026-11-22T10:00:00Z","value":12.50,"profit":-1}"#,
            #"{"kind":"leaderboard","period":"day","as_of":"2026-11-22T10:00:00Z","entries":[]}"#,
            #"{"kind":"alert","id":"k","time":"2026-11-22T10:00:00Z","rule":"WHALE_MOVEMENT"}"#,
            Line.trade("a"), Line.mark(4),
        ]
        for _ in 0..<2 { try store.save(Batch(lines: lines)) }
        for (table, line) in zip(["portfolio_snapshots", "leaderboard_snapshots", "alerts"], lines) {
            #expect(try database.rows("SELECT record FROM \(table)") == [line])
        }
        #expect(try store.cursors().map(\.seq) == [4])
    }

    @Test(arguments: Backend.available)
    func viewsShowTradesByTierWalletAndMarket(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        try database.makeStore().save(
            Batch(lines: [
                Line.trade("a", size: "20000", more: #","tier":"WHALE","outcome":"Yes""#),
                Line.trade("b", size: "30000", more: #","outcome":"Yes","name":"Ann""#),
            ]))
        #expect(try database.rows("SELECT id, tier FROM whale_trades") == ["a|WHALE"])
        #expect(try database.rows("SELECT address, name, trades FROM wallet_activity") == ["0xw1|Ann|2"])
        let flow = try database.rows("SELECT title, outcome, trades, bought FROM market_flow")
        #expect(flow.first?.hasPrefix("Will it rain?|Yes|2|25000") == true)
    }

    @Test(arguments: Backend.available)
    func marketFlowCountsEachMatchOnce(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        // a mint match: all buy, the taker one outcome and the makers the other
        let taker = #","outcome":"Yes","role":"taker","market_type":"neg_risk","tier":"WHALE""#
        let maker = #","outcome":"No","role":"maker","market_type":"neg_risk""#
        let lines =
            [Line.trade("t", wallet: "0xt", price: "0.6", size: "5000", more: taker)]
            + (1...5).map {
                Line.trade("m\($0)", wallet: "0xm\($0)", price: "0.4", size: "1000", more: maker)
            }
        try database.makeStore().save(Batch(lines: lines))
        #expect(try database.value("SELECT count(*) FROM trades") == "6")
        let flow = "outcome, trades, CAST(bought AS integer), CAST(sold AS integer)"
        #expect(try database.rows("SELECT \(flow) FROM market_flow") == ["Yes|1|3000|0"])
        #expect(
            try database.rows("SELECT role, \(flow) FROM market_flow_by_role ORDER BY role")
                == ["maker|No|5|2000|0", "taker|Yes|1|3000|0"])
        #expect(try database.rows("SELECT role, market_type FROM whale_trades") == ["taker|neg_risk"])
    }

    private func text(_ line: [UInt8]) -> String { String(decoding: line, as: UTF8.self) }
}
