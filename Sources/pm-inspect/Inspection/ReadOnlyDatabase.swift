import Database
import PMPipe
import Postgres
import SQLite

/// Questions to the store's database, on a connection that changes nothing.
package struct ReadOnlyDatabase: ~Copyable {
    private enum Handle: ~Copyable {
        case sqlite(SQLite.Database)
        case postgres(Postgres.Connection)
    }

    private let handle: Handle

    /// - Throws: ``ExitStatus/unavailable`` when it cannot be opened.
    package init(_ location: DatabaseLocation) throws(StageError) {
        switch location {
        case .sqlite(let path):
            do throws(SQLiteError) {
                handle = .sqlite(try SQLite.Database(path, access: .readOnly))
            } catch { throw StageError(.unavailable, "unable to open \(path): \(error)") }
        case .postgres(let server):
            do throws(PostgresError) {
                handle = .postgres(try Postgres.Connection(server, timeout: .seconds(5)))
            } catch { throw StageError(.unavailable, "unable to connect to the database: \(error.message)") }
        }
    }

    /// Lag of the last trades, from the exchange's time to the commit, in seconds; `nil` without trades.
    package func commitLag() throws(StageError) -> Double? {
        let lag =
            switch handle {
            case .sqlite: "(julianday(stored_at) - julianday(time)) * 86400.0"
            case .postgres: "extract(epoch FROM stored_at - time)::float8"
            }
        // The latest trades that came from the feed: a back-filled one is late by design.
        let sql =
            "SELECT avg(lag) FROM (SELECT \(lag) AS lag FROM trades WHERE via = 'live' ORDER BY time DESC LIMIT 20) t"
        return try firstRow(sql)?.first.flatMap { $0 }.flatMap(Double.init)
    }

    /// The stored record of a trade, and the time of its first commit, as RFC 3339.
    package func trade(_ id: String) throws(StageError) -> (record: String, storedAt: String)? {
        let storedAt =
            switch handle {
            case .sqlite: "stored_at"
            case .postgres: "to_char(stored_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
            }
        guard let row = try firstRow("SELECT record, \(storedAt) FROM trades WHERE id = $1", id),
            let record = row[0]
        else { return nil }
        return (record, row[1] ?? "")
    }

    private func firstRow(_ sql: String, _ parameter: String? = nil) throws(StageError) -> [String?]? {
        switch handle {
        case .sqlite(let database):
            do throws(SQLiteError) {
                let statement = try database.prepare(sql)
                if let parameter { try statement.bind(parameter, at: 1) }
                guard try statement.step() else { return nil }
                return (0..<statement.columnCount).map { statement.text($0) }
            } catch { throw StageError(.unavailable, "unable to read the database: \(error)") }
        case .postgres(let connection):
            do throws(PostgresError) {
                let rows = try connection.run(sql, parameter.map { [.text($0)] } ?? [])
                guard rows.count > 0 else { return nil }
                return rows.columns.indices.map { rows[0, $0] }
            } catch { throw StageError(.unavailable, "unable to read the database: \(error.message)") }
        }
    }
}
