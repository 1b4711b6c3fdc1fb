import Database
import DatabaseFixtures
import Testing

struct TradeHistoryTests {
    @Test(arguments: Backend.available)
    func returnsTheNewestTradesInPages(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        let store = try database.makeStore()
        // Ids are hexadecimal; two trades have the same time, and one is withdrawn.
        let lines = [
            Line.trade("a1", time: "2026-11-22T10:00:00.001Z", wallet: "0xaa"),
            Line.trade("a2", time: "2026-11-22T10:00:00.001Z", wallet: "0xbb"),
            Line.trade("a3", time: "2026-11-22T09:00:00.000Z", market: "0xcc"),
            Line.trade("a4", time: "2026-11-22T11:00:00.000Z", more: #","x": [1 , 2]"#),
            Line.trade("a5", time: "2026-11-22T12:00:00.000Z"),
        ]
        try store.save(Batch(lines: lines))
        try store.save(Batch(lines: [#"{"kind":"retract","id":"a5","seq":9,"reason":"not settled"}"#]))

        func found(_ selection: HistorySelection, from start: String? = nil, limit: Int = 2) throws -> [Int] {
            let reader = try database.makeStore(for: .reading)
            var (found, position): ([Int], HistoryPosition?) = ([], start.flatMap { HistoryPosition($0) })
            while true {
                let page = try reader.latestTrades(selection, before: position, limit: limit)
                found += page.map { lines.firstIndex(of: String(decoding: $0.line, as: UTF8.self)) ?? -1 }
                guard let last = page.last else { return found }
                // The position survives as text.
                position = HistoryPosition(last.position.description)
                #expect(position == last.position)
            }
        }
        #expect(try found(HistorySelection()) == [3, 1, 0, 2])
        #expect(try found(HistorySelection(), limit: 1) == [3, 1, 0, 2])
        #expect(try found(HistorySelection(), from: "2026-11-22T10:00:00.001Z") == [2])
        #expect(try found(HistorySelection(), from: "2026-11-22T10:00:00.001Z,a2") == [0, 2])
        #expect(try found(HistorySelection(wallet: "0xbb")) == [1])
        #expect(try found(HistorySelection(market: "0xcc")) == [2])
        #expect(try found(HistorySelection(id: "a4")) == [3])
        #expect(try found(HistorySelection(id: "a5")) == [])
        #expect(try found(HistorySelection(wallet: "' OR true --")) == [])
    }

    @Test(arguments: [
        "", "yesterday", "7", "2026-11-22T10:00:00Z,g", "2026-11-22T10:00:00Z,' OR 1",
        "2026-11-22T10:00:00Z," + String(repeating: "a", count: 65),
    ])
    func anInvalidPositionIsRejected(_ text: String) {
        #expect(HistoryPosition(text) == nil)
    }
}
