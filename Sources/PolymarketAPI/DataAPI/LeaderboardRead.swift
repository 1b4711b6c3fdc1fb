import Curl
import PMJSON
import PMRecord

extension DataAPI {
    /// The leaderboard of a period.
    package struct LeaderboardRead: PagedRead, Hashable {
        package enum Sort: String, Sendable, CaseIterable {
            case profit = "PNL"
            case volume = "VOLUME"
        }

        package var version: DataAPIVersion
        package var period: Leaderboard.Period
        package var sort = Sort.profit
        /// Places asked for at a time. At most 1000; version 1 gives at most 50.
        package var limit: Int

        package init(_ version: DataAPIVersion = .v2, _ period: Leaderboard.Period, limit: Int = 200) {
            self.version = version
            self.period = period
            self.limit = limit
        }

        package func request(at position: PagePosition) -> APIRequest {
            switch version {
            case .v1:
                let query: URLQuery = [
                    "timePeriod": period.rawValue, "orderBy": sort == .profit ? "PNL" : "VOL",
                    "limit": "\(min(max(limit, 1), 50))", "offset": "\(position.offset ?? 0)",
                ]
                return APIRequest(.dataLeaderboard, "/v1/leaderboard\(query)")
            case .v2:
                var query: URLQuery = [
                    "time_period": period.name, "sort_by": sort.rawValue,
                    "limit": "\(min(max(limit, 1), 1000))",
                ]
                if let cursor = position.cursor { query.append("cursor", cursor) }
                return APIRequest(.dataV2Leaderboard, "/v2/leaderboard\(query)")
            }
        }

        package func page(in answer: [UInt8]) throws(APIError) -> Page<BoardPlace> {
            switch version {
            case .v1:
                try Page(in: answer, .array, from: .dataLeaderboard, BoardPlace.membersV1) {
                    row throws(RowProblem) in try BoardPlace(v1: row)
                }
            case .v2:
                try Page(in: answer, .paged, from: .dataV2Leaderboard, BoardPlace.membersV2) {
                    row throws(RowProblem) in try BoardPlace(v2: row)
                }
            }
        }

        /// Keeps each wallet once: behind the cursor the service counts rows, and the board moves.
        package func key(of row: BoardPlace) -> String? { row.wallet }

        package var lastOffset: Int? { version == .v1 ? 1000 : nil }
    }

    /// One place on a leaderboard.
    package struct BoardPlace: Sendable {
        /// The rank, from 1. Equal results share a rank, and the ranks after them are skipped.
        package let rank: Int
        package let wallet: String
        package let name: String?
        /// Dollars gained in the period.
        package let profit: Micros?
        /// Shares traded in the period, both sides; version 2 only.
        package let volumeShares: Micros?
        /// Dollars traded in the period; version 1 only.
        package let volumeDollars: Micros?
        package let isVerified: Bool?
    }

    /// The place of one wallet. Version 2 only.
    package struct StandingRead: SingleRead, Hashable {
        package var wallet: String
        package var period: Leaderboard.Period

        package init(of wallet: String, _ period: Leaderboard.Period) {
            self.wallet = wallet
            self.period = period
        }

        package var request: APIRequest {
            let query: URLQuery = ["user": wallet, "time_period": period.name]
            return APIRequest(.dataV2Leaderboard, "/v2/leaderboard\(query)")
        }

        /// - Returns: No value for a wallet that is not on the board.
        package func reading(of answer: [UInt8]) throws(APIError) -> Reading<Standing> {
            try Reading(in: answer, from: .dataV2Leaderboard, Standing.members) { Standing($0) }
        }
    }

    package struct Standing: Sendable {
        /// `nil` when unranked; so is the next one.
        package let rankByProfit: Int?
        package let rankByVolume: Int?
        /// Dollars.
        package let profit: Micros?
        package let volumeShares: Micros?
        package let name: String?
    }
}

extension DataAPI.BoardPlace {
    init(v2 row: RowReader) throws(RowProblem) {
        rank = try row.integer(required: "rank")
        wallet = try row.hex(required: "user_id")
        name = row.text("user_name")
        profit = row.amount("pnl")
        volumeShares = row.amount("volume")
        volumeDollars = nil
        isVerified = row.flag("verified")
    }

    init(v1 row: RowReader) throws(RowProblem) {
        rank = try row.integer(required: "rank")
        wallet = try row.hex(required: "proxyWallet")
        name = row.text("userName")
        profit = row.amount("pnl")
        volumeShares = nil
        volumeDollars = row.amount("vol")
        isVerified = row.flag("verifiedBadge")
    }

    /// Source: docs/POLYMARKET.md, "Data API v2".
    static let membersV2 = MemberList(always: [
        "rank", "user_id", "pnl", "volume", "user_name", "profile_image", "x_username", "verified",
    ])

    static let membersV1 = MemberList(always: [
        "rank", "proxyWallet", "userName", "xUsername", "verifiedBadge", "vol", "pnl", "profileImage",
    ])
}

extension DataAPI.Standing {
    init(_ row: RowReader) {
        // The service writes 0 for a wallet without a rank.
        rankByProfit = row.integer("rank_pnl").flatMap { $0 > 0 ? $0 : nil }
        rankByVolume = row.integer("rank_volume").flatMap { $0 > 0 ? $0 : nil }
        profit = row.amount("pnl")
        volumeShares = row.amount("volume")
        name = row.text("user_name")
    }

    static let members = MemberList(
        always: ["user_id", "pnl", "volume", "user_name", "profile_image", "x_username", "verified"],
        sometimes: ["rank_pnl", "rank_volume"])
}
