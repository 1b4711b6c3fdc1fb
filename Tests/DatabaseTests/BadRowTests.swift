import Database
import DatabaseFixtures
import Testing

struct BadRowTests {
    @Test(
        arguments: Backend.available,
        [[], [0], [63], [31, 32], [5, 6, 7], [0, 21, 42, 63], Array(0..<64)])
    func findsTheBadRowsAndStoresNothing(_ backend: Backend, bad: [Int]) throws {
        let database = try TestDatabase(backend)
        let store = try database.makeStore()
        try store.open()
        try database.rejectTrades(where: "price = 0.99")
        let trades = (0..<64).map { Line.trade("t\($0)", price: bad.contains($0) ? "0.99" : "0.5") }
        let badRows = try store.badRows(in: Batch(lines: trades + [Line.mark(64)]))
        #expect(badRows.map { $0.line.number - 1 } == bad)
        #expect(badRows.allSatisfy { $0.error.kind == .data })
        for table in ["trades", "wallets", "cursors"] {
            #expect(try database.value("SELECT count(*) FROM \(table)") == "0")
        }
        try store.save(Batch(lines: [Line.trade("after")]))
        #expect(try database.rows("SELECT id FROM trades") == ["after"])
    }

    @Test(arguments: Backend.available)
    func findsOneAmongManyInFewRequests(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        let store = try database.makeStore()
        try store.open()
        try database.rejectTrades(where: "price = 0.99")
        let trades = (0..<4096).map { Line.trade("t\($0)", price: $0 == 1000 ? "0.99" : "0.5") }
        let before = store.roundTrips
        #expect(try store.badRows(in: Batch(lines: trades)).map(\.line.number) == [1001])
        // two for each of the 12 halvings, and one more where the first half was the bad one
        #expect(store.roundTrips - before <= 4 + 2 * 24)
    }
}
