import Database
import PMJSON
import PMPipe
import PMRecord

/// Prints the cursor of each stream: `{"stream":…,"seq":…,"time":…}`.
package func printCursors(of store: any RecordStore, to output: consuming LineWriter) throws(StageError) {
    let cursors = try asStage { () throws(StoreError) in try store.cursors() }
    for cursor in cursors {
        var writer = JSONWriter()
        writer.object { line in
            line.member(Key.stream, cursor.stream)
            line.member(Key.seq, cursor.seq)
            line.member(Key.time, cursor.time?.description)
        }
        output.append(writer.bytes)
    }
    try output.flush()
}

/// Prints the selected trades ordered by time, each as the line that came in.
package func printTrades(
    _ selection: TradeSelection, of store: any Archive, to output: consuming LineWriter
) throws(StageError) {
    let pageSize = 2000
    var position: PagePosition?
    while true {
        let page = try asStage { () throws(StoreError) in
            try store.page(of: selection, after: position, limit: pageSize)
        }
        for trade in page { output.append(trade.line.span) }
        try output.flush()
        guard page.count == pageSize else { return }
        position = page.last?.position
    }
}

/// Prints the latest line of each gap.
package func printGaps(
    of store: any Archive, includingClosed: Bool, to output: consuming LineWriter
) throws(StageError) {
    let gaps = try asStage { () throws(StoreError) in try store.gaps(includingClosed: includingClosed) }
    for gap in gaps { output.append(gap.span) }
    try output.flush()
}

/// Prints a description of the database and of the pending migrations.
package func printCheck(of store: any Archive, to output: consuming LineWriter) throws(StageError) {
    let sentences = try asStage { () throws(StoreError) in try store.inspect() }
    for sentence in sentences { output.append(shown(sentence).utf8) }
    try output.flush()
}

/// Runs a request, and converts the error of the store to the stage's.
package func asStage<Answer>(_ request: () throws(StoreError) -> Answer) throws(StageError) -> Answer {
    do throws(StoreError) { return try request() } catch { throw error.asStageError }
}
