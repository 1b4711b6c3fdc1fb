import PMJSON
import PMRecord

/// Builds a row value by value.
struct RowWriter {
    private var bytes: [UInt8] = []
    private var cells: [Row.Cell] = []

    init(columns: Int, bytes count: Int) {
        bytes.reserveCapacity(count)
        cells.reserveCapacity(columns)
    }

    mutating func addNull() {
        cells.append(.null)
    }

    /// Adds a value unchanged; `nil` is SQL `NULL`.
    mutating func add(text: (some Collection<UInt8>)?) {
        guard let text else { return addNull() }
        let start = bytes.count
        bytes.append(contentsOf: text)
        close(from: start)
    }

    /// Adds the decoded text of a JSON string, and any other JSON unchanged.
    mutating func add(json value: Span<UInt8>) {
        let start = bytes.count
        if value[0] != UInt8(ascii: "\"") {
            bytes.append(contentsOf: value, 0..<value.count)
        } else if value.index(of: UInt8(ascii: "\\"), from: 1) == value.count {
            bytes.append(contentsOf: value, 1..<value.count - 1)
        } else {
            bytes.append(contentsOf: decodedJSONString(value.extracting(1..<value.count - 1)).utf8)
        }
        close(from: start)
    }

    /// Adds the record's value for the column.
    ///
    /// - Throws: ``InvalidRecord`` when the value does not fit the column.
    mutating func add(_ column: Column, of record: Record) throws(InvalidRecord) {
        let line = record.bytes.span
        if case .line = column.source { return add(whole: line) }
        if let range = record.present(column.key) {
            try add(column, line.extracting(range))
        } else if case .value = column.source, let value = record.value {
            add(text: value.description.utf8)
        } else if let value = column.defaultValue {
            add(text: value)
        } else if column.isRequired {
            throw InvalidRecord("\(column.name) is missing")
        } else {
            addNull()
        }
    }

    consuming func finish() -> Row {
        Row(bytes: bytes, cells: cells)
    }

    private mutating func add(_ column: Column, _ value: Span<UInt8>) throws(InvalidRecord) {
        let fits: Bool
        switch column.type {
        case .json: return add(whole: value)
        case .time where !CanonicalTime.matches(value):
            let time = CanonicalTime.text(from: value)
            if let time { return add(text: time.utf8) }
            fits = false
        case .time: fits = true
        case .key: fits = value.isKey
        case .text: fits = value.isString
        case .number: fits = Decimal(value) != nil
        case .integer: fits = value.isInteger
        }
        guard fits else { throw InvalidRecord("\(column.name) is not \(column.type.noun)") }
        add(json: value)
    }

    private mutating func add(whole value: Span<UInt8>) {
        let start = bytes.count
        bytes.append(contentsOf: value, 0..<value.count)
        close(from: start)
    }

    private mutating func close(from start: Int) {
        cells.append(Row.Cell(start: Int32(start), count: Int32(bytes.count - start)))
    }
}

extension Record {
    /// Returns the range of the member's value; `nil` where it is absent or null.
    fileprivate func present(_ key: JSONKey) -> Range<Int>? {
        guard let range = index.value(of: key, in: bytes.span), bytes[range.lowerBound] != UInt8(ascii: "n")
        else { return nil }
        return range
    }
}

extension Span<UInt8> {
    fileprivate var isString: Bool { self[0] == UInt8(ascii: "\"") }

    /// True for a JSON string that can be a key; see ``ColumnType/key``.
    var isKey: Bool {
        guard isString, 3...ColumnType.longestKey + 2 ~= count else { return false }
        for index in 1..<count - 1 {
            let byte = self[index]
            guard 0x20...0x7E ~= byte, byte != UInt8(ascii: "\\") else { return false }
        }
        return true
    }

    fileprivate var isInteger: Bool {
        // most have a few digits; only longer ones are parsed
        guard count <= 18 else {
            return withUnsafeBufferPointer { Int64(String(decoding: $0, as: UTF8.self)) != nil }
        }
        for index in 0..<count where !self[index].isDigit && (index > 0 || self[0] != UInt8(ascii: "-")) {
            return false
        }
        return true
    }
}
