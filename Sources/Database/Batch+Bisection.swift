extension Batch {
    /// Finds the lines because of which the batch cannot be stored.
    ///
    /// The batch is halved until each bad row is alone: for b bad rows among n, that takes on the order of
    /// b × log n attempts.
    ///
    /// - Parameter attempt: Stores a part after the parts before it, or stores nothing and returns the error
    ///   when a row of the part is bad.
    func badRows<Failure: Error>(
        _ attempt: (Batch) throws(Failure) -> StoreError?
    ) throws(Failure) -> [BadRow] {
        let rows = lines.filter { !$0.isMark }
        return try Self.badRows(in: rows[...], isKnownBad: rows.count > 1, attempt)
    }

    /// - Parameter isKnownBad: True if it is already known that storing all of `lines` together fails.
    private static func badRows<Failure: Error>(
        in lines: ArraySlice<StorableLine>, isKnownBad: Bool,
        _ attempt: (Batch) throws(Failure) -> StoreError?
    ) throws(Failure) -> [BadRow] {
        guard !lines.isEmpty else { return [] }
        if !isKnownBad {
            guard let error = try attempt(Batch(lines)) else { return [] }
            if lines.count == 1 { return [BadRow(line: lines.first!, error: error)] }
        }
        let middle = lines.startIndex + lines.count / 2
        let first = try badRows(in: lines[..<middle], isKnownBad: false, attempt)
        // When the first half is good, the second is bad. A single row is attempted all the same, for its
        // error.
        let rest = lines[middle...]
        return first + (try badRows(in: rest, isKnownBad: first.isEmpty && rest.count > 1, attempt))
    }
}
