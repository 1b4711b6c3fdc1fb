import Database

/// The sizes and waits of pm-store.
package struct StoreLimits: Sendable {
    /// The most lines in a batch.
    package var batchLines = 5000
    /// Bytes at which a batch is full.
    package var batchBytes = 16 << 20
    /// Full batches that may wait behind the one that is being stored.
    package var waitingBatches = 1
    /// Bytes held while the database is unavailable; beyond that, input waits.
    package var hold = 64 << 20
    /// The longest time that lines wait for the database before they are passed on without it.
    package var passAfter = Duration.seconds(1)
    /// The longest wait for the database after the end of input.
    package var patience = Duration.seconds(300)
    /// The age from which rows are removed while the store runs; `nil` to keep them.
    package var keep: Duration?
    /// True to leave indexes of trades that were dropped for a bulk load; otherwise they are built before the first line.
    package var isBulkLoad = false
    /// The range of pauses between attempts.
    package var retry = Duration.milliseconds(100)...Duration.seconds(5)

    package init() {}

    /// The limits of batches that suit the database.
    package init(for location: DatabaseLocation) {
        switch location {
        case .postgres: break
        case .sqlite:
            // A larger batch changes each page of an index for more rows. It is not encoded, so none need wait.
            (batchLines, waitingBatches) = (10_000, 0)
        }
    }
}
