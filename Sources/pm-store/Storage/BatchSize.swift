import Database

/// How much is stored at a time in a database that breaks off what takes it too long (`statement_timeout`).
///
/// A lock that does not come is broken off in the same way, and passes without our doing: so it takes three in a row
/// before less is tried, and every success tries more again.
struct BatchSize: Sendable {
    private static let patience = 3

    /// Lines at a time; `nil` for as many as there are.
    private var limit: Int?
    /// What was first too much.
    private var ceiling = 0
    private var failures = 0

    /// What of a batch is stored next.
    func first(of batch: Batch) -> Batch {
        guard let limit, batch.entries.count > limit else { return batch }
        return Batch(batch.entries.prefix(limit))
    }

    /// - Returns: Whether less is to be tried at once; otherwise it is the same again, a little later.
    mutating func shorten(after batch: Batch) -> Bool {
        failures += 1
        let count = batch.entries.count
        guard count > 1, limit != nil || failures >= Self.patience else { return false }
        if limit == nil { ceiling = count }
        (limit, failures) = (count / 2, 0)
        return true
    }

    mutating func noticeSuccess(with batch: Batch) {
        failures = 0
        guard let limit, batch.entries.count >= limit else { return }
        self.limit = limit < ceiling ? limit * 2 : nil
    }
}
