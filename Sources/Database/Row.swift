import PMJSON
import PMRecord

/// A row as one JSON object, and where each column's value stands in it.
///
/// PostgreSQL takes the object as it is, a whole batch of them as one parameter; SQLite takes the values.
package struct Row: Sendable {
    let json: [UInt8]
    /// One for each column of the table, in its order; empty for SQL `NULL`.
    let cells: [Range<Int32>]

    func value(_ column: Int) -> ArraySlice<UInt8> {
        json[Int(cells[column].lowerBound)..<Int(cells[column].upperBound)]
    }

    /// - Throws: ``Unstorable`` when a member is not what its column holds.
    init(_ record: Record, in table: Table) throws(Unstorable) {
        var writer = RowWriter(columns: table.columns.count, bytes: record.bytes.count * 2 + 512)
        for column in table.columns { try writer.add(column, of: record) }
        self = writer.finish()
    }

    init(json: [UInt8], cells: [Range<Int32>]) {
        self.json = json
        self.cells = cells
    }

    /// - Parameter values: JSON, one for each column; `nil` is SQL `NULL`.
    init(_ values: [[UInt8]?], in table: Table) {
        let bytes = values.reduce(24 * values.count) { $0 + ($1?.count ?? 0) }
        var writer = RowWriter(columns: values.count, bytes: bytes)
        for (column, value) in zip(table.columns, values) {
            if let value { writer.add(column, value.span, 0..<value.count) } else { writer.addNull() }
        }
        self = writer.finish()
    }
}

/// Writes a row column by column, copying values as they stand.
private struct RowWriter {
    private var json: [UInt8] = []
    private var cells: [Range<Int32>] = []

    init(columns: Int, bytes: Int) {
        json.reserveCapacity(bytes)
        cells.reserveCapacity(columns)
        json.append(UInt8(ascii: "{"))
    }

    mutating func addNull() {
        cells.append(0..<0)
    }

    /// - Parameter range: Where the value stands in `text`, as JSON.
    mutating func add(_ column: Column, _ text: Span<UInt8>, _ range: Range<Int>) {
        if json.count > 1 { json.append(UInt8(ascii: ",")) }
        json.append(UInt8(ascii: "\""))
        column.key.name.withUTF8Buffer { json.append(contentsOf: $0) }
        json.append(UInt8(ascii: "\""))
        json.append(UInt8(ascii: ":"))
        let start = Int32(truncatingIfNeeded: json.count)
        json.append(contentsOf: text, range)
        cells.append(start..<Int32(truncatingIfNeeded: json.count))
    }

    /// Adds what the record has for the column.
    mutating func add(_ column: Column, of record: Record) throws(Unstorable) {
        let line = record.bytes.span
        switch column.source {
        case .line: return add(column, line, 0..<line.count)
        case .member, .value: break
        }
        if let range = record.present(column.key) {
            return try add(column, checking: line, range)
        }
        if case .value = column.source, let value = record.value {
            add(column, Array(value.description.utf8))
        } else if let absent = column.absent {
            add(column, absent)
        } else if column.isRequired {
            throw Unstorable("\(column.name) is missing")
        } else {
            addNull()
        }
    }

    private mutating func add(_ column: Column, _ value: [UInt8]) {
        add(column, value.span, 0..<value.count)
    }

    private mutating func add(
        _ column: Column, checking line: Span<UInt8>, _ range: Range<Int>
    ) throws(Unstorable) {
        let value = line.extracting(range)
        let fits: Bool
        switch column.type {
        case .key: fits = value.isKey
        case .text: fits = value.isString
        case .time:
            guard !CanonicalTime.holds(value) else { fits = true; break }
            guard let time = CanonicalTime.json(from: value) else { fits = false; break }
            return add(column, time)
        case .number: fits = Decimal(value) != nil
        case .integer: fits = value.isInteger
        case .json: fits = true
        }
        guard fits else { throw Unstorable("\(column.name) is no \(column.type.noun)") }
        add(column, line, range)
    }

    consuming func finish() -> Row {
        json.append(UInt8(ascii: "}"))
        return Row(json: json, cells: cells)
    }
}

extension Record {
    /// Where the member's value stands; `nil` where it is absent or null.
    func present(_ key: JSONKey) -> Range<Int>? {
        guard let range = index.value(of: key, in: bytes.span), bytes[range.lowerBound] != UInt8(ascii: "n")
        else { return nil }
        return range
    }
}

extension Span<UInt8> {
    fileprivate var isString: Bool { self[0] == UInt8(ascii: "\"") }

    /// Whether a JSON string can be a key; see ``ColumnType/key``.
    var isKey: Bool {
        guard isString, 3...ColumnType.longestKey + 2 ~= count else { return false }
        for place in 1..<count - 1 {
            let byte = self[place]
            guard 0x20...0x7E ~= byte, byte != UInt8(ascii: "\\") else { return false }
        }
        return true
    }

    fileprivate var isInteger: Bool {
        // most have a few digits; what is longer is asked the long way
        if count <= 18 {
            for place in 0..<count where !self[place].isDigit && (place > 0 || self[0] != UInt8(ascii: "-")) {
                return false
            }
            return true
        }
        return withUnsafeBufferPointer { Int64(String(decoding: $0, as: UTF8.self)) != nil }
    }
}

extension [UInt8] {
    /// The text between quotes. Meant for what needs no escape: keys and times.
    init(quoting text: String) {
        self = [UInt8(ascii: "\"")] + text.utf8 + [UInt8(ascii: "\"")]
    }
}
