import Database
import DatabaseFixtures
import Testing

struct CoverageByDayTests {
    private static let columns = """
        day, feed, gaps, CAST(missing_seconds AS integer), CAST(10 * percent AS integer), recovered, audited, missed,
        CAST(10 * received_percent AS integer)
        """

    private func rows(_ backend: Backend, _ lines: [String]) throws -> [String] {
        let database = try TestDatabase(backend)
        try database.makeStore().save(Batch(lines: lines))
        return try database.rows("SELECT \(Self.columns) FROM coverage_by_day ORDER BY day, feed")
    }

    private func gap(_ id: String, _ state: String, from: String, to: String, recovered: Int = 0) -> String {
        #"{"kind":"gap","id":"\#(id)","seq":1,"feed":"activity","state":"\#(state)","from":"2025-03-\#(from):00.000Z","#
            + #""to":"2025-03-\#(to):00.000Z","recovered":\#(recovered)}"#
    }

    private func audit(from: String, to: String, known: Int, missed: Int) -> String {
        #"{"kind":"audit","seq":2,"feed":"activity","from":"2025-03-\#(from):00.000Z","to":"2025-03-\#(to):00.000Z","#
            + #""known":\#(known),"missed":\#(missed)}"#
    }

    @Test(arguments: Backend.available)
    func countsGapsThatStayOpenAndTradesThatWereMissed(_ backend: Backend) throws {
        let lines = [
            // the first day counts from noon, and has a gap of three hours that closed and one of three that did not
            Line.trade("a", time: "2025-03-01T12:00:00.000Z"),
            gap("g1", "closed", from: "01T13:00", to: "01T16:00", recovered: 7),
            gap("g2", "unrecoverable", from: "01T18:00", to: "01T21:00"),
            audit(from: "01T12:00", to: "01T12:15", known: 100, missed: 2),
            audit(from: "01T12:15", to: "01T12:30", known: 100, missed: 0),
            // an audit that is repeated replaces the earlier one
            audit(from: "01T12:15", to: "01T12:30", known: 100, missed: 0),
            // a gap over three days, of which the second has neither trades nor audits
            gap("g3", "unrecoverable", from: "03T12:00", to: "05T06:00"),
            Line.trade("b", time: "2025-03-05T10:00:00.000Z"),
        ]
        #expect(
            try rows(backend, lines) == [
                "2025-03-01|activity|2|10800|750|7|200|2|990", "2025-03-03|activity|1|43200|500|0|||",
                "2025-03-04|activity|1|86400|0|0|||", "2025-03-05|activity|1|21600|750|0|||",
            ])
    }

    @Test(arguments: Backend.available)
    func aDatabaseWithoutGapsIsCovered(_ backend: Backend) throws {
        #expect(try rows(backend, []).isEmpty)
        #expect(
            try rows(backend, [Line.trade("a", time: "2025-03-01T12:00:00.000Z")])
                == ["2025-03-01|activity|0|0|1000|0|||"])
    }

    /// An open gap lasts until now.
    @Test(arguments: Backend.available)
    func anOpenGapGrows(_ backend: Backend) throws {
        let open =
            #"{"kind":"gap","id":"g","seq":1,"feed":"market","state":"open","from":"2026-01-01T00:00:00.000Z"}"#
        let rows = try rows(backend, [Line.trade("a", time: "2026-01-01T00:00:00.000Z"), open])
        #expect(rows.count > 1)
        #expect(
            rows.filter { $0.contains("|market|1|86400|0|0|||") }.count >= rows.filter {
                $0.contains("market")
            }.count - 1)
    }
}
