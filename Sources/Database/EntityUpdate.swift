import PMJSON
import PMRecord

/// What one trade, or a batch of them, says of a wallet or a market.
///
/// Merging is such that neither the order nor the number of batches matters: first and last are extremes, names
/// and details belong to the moment they were said at, and of two said at the same moment the first stands.
struct EntityUpdate: Sendable {
    /// Where a trade says it.
    struct Source: Sendable {
        let table: Table
        let key: JSONKey
        let names: [JSONKey]
        let details: JSONKey

        static let wallet = Source(
            table: .wallets, key: Key.wallet, names: [Key.name, Key.pseudonym], details: Key.profile)
        static let market = Source(
            table: .markets, key: Key.conditionID, names: [Key.title, Key.slug, Key.eventSlug, Key.icon],
            details: Key.market)
    }

    let key: String
    private var firstSeen: ArraySlice<UInt8>
    private var lastSeen: ArraySlice<UInt8>
    /// As JSON, like the details.
    private var names: [ArraySlice<UInt8>?]
    private var namedAt: ArraySlice<UInt8>?
    private var details: ArraySlice<UInt8>?
    private var detailsAsOf: ArraySlice<UInt8>?

    /// - Parameter time: The trade's, as ``CanonicalTime`` has it.
    /// - Returns: `nil` when the trade does not say which one it is.
    init?(_ source: Source, in record: Record, at time: ArraySlice<UInt8>) {
        guard let key = record.text(source.key) else { return nil }
        self.key = key
        (firstSeen, lastSeen) = (time, time)
        names = source.names.map(record.raw)
        namedAt = names.contains { $0 != nil } ? time : nil
        if let details = record.raw(source.details), let detail = try? Record(Array(details)) {
            self.details = details
            // one that does not say when it was right is as old as the trade that brought it
            let asOf = detail.raw(Key.asOf).flatMap { raw in
                raw.withUnsafeBufferPointer { CanonicalTime.text(from: $0.span) }
            }
            detailsAsOf = asOf.map { Array($0.utf8)[...] } ?? time
        }
    }

    mutating func merge(_ other: EntityUpdate) {
        if precedes(other.firstSeen, firstSeen) { firstSeen = other.firstSeen }
        if precedes(lastSeen, other.lastSeen) { lastSeen = other.lastSeen }
        if precedes(namedAt, other.namedAt) { (names, namedAt) = (other.names, other.namedAt) }
        if precedes(detailsAsOf, other.detailsAsOf) {
            (details, detailsAsOf) = (other.details, other.detailsAsOf)
        }
    }

    /// The row of a table whose columns are: key, names, `named_at`, `first_seen`, `last_seen`, details and
    /// their time.
    func row(of table: Table) -> Row {
        var writer = RowWriter(columns: table.columns.count, bytes: 512 + (details?.count ?? 0))
        writer.add(text: key.utf8)
        for name in names {
            if let name {
                name.withUnsafeBufferPointer { writer.add(json: $0.span) }
            } else {
                writer.addNull()
            }
        }
        for value in [namedAt, firstSeen, lastSeen, details, detailsAsOf] { writer.add(text: value) }
        return writer.finish()
    }
}

/// Whether a moment comes before another; what never was comes before all.
private func precedes(_ left: ArraySlice<UInt8>?, _ right: ArraySlice<UInt8>?) -> Bool {
    guard let right else { return false }
    return left.map { $0.lexicographicallyPrecedes(right) } ?? true
}
