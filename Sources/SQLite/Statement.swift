import CSQLite

/// A compiled statement: bind, step, read, reset.
///
/// Parameters are numbered from 1 and columns from 0, as in SQLite's manual.
package struct Statement: ~Copyable {
    private let handle: OpaquePointer

    init(_ sql: String, on database: OpaquePointer) throws(SQLiteError) {
        var handle: OpaquePointer?
        var isSingle = true
        let code = sql.withCString { start in
            var rest: UnsafePointer<CChar>?
            let code = sqlite3_prepare_v3(
                database, start, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &handle, &rest)
            isSingle = rest.map { String(cString: $0).allSatisfy { $0.isWhitespace || $0 == ";" } } ?? true
            return code
        }
        guard code == SQLITE_OK else { throw SQLiteError(code: code, of: database) }
        guard let handle, isSingle else {
            sqlite3_finalize(handle)
            // SQLite ignores what follows the first statement
            throw SQLiteError(code: SQLITE_MISUSE, message: "not one statement: \(sql)")
        }
        self.handle = handle
    }

    deinit {
        sqlite3_finalize(handle)
    }

    /// Binds a copy of `text`, which may contain NUL; `nil` is SQL `NULL`.
    package borrowing func bind(_ text: String?, at index: Int) throws(SQLiteError) {
        guard var text else { return try bindNull(at: index) }
        let code = text.withUTF8 { set(text: UnsafeRawBufferPointer($0), at: index) }
        try check(code)
    }

    /// Binds UTF-8 bytes as text without a copy: they must stay as they are until ``run()`` returns.
    package borrowing func bind(borrowing text: UnsafeRawBufferPointer, at index: Int) throws(SQLiteError) {
        try check(set(text: text, at: index, copying: false))
    }

    package borrowing func bind(_ number: Int64?, at index: Int) throws(SQLiteError) {
        guard let number else { return try bindNull(at: index) }
        try check(sqlite3_bind_int64(handle, CInt(index), number))
    }

    package borrowing func bind(_ number: Double?, at index: Int) throws(SQLiteError) {
        guard let number else { return try bindNull(at: index) }
        try check(sqlite3_bind_double(handle, CInt(index), number))
    }

    package borrowing func bindNull(at index: Int) throws(SQLiteError) {
        try check(sqlite3_bind_null(handle, CInt(index)))
    }

    /// Advances to the next row.
    ///
    /// - Returns: `false` when there is none.
    package borrowing func step() throws(SQLiteError) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code:
            // the message is read before the reset, which reports the same error again
            let error = SQLiteError(code: code, of: sqlite3_db_handle(handle))
            sqlite3_reset(handle)
            throw error
        }
    }

    /// Prepares for another run. Parameters become `NULL`.
    package borrowing func reset() {
        // both only repeat an error that step() has thrown already
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }

    /// Runs to the end and resets.
    package borrowing func run() throws(SQLiteError) {
        defer { reset() }
        while try step() {}
    }
}

extension Statement {
    package var columnCount: Int { Int(sqlite3_column_count(handle)) }

    private borrowing func isNull(_ column: Int) -> Bool {
        sqlite3_column_type(handle, CInt(column)) == SQLITE_NULL
    }

    /// Returns the column as text, which may contain NUL; `nil` for SQL `NULL`.
    package borrowing func text(_ column: Int) -> String? {
        withBytes(column) { $0.map { String(decoding: $0, as: UTF8.self) } }
    }

    package borrowing func integer(_ column: Int) -> Int64? {
        isNull(column) ? nil : sqlite3_column_int64(handle, CInt(column))
    }

    /// Lends the bytes of the column's text form to `body`; `nil` for SQL `NULL`.
    package borrowing func withBytes<Result, Failure: Error>(
        _ column: Int, _ body: (UnsafeRawBufferPointer?) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard !isNull(column) else { return try body(nil) }
        // text first, then its length: the first call may convert the encoding
        let start = sqlite3_column_text(handle, CInt(column))
        let count = Int(sqlite3_column_bytes(handle, CInt(column)))
        return try body(UnsafeRawBufferPointer(start: start, count: count))
    }

    private borrowing func set(
        text: UnsafeRawBufferPointer, at index: Int, copying: Bool = true
    ) -> CInt {
        // an empty buffer may have no address, and SQLite reads a null pointer as NULL
        let start = text.baseAddress ?? UnsafeRawPointer(bitPattern: 1)!
        return sqlite3_bind_text64(
            handle, CInt(index), start.assumingMemoryBound(to: CChar.self), UInt64(text.count),
            copying ? transient : nil, UInt8(SQLITE_UTF8))
    }

    private borrowing func check(_ code: CInt) throws(SQLiteError) {
        guard code == SQLITE_OK else { throw SQLiteError(code: code, of: sqlite3_db_handle(handle)) }
    }
}

/// `SQLITE_TRANSIENT`, which has SQLite copy the bytes: a cast of -1, which Swift does not import.
private var transient: sqlite3_destructor_type {
    unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}
