import PMJSON
import PMRecord
import PolymarketAPI

/// A trade as it arrived, and the look-ups that it needs.
package struct TradeLine: Sendable {
    package let record: Record
    /// The wallet from the feed, or from the look-up of the owner.
    package var wallet: String?
    package let side: Side?
    /// Shares.
    package let size: Micros?
    /// Dollars.
    package let value: Micros
    package let tier: String?
    package let time: Timestamp?
    package let receivedAt: Timestamp?
    /// The revision it arrived with, below 2^31; `nil` for a trade that was never enriched.
    package let earlierRevision: Int?
    /// The query for the owner of a trade that arrived without a wallet.
    package let owner: OwnerQuery?
    /// The findings from earlier trades about it; `nil` without signals.
    var context: SignalContext?
    /// True if it needs the look-up of its transaction's fills, for signals.
    var needsFills = false
    let assetID: String?
    private let conditionID: String?
    private let isCombo: Bool

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
        conditionID = record.text(Key.conditionID).flatMap { $0.isEmpty ? nil : ConditionID($0).text }
        assetID = record.text(Key.assetID)
        isCombo =
            record.text(Key.marketType) == MarketType.combo.rawValue
            || conditionID.map { ConditionID($0).marketType == .combo } ?? false
        if wallet == nil, let conditionID, let assetID, let size, let time,
            let price = Micros(record.decimal(Key.price))
        {
            owner = OwnerQuery(
                conditionID: conditionID, asset: assetID,
                transactionHash: record.text(Key.transactionHash)?.lowercased(), side: side, size: size,
                price: price, time: time)
        } else {
            owner = nil
        }
    }

    /// True if pm-filter passed it for the sums of the signals alone.
    var isCandidate: Bool { record.json(Key.candidate)?.bool == true }

    /// The revision of its `pending` line. The first final line has the next one.
    package var firstRevision: Int { earlierRevision.map { $0 + 1 } ?? 0 }

    /// The age above which an order book says nothing about a trade.
    private static let maxBookAge = Duration.seconds(120)
    /// The age above which a line comes from a replay or a resume.
    private static let maxLiveAge = Duration.seconds(10)

    /// Returns the look-ups that it needs.
    func needs(at now: Timestamp) -> [LookupKey] {
        var needs: [LookupKey] = []
        if let owner { needs.append(.owner(owner)) }
        if let wallet { needs += walletNeeds(of: wallet) }
        if let conditionID {
            needs.append(
                isCombo
                    ? .combo(conditionID: conditionID, wallet: wallet) : .market(conditionID: conditionID))
        } else if let assetID {
            needs.append(.token(asset: assetID))
        }
        // A combo has no order book.
        if let assetID, side != nil, size != nil, !isCombo {
            let book = LookupKey.book(asset: assetID)
            if mayLookUp(book, at: now) { needs.append(book) }
        }
        if needsFills, record.text(Key.role) != Role.maker.rawValue,
            let transaction = record.text(Key.transactionHash)?.lowercased(), !transaction.isEmpty
        {
            needs.append(.fills(transaction: transaction))
        }
        return needs
    }

    /// Returns the look-ups about its wallet.
    func walletNeeds(of wallet: String) -> [LookupKey] {
        guard context != nil, let conditionID, !isCombo else { return [.wallet(wallet)] }
        return [.wallet(wallet), .holdings(wallet: wallet, conditionID: conditionID)]
    }

    /// Returns true if it is not too late for a look-up.
    func mayLookUp(_ key: LookupKey, at now: Timestamp) -> Bool {
        if case .book = key { age(at: now) <= Self.maxBookAge } else { true }
    }

    /// Returns true if it is worth a retry: for a day.
    func isWorthRetrying(at now: Timestamp) -> Bool { age(at: now) < .seconds(86_400) }

    func isFresh(at now: Timestamp) -> Bool { age(at: now) <= Self.maxLiveAge }

    /// Returns the time since the trade was received; zero when it is unknown.
    func age(at now: Timestamp) -> Duration {
        (receivedAt ?? time)?.duration(to: now) ?? .zero
    }
}
