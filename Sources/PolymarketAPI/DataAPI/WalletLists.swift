import Curl
import PMJSON
import PMRecord

/// The lists of version 1, without a walk.
extension DataAPI {
    /// The most open positions on a page.
    package static let positionsPage = 500
    /// The most closed positions on a page.
    package static let closedPositionsPage = 50

    /// Asks for open positions, including those of less than a share.
    package static func positions(of wallet: String, from offset: Int = 0) -> APIRequest {
        let query: URLQuery = [
            "user": wallet, "sizeThreshold": "0", "limit": String(positionsPage), "offset": String(offset),
        ]
        return APIRequest(.dataPositions, "/positions\(query)")
    }

    /// Asks for closed positions, last closed first. The service's own order puts winners first, and a list
    /// that is cut off would show nothing else.
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

    /// Asks for the trades of one market in a window of time: each match once, or each filled order.
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
        try Page(in: answer, .array, from: .dataPositions, PositionRow.membersV1) { row throws(RowProblem) in
            try Position(row)
        }
    }

    package static func closedPositions(in answer: [UInt8]) throws(APIError) -> Page<ClosedPosition> {
        try Page(in: answer, .array, from: .dataClosedPositions, PositionRow.membersV1Closed) {
            row throws(RowProblem) in try ClosedPosition(row)
        }
    }

    package static func trades(in answer: [UInt8]) throws(APIError) -> Page<TradeRow> {
        try Page(in: answer, .array, from: .dataTrades, TradeRow.membersV1) { row throws(RowProblem) in
            try TradeRow(row, .v1, nil)
        }
    }

    /// An open position. A losing one stays open until it is redeemed.
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
        /// The time of closing.
        package let time: Timestamp?
    }
}

extension DataAPI.Position {
    init(_ row: RowReader) throws(RowProblem) {
        asset = try row.text(required: "asset")
        size = try row.amount(required: "size")
        currentValue = try row.amount(required: "currentValue")
        cashProfit = try row.amount(required: "cashPnl")
    }
}

extension DataAPI.ClosedPosition {
    init(_ row: RowReader) throws(RowProblem) {
        asset = try row.text(required: "asset")
        realizedProfit = try row.amount(required: "realizedPnl")
        time = row.time("timestamp")
    }
}
