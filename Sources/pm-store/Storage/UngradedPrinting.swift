import Database
import PMPipe

/// Prints the trades whose outcome is not known completely, each after its outcome so far.
package func printUngraded(
    _ selection: UngradedSelection, of store: any OutcomeArchive, to output: consuming LineWriter
) throws(StageError) {
    let pageSize = 2000
    var position: PagePosition?
    while true {
        let page = try asStage { () throws(StoreError) in
            try store.ungraded(selection, after: position, limit: pageSize)
        }
        for line in page.lines { output.append(line.utf8) }
        try output.flush()
        guard page.count == pageSize else { return }
        position = page.position
    }
}
