import PMRecord

/// The values of a row as text, in one buffer.
///
/// Both databases accept text for every type, so no value is converted in between.
package struct Row: Sendable {
    private let bytes: [UInt8]
    /// One for each column of the table, in order.
    private let cells: [Cell]

    struct Cell: Sendable {
        let start: Int32
        /// Negative for SQL `NULL`.
        let count: Int32

        static let null = Cell(start: 0, count: -1)
    }

    init(bytes: [UInt8], cells: [Cell]) {
        self.bytes = bytes
        self.cells = cells
    }

    /// - Throws: ``InvalidRecord`` when a member does not fit its column.
    init(_ record: Record, in table: Table) throws(InvalidRecord) {
        var writer = RowWriter(columns: table.columns.count, bytes: record.bytes.count * 2)
        for column in table.columns { try writer.add(column, of: record) }
        self = writer.finish()
    }

    /// The text of the value; `nil` for SQL `NULL`.
    subscript(column: Int) -> ArraySlice<UInt8>? {
        let cell = cells[column]
        return cell.count < 0 ? nil : bytes[Int(cell.start)..<Int(cell.start + cell.count)]
    }

    /// Lends the text of the value to `body`; `nil` for SQL `NULL`.
    func withValue<Result, Failure>(
        _ column: Int, _ body: (Span<UInt8>?) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let cell = cells[column]
        guard cell.count >= 0 else { return try body(nil) }
        return try body(bytes.span.extracting(Int(cell.start)..<Int(cell.start + cell.count)))
    }

    /// Returns the length of the value's text in bytes; negative for SQL `NULL`.
    func count(of column: Int) -> Int { Int(cells[column].count) }

    /// The approximate memory of the row, in bytes.
    var size: Int { bytes.count + cells.count * 8 }
}
