/// An entry that the database will not have, and why.
package struct Fault: Sendable {
    package let entry: Entry
    package let error: StoreError
}

extension Batch {
    /// Finds the entries that keep the batch from being stored.
    ///
    /// The batch is halved until each of them stands alone: for b of them among n that is of the order of
    /// b × log n attempts.
    ///
    /// - Parameter attempt: Stores a part on top of those before it, or nothing of it; gives the error when a row of
    ///   the part is at fault.
    func faults<Failure: Error>(
        _ attempt: (Batch) throws(Failure) -> StoreError?
    ) throws(Failure) -> [Fault] {
        let rows = entries.filter { !$0.isMark }
        return try Self.faults(in: rows[...], isKnownBad: rows.count > 1, attempt)
    }

    /// - Parameter isKnownBad: Whether an attempt at the whole would only fail.
    private static func faults<Failure: Error>(
        in entries: ArraySlice<Entry>, isKnownBad: Bool, _ attempt: (Batch) throws(Failure) -> StoreError?
    ) throws(Failure) -> [Fault] {
        guard !entries.isEmpty else { return [] }
        if !isKnownBad {
            guard let error = try attempt(Batch(entries)) else { return [] }
            if entries.count == 1 { return [Fault(entry: entries.first!, error: error)] }
        }
        let middle = entries.startIndex + entries.count / 2
        let first = try faults(in: entries[..<middle], isKnownBad: false, attempt)
        // where the first half is good the second is not, and only a row that stands alone has to say why
        let rest = entries[middle...]
        return first + (try faults(in: rest, isKnownBad: first.isEmpty && rest.count > 1, attempt))
    }
}
