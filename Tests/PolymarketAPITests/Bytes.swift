func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// An answer of Data API v2: the rows, and what follows.
func paged(_ rows: [String], next: String? = nil, hasMore: Bool? = nil, limit: Int = 1000) -> String {
    let cursor = next.map { "\"\($0)\"" } ?? "null"
    return #"""
        {"data":[\#(rows.joined(separator: ","))],"pagination":{"limit":\#(limit),"offset":0,\#
        "has_more":\#(hasMore ?? (next != nil)),"next_cursor":\#(cursor)}}
        """#
}

func list(_ rows: [String]) -> String { "[\(rows.joined(separator: ","))]" }
