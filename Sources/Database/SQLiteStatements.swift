import SQLite

/// The prepared statements that write a batch.
final class SQLiteStatements {
    let cursors: RowStatement
    private let inserts: [RowStatement]
    private let retract: RowStatement
    private let resolve: RowStatement

    init(on database: borrowing Database) throws(StoreError) {
        var inserts: [RowStatement] = []
        for table in Table.all {
            inserts.append(try RowStatement(into: table, of: database))
        }
        self.inserts = inserts
        cursors = try RowStatement(into: .cursors, of: database)
        retract = try RowStatement(into: .retractions, of: database, by: Self.retraction)
        resolve = try RowStatement(into: .resolutions, of: database, by: Self.resolution)
    }

    private static let retraction = """
        UPDATE trades SET
            retracted_at = CASE ?3 WHEN 'retract' THEN strftime('%Y-%m-%dT%H:%M:%fZ', 'now') END,
            retract_reason = CASE ?3 WHEN 'retract' THEN ?2 END
        WHERE id = ?1 AND (retracted_at IS NULL) = (?3 = 'retract')
        """

    private static let resolution = """
        UPDATE markets SET resolution_status = ?2, payouts = ?3, resolved_at = ?4, resolution_as_of = ?5
        WHERE condition_id = ?1 AND (resolution_as_of IS NULL OR resolution_as_of <= ?5)
        """

    /// Writes all rows except the cursors.
    func write(_ batch: Batch) throws(StoreError) {
        for insert in inserts { try insert.run(batch.rows(of: insert.table)) }
        try retract.run(batch.rows(of: .retractions))
        try resolve.run(batch.rows(of: .resolutions))
    }

    /// Writes all of a part of a batch, or nothing.
    ///
    /// - Returns: The error when a row of the part is bad.
    func attempt(_ part: Batch, in database: borrowing Database) throws(StoreError) -> StoreError? {
        do throws(SQLiteError) { try database.execute("SAVEPOINT part") } catch { throw StoreError(error) }
        var rowError: StoreError?
        do throws(StoreError) {
            try write(part)
        } catch  where error.kind == .data {
            rowError = error
        }
        let undo = rowError == nil ? "" : "ROLLBACK TO part; "
        do throws(SQLiteError) { try database.execute(undo + "RELEASE part") } catch {
            throw StoreError(error)
        }
        return rowError
    }
}

/// A prepared statement with a row of a table as its parameters.
final class RowStatement {
    let table: Table
    private let statement: Statement
    private let types: [ColumnType]

    /// - Parameter sql: A statement with one parameter for each column. The default inserts the row.
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
