import Curl
import PMJSON
import PMRecord

/// The exchange's order book: `clob.polymarket.com`.
package enum CLOB {
    /// Asks for the book of one asset. Answered with 404 when there is none, as for a market that has ended.
    package static func book(of asset: String) -> APIRequest {
        APIRequest(.clobBook, "/book\(["token_id": asset] as URLQuery)")
    }

    package static func book(in answer: [UInt8]) throws(APIError) -> OrderBook {
        let json = try tree(answer)
        guard let bids = json["bids"]?.array, let asks = json["asks"]?.array else {
            throw APIError("answer is no order book")
        }
        return OrderBook(bids: try levels(bids), asks: try levels(asks))
    }

    /// A book that lacks a level is none: whatever is walked through it would go too far.
    private static func levels(_ rows: [JSON]) throws(APIError) -> [OrderBook.Level] {
        let levels = rows.compactMap(OrderBook.Level.init)
        guard levels.count == rows.count else {
            throw APIError("order book has a level that cannot be read")
        }
        return levels
    }
}

/// What is offered for one asset, best first on either side, in whatever order it came.
///
/// The service sends it worst first, and its documentation shows it the other way round.
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

    package init(bids: [Level], asks: [Level]) {
        self.bids = bids.filter { $0.size > .zero }.sorted { $0.price > $1.price }
        self.asks = asks.filter { $0.size > .zero }.sorted { $0.price < $1.price }
    }

    /// What an order of that side takes from.
    package func offers(to side: Side) -> [Level] {
        switch side {
        case .buy: asks
        case .sell: bids
        }
    }
}

extension OrderBook.Level {
    init?(_ json: JSON) {
        guard let price = Micros(json["price"]), let size = Micros(json["size"]) else { return nil }
        self.init(price: price, size: size)
    }
}
