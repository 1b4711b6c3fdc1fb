import PMJSON

/// The state of a market's resolution. A record of kind `resolution`; a later one replaces an earlier one.
package struct MarketResolution: Sendable, Equatable {
    package let conditionID: String
    /// The service's word: `posed`, `proposed`, `disputed`, `resolved`, …
    package let status: String
    /// Dollars that one share of each outcome pays, in the order of the outcomes; empty while unresolved.
    package let payouts: [Decimal]
    package let resolvedAt: Timestamp?
    package let asOf: Timestamp

    package init(
        conditionID: String, status: String, payouts: [Decimal], resolvedAt: Timestamp?, asOf: Timestamp
    ) {
        self.conditionID = conditionID
        self.status = status
        self.payouts = payouts
        self.resolvedAt = resolvedAt
        self.asOf = asOf
    }

    /// The record, without its newline.
    package var line: [UInt8] {
        var writer = JSONWriter()
        writer.object { record in
            record.member(Key.kind, Kind.resolution.rawValue)
            record.member(Key.conditionID, conditionID)
            record.member(Key.status, status)
            if !payouts.isEmpty {
                record.key(Key.payouts)
                record.array { list in
                    for payout in payouts { list.raw(payout.description.utf8) }
                }
            }
            record.member(Key.resolvedAt, resolvedAt?.description)
            record.member(Key.asOf, asOf.description)
        }
        return writer.bytes
    }
}
