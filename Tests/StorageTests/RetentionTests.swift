import Database
import DatabaseFixtures
import PMRecord
import Storage
import TestSupport
import Testing

struct RetentionTests {
    private let start = ContinuousClock.now

    @Test func aRoundGoesThroughAllTablesAndTheNextBeginsAnHourLater() {
        var retention = Retention(of: .seconds(86_400), from: start)
        var (now, steps): (ContinuousClock.Instant, [PrunedTable]) = (start, [])
        while now < start + .seconds(3600) {
            now = now + retention.untilDue(at: now)
            guard let table = retention.next(at: now), now < start + .seconds(3600) else { break }
            // trades need three steps, all others one
            steps.append(table)
            retention.note(
                removed: table == .trades && steps.count < 3 ? Retention.rowsPerStep : 0, at: now)
        }
        #expect(steps == [.trades, .trades] + PrunedTable.allCases)
        #expect(now >= start + .seconds(3600))
        #expect(retention.next(at: now) == .trades)
    }

    @Test func nothingIsDueBetweenTwoSteps() {
        var retention = Retention(of: .seconds(86_400), from: start)
        retention.note(removed: Retention.rowsPerStep, at: start)
        #expect(retention.next(at: start) == nil)
        #expect(retention.untilDue(at: start) > .zero)
        retention.postpone(at: start)
        #expect(retention.untilDue(at: start) > .seconds(3000))
    }

    @Test(arguments: Backend.available)
    func aRunningStoreRemovesOldRowsAndStoresNewOnes(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        let old = (0..<120).map { Line.trade("old\($0)", time: "2025-01-01T00:00:00.000Z") }
        try database.makeStore().save(Batch(lines: old))
        let directory = try TemporaryDirectory()
        let child = try database.start(
            ["--keep", "30d", "--status-dir", directory.path], input: .pipe, output: .pipe)
        let now = Timestamp.now().description
        try child.write(Line.trade("a", time: now) + "\n")
        #expect(try child.line() == Line.trade("a", time: now))
        #expect(
            eventually(within: .seconds(30)) {
                (try? database.rows("SELECT id FROM trades")) == ["a"]
            })
        try child.write(Line.trade("b", time: now) + "\n")
        #expect(try child.line() == Line.trade("b", time: now))
        child.closeInput()
        #expect(try child.wait() == .status(0))
        #expect(figure("pruned", in: try directory.read("pm-store.json")) == 120)
        #expect(try database.rows("SELECT id FROM trades ORDER BY id") == ["a", "b"])
    }
}
