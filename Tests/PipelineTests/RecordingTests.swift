import TestSupport
import Testing

/// The whole pipeline with a recording of real rows and without a network: every trade is stored.
struct RecordingTests {
    private static let sample = "replay_data_api_trades.2000.jsonl"

    @Test(.needsSample(sample), .timeLimit(.minutes(10)))
    func exactlyTheTradesThatMatterAreInSQLite() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("trades.db")
        let records = { try Self.query(path, "select record from trades order by id") }

        try Self.run(into: "sqlite:\(path)")
        let first = try records()
        #expect(try Oracle.differences(rows: SharedSamples.path(Self.sample)!, records: first) == "")

        try Self.run(into: "sqlite:\(path)")
        #expect(try Self.ids(records()) == Self.ids(first))
    }

    @Test(
        .needsSample(sample), .enabled(if: TemporaryPostgres.isInstalled, "PostgreSQL is not installed"),
        .timeLimit(.minutes(10)))
    func exactlyTheTradesThatMatterAreInPostgreSQL() throws {
        let database = try TemporaryPostgres.shared().createDatabase()
        try Self.run(into: database)
        try Self.run(into: database)
        let psql = try ChildProcess(
            Executables.installed("psql")!, [database, "-Atc", "select record from trades order by id"])
        #expect(try psql.wait() == .status(0), "\(psql.errors)")
        #expect(try Oracle.differences(rows: SharedSamples.path(Self.sample)!, records: psql.output) == "")
    }

    private static func run(into database: String) throws {
        let chain = try Chain.whole(replaying: SharedSamples.path(sample)!, into: database)
        let ends = try chain.wait(within: .seconds(120))
        #expect(ends.allSatisfy { $0 == .status(0) }, "\(ends) \(chain.errors)")
    }

    private static func query(_ path: String, _ sql: String) throws -> String {
        let sqlite = try ChildProcess(Executables.installed("sqlite3")!, [path, sql])
        guard try sqlite.wait() == .status(0) else { throw TestFailure(sqlite.errors) }
        return sqlite.output
    }

    private static func ids(_ records: String) -> [Substring] {
        records.split(separator: "\n").compactMap {
            $0.firstRange(of: #""id":""#).map { range in records[range.upperBound...].prefix(32) }
        }
    }
}
