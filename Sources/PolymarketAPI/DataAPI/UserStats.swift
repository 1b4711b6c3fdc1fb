import Curl
import PMJSON
import PMRecord

extension DataAPI {
    /// The figures of one wallet over its whole life.
    package struct UserStatsRead: SingleRead, Hashable {
        package var version: DataAPIVersion
        package var wallet: String

        package init(_ version: DataAPIVersion = .v2, of wallet: String) {
            self.version = version
            self.wallet = wallet
        }

        package var request: APIRequest {
            let query: URLQuery = ["user": wallet]
            return switch version {
            case .v1: APIRequest(.dataTraded, "/traded\(query)")
            case .v2: APIRequest(.dataV2UserStats, "/v2/user-stats\(query)")
            }
        }

        /// - Returns: No value for a wallet that the service does not know.
        package func reading(of answer: [UInt8]) throws(APIError) -> Reading<UserStats> {
            switch version {
            case .v1:
                try Reading(
                    firstElement(answer, from: .dataTraded), named: "answer", from: .dataTraded,
                    MemberList(always: ["user", "traded"])
                ) { UserStats(marketsTraded: $0.integer("traded")) }
            case .v2:
                try Reading(in: answer, from: .dataV2UserStats, UserStats.members) { UserStats($0) }
            }
        }
    }

    package struct UserStats: Sendable {
        /// The number of distinct markets, which the service calls `trades`.
        package let marketsTraded: Int?
        /// Dollars; zero when no win was above 1 dollar.
        package let biggestWin: Micros?
        package let joinedAt: Timestamp?
        package let allTime: ProfitPoint?

        /// True if the row says nothing: some wallets that the service does not know have a row of zeros,
        /// without a date of joining. Source: docs/POLYMARKET.md, "Known misbehaviour".
        package var isBlank: Bool {
            joinedAt == nil && allTime == nil && (marketsTraded ?? 0) == 0 && (biggestWin ?? .zero) == .zero
        }
    }

    /// The cumulative results of a wallet at one time, in dollars. Any of them may be unknown.
    package struct ProfitPoint: Sendable {
        package let time: Timestamp?
        /// Filled orders.
        package let tradeCount: Int?
        /// Shares.
        package let volume: Micros?
        package let volumeDollars: Micros?
        package let realizedProfit: Micros?
        package let realizedComboProfit: Micros?
        package let unrealizedProfit: Micros?
        /// Realized and unrealized, after fees.
        package let positionProfit: Micros?
        /// The profit of trades alone, without fees: comparable to the sum over the positions.
        package let tradeProfit: Micros?
        /// With rebates and sponsored income.
        package let economicProfit: Micros?
        /// Negative.
        package let fees: Micros?
        package let feesRefunded: Micros?
        package let makerRebate: Micros?
        package let takerRebate: Micros?
    }
}

extension DataAPI.UserStats {
    init(marketsTraded: Int?) {
        self.marketsTraded = marketsTraded
        (biggestWin, joinedAt, allTime) = (nil, nil, nil)
    }

    init(_ row: RowReader) {
        marketsTraded = row.integer("trades")
        biggestWin = row.amount("biggest_win")
        joinedAt = row.time("join_date")
        allTime = row.json["all_time_pnl"].flatMap { DataAPI.ProfitPoint($0) }
    }

    static let members = MemberList(
        always: ["proxy_wallet", "trades", "biggest_win", "views", "join_date", "all_time_pnl"])
}

extension DataAPI.ProfitPoint {
    init?(_ json: JSON) {
        guard case .object = json else { return nil }
        let row = RowReader(json)
        time = row.time("timestamp")
        tradeCount = row.integer("trade_count")
        volume = row.amount("volume")
        volumeDollars = row.amount("volume_usdc")
        realizedProfit = row.amount("realized_pnl")
        realizedComboProfit = row.amount("realized_combo_pnl")
        unrealizedProfit = row.amount("unrealized_pnl")
        positionProfit = row.amount("position_pnl")
        tradeProfit = row.amount("trade_pnl")
        economicProfit = row.amount("economic_pnl")
        fees = row.amount("fees")
        feesRefunded = row.amount("fees_refunded")
        makerRebate = row.amount("maker_rebate")
        takerRebate = row.amount("taker_rebate")
    }
}
