import Curl
import PMJSON
import PMRecord

/// The Data API, version 1, which tells what wallets hold and did: `data-api.polymarket.com`.
package enum DataAPI {
    /// Rows of a full page of open positions; the most the service gives.
    package static let positionsPage = 500
    /// Rows of a full page of closed positions; the most the service gives.
    package static let closedPositionsPage = 50

    /// Asks for open positions, those of less than a share too, which the service leaves out unless told.
    package static func positions(of wallet: String, from offset: Int = 0) -> APIRequest {
        let query: URLQuery = [
            "user": wallet, "sizeThreshold": "0", "limit": String(positionsPage), "offset": String(offset),
        ]
        return APIRequest(.dataPositions, "/positions\(query)")
    }

    /// Asks for closed positions, last closed first: the service's own order puts winners first, and of a list
    /// that is cut off they would be all that is seen.
    package static func closedPositions(of wallet: String, from offset: Int = 0) -> APIRequest {
        let query: URLQuery = [
            "user": wallet, "limit": String(closedPositionsPage), "offset": String(offset),
            "sortBy": "TIMESTAMP", "sortDirection": "DESC",
        ]
        return APIRequest(.dataClosedPositions, "/closed-positions\(query)")
    }

    /// Asks for a wallet's last trades, as taker and as maker.
    package static func trades(of wallet: String, limit: Int) -> APIRequest {
        let query: URLQuery = ["user": wallet, "limit": String(limit), "takerOnly": "false"]
        return APIRequest(.dataTrades, "/trades\(query)")
    }

    /// Asks for the trades of one market in a stretch of time: each fill once, on its taker's side, or every side.
    package static func trades(
        inMarket conditionID: String, from start: Timestamp, to end: Timestamp, takerOnly: Bool
    ) -> APIRequest {
        let query: URLQuery = [
            "market": conditionID, "start": String(start.milliseconds / 1000),
            "end": String((end.milliseconds + 999) / 1000), "takerOnly": takerOnly ? "true" : "false",
            "limit": "500",
        ]
        return APIRequest(.dataTrades, "/trades\(query)")
    }

    package static func positions(in answer: [UInt8]) throws(APIError) -> Page<Position> {
        try Page(in: answer, Position.init)
    }

    package static func closedPositions(in answer: [UInt8]) throws(APIError) -> Page<ClosedPosition> {
        try Page(in: answer, ClosedPosition.init)
    }

    package static func trades(in answer: [UInt8]) throws(APIError) -> Page<TradeRow> {
        try Page(in: answer, TradeRow.init)
    }
}

extension DataAPI {
    /// An open position. One that has lost stays open until it is redeemed, which few take the trouble to do; one of no
    /// size was sold to the last share, and is told among the closed.
    package struct Position: Sendable {
        package let asset: String
        /// Shares.
        package let size: Micros
        /// Dollars; so is the next one.
        package let currentValue: Micros
        package let cashProfit: Micros
    }

    package struct ClosedPosition: Sendable, Hashable {
        package let asset: String
        /// Dollars.
        package let realizedProfit: Micros
        /// When it was closed.
        package let time: Timestamp?
    }

    package struct TradeRow: Sendable {
        package let wallet: String
        package let asset: String
        package let transactionHash: String?
        package let side: String?
        /// Shares.
        package let size: Micros
        /// Dollars per share.
        package let price: Micros
        package let time: Timestamp?
        package let name: String?
        package let pseudonym: String?

        /// Dollars.
        package var value: Micros { price * size }
    }
}

extension DataAPI.Position {
    init?(_ json: JSON) {
        guard let asset = json["asset"]?.nonEmptyString, let size = Micros(json["size"]),
            let value = Micros(json["currentValue"]), let profit = Micros(json["cashPnl"])
        else { return nil }
        self.asset = asset
        self.size = size
        currentValue = value
        cashProfit = profit
    }
}

extension DataAPI.ClosedPosition {
    init?(_ json: JSON) {
        guard let asset = json["asset"]?.nonEmptyString, let profit = Micros(json["realizedPnl"]) else {
            return nil
        }
        self.asset = asset
        realizedProfit = profit
        time = json["timestamp"]?.integer.flatMap { Timestamp(feedNumber: Int64($0)) }
    }
}

extension DataAPI.TradeRow {
    init?(_ json: JSON) {
        guard let wallet = json["proxyWallet"]?.nonEmptyString, let asset = json["asset"]?.nonEmptyString,
            let size = Micros(json["size"]), let price = Micros(json["price"])
        else { return nil }
        self.wallet = wallet.lowercased()
        self.asset = asset
        self.size = size
        self.price = price
        transactionHash = json["transactionHash"]?.nonEmptyString?.lowercased()
        side = json["side"]?.nonEmptyString
        time = json["timestamp"]?.integer.flatMap { Timestamp(feedNumber: Int64($0)) }
        name = json["name"]?.nonEmptyString
        pseudonym = json["pseudonym"]?.nonEmptyString
    }
}
