import PMJSON
import PMRecord

/// What one trade, or a batch of them, says of a wallet or a market.
///
/// Merging is such that neither the order nor the number of batches matters: first and last are extremes, names
/// and details belong to the moment they were said at, and of two said at the same moment the first stands.
struct Sighting: Sendable {
    let key: [UInt8]
    private(set) var firstSeen: [UInt8]
    private(set) var lastSeen: [UInt8]
    /// One for each name that such a thing has.
    private var names: [[UInt8]?]
    private var namedAt: [UInt8]?
    private var details: [UInt8]?
    private var detailsAsOf: [UInt8]?

    /// - Parameter time: The trade's, as JSON.
    /// - Returns: `nil` when the trade does not say which one it is.
    init?(
        of key: JSONKey, at time: [UInt8], named names: [JSONKey], detailedBy details: JSONKey,
        in record: Record
    ) throws(Unstorable) {
        guard let value = record.raw(key) else { return nil }
        self.key = Array(value)
        (firstSeen, lastSeen) = (time, time)
        self.names = names.map { key in record.raw(key).map { Array($0) } }
        namedAt = self.names.contains { $0 != nil } ? time : nil
        if let details = record.raw(details), let detail = try? Record(Array(details)) {
            self.details = detail.bytes
            // a profile that does not say when it was right is as old as the trade that brought it
            detailsAsOf = detail.raw(Key.asOf).flatMap { CanonicalTime.json(from: $0) } ?? time
        }
    }

    mutating func merge(_ other: Sighting) {
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
        let values = [key] + names + [namedAt, firstSeen, lastSeen, details, detailsAsOf]
        var writer = RowWriter(
            columns: values.count, bytes: values.reduce(32 * values.count) { $0 + ($1?.count ?? 0) })
        for (column, value) in zip(table.columns, values) { writer.add(column.key, value) }
        return writer.finish()
    }

    static func time(in row: Row, of table: Table) -> [UInt8] {
        Array(row.json[row.cells[table.columns.firstIndex { $0.name == "time" }!]])
    }
}

/// Whether a moment comes before another; what never was comes before all.
private func precedes(_ left: [UInt8]?, _ right: [UInt8]?) -> Bool {
    guard let right else { return false }
    return left.map { $0.lexicographicallyPrecedes(right) } ?? true
}
