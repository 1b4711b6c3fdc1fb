import PMRecord

/// A row's values, one after the other, as text.
///
/// Text is what both databases take for every type, without a copy of our own in between.
package struct Row: Sendable {
    private let bytes: [UInt8]
    /// One for each column of the table, in its order.
    private let cells: [Cell]

    struct Cell: Sendable {
        let start: Int32
        /// Below zero for SQL `NULL`.
        let count: Int32

        static let null = Cell(start: 0, count: -1)
    }

    init(bytes: [UInt8], cells: [Cell]) {
        self.bytes = bytes
        self.cells = cells
    }

    /// - Throws: ``Unstorable`` when a member is not what its column holds.
    init(_ record: Record, in table: Table) throws(Unstorable) {
        var writer = RowWriter(columns: table.columns.count, bytes: record.bytes.count * 2)
        for column in table.columns { try writer.add(column, of: record) }
        self = writer.finish()
    }

    /// The value's text; `nil` for SQL `NULL`.
    subscript(column: Int) -> ArraySlice<UInt8>? {
        let cell = cells[column]
        return cell.count < 0 ? nil : bytes[Int(cell.start)..<Int(cell.start + cell.count)]
    }

    /// Lends the value's text to `body`; `nil` for SQL `NULL`.
    func withValue<Result, Failure>(
        _ column: Int, _ body: (Span<UInt8>?) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let cell = cells[column]
        guard cell.count >= 0 else { return try body(nil) }
        return try body(bytes.span.extracting(Int(cell.start)..<Int(cell.start + cell.count)))
    }

    /// Bytes of the value's text; below zero for SQL `NULL`.
    func count(of column: Int) -> Int { Int(cells[column].count) }

    /// Bytes that it takes to hold the row, near enough.
    var size: Int { bytes.count + cells.count * 8 }
}
