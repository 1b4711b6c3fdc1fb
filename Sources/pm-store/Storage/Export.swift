import Database
import PMPipe
import PMRecord

/// Prints the selected trades by time, each the line that came in.
package func export(
    _ selection: Selection, of store: any Archive, to output: consuming LineWriter
) throws(StageError) {
    let pageSize = 2000
    var position: Position?
    while true {
        let page = try stage { () throws(StoreError) in
            try store.page(of: selection, after: position, limit: pageSize)
        }
        for trade in page { output.append(trade.line.span) }
        try output.flush()
        guard page.count == pageSize else { return }
        position = page.last?.position
    }
}

/// Prints the gaps, each the line that was last told of it.
package func printGaps(
    of store: any Archive, includingClosed: Bool, to output: consuming LineWriter
) throws(StageError) {
    let gaps = try stage { () throws(StoreError) in try store.gaps(includingClosed: includingClosed) }
    for gap in gaps { output.append(gap.span) }
    try output.flush()
}

/// Removes what is older, in small steps.
///
/// - Returns: How many rows are gone.
package func prune(_ store: any Archive, before time: Timestamp) throws(StageError) -> Int {
    var total = 0
    while true {
        let count = try stage { () throws(StoreError) in try store.prune(before: time, limit: 1000) }
        total += count
        if count == 0 { return total }
    }
}

/// Says what the database is, and what would be done to it.
package func check(_ store: any Archive, sayingTo output: consuming LineWriter) throws(StageError) {
    let report = try stage { () throws(StoreError) in try store.inspect() }
    for sentence in report { output.append(shown(sentence).utf8) }
    try output.flush()
}

/// What a store throws, as the stage's own error.
func stage<Answer>(_ request: () throws(StoreError) -> Answer) throws(StageError) -> Answer {
    do throws(StoreError) { return try request() } catch { throw error.asStageError }
}
