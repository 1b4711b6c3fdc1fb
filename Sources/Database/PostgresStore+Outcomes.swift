import Postgres

extension PostgresStore: OutcomeArchive {
    package func rows(of sql: String, _ values: [String]) throws(StoreError) -> [[String?]] {
        try request { session throws(PostgresError) in
            let rows = try session.connection.run(sql, values.map { Parameter.text($0) })
            return (0..<rows.count).map { row in rows.columns.indices.map { rows[row, $0] } }
        }
    }

    package func time(_ column: String) -> String { utc(column) }
}
