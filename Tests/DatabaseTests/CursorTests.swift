import Database
import DatabaseFixtures
import Testing

struct CursorTests {
    @Test(arguments: Backend.available)
    func followsMarksAndNeverDecreases(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        let store = try database.makeStore()
        #expect(try store.cursors().isEmpty)
        for (mark, cursor) in [(5, 5), (9, 9), (7, 9)] {
            try store.save(Batch(lines: [Line.mark(mark)]))
            #expect(try store.cursors().map(\.seq) == [UInt64(cursor)])
        }
        try store.save(Batch(lines: [Line.mark(10), Line.mark(2, stream: "t"), Line.mark(11)]))
        #expect(try store.cursors().map { "\($0.stream) \($0.seq)" } == ["s 11", "t 2"])
        #expect(try store.cursors()[0].time?.description == "2026-11-22T10:00:00.000Z")
    }

    @Test(arguments: Backend.available)
    func rejectsAWriterThatWasTakenOver(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        let (first, second) = (try database.makeStore(), try database.makeStore())
        try first.save(Batch(lines: [Line.mark(1)]))
        try second.save(Batch(lines: [Line.mark(2)]))
        let error = #expect(throws: StoreError.self) { try first.save(Batch(lines: [Line.mark(3)])) }
        #expect(error?.kind == .fenced)
        #expect(error?.message.contains("stream s") == true)
        #expect(try second.cursors().map(\.seq) == [2])
        try first.save(Batch(lines: [Line.trade("a")]))
        try first.save(Batch(lines: [Line.mark(1, stream: "another")]))
        try second.save(Batch(lines: [Line.mark(4)]))
    }
}
