import SQLite

extension SQLiteStore: OutcomeArchive {
    package func rows(of sql: String, _ values: [String]) throws(StoreError) -> [[String?]] {
        let session = try openSession()
        return try SQLiteStore.attempt { () throws(SQLiteError) in
            let statement = try session.database.prepare(sql)
            for (index, value) in values.enumerated() { try statement.bind(value, at: index + 1) }
            var rows: [[String?]] = []
            while try statement.step() { rows.append((0..<statement.columnCount).map { statement.text($0) }) }
            return rows
        }
    }

    package func time(_ column: String) -> String { column }
}
