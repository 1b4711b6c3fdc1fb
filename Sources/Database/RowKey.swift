/// The key of a row, or of the wallet or market that a trade names.
struct RowKey: Hashable, Sendable {
    private let row: Row
    private let columns: Range<Int>
    /// The first eight bytes as a number, in which most keys differ already.
    private let prefix: UInt64

    init(_ row: Row, _ columns: Range<Int>) {
        self.row = row
        self.columns = columns
        prefix = row.withBytes(columns.lowerBound) { bytes in
            var prefix: UInt64 = 0
            for index in 0..<8 {
                prefix = prefix << 8 | UInt64(index < bytes?.count ?? 0 ? bytes![index] : 0)
            }
            return prefix
        }
    }

    static func == (left: RowKey, right: RowKey) -> Bool {
        left.prefix == right.prefix && compare(left, right) == 0
    }

    func hash(into hasher: inout Hasher) {
        for column in columns {
            row.withBytes(column) { if let bytes = $0 { hasher.combine(bytes: bytes) } }
        }
    }

    private static func compare(_ left: RowKey, _ right: RowKey) -> Int {
        for (one, other) in zip(left.columns, right.columns) {
            let order = Row.compare(left.row, one, right.row, other)
            if order != 0 { return order }
        }
        return 0
    }

    /// Returns the values in the order of their keys, by bytes.
    ///
    /// Numbers are sorted, not the keys: counting the references to each compared row takes most of the time otherwise.
    static func inOrder<Value>(_ values: [RowKey: Value]) -> [Value] {
        let entries = Array(values)
        var places = entries.indices.map { (prefix: entries[$0].key.prefix, index: $0) }
        places.sort { one, other in
            one.prefix == other.prefix
                ? compare(entries[one.index].key, entries[other.index].key) < 0 : one.prefix < other.prefix
        }
        return places.map { entries[$0.index].value }
    }
}
