import PMRecord
import Postgres

extension PostgresStore: Archive {
    package func page(
        of selection: TradeSelection, after position: PagePosition?, limit: Int
    ) throws(StoreError) -> [(line: [UInt8], position: PagePosition)] {
        let query = TradeQuery(selection, after: position, limit: limit, time: utc("time"))
        return try request { session throws(PostgresError) in
            let rows = try session.connection.run(query.sql, query.values.map { Parameter.text($0) })
            return (0..<rows.count).map { row in
                let position = PagePosition(time: rows[row, 1] ?? "", id: rows[row, 2] ?? "")
                return (rows.withBytes(row, 0) { $0.map(Array.init) ?? [] }, position)
            }
        }
    }

    package func gaps(includingClosed: Bool) throws(StoreError) -> [[UInt8]] {
        try request { session throws(PostgresError) in
            let rows = try session.connection.run(ArchiveSQL.gaps(includingClosed: includingClosed))
            return (0..<rows.count).map { row in rows.withBytes(row, 0) { $0.map(Array.init) ?? [] } }
        }
    }

    package func prune(
        _ table: PrunedTable, before time: Timestamp, limit: Int
    ) throws(StoreError) -> Int {
        try request { session throws(PostgresError) in
            let sql = ArchiveSQL.prune(table, limit: limit)
            return try session.connection.run(sql, [.text(time.description)]).affectedRows
        }
    }

    package func inspect() throws(StoreError) -> [String] {
        let session: PostgresSession
        do throws(PostgresError) { session = try PostgresSession(server) } catch { throw StoreError(error) }
        let version = try session.version()
        do throws(PostgresError) {
            let facts = try session.connection.run("SELECT version(), current_user, current_database()")
            return [
                facts[0, 0] ?? "?",
                "connected to database \(facts[0, 2] ?? "?") as \(facts[0, 1] ?? "?")",
                Migration.summary(version: version),
            ]
        } catch {
            throw StoreError(error)
        }
    }
}
