import PMRecord
import PolymarketAPI

/// The known facts about a trade that came without a wallet, from which its owner is found.
package struct OwnerQuery: Hashable, Sendable {
    package let conditionID: String
    package let asset: String
    package let transactionHash: String?
    package let side: Side?
    /// Shares.
    package let size: Micros
    /// Dollars per share.
    package let price: Micros
    package let time: Timestamp

    package init(
        conditionID: String, asset: String, transactionHash: String?, side: Side?, size: Micros,
        price: Micros,
        time: Timestamp
    ) {
        self.conditionID = conditionID
        self.asset = asset
        self.transactionHash = transactionHash
        self.side = side
        self.size = size
        self.price = price
        self.time = time
    }

    /// The most time between the trade and a row that matches it.
    package static let tolerance = Duration.seconds(5)

    /// Returns true if a row may be the trade: it has the same transaction, or is near in time.
    func isCandidate(_ row: DataAPI.TradeRow) -> Bool {
        transactionHash != nil && row.transactionHash == transactionHash || isNear(row)
    }

    /// Returns true if a row, and all older ones, are too old to be the trade.
    func isBefore(_ row: DataAPI.TradeRow) -> Bool {
        row.time.map { $0.milliseconds < time.milliseconds - Self.tolerance.inMilliseconds } ?? false
    }

    /// Returns the owner of a row with the same transaction.
    package func owner(ofTransactionAmong rows: [DataAPI.TradeRow]) -> TradeOwner? {
        guard let transactionHash else { return nil }
        let same = rows.filter { $0.transactionHash == transactionHash }
        if let row = nearest(same.filter { $0.asset == asset && isSimilar($0) })
            ?? nearest(same.filter { $0.asset == asset })
        {
            return TradeOwner(row)
        }
        return Set(same.map(\.wallet)).count == 1 ? TradeOwner(same[0]) : nil
    }

    /// Returns the owner of the nearest row with a similar trade, of any transaction.
    package func owner(ofSimilarAmong rows: [DataAPI.TradeRow]) -> TradeOwner? {
        nearest(rows.filter { $0.asset == asset && isSimilar($0) && isNear($0) }).map { TradeOwner($0) }
    }

    /// Returns the owner of an order that the transaction filled, preferably the taker.
    package func owner(among fills: [Polygon.Fill]) -> TradeOwner? {
        let similar = fills.filter { $0.asset == asset && (side == nil || $0.side == side) }
        let fill =
            similar.first(where: \.isTaker) ?? similar.first { isWithin($0.size, size, percent: 1) }
            ?? fills.first(where: \.isTaker)
        return fill.map { TradeOwner(wallet: $0.maker, role: $0.role) }
    }

    private func isSimilar(_ row: DataAPI.TradeRow) -> Bool {
        (side == nil || row.side == nil || row.side == side?.rawValue)
            && isWithin(row.price * 1000, price * 1000, percent: 0.1) && isWithin(row.size, size, percent: 1)
    }

    private func isNear(_ row: DataAPI.TradeRow) -> Bool {
        row.time.map { abs($0.milliseconds - time.milliseconds) <= Self.tolerance.inMilliseconds } ?? false
    }

    private func nearest(_ rows: [DataAPI.TradeRow]) -> DataAPI.TradeRow? {
        rows.min { distance($0) < distance($1) }
    }

    private func distance(_ row: DataAPI.TradeRow) -> Int64 {
        row.time.map { abs($0.milliseconds - time.milliseconds) } ?? .max
    }
}

private func isWithin(_ value: Micros, _ expected: Micros, percent: Double) -> Bool {
    Double((value - expected).count.magnitude) <= Double(expected.count.magnitude) * percent / 100
}

extension TradeOwner {
    fileprivate init(_ row: DataAPI.TradeRow) {
        self.init(wallet: row.wallet, role: row.role)
    }
}
