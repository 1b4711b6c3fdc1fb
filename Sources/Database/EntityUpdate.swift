import PMJSON
import PMRecord

/// The data that one or more trades give about a wallet or a market.
///
/// The result of merging does not depend on the order or the number of batches: the first and last times are
/// extremes; names and details have a time, the latest wins, and of two with the same time the first.
struct EntityUpdate: Sendable {
    /// The members of a trade that describe the entity.
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
    /// JSON values, like the details.
    private var names: [ArraySlice<UInt8>?]
    private var namedAt: ArraySlice<UInt8>?
    private var details: ArraySlice<UInt8>?
    private var detailsAsOf: ArraySlice<UInt8>?

    /// - Parameter time: The trade's time in the form of ``CanonicalTime``.
    /// - Returns: `nil` when the trade does not identify the entity.
    init?(_ source: Source, in record: Record, at time: ArraySlice<UInt8>) {
        guard let key = record.text(source.key) else { return nil }
        self.key = key
        (firstSeen, lastSeen) = (time, time)
        names = source.names.map(record.raw)
        namedAt = names.contains { $0 != nil } ? time : nil
        if let details = record.raw(source.details), let detail = try? Record(Array(details)) {
            self.details = details
            // details without a time of their own get the time of the trade
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

    /// Returns the row for a table with the columns key, names, `named_at`, `first_seen`, `last_seen`,
    /// details and their time.
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

/// Returns true if a time is before another; `nil` is before all.
private func precedes(_ left: ArraySlice<UInt8>?, _ right: ArraySlice<UInt8>?) -> Bool {
    guard let right else { return false }
    return left.map { $0.lexicographicallyPrecedes(right) } ?? true
}
