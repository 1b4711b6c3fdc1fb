import Curl
import PMJSON
import PMRecord

extension DataAPI {
    /// The positions of one wallet.
    ///
    /// Walk by time where the walk is bounded: by value, losers come last and are cut off; by profit, which
    /// is the order of closed positions unless another is asked for, only winners are seen. Source:
    /// docs/POLYMARKET.md, "Data API v2".
    package struct PositionsRead: PagedRead, Hashable {
        package enum Status: String, Sendable, CaseIterable {
            /// Positions held: running, and resolved but not redeemed, winners and losers.
            case open = "OPEN"
            /// The part of `open` that is resolved.
            case redeemable = "REDEEMABLE"
            /// The part of `redeemable` that is worth nothing.
            case redeemableLost = "REDEEMABLE_LOST"
            /// The part of `open` of which both outcomes are held.
            case mergeable = "MERGEABLE"
            /// Positions that were left. They share no row with `open`.
            case closed = "CLOSED"
        }

        package enum Sort: String, Sendable, CaseIterable {
            /// By the last event of the position.
            case time = "TIMESTAMP"
            case value = "CURRENT_VALUE"
            case price = "PRICE"
            case shares = "TOKENS"
            case unrealizedProfit = "UNREALIZED_PNL"
            case realizedProfit = "REALIZED_PNL"
            case totalProfit = "TOTAL_PNL"
        }

        package var version: DataAPIVersion
        package var wallet: String
        /// The markets to read, at most 20; all when empty.
        package var conditions: [ConditionID] = []
        package var status: Status
        package var sort: Sort
        package var isAscending = false
        /// True to read positions in archived markets too. Not sent for closed positions: the service rejects
        /// it.
        package var includesArchived = true
        /// The least number of shares; `nil` for the service's own minimum, 0.1. Not applied to closed
        /// positions.
        package var leastShares: Micros?
        /// Rows asked for at a time. At most 1000; version 1 gives at most 500 open and 50 closed positions.
        package var limit = 1000

        package init(
            _ version: DataAPIVersion = .v2, of wallet: String, _ status: Status, by sort: Sort = .time
        ) {
            self.version = version
            self.wallet = wallet
            self.status = status
            self.sort = sort
        }

        package func request(at position: PagePosition) -> APIRequest {
            switch version {
            case .v1: requestV1(from: position.offset ?? 0)
            case .v2: APIRequest(.dataV2Positions, "/v2/positions\(queryV2(at: position))")
            }
        }

        package func page(in answer: [UInt8]) throws(APIError) -> Page<PositionRow> {
            switch (version, status) {
            case (.v2, _):
                return try Page(in: answer, .paged, from: .dataV2Positions, PositionRow.membersV2) {
                    row throws(RowProblem) in try PositionRow(v2: row)
                }
            case (.v1, .closed):
                return try Page(in: answer, .array, from: .dataClosedPositions, PositionRow.membersV1Closed) {
                    row throws(RowProblem) in try PositionRow(v1Closed: row)
                }
            case (.v1, .open), (.v1, .redeemable), (.v1, .redeemableLost), (.v1, .mergeable):
                return try Page(in: answer, .array, from: .dataPositions, PositionRow.membersV1) {
                    row throws(RowProblem) in
                    let position = try PositionRow(v1: row)
                    return includes(position) ? position : nil
                }
            }
        }

        /// Keeps each token once: a position that changes between two pages may come with both. Version 1 may
        /// list a token again that was bought and left twice.
        package func key(of row: PositionRow) -> String? {
            version == .v1 && status == .closed
                ? "\(row.asset)|\(row.lastEventAt?.milliseconds ?? 0)" : row.asset
        }

        package var lastOffset: Int? {
            switch (version, status) {
            case (.v2, _): nil
            case (.v1, .closed): 100_000
            case (.v1, _): 10_000
            }
        }

        private func queryV2(at position: PagePosition) -> URLQuery {
            var query: URLQuery = ["user": wallet]
            if !conditions.isEmpty {
                query.append("condition", conditions.map(\.forRequests).joined(separator: ","))
            }
            query.append("status", status.rawValue)
            query.append("sort_by", sort.rawValue)
            query.append("sort_direction", isAscending ? "ASC" : "DESC")
            if includesArchived, status != .closed { query.append("include_archived", "true") }
            if let leastShares, status != .closed {
                query.append("filter_type", "TOKENS")
                query.append("filter_amount", leastShares.description)
            }
            query.append("limit", "\(min(max(limit, 1), 1000))")
            if let cursor = position.cursor { query.append("cursor", cursor) }
            return query
        }

        private func requestV1(from offset: Int) -> APIRequest {
            var query: URLQuery = ["user": wallet]
            if !conditions.isEmpty {
                query.append("market", conditions.map(\.forRequests).joined(separator: ","))
            }
            guard status == .closed else {
                query.append("sizeThreshold", leastShares?.description ?? "0")
                query.append("limit", "\(min(max(limit, 1), 500))")
                query.append("offset", "\(offset)")
                return APIRequest(.dataPositions, "/positions\(query)")
            }
            query.append("limit", "\(min(max(limit, 1), 50))")
            query.append("offset", "\(offset)")
            query.append("sortBy", sort == .realizedProfit ? "REALIZEDPNL" : "TIMESTAMP")
            query.append("sortDirection", isAscending ? "ASC" : "DESC")
            return APIRequest(.dataClosedPositions, "/closed-positions\(query)")
        }

        /// Version 1 has one list of open positions: its parts are chosen here.
        private func includes(_ position: PositionRow) -> Bool {
            switch status {
            case .open, .closed: true
            case .redeemable: position.isRedeemable == true
            case .redeemableLost: position.isRedeemable == true && position.currentValue == .zero
            case .mergeable: position.isMergeable == true
            }
        }
    }
}
