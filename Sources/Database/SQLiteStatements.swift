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
                // the statement reads the row in place, so that nothing is copied
                try row.withValues { value throws(SQLiteError) in
                    for column in types.indices { try bind(value(column), column) }
                    try statement.run()
                }
            }
        } catch {
            throw StoreError(error)
        }
    }

    private func bind(_ text: UnsafeRawBufferPointer?, _ column: Int) throws(SQLiteError) {
        let index = column + 1
        guard let text else { return }  // a parameter is null after each run
        switch types[column] {
        case .key, .text, .time, .json: try statement.bind(borrowing: text, at: index)
        case .number: try statement.bind(number(text), at: index)
        case .integer: try statement.bind(Int64(String(decoding: text, as: UTF8.self)), at: index)
        }
    }
}

private let powersOfTen: [Double] = (0...15).map { exponent in
    (0..<exponent).reduce(1) { power, _ in power * 10 }
}

/// Returns the number that is nearest to a decimal.
///
/// With up to 15 digits the integer and the power of ten are exact, and one division rounds correctly; parsing text
/// takes four times as long.
private func number(_ text: UnsafeRawBufferPointer) -> Double? {
    var (digits, decimals, isFraction): (Int64, Int, Bool) = (0, 0, false)
    guard text.count <= 16 else { return Double(String(decoding: text, as: UTF8.self)) }
    for byte in text {
        if 0x30...0x39 ~= byte {
            digits = digits * 10 + Int64(byte - 0x30)
            decimals += isFraction ? 1 : 0
        } else if byte == UInt8(ascii: "."), !isFraction {
            isFraction = true
        } else {
            return Double(String(decoding: text, as: UTF8.self))
        }
    }
    guard digits < 1_000_000_000_000_000 else { return Double(String(decoding: text, as: UTF8.self)) }
    return Double(digits) / powersOfTen[decimals]
}
