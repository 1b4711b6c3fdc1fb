import Database
import PMPipe

/// Prints the selected trades ordered by time as CSV (RFC 4180) with a heading: the columns of the view `trade_details`.
///
/// A missing value is an empty field, and times are RFC 3339.
package func printCSV(
    _ selection: TradeSelection, of store: any Store, to output: consuming LineWriter
) throws(StageError) {
    let pageSize = 2000
    var position: PagePosition?
    output.append(csvLine(TradeQuery.details))
    while true {
        let page = try asStage { () throws(StoreError) in
            try store.details(of: selection, after: position, limit: pageSize)
        }
        for row in page.rows { output.append(csvLine(row)) }
        try output.flush()
        guard page.rows.count == pageSize else { return }
        position = page.position
    }
}

/// Returns the fields of a line without its end, which is a newline alone.
private func csvLine(_ fields: [String?]) -> [UInt8] {
    Array(fields.map { $0.map(quoted) ?? "" }.joined(separator: ",").utf8)
}

/// Returns the field in quotes where it needs them. An empty text has quotes, and so differs from a missing one.
private func quoted(_ field: String) -> String {
    let special = Set(",\"\r\n".utf8)
    guard field.isEmpty || field.utf8.contains(where: special.contains) else { return field }
    return "\"" + field.replacing("\"", with: "\"\"") + "\""
}
