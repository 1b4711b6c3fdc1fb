import Glibc
import PMRecord

/// The values of a row as text. Most are parts of the line, and are not copied; the others were decoded from it.
///
/// Both databases accept text for every type, so no value is converted in between. A class, because the same row
/// describes a trade, its wallet and its market.
package final class Row: Sendable {
    private let line: [UInt8]
    /// The values that the line does not have as text: unescaped, computed or in another form.
    private let decoded: [UInt8]
    /// One for each column of the table, in order, then one for each detail (see ``Table``).
    private let cells: [Cell]
    /// The revision, the time or the like: of two rows with one key, the newer has the higher rank.
    let rank: Int

    /// A range of bytes.
    struct Cell: Sendable {
        /// The index of the first byte in `line`; in `decoded` it is the complement, which is negative.
        let start: Int32
        /// Negative for SQL `NULL`.
        let count: Int32

        static let null = Cell(start: 0, count: -1)
    }

    init(line: [UInt8], decoded: [UInt8], cells: [Cell], rank: Int = 0) {
        self.line = line
        self.decoded = decoded
        self.cells = cells
        self.rank = rank
    }

    /// - Throws: ``InvalidRecord`` when a member does not fit its column.
    convenience init(_ record: Record, in table: Table) throws(InvalidRecord) {
        var writer = RowWriter(columns: table.columns.count + table.detailCount, line: record.bytes)
        for column in table.columns { try writer.add(column, of: record) }
        for detail in table.details { writer.add(detail, of: record) }
        self.init(
            writer,
            rank: table.rank.flatMap { record.integer($0) ?? record.time($0).map { Int($0.milliseconds) } }
                ?? 0)
    }

    convenience init(_ writer: consuming RowWriter, rank: Int = 0) {
        self.init(line: writer.line, decoded: writer.decoded, cells: writer.cells, rank: rank)
    }

    /// True for SQL `NULL`.
    func isNull(_ column: Int) -> Bool { cells[column].count < 0 }

    /// Returns the length of the value's text in bytes; negative for SQL `NULL`.
    func count(of column: Int) -> Int { Int(cells[column].count) }

    /// Lends the text of the value to `body`; `nil` for SQL `NULL`.
    func withBytes<Result, Failure: Error>(
        _ column: Int, _ body: (UnsafeRawBufferPointer?) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let cell = cells[column]
        guard cell.count >= 0 else { return try body(nil) }
        guard cell.start >= 0 else {
            return try decoded.withUnsafeBufferPointer { bytes throws(Failure) in
                try body(bytes.part(at: ~cell.start, count: cell.count))
            }
        }
        return try line.withUnsafeBufferPointer { bytes throws(Failure) in
            try body(bytes.part(at: cell.start, count: cell.count))
        }
    }

    /// Lends the text of all values to `body`, as a function of the column; `nil` is SQL `NULL`.
    func withValues<Result, Failure: Error>(
        _ body: ((Int) -> UnsafeRawBufferPointer?) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try line.withUnsafeBufferPointer { line throws(Failure) in
            try decoded.withUnsafeBufferPointer { decoded throws(Failure) in
                try body { column in
                    let cell = self.cells[column]
                    guard cell.count >= 0 else { return nil }
                    return cell.start >= 0
                        ? line.part(at: cell.start, count: cell.count)
                        : decoded.part(at: ~cell.start, count: cell.count)
                }
            }
        }
    }

    /// Compares two values by their bytes; SQL `NULL` is less than all others.
    ///
    /// - Returns: A negative number if the first is less, 0 if they are equal.
    static func compare(_ left: Row, _ leftColumn: Int, _ right: Row, _ rightColumn: Int) -> Int {
        left.withBytes(leftColumn) { one in
            right.withBytes(rightColumn) { other in
                guard let one, let other else { return (one == nil ? 0 : 1) - (other == nil ? 0 : 1) }
                let shared = min(one.count, other.count)
                let order = shared == 0 ? 0 : memcmp(one.baseAddress!, other.baseAddress!, shared)
                return order != 0 ? Int(order) : one.count - other.count
            }
        }
    }

    /// The approximate memory of the row without its line, in bytes.
    var size: Int { decoded.count + cells.count * MemoryLayout<Cell>.stride + 128 }
}

extension UnsafeBufferPointer<UInt8> {
    fileprivate func part(at start: Int32, count: Int32) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: self[Int(start)..<Int(start + count)]))
    }
}
