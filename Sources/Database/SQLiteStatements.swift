import SQLite

/// The statements that write a batch to a database of this schema.
final class SQLiteStatements {
    let cursors: SQLiteInsert
    private let inserts: [SQLiteInsert]
    private let retract: SQLiteInsert

    init(on database: borrowing Database) throws(StoreError) {
        var inserts: [SQLiteInsert] = []
        for table in [Table.trades, .wallets, .markets, .gaps, .portfolios, .leaderboards, .alerts] {
            inserts.append(try SQLiteInsert(into: table, of: database))
        }
        self.inserts = inserts
        cursors = try SQLiteInsert(into: .cursors, of: database)
        retract = try SQLiteInsert(into: .retractions, of: database, by: Self.retraction)
    }

    private static let retraction = """
        UPDATE trades SET retracted_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), retract_reason = ?2
        WHERE id = ?1 AND retracted_at IS NULL
        """

    /// Writes all but the cursors.
    func write(_ batch: Batch) throws(StoreError) {
        for insert in inserts { try insert.run(batch.rows(of: insert.table)) }
        try retract.run(batch.rows(of: .retractions))
    }

    /// Writes a part of a batch, or nothing of it.
    ///
    /// - Returns: The error, when a row of the part is at fault.
    func attempt(_ part: Batch, in database: borrowing Database) throws(StoreError) -> StoreError? {
        do throws(SQLiteError) { try database.execute("SAVEPOINT part") } catch { throw StoreError(error) }
        var fault: StoreError?
        do throws(StoreError) {
            try write(part)
        } catch  where error.kind == .data {
            fault = error
        }
        let undo = fault == nil ? "" : "ROLLBACK TO part; "
        do throws(SQLiteError) { try database.execute(undo + "RELEASE part") } catch {
            throw StoreError(error)
        }
        return fault
    }
}

/// A prepared statement that writes rows of a table.
final class SQLiteInsert {
    let table: Table
    private let statement: Statement
    private let types: [ColumnType]

    /// - Parameter sql: Takes a row's values as its parameters; by default it inserts them.
    init(into table: Table, of database: borrowing Database, by sql: String? = nil) throws(StoreError) {
        self.table = table
        types = table.columns.map(\.type)
        do throws(SQLiteError) {
            statement = try database.prepare(sql ?? table.insertForSQLite)
        } catch {
            throw StoreError(error)
        }
    }

    func run(_ rows: [Row]) throws(StoreError) {
        do throws(SQLiteError) {
            for row in rows {
                for column in types.indices { try bind(row, column) }
                try statement.run()
            }
        } catch {
            throw StoreError(error)
        }
    }

    private func bind(_ row: Row, _ column: Int) throws(SQLiteError) {
        let index = column + 1
        try row.withValue(column) { text throws(SQLiteError) in
            guard let text else { return try statement.bindNull(at: index) }
            switch types[column] {
            case .key, .text, .time, .json: try statement.bind(text: text, at: index)
            case .number: try statement.bind(Double(text.string), at: index)
            case .integer: try statement.bind(Int64(text.string), at: index)
            }
        }
    }
}

extension Span<UInt8> {
    fileprivate var string: String {
        withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
}
