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

    /// Returns the wallet of a row with the same transaction.
    package func wallet(ofTransactionAmong rows: [DataAPI.TradeRow]) -> String? {
        guard let transactionHash else { return nil }
        let same = rows.filter { $0.transactionHash == transactionHash }
        if let row = nearest(same.filter { $0.asset == asset && isSimilar($0) })
            ?? nearest(same.filter { $0.asset == asset })
        {
            return row.wallet
        }
        return Set(same.map(\.wallet)).count == 1 ? same[0].wallet : nil
    }

    /// Returns the wallet of the nearest row with a similar trade, of any transaction.
    package func wallet(ofSimilarAmong rows: [DataAPI.TradeRow]) -> String? {
        nearest(rows.filter { $0.asset == asset && isSimilar($0) && isNear($0) })?.wallet
    }

    /// Returns the wallet of an order that the transaction filled, preferably the taker's.
    package func wallet(among fills: [Polygon.Fill]) -> String? {
        let similar = fills.filter { $0.asset == asset && (side == nil || $0.side == side) }
        return
            (similar.first(where: \.isTaker) ?? similar.first { isWithin($0.size, size, percent: 1) }
            ?? fills.first(where: \.isTaker))?.maker
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
