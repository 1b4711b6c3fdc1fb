import PMJSON

/// One page of a list: whether it is the last is told by the rows that came, whatever could be read of them.
package struct Page<Row: Sendable>: Sendable {
    /// Those that could be read.
    package let rows: [Row]
    /// All that came.
    package let count: Int

    init(in answer: [UInt8], _ read: (JSON) -> Row?) throws(APIError) {
        let elements = try list(answer)
        rows = elements.compactMap(read)
        count = elements.count
    }

    /// Rows that could not be read.
    package var unreadable: Int { count - rows.count }
}
