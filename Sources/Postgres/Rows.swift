import CLibpq

/// The result of a statement, freed at the end of its owner's life.
package struct Rows: ~Copyable {
    private let handle: OpaquePointer

    init(_ handle: OpaquePointer?, from connection: OpaquePointer) throws(PostgresError) {
        guard let handle else { throw .failure(of: connection) }
        switch PQresultStatus(handle) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
            self.handle = handle
        default:
            defer { PQclear(handle) }
            throw .failure(of: connection, in: handle)
        }
    }

    deinit {
        PQclear(handle)
    }

    package var count: Int { Int(PQntuples(handle)) }

    /// The names of the columns, from left to right.
    package var columns: [String] {
        (0..<PQnfields(handle)).map { String(cString: PQfname(handle, $0)) }
    }

    /// The number of rows that the statement inserted, updated, deleted or returned; 0 for other statements.
    package var affectedRows: Int { Int(String(cString: PQcmdTuples(handle))) ?? 0 }

    /// The field as text; `nil` for SQL `NULL`.
    package subscript(row: Int, column: Int) -> String? {
        withBytes(row, column) { $0.map { String(decoding: $0, as: UTF8.self) } }
    }

    /// Lends the field's bytes, uncopied, to `body`; `nil` for SQL `NULL`.
    ///
    /// - Precondition: `row` and `column` are within bounds.
    package borrowing func withBytes<Result, Failure: Error>(
        _ row: Int, _ column: Int, _ body: (UnsafeRawBufferPointer?) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // libpq answers an index out of bounds with NULL and a message on standard error
        precondition(0..<count ~= row && 0..<Int(PQnfields(handle)) ~= column, "no such field")
        let (row, column) = (CInt(row), CInt(column))
        guard PQgetisnull(handle, row, column) == 0 else { return try body(nil) }
        let length = Int(PQgetlength(handle, row, column))
        return try body(UnsafeRawBufferPointer(start: PQgetvalue(handle, row, column), count: length))
    }
}

extension PostgresError {
    /// The error of `result`, or, without one, of the connection.
    static func failure(of connection: OpaquePointer, in result: OpaquePointer? = nil) -> PostgresError {
        func field(_ code: CInt) -> String? {
            result.flatMap { PQresultErrorField($0, code) }.map { String(cString: $0) }
        }
        let sentence = [field(pm_diag_message_primary), field(pm_diag_message_detail)].compactMap(\.self)
        // libpq's own failures have a text but no fields
        let message =
            sentence.isEmpty ? String(cString: PQerrorMessage(connection)) : sentence.joined(separator: ": ")
        // the message is copied first: checking the connection may change it
        return PostgresError(
            sqlState: field(pm_diag_sqlstate), message: message,
            otherwise: isOpen(connection) ? .other : .connectionLost)
    }
}
