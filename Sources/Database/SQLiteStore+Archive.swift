import Glibc
import PMRecord
import SQLite

extension SQLiteStore: Archive {
    package func page(
        of selection: TradeSelection, after position: PagePosition?, limit: Int
    ) throws(StoreError) -> [(line: [UInt8], position: PagePosition)] {
        let session = try openSession()
        let query = TradeQuery(selection, after: position, limit: limit, time: "time")
        return try SQLiteStore.attempt { () throws(SQLiteError) in
            let statement = try session.database.prepare(query.sql)
            for (index, value) in query.values.enumerated() { try statement.bind(value, at: index + 1) }
            var page: [(line: [UInt8], position: PagePosition)] = []
            while try statement.step() {
                let position = PagePosition(time: statement.text(1) ?? "", id: statement.text(2) ?? "")
                page.append((statement.withBytes(0) { $0.map(Array.init) ?? [] }, position))
            }
            return page
        }
    }

    package func gaps(includingClosed: Bool) throws(StoreError) -> [[UInt8]] {
        let session = try openSession()
        return try SQLiteStore.attempt { () throws(SQLiteError) in
            let query = try session.database.prepare(ArchiveSQL.gaps(includingClosed: includingClosed))
            var gaps: [[UInt8]] = []
            while try query.step() { gaps.append(query.withBytes(0) { $0.map(Array.init) ?? [] }) }
            return gaps
        }
    }

    package func prune(
        _ table: PrunedTable, before time: Timestamp, limit: Int
    ) throws(StoreError) -> Int {
        let session = try openSession()
        return try SQLiteStore.attempt { () throws(SQLiteError) in
            let delete = try session.database.prepare(ArchiveSQL.prune(table, limit: limit))
            try delete.bind(time.description, at: 1)
            try delete.run()
            return session.database.changes
        }
    }

    package func inspect() throws(StoreError) -> [String] {
        guard access(path, F_OK) == 0 else {
            return [
                "\(path) does not exist; pm-store would create it, with schema version \(Migration.newest)"
            ]
        }
        return try SQLiteStore.attempt { () throws(SQLiteError) in
            let database = try Database(path, access: .readOnly)
            let version = Int(try database.integer("PRAGMA user_version") ?? 0)
            let library = try database.text("SELECT sqlite_version()") ?? "?"
            let mode = try database.text("PRAGMA journal_mode") ?? "?"
            let health = try database.text("PRAGMA quick_check(1)") ?? "?"
            return [
                "SQLite \(library), \(path), journal mode \(mode)", "quick check: \(health)",
                Migration.summary(version: version),
            ]
        }
    }
}
