import Database

/// The number of lines to store at a time, for a database that cancels slow statements (`statement_timeout`).
///
/// A wait for a lock is cancelled in the same way, and ends without any change of ours. So it takes three
/// cancellations in a row to halve the size, and every success doubles it again.
struct BatchSize: Sendable {
    private static let mostFailures = 3

    /// Lines at a time; `nil` for no limit.
    private var limit: Int?
    /// The size that failed first.
    private var ceiling = 0
    private var failures = 0

    /// Returns the part of a batch to store next.
    func prefix(of batch: Batch) -> Batch {
        guard let limit, batch.lines.count > limit else { return batch }
        return Batch(batch.lines.prefix(limit))
    }

    /// Notes that the database cancelled the batch.
    ///
    /// - Returns: True to try a smaller part at once; false to try the same again after a pause.
    mutating func shrink(after batch: Batch) -> Bool {
        failures += 1
        let count = batch.lines.count
        guard count > 1, limit != nil || failures >= Self.mostFailures else { return false }
        if limit == nil { ceiling = count }
        (limit, failures) = (count / 2, 0)
        return true
    }

    mutating func grow(after batch: Batch) {
        failures = 0
        guard let limit, batch.lines.count >= limit else { return }
        self.limit = limit < ceiling ? limit * 2 : nil
    }
}
