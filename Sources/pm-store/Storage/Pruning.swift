import Database
import PMPipe
import PMRecord

/// Removes rows older than `time`, in small steps.
///
/// - Returns: The number of removed rows.
package func prune(_ store: any Archive, before time: Timestamp) throws(StageError) -> Int {
    var total = 0
    while true {
        let count = try asStage { () throws(StoreError) in try store.prune(before: time, limit: 1000) }
        total += count
        if count == 0 { return total }
    }
}
