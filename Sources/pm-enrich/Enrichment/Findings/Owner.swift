import PMRecord
import PolymarketAPI

/// Whose trade is it? What is known of one whose wallet the feed did not tell.
package struct OwnerQuestion: Hashable, Sendable {
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

    /// How far from its time a trade is looked for.
    package static let reach = Duration.seconds(5)

    /// The wallet among the service's rows of the same transaction.
    package func wallet(ofTransactionAmong rows: [DataAPI.TradeRow]) -> String? {
        guard let transactionHash else { return nil }
        let same = rows.filter { $0.transactionHash == transactionHash }
        if let row = nearest(same.filter { $0.asset == asset && isLike($0) })
            ?? nearest(same.filter { $0.asset == asset })
        {
            return row.wallet
        }
        return Set(same.map(\.wallet)).count == 1 ? same[0].wallet : nil
    }

    /// The wallet of the row that is alike in all but the transaction, which may be another.
    package func wallet(ofLikeAmong rows: [DataAPI.TradeRow]) -> String? {
        nearest(rows.filter { $0.asset == asset && isLike($0) && isNear($0) })?.wallet
    }

    /// The wallet among the orders that the transaction filled; the one that took is preferred.
    package func wallet(among fills: [Polygon.Fill]) -> String? {
        let alike = fills.filter { $0.asset == asset && (side == nil || $0.side == side) }
        return
            (alike.first(where: \.isTaker) ?? alike.first { isWithin($0.size, size, percent: 1) }
            ?? fills.first(where: \.isTaker))?.maker
    }

    private func isLike(_ row: DataAPI.TradeRow) -> Bool {
        (side == nil || row.side == nil || row.side == side?.rawValue)
            && isWithin(row.price * 1000, price * 1000, percent: 0.1) && isWithin(row.size, size, percent: 1)
    }

    private func isNear(_ row: DataAPI.TradeRow) -> Bool {
        row.time.map { abs($0.milliseconds - time.milliseconds) <= Self.reach.inMilliseconds } ?? false
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
