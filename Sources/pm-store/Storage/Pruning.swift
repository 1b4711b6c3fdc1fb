import Database
import PMPipe
import PMRecord

/// Removes rows older than `time`, in small steps.
///
/// - Returns: The number of removed rows.
package func prune(_ store: any Archive, before time: Timestamp) throws(StageError) -> Int {
    var total = 0
    for table in PrunedTable.allCases {
        var count = 0
        repeat {
            count = try asStage { () throws(StoreError) in try store.prune(table, before: time, limit: 1000) }
            total += count
        } while count > 0
    }
    return total
}
