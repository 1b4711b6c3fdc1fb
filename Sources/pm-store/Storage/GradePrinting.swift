import Database
import PMPipe
import PMRecord
import Signals

/// Prints the grades of the stored outcomes, as a table or as JSON.
package func printGrades(
    of store: any OutcomeArchive, since: Timestamp?, until: Timestamp?, includesUnalerted: Bool,
    asJSON: Bool, to output: consuming LineWriter
) throws(StageError) {
    let trades = try asStage { () throws(StoreError) in
        try store.gradedTrades(since: since, until: until, includesUnalerted: includesUnalerted)
    }
    let report = GradeReport(grades(of: trades))
    if asJSON {
        for line in report.json { output.append(line) }
    } else {
        for line in report.table { output.append(line.utf8) }
    }
    try output.flush()
}
