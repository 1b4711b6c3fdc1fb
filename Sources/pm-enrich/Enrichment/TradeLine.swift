import PMJSON
import PMRecord
import PolymarketAPI

/// One trade as it came in, and what is asked about it.
package struct TradeLine: Sendable {
    package let record: Record
    /// As the feed told it, or as it was found out since.
    package var wallet: String?
    package let side: Side?
    /// Shares.
    package let size: Micros?
    /// Dollars.
    package let value: Micros
    package let tier: String?
    package let time: Timestamp?
    package let receivedAt: Timestamp?
    /// The revision it had, below 2^31; `nil` for one that no enricher has seen.
    package let earlierRevision: Int?
    /// For a trade that came without a wallet: what is asked to find it.
    package let owner: OwnerQuestion?
    private let conditionID: String?
    private let assetID: String?

    package init(_ record: Record) {
        self.record = record
        wallet = record.text(Key.wallet).flatMap { $0.isEmpty ? nil : $0.lowercased() }
        side = record.text(Key.side).flatMap(Side.init)
        size = Micros(record.decimal(Key.size))
        value = Micros(record.value) ?? .zero
        tier = record.text(Key.tier)
        time = record.time(Key.time)
        receivedAt = record.time(Key.receivedAt)
        earlierRevision = record.integer(Key.revision).flatMap { 0..<Int(Int32.max) ~= $0 ? $0 : nil }
        conditionID = record.text(Key.conditionID)?.lowercased()
        assetID = record.text(Key.assetID)
        if wallet == nil, let conditionID, let assetID, let size, let time,
            let price = Micros(record.decimal(Key.price))
        {
            owner = OwnerQuestion(
                conditionID: conditionID, asset: assetID,
                transactionHash: record.text(Key.transactionHash)?.lowercased(), side: side, size: size,
                price: price, time: time)
        } else {
            owner = nil
        }
    }

    /// The revision of its `pending` line; its first final one has the next.
    package var firstRevision: Int { earlierRevision.map { $0 + 1 } ?? 0 }

    /// An order book says nothing of a trade that was long ago.
    private static let bookAge = Duration.seconds(120)
    /// A line received longer ago than this comes from a replay or a resume.
    private static let freshness = Duration.seconds(10)

    /// What is to be found out.
    func needs(at now: Timestamp) -> [LookupKey] {
        var needs: [LookupKey] = []
        if let owner { needs.append(.owner(owner)) }
        if let wallet { needs.append(.wallet(wallet)) }
        if let conditionID { needs.append(.market(conditionID: conditionID)) }
        if let assetID, side != nil, size != nil {
            let book = LookupKey.book(asset: assetID)
            if mayAsk(book, at: now) { needs.append(book) }
        }
        return needs
    }

    /// Whether it is not too late to ask.
    func mayAsk(_ key: LookupKey, at now: Timestamp) -> Bool {
        if case .book = key { age(at: now) <= Self.bookAge } else { true }
    }

    /// Whether it is worth another try: what is a day old is not.
    func isWorthRetrying(at now: Timestamp) -> Bool { age(at: now) < .seconds(86_400) }

    func isFresh(at now: Timestamp) -> Bool { age(at: now) <= Self.freshness }

    /// Since we heard of it; for one of unknown age, nothing.
    func age(at now: Timestamp) -> Duration {
        (receivedAt ?? time)?.duration(to: now) ?? .zero
    }
}
