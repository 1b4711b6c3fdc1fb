import PMJSON
import PMRecord

/// Builds a row value by value.
struct RowWriter {
    /// The line that values are parts of; empty for a row that is not of one line.
    let line: [UInt8]
    private(set) var decoded: [UInt8] = []
    private(set) var cells: [Row.Cell] = []

    init(columns: Int, line: [UInt8] = []) {
        self.line = line
        cells.reserveCapacity(columns)
    }

    mutating func addNull() {
        cells.append(.null)
    }

    /// Adds a value unchanged; `nil` is SQL `NULL`.
    mutating func add(text: (some Collection<UInt8>)?) {
        guard let text else { return addNull() }
        let start = decoded.count
        decoded.append(contentsOf: text)
        cells.append(Row.Cell(start: ~Int32(start), count: Int32(decoded.count - start)))
    }

    /// Adds the value of a column of another row.
    mutating func add(_ column: Int, of row: Row) {
        row.withBytes(column) { add(text: $0) }
    }

    /// Adds a detail of the record.
    mutating func add(_ detail: Detail, of record: Record) {
        guard let range = record.present(detail.key) else {
            for _ in 0..<detail.cells { addNull() }
            return
        }
        switch detail.form {
        case .text: add(json: range)
        case .object:
            let line = line
            guard let index = try? MemberIndex(line.span.extracting(range)) else {
                addNull()
                return addNull()
            }
            add(part: range)
            let time = index.value(of: Key.asOf, in: line.span.extracting(range)).flatMap {
                CanonicalTime.text(from: line.span.extracting(range).extracting($0))
            }
            add(text: time?.utf8)
        }
    }

    /// Adds the text of the JSON string in that range of the line, and any other JSON unchanged.
    private mutating func add(json range: Range<Int>) {
        let line = line
        guard line[range.lowerBound] == UInt8(ascii: "\"") else { return add(part: range) }
        let text = range.lowerBound + 1..<range.upperBound - 1
        if line.span.extracting(text).index(of: UInt8(ascii: "\\"), from: 0) == text.count {
            add(part: text)
        } else {
            add(text: decodedJSONString(line.span.extracting(text)).utf8)
        }
    }

    private mutating func add(part range: Range<Int>) {
        cells.append(Row.Cell(start: Int32(range.lowerBound), count: Int32(range.count)))
    }

    /// Adds the record's value for the column.
    ///
    /// - Throws: ``InvalidRecord`` when the value does not fit the column.
    mutating func add(_ column: Column, of record: Record) throws(InvalidRecord) {
        if case .line = column.source { return add(part: 0..<line.count) }
        if let range = record.present(column.key) {
            try add(column, range)
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

    private mutating func add(_ column: Column, _ range: Range<Int>) throws(InvalidRecord) {
        let line = line
        let value = line.span.extracting(range)
        let fits: Bool
        switch column.type {
        case .json: return add(part: range)
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
        add(json: range)
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
