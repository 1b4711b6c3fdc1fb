import Database
import DatabaseFixtures
import Testing

/// The contract of ``RecordStore``, on each database.
struct StoreTests {
    @Test(arguments: Backend.available)
    func storesATradeInTypedColumnsAndTheLineByteForByte(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        let line =
            #"{ "kind":"trade", "x":[1, 2.50],"id":"a","time":"2026-11-22T11:00:00+01:00","price":0.30,"#
            + #""size":1e3,"title":"Tea \u00e9 \"x\"","outcome_index":1,"wallet":"0xw","tags":["WHALE"]}"#
        try database.makeStore().save(Batch(lines: [line]))
        #expect(
            try database.rows("SELECT id, revision, title, outcome_index, wallet, tags FROM trades")
                == [#"a|0|Tea é "x"|1|0xw|["WHALE"]"#])
        #expect(try Double(database.value("SELECT value FROM trades")) == 300)
        #expect(try database.value("SELECT record FROM trades") == line)
        #expect(try database.value("SELECT time FROM trades").contains("10:00:00") == true)
    }

    @Test(arguments: Backend.available)
    func storingTwiceChangesNothing(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        let batch = try Batch(lines: [
            Line.trade("a"), Line.trade("b", wallet: "0xw2", more: #","name":"Ann""#), Line.mark(7),
        ])
        let store = try database.makeStore()
        let tables = ["trades", "wallets", "markets"]
        try store.save(batch)
        let once = try tables.map { try database.rows("SELECT * FROM \($0) ORDER BY 1") }
        try store.save(batch)
        try database.makeStore().save(batch)
        #expect(try tables.map { try database.rows("SELECT * FROM \($0) ORDER BY 1") } == once)
        #expect(once.map(\.count) == [2, 2, 1])
    }

    @Test(arguments: Backend.available)
    func keepsTheHighestRevision(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        let store = try database.makeStore()
        for revision in [0, 2, 1] {
            let more = #","enrichment":"r\#(revision)""#
            try store.save(Batch(lines: [Line.trade("a", revision: revision, more: more)]))
        }
        #expect(try database.rows("SELECT revision, enrichment FROM trades") == ["2|r2"])
    }

    @Test(arguments: Backend.available)
    func oneIDTwiceInABatchIsOneRow(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        try database.makeStore().save(
            Batch(lines: [
                Line.trade("a", revision: 0), Line.trade("a", revision: 2), Line.trade("a", revision: 1),
            ]))
        #expect(try database.rows("SELECT id, revision FROM trades") == ["a|2"])
    }

    @Test(arguments: Backend.available)
    func replacesUnstorableEscapesInBothDatabases(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        let more = #","name":"a\u0000b","x":{"k\u0000":"\ud83d \ude00 \ud83d\ude00 \\u0000"}"#
        try database.makeStore().save(Batch(lines: [Line.trade("a", more: more)]))
        let kept = #","name":"a\u2400b","x":{"k\u2400":"\ufffd \ufffd \ud83d\ude00 \\u0000"}"#
        #expect(try database.value("SELECT record FROM trades") == Line.trade("a", more: kept))
        #expect(try database.value("SELECT name FROM trades") == "a\u{2400}b")
    }

    @Test(arguments: Backend.available)
    func storesABatchAsAWholeOrNotAtAll(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        let store = try database.makeStore()
        try store.open()
        try database.execute("CREATE UNIQUE INDEX one_of_each ON trades (price)")
        let error = #expect(throws: StoreError.self) {
            try store.save(Batch(lines: [Line.trade("a"), Line.mark(3), Line.trade("b")]))
        }
        #expect(error?.kind == .data)
        #expect(try database.rows("SELECT id FROM trades").isEmpty)
        #expect(try store.cursors().isEmpty)
        try store.save(Batch(lines: [Line.trade("a"), Line.mark(3)]))
        #expect(try store.cursors().map(\.seq) == [3])
    }

    @Test(arguments: Backend.available)
    func walletsAndMarketsDoNotDependOnTheOrderOfBatches(_ backend: Backend) throws {
        let lines = [
            Line.trade("a", time: "2026-11-22T10:00:02.000Z", more: #","name":"Second""#),
            Line.trade(
                "b", time: "2026-11-22T10:00:01.000Z",
                more: #","name":"First","profile":{"as_of":"2026-11-22T09:00:00Z","win_rate":0.5}"#),
            Line.trade("c", time: "2026-11-22T10:00:03.000Z"),
        ]
        var seen: Set<[String]> = []
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
            for isOneBatch in [true, false] {
                let database = try TestDatabase(backend)
                let store = try database.makeStore()
                if isOneBatch {
                    try store.save(Batch(lines: order.map { lines[$0] }))
                } else {
                    for index in order { try store.save(Batch(lines: [lines[index]])) }
                }
                seen.insert(
                    try database.rows("SELECT * FROM wallets")
                        + database.rows("SELECT condition_id, title, first_seen, last_seen FROM markets"))
            }
        }
        #expect(seen.count == 1)
        #expect(seen.first?.first?.hasPrefix("0xw1|Second|") == true)
        #expect(seen.first?.first?.contains("win_rate") == true)
    }
}
