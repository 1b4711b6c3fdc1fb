import CSQLite

/// A compiled statement: bind, step, read, reset.
///
/// Parameters count from 1 and columns from 0, as in SQLite's own manual.
package struct Statement: ~Copyable {
    private let handle: OpaquePointer

    init(_ sql: String, on database: OpaquePointer) throws(SQLiteError) {
        var handle: OpaquePointer?
        var isWhole = true
        let code = sql.withCString { start in
            var rest: UnsafePointer<CChar>?
            let code = sqlite3_prepare_v3(
                database, start, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &handle, &rest)
            isWhole = rest.map { String(cString: $0).allSatisfy { $0.isWhitespace || $0 == ";" } } ?? true
            return code
        }
        guard code == SQLITE_OK else { throw SQLiteError(code: code, of: database) }
        guard let handle, isWhole else {
            sqlite3_finalize(handle)
            // SQLite would drop what follows the first statement without a word
            throw SQLiteError(code: SQLITE_MISUSE, message: "not one statement: \(sql)")
        }
        self.handle = handle
    }

    deinit {
        sqlite3_finalize(handle)
    }

    /// Binds a copy of `text`, NUL and all; `nil` is SQL `NULL`.
    package borrowing func bind(_ text: String?, at index: Int) throws(SQLiteError) {
        guard var text else { return try bindNull(at: index) }
        let code = text.withUTF8 { set(text: UnsafeRawBufferPointer($0), at: index, kept: transient) }
        try check(code)
    }

    /// Binds a copy of UTF-8 bytes as text.
    package borrowing func bind(text bytes: Span<UInt8>, at index: Int) throws(SQLiteError) {
        try check(bytes.withUnsafeBytes { set(text: $0, at: index, kept: transient) })
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

    /// Lends UTF-8 bytes as text, uncopied, while `body` runs; afterwards the statement is reset
    /// and the parameter `NULL`.
    ///
    /// - Parameter bytes: Must not change before `body` returns.
    package borrowing func lend<Result>(
        text bytes: UnsafeRawBufferPointer, at index: Int,
        _ body: (borrowing Statement) throws(SQLiteError) -> Result
    ) throws(SQLiteError) -> Result {
        try check(set(text: bytes, at: index, kept: nil))
        defer {
            sqlite3_reset(handle)
            sqlite3_bind_null(handle, CInt(index))
        }
        return try body(self)
    }

    /// Goes on to the next row; `false` when there is none, and the statement is done.
    package borrowing func step() throws(SQLiteError) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code:
            // the message belongs to this call: the reset below would only repeat it
            let error = SQLiteError(code: code, of: sqlite3_db_handle(handle))
            sqlite3_reset(handle)
            throw error
        }
    }

    /// Makes ready for another run. Parameters become `NULL`.
    package borrowing func reset() {
        // both only repeat what step() has thrown already
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

    package borrowing func name(_ column: Int) -> String {
        sqlite3_column_name(handle, CInt(column)).map { String(cString: $0) } ?? ""
    }

    package borrowing func isNull(_ column: Int) -> Bool {
        sqlite3_column_type(handle, CInt(column)) == SQLITE_NULL
    }

    /// The column as text, NUL and all; `nil` for SQL `NULL`.
    package borrowing func text(_ column: Int) -> String? {
        withBytes(column) { $0.map { String(decoding: $0, as: UTF8.self) } }
    }

    package borrowing func integer(_ column: Int) -> Int64? {
        isNull(column) ? nil : sqlite3_column_int64(handle, CInt(column))
    }

    package borrowing func double(_ column: Int) -> Double? {
        isNull(column) ? nil : sqlite3_column_double(handle, CInt(column))
    }

    /// Lends the column's bytes, a number's as text, to `body`; `nil` for SQL `NULL`.
    package borrowing func withBytes<Result, Failure: Error>(
        _ column: Int, _ body: (UnsafeRawBufferPointer?) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard !isNull(column) else { return try body(nil) }
        // the order matters: asking for text first settles the encoding that is then measured
        let start = sqlite3_column_text(handle, CInt(column))
        let count = Int(sqlite3_column_bytes(handle, CInt(column)))
        return try body(UnsafeRawBufferPointer(start: start, count: count))
    }

    private borrowing func set(
        text: UnsafeRawBufferPointer, at index: Int, kept: sqlite3_destructor_type?
    ) -> CInt {
        // an empty buffer may have no address, and SQLite takes a null pointer for NULL
        let start = text.baseAddress ?? UnsafeRawPointer(bitPattern: 1)!
        return sqlite3_bind_text64(
            handle, CInt(index), start.assumingMemoryBound(to: CChar.self), UInt64(text.count), kept,
            UInt8(SQLITE_UTF8))
    }

    private borrowing func check(_ code: CInt) throws(SQLiteError) {
        guard code == SQLITE_OK else { throw SQLiteError(code: code, of: sqlite3_db_handle(handle)) }
    }
}

/// `SQLITE_TRANSIENT`, "copy it now": a cast of -1, which Swift does not import.
private var transient: sqlite3_destructor_type {
    unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}
