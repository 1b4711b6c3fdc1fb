import PMJSON
import PMRecord

/// The open orders for one asset, best first on either side.
///
/// The service sends the worst first, and its documentation shows the best first: the order is made here.
package struct OrderBook: Sendable {
    package struct Level: Sendable, Equatable {
        /// Dollars per share.
        package let price: Micros
        /// Shares.
        package let size: Micros

        package init(price: Micros, size: Micros) {
            self.price = price
            self.size = size
        }
    }

    package let bids: [Level]
    package let asks: [Level]
    package private(set) var asset: String?
    package private(set) var conditionID: ConditionID?
    package private(set) var time: Timestamp?
    /// The version of the protocol: `v2`, or `nil` for CTF.
    package private(set) var version: String?
    /// Dollars per share; `nil` when there was no trade.
    package private(set) var lastTradePrice: Micros?
    package private(set) var tickSize: Micros?

    package init(bids: [Level], asks: [Level]) {
        self.bids = bids.filter { $0.size > .zero }.sorted { $0.price > $1.price }
        self.asks = asks.filter { $0.size > .zero }.sorted { $0.price < $1.price }
    }

    /// The levels that an order of that side takes from.
    package func offers(to side: Side) -> [Level] {
        switch side {
        case .buy: asks
        case .sell: bids
        }
    }
}

extension OrderBook {
    init(_ row: RowReader) throws(APIError) {
        guard let bids = row.json["bids"]?.array, let asks = row.json["asks"]?.array else {
            throw APIError(.form, "answer is not an order book", from: .clobBook)
        }
        self.init(bids: try Self.levels(bids), asks: try Self.levels(asks))
        asset = row.text("asset_id")
        conditionID = row.condition("market")
        time = row.time("timestamp")
        version = row.text("version")
        lastTradePrice = row.amount("last_trade_price")
        tickSize = row.amount("tick_size")
    }

    /// A book that lacks a level cannot be used: a walk through it would go too far.
    private static func levels(_ rows: [JSON]) throws(APIError) -> [Level] {
        let levels = rows.compactMap { json -> Level? in
            guard let price = Micros(json["price"]), let size = Micros(json["size"]) else { return nil }
            return Level(price: price, size: size)
        }
        guard levels.count == rows.count else {
            throw APIError(.form, "a level of the order book cannot be read", from: .clobBook)
        }
        return levels
    }
}
