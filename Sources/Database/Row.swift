import PMJSON

/// A row as one JSON object, and where each column's value stands in it.
///
/// PostgreSQL takes the object as it is, a whole batch of them as one parameter; SQLite takes the values.
package struct Row: Sendable {
    package let json: [UInt8]
    /// One for each column of the table, in its order; empty for SQL `NULL`.
    package let cells: [Range<Int>]
}

/// Writes a row column by column, copying values as they stand.
struct RowWriter {
    private var json: [UInt8] = []
    private var cells: [Range<Int>] = []

    init(columns: Int, bytes: Int) {
        json.reserveCapacity(bytes)
        cells.reserveCapacity(columns)
        json.append(UInt8(ascii: "{"))
    }

    mutating func null() {
        cells.append(0..<0)
    }

    /// - Parameter value: JSON; `nil` is SQL `NULL`.
    mutating func add(_ key: JSONKey, _ value: (some Collection<UInt8>)?) {
        guard let value else { return null() }
        if json.count > 1 { json.append(UInt8(ascii: ",")) }
        json.append(UInt8(ascii: "\""))
        key.name.withUTF8Buffer { json.append(contentsOf: $0) }
        json.append(UInt8(ascii: "\""))
        json.append(UInt8(ascii: ":"))
        let start = json.count
        json.append(contentsOf: value)
        cells.append(start..<json.count)
    }

    consuming func finish() -> Row {
        json.append(UInt8(ascii: "}"))
        return Row(json: json, cells: cells)
    }
}

extension [UInt8] {
    /// The text between quotes. Meant for what needs no escape: keys and times.
    init(quoting text: String) {
        self = [UInt8(ascii: "\"")] + text.utf8 + [UInt8(ascii: "\"")]
    }
}
